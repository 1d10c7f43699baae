//! One file per mutation.

mod document_input;
mod invoice_add_line;
mod invoice_cancel;
mod invoice_change_details;
mod invoice_change_line;
mod invoice_credit;
mod invoice_draft;
mod invoice_issue;
mod invoice_mark_overdue;
mod invoice_record_payment;
mod invoice_remove_line;
mod invoice_send;
mod invoice_set_due_date;
mod invoice_set_tax;
mod payload;

use async_graphql::MergedObject;

use invoice_add_line::InvoiceAddLine;
use invoice_cancel::InvoiceCancel;
use invoice_change_details::InvoiceChangeDetails;
use invoice_change_line::InvoiceChangeLine;
use invoice_credit::InvoiceCredit;
use invoice_draft::InvoiceDraft;
use invoice_issue::InvoiceIssue;
use invoice_mark_overdue::InvoiceMarkOverdue;
use invoice_record_payment::InvoiceRecordPayment;
use invoice_remove_line::InvoiceRemoveLine;
use invoice_send::InvoiceSend;
use invoice_set_due_date::InvoiceSetDueDate;
use invoice_set_tax::InvoiceSetTax;
use payload::{InvoiceCreditPayload, InvoicePayload};

/// The context's mutations.
#[derive(Debug, Default, MergedObject)]
pub struct InvoicingMutation(
    InvoiceDraft,
    InvoiceIssue,
    InvoiceAddLine,
    InvoiceChangeLine,
    InvoiceRemoveLine,
    InvoiceSetTax,
    InvoiceSetDueDate,
    InvoiceChangeDetails,
    InvoiceSend,
    InvoiceRecordPayment,
    InvoiceMarkOverdue,
    InvoiceCancel,
    InvoiceCredit,
);

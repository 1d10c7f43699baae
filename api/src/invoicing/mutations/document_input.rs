//! What a new document says: the fields that drafting and issuing have in common.

use async_graphql::{ID, InputObject};
use daybook_domain::crm::public::ClientFacts;
use daybook_domain::invoicing::invoice::{Draft, NewLine};
use daybook_domain::kernel::{ClientId, InvoiceId};
use serde::Serialize;

use crate::fault::Fault;
use crate::graphql::{Call, CurrencyCode, Date, Decimal, decode_id};
use crate::invoicing::kinds::InvoiceKind;

/// What a new document says.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct DocumentInput {
    /// What it does.
    #[graphql(default_with = "InvoiceKind::Invoice")]
    kind: InvoiceKind,
    /// The client it is made out to.
    client_id: ID,
    /// The currency of all amounts; left out for the client's, and failing that the tenant's.
    currency: Option<CurrencyCode>,
    /// Where the sale belongs, a name or code of at most 60 characters; left out for where the
    /// client is.
    country: Option<String>,
    /// Its lines, in order.
    #[graphql(default)]
    lines: Vec<InvoiceLineInput>,
    /// The tax rate in per cent, 0 to 100 with at most 4 decimals; left out to show no tax.
    tax_rate: Option<Decimal>,
    /// The date it is to bear; left out for the day it is sent.
    issue_on: Option<Date>,
    /// When it is to be due, for invoices; left out for the usual terms.
    due_on: Option<Date>,
    /// Its number, at most 40 characters, when given by hand or by another system.
    number: Option<String>,
    /// What it says below its lines, at most 5,000 characters.
    notes: Option<String>,
    /// The client's reference, at most 200 characters.
    reference: Option<String>,
}

/// A line of a new document.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct InvoiceLineInput {
    /// What it is about, at most 1,000 characters; may be left out when there is a product code.
    /// Part of the books for good, and never erased: no place for what is about a person.
    #[graphql(default)]
    description: String,
    /// The product's code, at most 64 characters.
    product_code: Option<String>,
    /// How many or how much: not 0, at most 6 decimals; negative for what came back.
    quantity: Decimal,
    /// The price of one: at most 6 decimals; negative on adjustments only.
    unit_price: Decimal,
}

impl DocumentInput {
    /// The client it is made out to.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` when the id is none of a client.
    pub(super) fn client_id(&self) -> Result<ClientId, Fault> {
        decode_id(&self.client_id)
    }

    /// The command that begins it.
    pub(super) fn draft(
        self,
        call: &Call<'_>,
        invoice_id: InvoiceId,
        client: ClientFacts,
    ) -> Draft {
        let lines = self.lines.into_iter().enumerate();
        let lines = lines.map(|(index, line)| line.read(call, index)).collect();
        Draft {
            invoice_id,
            kind: self.kind.into(),
            client,
            currency: self.currency.map(|code| code.0),
            country: self.country,
            lines,
            tax_rate: self.tax_rate.map(|rate| rate.0),
            issue_on: self.issue_on.map(|date| date.0),
            due_on: self.due_on.map(|date| date.0),
            number: self.number,
            notes: self.notes,
            reference: self.reference,
            at: call.at(),
        }
    }
}

impl InvoiceLineInput {
    fn read(self, call: &Call<'_>, index: usize) -> NewLine {
        NewLine {
            line_id: call.mint_named(&format!("line:{index}")),
            description: self.description,
            product_code: self.product_code,
            quantity: self.quantity.0,
            unit_price: self.unit_price.0,
        }
    }
}

//! What happens to a draft.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::crm::public::Country;
use crate::invoicing::invoice::{Kind, Line, TaxRate, Totals};
use crate::kernel::{ClientId, Currency, InvoiceId, LineId, Patch};

/// A draft exists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Drafted {
    /// Which document.
    pub invoice_id: InvoiceId,
    /// What it does.
    pub kind: Kind,
    /// Whom it is made out to.
    pub client_id: ClientId,
    /// What the client was called then.
    pub client_name: String,
    /// Where the sale belongs, when that is not where the client is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// The currency of all amounts.
    pub currency: Currency,
    /// Its lines, in order.
    pub lines: Vec<Line>,
    /// The tax rate in per cent; absent when it shows no tax.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_rate: Option<TaxRate>,
    /// What it amounts to. On a note that credits an invoice, the tax is the part of the invoice's
    /// tax that is credited, which may differ by rounding from the rate on the net sum.
    pub totals: Totals,
    /// The date it is to bear; absent for the date of sending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issue_on: Option<NaiveDate>,
    /// When it is to be due; absent for the client's usual terms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_on: Option<NaiveDate>,
    /// The number given by hand or by another system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The invoice that this note credits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credits: Option<InvoiceId>,
    /// What it says below its lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// The client's reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// A line was added, below the others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LineAdded {
    /// The line.
    pub line: Line,
    /// What the document amounts to now.
    pub totals: Totals,
    /// When.
    pub at: DateTime<Utc>,
}

/// A line changed; it keeps its place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LineChanged {
    /// The line as it is now.
    pub line: Line,
    /// What the document amounts to now.
    pub totals: Totals,
    /// When.
    pub at: DateTime<Utc>,
}

/// A line left the draft.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LineRemoved {
    /// Which line.
    pub line_id: LineId,
    /// What the document amounts to now.
    pub totals: Totals,
    /// When.
    pub at: DateTime<Utc>,
}

/// The tax rate changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TaxSet {
    /// The rate in per cent; null when the document shows no tax.
    pub tax_rate: Option<TaxRate>,
    /// What the document amounts to now.
    pub totals: Totals,
    /// When.
    pub at: DateTime<Utc>,
}

/// The due date changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DueDateSet {
    /// When it is to be due; null for the client's usual terms.
    pub due_on: Option<NaiveDate>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Other details changed. An absent field stayed, a null one was cleared.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DetailsChanged {
    /// What it says below its lines.
    #[serde(default, skip_serializing_if = "Patch::is_keep")]
    pub notes: Patch<String>,
    /// The client's reference.
    #[serde(default, skip_serializing_if = "Patch::is_keep")]
    pub reference: Patch<String>,
    /// The date it is to bear.
    #[serde(default, skip_serializing_if = "Patch::is_keep")]
    pub issue_on: Patch<NaiveDate>,
    /// Where the sale belongs.
    #[serde(default, skip_serializing_if = "Patch::is_keep")]
    pub country: Patch<Country>,
    /// Its number.
    #[serde(default, skip_serializing_if = "Patch::is_keep")]
    pub number: Patch<String>,
    /// The number given up by this change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former_number: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

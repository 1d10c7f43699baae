//! A document as the fold of its events: a draft, a sent document or a cancelled draft.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::events::{Drafted, InvoiceEvent};
use super::kind::{Kind, Status};
use super::line::Line;
use super::refusal::Refusal;
use super::sent::SentDocument;
use super::totals::{TaxRate, Totals};
use crate::crm::public::Country;
use crate::kernel::{Aggregate, ClientId, Currency, InvoiceId, LineId};

/// A document, or none yet.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Invoice {
    /// Nothing happened yet.
    #[default]
    Unknown,
    /// It may change.
    Draft(Box<DraftDocument>),
    /// It is final.
    Sent(Box<SentDocument>),
    /// It was given up before it was sent.
    Cancelled(Box<CancelledDraft>),
}

/// What a document has in every phase.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Which document.
    pub invoice_id: InvoiceId,
    /// What it does.
    pub kind: Kind,
    /// Whom it is made out to.
    pub client_id: ClientId,
    /// What the client was called when the document was last touched.
    pub client_name: String,
    /// Where the sale belongs: on drafts only when that is not where the client is.
    pub country: Option<Country>,
    /// The currency of all amounts.
    pub currency: Currency,
    /// The invoice that this note credits.
    pub credits: Option<InvoiceId>,
    /// What it says below its lines.
    pub notes: Option<String>,
    /// The client's reference.
    pub reference: Option<String>,
}

/// A document that may change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DraftDocument {
    /// What it has in every phase.
    pub header: Header,
    /// Its lines, in order.
    pub lines: Vec<Line>,
    /// The tax rate, if it shows tax.
    pub tax_rate: Option<TaxRate>,
    /// What it amounts to.
    pub totals: Totals,
    /// The date it is to bear.
    pub issue_on: Option<NaiveDate>,
    /// When it is to be due.
    pub due_on: Option<NaiveDate>,
    /// The number it was given.
    pub number: Option<String>,
}

/// A draft that was given up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CancelledDraft {
    /// What it has in every phase.
    pub header: Header,
    /// What it amounted to.
    pub totals: Totals,
}

impl DraftDocument {
    fn new(drafted: Drafted) -> Self {
        Self {
            header: Header {
                invoice_id: drafted.invoice_id,
                kind: drafted.kind,
                client_id: drafted.client_id,
                client_name: drafted.client_name,
                country: drafted.country,
                currency: drafted.currency,
                credits: drafted.credits,
                notes: drafted.notes,
                reference: drafted.reference,
            },
            lines: drafted.lines,
            tax_rate: drafted.tax_rate,
            totals: drafted.totals,
            issue_on: drafted.issue_on,
            due_on: drafted.due_on,
            number: drafted.number,
        }
    }

    /// Where a line is.
    pub(super) fn position(&self, line_id: LineId) -> Option<usize> {
        self.lines.iter().position(|line| line.line_id == line_id)
    }

    fn evolve(&mut self, event: InvoiceEvent) {
        match event {
            InvoiceEvent::LineAdded(added) => {
                self.lines.push(added.line);
                self.totals = added.totals;
            }
            InvoiceEvent::LineChanged(changed) => {
                let id = changed.line.line_id;
                if let Some(line) = self.lines.iter_mut().find(|line| line.line_id == id) {
                    *line = changed.line;
                }
                self.totals = changed.totals;
            }
            InvoiceEvent::LineRemoved(removed) => {
                self.lines.retain(|line| line.line_id != removed.line_id);
                self.totals = removed.totals;
            }
            InvoiceEvent::TaxSet(set) => {
                self.tax_rate = set.tax_rate;
                self.totals = set.totals;
            }
            InvoiceEvent::DueDateSet(set) => self.due_on = set.due_on,
            InvoiceEvent::DetailsChanged(changed) => {
                let header = &mut self.header;
                header.notes = changed.notes.apply(header.notes.take());
                header.reference = changed.reference.apply(header.reference.take());
                header.country = changed.country.apply(header.country.take());
                self.issue_on = changed.issue_on.apply(self.issue_on);
                self.number = changed.number.apply(self.number.take());
            }
            // These begin or end a draft, or follow its end.
            InvoiceEvent::Drafted(_)
            | InvoiceEvent::Cancelled(_)
            | InvoiceEvent::Sent(_)
            | InvoiceEvent::PaymentRecorded(_)
            | InvoiceEvent::MarkedOverdue(_)
            | InvoiceEvent::Credited(_) => {}
        }
    }
}

impl Invoice {
    /// Where it stands; a document that does not exist is a draft nobody began.
    pub fn status(&self) -> Status {
        match self {
            Self::Unknown | Self::Draft(_) => Status::Draft,
            Self::Sent(sent) => sent.status(),
            Self::Cancelled(_) => Status::Cancelled,
        }
    }

    /// What it amounts to.
    pub fn total(&self) -> Decimal {
        match self {
            Self::Unknown => Decimal::ZERO,
            Self::Draft(draft) => draft.totals.total,
            Self::Sent(sent) => sent.totals.total,
            Self::Cancelled(cancelled) => cancelled.totals.total,
        }
    }

    /// What is still to be paid; nothing on drafts, credit notes and adjustments.
    pub fn outstanding(&self) -> Decimal {
        match self {
            Self::Sent(sent) => sent.outstanding(),
            Self::Unknown | Self::Draft(_) | Self::Cancelled(_) => Decimal::ZERO,
        }
    }

    /// What it has in every phase; none before it exists.
    pub fn header(&self) -> Option<&Header> {
        match self {
            Self::Unknown => None,
            Self::Draft(draft) => Some(&draft.header),
            Self::Sent(sent) => Some(&sent.header),
            Self::Cancelled(cancelled) => Some(&cancelled.header),
        }
    }

    /// The draft, when it may change.
    pub(super) fn draft(&self) -> Result<&DraftDocument, Refusal> {
        match self {
            Self::Unknown => Err(Refusal::Unknown),
            Self::Draft(draft) => Ok(draft),
            Self::Sent(_) => Err(Refusal::SentIsFinal),
            Self::Cancelled(_) => Err(Refusal::Cancelled),
        }
    }

    /// The sent invoice: what can be due, paid and credited.
    pub(super) fn sent_invoice(&self) -> Result<&SentDocument, Refusal> {
        let kind = self.header().ok_or(Refusal::Unknown)?.kind;
        match kind {
            Kind::Invoice => {}
            Kind::CreditNote | Kind::Adjustment => return Err(Refusal::NotAnInvoice { kind }),
        }
        match self {
            Self::Unknown => Err(Refusal::Unknown),
            Self::Draft(_) => Err(Refusal::NotSent),
            Self::Sent(sent) => Ok(sent),
            Self::Cancelled(_) => Err(Refusal::Cancelled),
        }
    }

    /// Whether exactly these events led here, give or take the number that was drawn.
    pub(super) fn is_already(&self, events: &[InvoiceEvent]) -> bool {
        let mut again = Self::fold(events);
        if let (Self::Sent(again), Self::Sent(sent)) = (&mut again, self)
            && again.number.is_empty()
        {
            again.number.clone_from(&sent.number);
        }
        again == *self
    }
}

impl Aggregate for Invoice {
    const NAME: &'static str = "invoicing.invoice";
    type Event = InvoiceEvent;
    type Refusal = Refusal;

    fn subject(&self) -> Option<Uuid> {
        self.header().map(|header| header.client_id.0)
    }

    fn evolve(&mut self, event: InvoiceEvent) {
        match (&mut *self, event) {
            (_, InvoiceEvent::Drafted(drafted)) => {
                *self = Self::Draft(Box::new(DraftDocument::new(drafted)));
            }
            (Self::Draft(draft), InvoiceEvent::Sent(sent)) => {
                *self = Self::Sent(Box::new(SentDocument::new(draft, sent)));
            }
            (Self::Draft(draft), InvoiceEvent::Cancelled(_)) => {
                *self = Self::Cancelled(Box::new(CancelledDraft {
                    header: draft.header.clone(),
                    totals: draft.totals,
                }));
            }
            (Self::Draft(draft), event) => draft.evolve(event),
            (Self::Sent(sent), event) => sent.evolve(event),
            (Self::Unknown | Self::Cancelled(_), _) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::*;
    use super::*;
    use crate::kernel::testing::given;

    #[test]
    fn says_where_it_stands_in_every_phase() {
        let paid = |amount, outstanding, status| paid(1, [amount, amount, outstanding], status);
        for (after, status, outstanding) in [
            (vec![], Status::Draft, "0"),
            (vec![cancelled()], Status::Cancelled, "0"),
            (vec![sent()], Status::Sent, "18.36"),
            (
                vec![sent(), paid("8.36", "10.00", Status::PartiallyPaid)],
                Status::PartiallyPaid,
                "10",
            ),
            (
                vec![sent(), paid("18.36", "0.00", Status::Paid)],
                Status::Paid,
                "0",
            ),
            (vec![sent(), overdue("18.36")], Status::Overdue, "18.36"),
            (
                vec![
                    sent(),
                    overdue("18.36"),
                    paid("18.36", "0.00", Status::Paid),
                ],
                Status::Paid,
                "0",
            ),
            (vec![sent(), credited_in_full()], Status::Cancelled, "0"),
        ] {
            let past: Vec<_> = [drafted()].into_iter().chain(after).collect();
            let invoice: Invoice = given(&past).state();
            assert_eq!(invoice.status(), status);
            assert_eq!(invoice.outstanding(), dec(outstanding));
            assert_eq!(invoice.total(), dec("18.36"));
        }
    }

    #[test]
    fn credit_notes_and_adjustments_stay_sent_and_owe_nothing() {
        for kind in [Kind::CreditNote, Kind::Adjustment] {
            let past = [
                drafted_as(|it| it.kind = kind),
                sent_as(|it| it.kind = kind),
            ];
            let document: Invoice = given(&past).state();
            assert_eq!(document.status(), Status::Sent);
            assert_eq!(document.outstanding(), dec("0"));
        }
    }

    #[test]
    fn a_snapshot_is_the_same_document() {
        let pasts = [
            vec![],
            vec![drafted()],
            vec![drafted(), cancelled()],
            vec![drafted(), sent(), credited_in_full()],
            vec![
                drafted(),
                sent(),
                paid(1, ["1.00", "1.00", "17.36"], Status::PartiallyPaid),
            ],
        ];
        for past in pasts {
            let invoice: Invoice = given(&past).state();
            let snapshot = serde_json::to_string(&invoice).unwrap();
            assert_eq!(serde_json::from_str::<Invoice>(&snapshot).unwrap(), invoice);
        }
    }
}

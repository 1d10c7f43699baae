//! Change what else a draft says.

use chrono::{DateTime, NaiveDate, Utc};

use crate::crm::public::Country;
use crate::invoicing::invoice::{DetailsChanged, Invoice, InvoiceEvent, input, number};
use crate::kernel::{Command, Decision, Patch};

/// Changes some details of a draft; the others stay. Limits are those of `Draft`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChangeDetails {
    /// What it says below its lines.
    pub notes: Patch<String>,
    /// The client's reference.
    pub reference: Patch<String>,
    /// The date it is to bear.
    pub issue_on: Patch<NaiveDate>,
    /// Where the sale belongs.
    pub country: Patch<String>,
    /// Its number, when given by hand or by another system.
    pub number: Patch<String>,
    /// Now.
    pub at: DateTime<Utc>,
}

impl Command for ChangeDetails {
    type Aggregate = Invoice;

    fn decide(&self, invoice: &Invoice) -> Decision<Invoice> {
        let draft = invoice.draft()?;
        let header = &draft.header;
        let notes = self.notes.try_map(|text| input::notes(text))?;
        let reference = self.reference.try_map(|text| input::reference(text))?;
        let issue_on = self.issue_on.try_map(|day| input::date("issueOn", *day))?;
        let country = self.country.try_map(|t| Country::parse("country", t))?;
        let number = self.number.try_map(|text| number::read(text))?;
        input::due_after_issue(issue_on.clone().apply(draft.issue_on), draft.due_on)?;
        let number = number.against(draft.number.as_ref());
        let former_number = match &number {
            Patch::Keep => None,
            Patch::Clear | Patch::Set(_) => draft.number.clone(),
        };
        let changed = DetailsChanged {
            notes: notes.against(header.notes.as_ref()),
            reference: reference.against(header.reference.as_ref()),
            issue_on: issue_on.against(draft.issue_on.as_ref()),
            country: country.against(header.country.as_ref()),
            number,
            former_number,
            at: self.at,
        };
        let unchanged = DetailsChanged {
            at: self.at,
            ..DetailsChanged::default()
        };
        if changed == unchanged {
            return Ok(vec![]);
        }
        Ok(vec![InvoiceEvent::DetailsChanged(changed)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invoicing::invoice::Refusal;
    use crate::invoicing::invoice::fixtures::*;
    use crate::kernel::Event as _;
    use crate::kernel::Refusal as _;
    use crate::kernel::testing::given;

    fn set(text: &str) -> Patch<String> {
        Patch::Set(text.to_owned())
    }

    fn change() -> ChangeDetails {
        ChangeDetails {
            at: at(),
            ..ChangeDetails::default()
        }
    }

    fn changed() -> DetailsChanged {
        DetailsChanged {
            at: at(),
            ..DetailsChanged::default()
        }
    }

    #[test]
    fn changes_every_detail() {
        let command = ChangeDetails {
            notes: set("Thank you"),
            reference: set(" PO 7 "),
            issue_on: Patch::Set(day("2024-03-05")),
            country: set("EIRE"),
            number: set("2024/7"),
            ..change()
        };
        let invoice = given(&[drafted()])
            .when(&command)
            .then(&[InvoiceEvent::DetailsChanged(DetailsChanged {
                notes: set("Thank you"),
                reference: set("PO 7"),
                issue_on: Patch::Set(day("2024-03-05")),
                country: Patch::Set(Country::parse("country", "EIRE").unwrap()),
                number: set("2024/7"),
                former_number: None,
                at: at(),
            })]);
        let draft = invoice.draft().unwrap();
        assert_eq!(draft.number.as_deref(), Some("2024/7"));
        assert_eq!(draft.issue_on, Some(day("2024-03-05")));
        assert_eq!(draft.header.notes.as_deref(), Some("Thank you"));
    }

    #[test]
    fn gives_the_former_number_back() {
        let past = [drafted_as(|drafted| drafted.number = Some("7".to_owned()))];
        let events = [InvoiceEvent::DetailsChanged(DetailsChanged {
            number: set("8"),
            former_number: Some("7".to_owned()),
            ..changed()
        })];
        given(&past)
            .when(&ChangeDetails {
                number: set("8"),
                ..change()
            })
            .then(&events);
        assert_eq!(
            events[0].claims(),
            [number::release("7"), number::take("8")]
        );
    }

    #[test]
    fn changing_to_what_is_already_so_changes_nothing() {
        given(&[drafted()])
            .when(&ChangeDetails {
                notes: Patch::Clear,
                number: Patch::Clear,
                ..change()
            })
            .then(&[]);
    }

    #[test]
    fn refuses_an_issue_date_after_the_due_date() {
        let (issued_on, due_on) = (day("2024-05-01"), day("2024-04-30"));
        given(&[drafted_as(|drafted| drafted.due_on = Some(due_on))])
            .when(&ChangeDetails {
                issue_on: Patch::Set(issued_on),
                ..change()
            })
            .refuses(&Refusal::DueBeforeIssue { issued_on, due_on });
    }

    /// The field at fault, and what makes it so.
    type Fault = (&'static str, fn(&mut ChangeDetails));

    #[test]
    fn refuses_malformed_details() {
        let draft = given(&[drafted()]).state();
        let faults: [Fault; 5] = [
            ("notes", |it| it.notes = set(" ")),
            ("reference", |it| it.reference = set("")),
            ("issueOn", |it| it.issue_on = Patch::Set(day("1066-10-14"))),
            ("country", |it| it.country = set("")),
            ("number", |it| it.number = set("CN-000001")),
        ];
        for (field, fault) in faults {
            let mut command = change();
            fault(&mut command);
            assert_eq!(command.decide(&draft).unwrap_err().field(), field);
        }
    }

    #[test]
    fn refuses_a_document_that_is_no_draft() {
        given(&[]).when(&change()).refuses(&Refusal::Unknown);
        given(&[drafted(), sent()])
            .when(&change())
            .refuses(&Refusal::SentIsFinal);
        given(&[drafted(), cancelled()])
            .when(&change())
            .refuses(&Refusal::Cancelled);
    }
}

//! Change a client's details.

use chrono::{DateTime, Utc};

use crate::crm::client::details::{self};
use crate::crm::client::{Client, ClientEvent, DetailsChanged};
use crate::kernel::{Command, Decision, Patch};

/// Changes some details; the others stay. Limits are those of `Register`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChangeDetails {
    /// A new name; none keeps the old one, since every client has a name.
    pub name: Option<String>,
    /// Its identity in another system.
    pub external_id: Patch<String>,
    /// An e-mail address.
    pub email: Patch<String>,
    /// Its telephone number.
    pub phone: Patch<String>,
    /// Its web address.
    pub website: Patch<String>,
    /// Its organisation.
    pub company: Patch<String>,
    /// The person to talk to.
    pub contact: Patch<String>,
    /// Where it is.
    pub country: Patch<String>,
    /// Now.
    pub at: DateTime<Utc>,
}

impl Command for ChangeDetails {
    type Aggregate = Client;

    fn decide(&self, client: &Client) -> Decision<Client> {
        let old = &client.changeable()?.details;
        let name = self.name.as_ref().map(|text| details::name(text));
        let external_id = self.external_id.try_map(|t| details::external_id(t))?;
        let external_id = external_id.against(old.external_id.as_ref());
        let email = self.email.try_map(|t| details::email(t))?;
        let phone = self.phone.try_map(|t| details::phone(t))?;
        let website = self.website.try_map(|t| details::website(t))?;
        let company = self.company.try_map(|t| details::company(t))?;
        let contact = self.contact.try_map(|t| details::contact(t))?;
        let country = self.country.try_map(|t| details::country(t))?;
        let former_external_id = match &external_id {
            Patch::Keep => None,
            Patch::Clear | Patch::Set(_) => old.external_id.clone(),
        };
        let changed = DetailsChanged {
            name: name.transpose()?.filter(|name| *name != old.name),
            external_id,
            former_external_id,
            email: email.against(old.email.as_ref()),
            phone: phone.against(old.phone.as_ref()),
            website: website.against(old.website.as_ref()),
            company: company.against(old.company.as_ref()),
            contact: contact.against(old.contact.as_ref()),
            country: country.against(old.country.as_ref()),
            at: self.at,
        };
        let mut after = old.clone();
        changed.apply(&mut after);
        if after == *old {
            return Ok(vec![]);
        }
        Ok(vec![ClientEvent::DetailsChanged(changed)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crm::client::Refusal;
    use crate::crm::client::fixtures::*;
    use crate::kernel::Refusal as _;
    use crate::kernel::testing::given;

    fn set(text: &str) -> Patch<String> {
        Patch::Set(text.to_owned())
    }

    #[test]
    fn changes_only_what_is_named() {
        let command = ChangeDetails {
            phone: set("+44 20 2"),
            email: Patch::Clear,
            at: at(),
            ..ChangeDetails::default()
        };
        let client = given(&[registered_in_full()])
            .when(&command)
            .then(&[details_changed(|changed| {
                changed.phone = set("+44 20 2");
                changed.email = Patch::Clear;
            })]);
        let after = &client.profile().unwrap().details;
        assert_eq!(after.phone.as_deref(), Some("+44 20 2"));
        assert_eq!(after.email, None);
        assert_eq!(after.external_id, details().external_id);
    }

    #[test]
    fn changes_every_detail() {
        let command = ChangeDetails {
            name: Some("Bea Ltd".to_owned()),
            external_id: Patch::Clear,
            email: Patch::Clear,
            phone: Patch::Clear,
            website: Patch::Clear,
            company: Patch::Clear,
            contact: Patch::Clear,
            country: Patch::Clear,
            at: at(),
        };
        let events = command
            .decide(&given(&[registered_in_full()]).state())
            .unwrap();
        let client: Client = given(&[registered_in_full()]).when(&command).then(&events);
        let after = client.profile().unwrap().details.clone();
        assert_eq!(
            after,
            crate::crm::client::Details {
                name: "Bea Ltd".to_owned(),
                ..Default::default()
            }
        );
    }

    #[test]
    fn gives_the_former_external_id_back() {
        let command = ChangeDetails {
            external_id: set("2"),
            at: at(),
            ..ChangeDetails::default()
        };
        given(&[registered_in_full()])
            .when(&command)
            .then(&[details_changed(|changed| {
                changed.external_id = set("2");
                changed.former_external_id = Some("17850".to_owned());
            })]);
    }

    #[test]
    fn changing_to_what_is_already_so_changes_nothing() {
        let command = ChangeDetails {
            name: Some("Ada Ltd".to_owned()),
            external_id: set("17850"),
            email: set("Ada@example.com"),
            country: set(" United Kingdom "),
            at: at(),
            ..ChangeDetails::default()
        };
        given(&[registered_in_full()]).when(&command).then(&[]);
        given(&[registered()])
            .when(&ChangeDetails {
                phone: Patch::Clear,
                at: at(),
                ..ChangeDetails::default()
            })
            .then(&[]);
    }

    #[test]
    fn refuses_an_unknown_or_archived_client() {
        let command = ChangeDetails::default();
        given(&[]).when(&command).refuses(&Refusal::Unknown);
        given(&[registered(), archived()])
            .when(&command)
            .refuses(&Refusal::Archived);
    }

    /// The field at fault, and what makes it so.
    type Fault = (&'static str, fn(&mut ChangeDetails));

    #[test]
    fn refuses_malformed_details() {
        let client = given(&[registered()]).state();
        let faults: [Fault; 8] = [
            ("name", |it| it.name = Some(" ".to_owned())),
            ("externalId", |it| it.external_id = set("")),
            ("email", |it| it.email = set("x")),
            ("phone", |it| it.phone = set("\0")),
            ("website", |it| it.website = set("x")),
            ("company", |it| it.company = set("")),
            ("contact", |it| it.contact = set("")),
            ("country", |it| it.country = set("")),
        ];
        for (field, fault) in faults {
            let mut command = ChangeDetails::default();
            fault(&mut command);
            assert_eq!(command.decide(&client).unwrap_err().field(), field);
        }
    }
}

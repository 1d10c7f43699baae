//! Register a client.

use chrono::{DateTime, Utc};

use crate::crm::client::details::{self, optional};
use crate::crm::client::{Client, ClientEvent, Details, Refusal, Registered};
use crate::kernel::{Aggregate, ClientId, Command, Decision};

/// Makes a client known. All text is as typed; see [`Details`] for what each field means.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Register {
    /// Its id, new.
    pub client_id: ClientId,
    /// At most 200 characters.
    pub name: String,
    /// At most 100 characters; unique within the tenant, capitals matter.
    pub external_id: Option<String>,
    /// An e-mail address.
    pub email: Option<String>,
    /// At most 40 characters.
    pub phone: Option<String>,
    /// An `http` or `https` address.
    pub website: Option<String>,
    /// At most 200 characters.
    pub company: Option<String>,
    /// At most 200 characters.
    pub contact: Option<String>,
    /// A name or code of at most 60 characters.
    pub country: Option<String>,
    /// Now.
    pub at: DateTime<Utc>,
}

impl Command for Register {
    type Aggregate = Client;

    fn decide(&self, client: &Client) -> Decision<Client> {
        let registered = ClientEvent::Registered(Registered {
            client_id: self.client_id,
            details: Details {
                name: details::name(&self.name)?,
                external_id: optional(self.external_id.as_ref(), details::external_id)?,
                email: optional(self.email.as_ref(), details::email)?,
                phone: optional(self.phone.as_ref(), details::phone)?,
                website: optional(self.website.as_ref(), details::website)?,
                company: optional(self.company.as_ref(), details::company)?,
                contact: optional(self.contact.as_ref(), details::contact)?,
                country: optional(self.country.as_ref(), details::country)?,
            },
            at: self.at,
        });
        match client {
            Client::Unknown => Ok(vec![registered]),
            Client::Registered(_) if *client == Client::fold([&registered]) => Ok(vec![]),
            Client::Registered(_) | Client::Erased => Err(Refusal::AlreadyRegistered),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crm::client::fixtures::*;
    use crate::kernel::Refusal as _;
    use crate::kernel::testing::given;

    fn register() -> Register {
        Register {
            client_id: client_id(),
            name: "Ada Ltd".to_owned(),
            at: at(),
            ..Register::default()
        }
    }

    fn register_in_full() -> Register {
        let some = |text: &str| Some(text.to_owned());
        Register {
            external_id: some(" 17850 "),
            email: some("Ada@example.com"),
            phone: some("+44 20 1"),
            website: some("https://ada.example"),
            company: some("Ada Group"),
            contact: some("Ada"),
            country: some("United Kingdom"),
            ..register()
        }
    }

    #[test]
    fn registers_a_client_by_name_alone() {
        given(&[]).when(&register()).then(&[registered()]);
    }

    #[test]
    fn registers_a_client_with_every_detail() {
        given(&[])
            .when(&register_in_full())
            .then(&[registered_in_full()]);
    }

    #[test]
    fn registering_the_same_again_changes_nothing() {
        given(&[registered_in_full()])
            .when(&register_in_full())
            .then(&[]);
    }

    #[test]
    fn refuses_an_id_that_is_in_use() {
        given(&[registered_in_full()])
            .when(&register())
            .refuses(&Refusal::AlreadyRegistered);
    }

    /// The field at fault, and what makes it so.
    type Fault = (&'static str, fn(&mut Register));

    #[test]
    fn refuses_malformed_details() {
        fn long() -> String {
            "x".repeat(201)
        }
        let faults: [Fault; 10] = [
            ("name", |it| it.name = " ".to_owned()),
            ("name", |it| it.name = long()),
            ("externalId", |it| it.external_id = Some(String::new())),
            ("externalId", |it| it.external_id = Some(long())),
            ("email", |it| it.email = Some("nobody".to_owned())),
            ("phone", |it| it.phone = Some(long())),
            ("website", |it| it.website = Some("javascript:x".to_owned())),
            ("company", |it| it.company = Some(long())),
            ("contact", |it| it.contact = Some(long())),
            ("country", |it| it.country = Some(long())),
        ];
        for (field, fault) in faults {
            let mut command = register();
            fault(&mut command);
            let refusal = command.decide(&Client::default()).unwrap_err();
            assert!(matches!(refusal, Refusal::Field(_)));
            assert_eq!(refusal.field(), field);
        }
    }
}

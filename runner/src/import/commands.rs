//! Which commands import a document and its client, and under which ids?

use std::sync::Arc;

use chrono::{DateTime, Utc};
use daybook_domain::crm::client::Register;
use daybook_domain::crm::public::{BillingDetails, ClientFacts, ClientStatus, Country};
use daybook_domain::invoicing::invoice::{Draft, Issue, Kind, Line, NewLine, Numbering, Send};
use daybook_domain::kernel::{ClientId, Currency, InvoiceId, LineId, TenantId};
use daybook_store::{Actor, Context, Fingerprint, Origin};
use rust_decimal::Decimal;
use serde::Serialize;
use uuid::Uuid;

use super::document::Document;

/// Whom documents of a file are made out to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Party {
    /// A client that the other system knows by this id.
    Known(String),
    /// Whoever walks in there, in this country if it is known.
    WalkIn(Option<String>),
}

impl Party {
    pub(super) fn of(document: &Document) -> Self {
        match &document.customer {
            Some(id) => Self::Known(id.clone()),
            None => Self::WalkIn(document.country.as_ref().map(|it| it.as_str().to_owned())),
        }
    }

    /// The ids it is given when the tenant does not have it. A person's are random: an id stays in
    /// the log for ever, and from one that is made from an external id whoever tries them all would
    /// know after an erasure who that was. Who has the external id already is known by that. Whoever
    /// walks in has the same ones in every import: `erased` says how many that had them are gone.
    pub(super) fn ids(&self, tenant: TenantId, erased: u32) -> Ids {
        let client_id = match self {
            Self::Known(_) => return Ids::minted(),
            Self::WalkIn(Some(country)) => derived(tenant.0, &["import", "walk-in", country]),
            Self::WalkIn(None) => derived(tenant.0, &["import", "walk-in"]),
        };
        let client_id = match erased {
            0 => client_id,
            // Below the first one's id, so that it is no country's.
            erased => derived(client_id, &["after", &erased.to_string()]),
        };
        Ids {
            client_id: ClientId(client_id),
            command_id: command_of(client_id),
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Known(id) => format!("Client {id}"),
            Self::WalkIn(Some(country)) => format!("Walk-in clients, {country}"),
            Self::WalkIn(None) => "Walk-in clients".to_owned(),
        }
    }
}

/// Under which ids a party is registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ids {
    pub(super) client_id: ClientId,
    command_id: Uuid,
}

impl Ids {
    #[expect(
        clippy::disallowed_methods,
        reason = "an import is where the ids of its clients come from"
    )]
    fn minted() -> Self {
        Self {
            client_id: ClientId(Uuid::now_v7()),
            command_id: Uuid::now_v7(),
        }
    }
}

/// The command by which an import makes a stream.
fn command_of(stream: Uuid) -> Uuid {
    derived(stream, &["import"])
}

/// A name within a namespace. Parts are kept apart, so that no two lists of them are one name.
fn derived(namespace: Uuid, parts: &[&str]) -> Uuid {
    parts.iter().fold(namespace, |within, part| {
        Uuid::new_v5(&within, part.as_bytes())
    })
}

/// What is the same for all commands of an import.
#[derive(Debug, Clone)]
pub(super) struct Desk {
    pub(super) tenant: TenantId,
    pub(super) currency: Currency,
    pub(super) clock: fn() -> DateTime<Utc>,
    /// Who has it imported, and why.
    pub(super) origin: Arc<Origin>,
}

impl Desk {
    /// Registers a party that the tenant does not have, under these ids. Where it is says the first
    /// document that needs it, and is no part of what makes two registrations the same.
    pub(super) fn register(
        &self,
        (party, ids): (&Party, Ids),
        country: Option<&Country>,
    ) -> (Register, Context) {
        let at = (self.clock)();
        let external_id = match party {
            Party::Known(id) => Some(id.clone()),
            Party::WalkIn(_) => None,
        };
        let fingerprint = Fingerprint::of("import.client", &party.name());
        let context = self.context(ids.command_id, fingerprint, at);
        let register = Register {
            client_id: ids.client_id,
            name: party.name(),
            external_id,
            country: country.map(|it| it.as_str().to_owned()),
            at,
            ..Register::default()
        };
        (register, context)
    }

    /// The id of the document of that number.
    pub(super) fn invoice_id(&self, number: &str) -> InvoiceId {
        let number = number.to_uppercase();
        InvoiceId(derived(self.tenant.0, &["import", "document", &number]))
    }

    /// Issues a document: drafts and sends it in one step.
    pub(super) fn issue(&self, document: &Document, client: ClientFacts) -> (Issue, Context) {
        let at = (self.clock)();
        let invoice_id = self.invoice_id(&document.number);
        let content = Content::of(document, self.currency);
        let fingerprint = Fingerprint::of("import.document", &content);
        let context = self.context(command_of(invoice_id.0), fingerprint, at);
        let send = Send {
            issued_on: None,
            due_on: None,
            // It has a number, whichever way the tenant numbers its own.
            numbering: Numbering::default(),
            number: None,
            client: client.clone(),
            at,
        };
        let draft = Draft {
            invoice_id,
            kind: document.kind,
            client,
            currency: Some(self.currency),
            country: document.country.as_ref().map(|it| it.as_str().to_owned()),
            lines: new_lines(invoice_id, &document.lines),
            tax_rate: None,
            issue_on: Some(document.issued_on),
            due_on: None,
            number: Some(document.number.clone()),
            notes: None,
            reference: None,
            at,
        };
        (Issue { draft, send }, context)
    }

    fn context(&self, command_id: Uuid, fingerprint: Fingerprint, at: DateTime<Utc>) -> Context {
        let origin = Origin {
            route: Some("import".to_owned()),
            ..Origin::clone(&self.origin)
        };
        Context::new(Actor::System("import"), command_id, fingerprint, at).from(origin)
    }
}

/// Whom no new document is made out to: for one that is there, to find out whether it is the same.
pub(super) fn nobody() -> ClientFacts {
    ClientFacts {
        client_id: ClientId(Uuid::nil()),
        name: String::new(),
        status: ClientStatus::Archived,
        country: None,
        billing: BillingDetails::default(),
    }
}

fn new_lines(invoice_id: InvoiceId, lines: &[Line]) -> Vec<NewLine> {
    let numbered = (1_u32..).zip(lines);
    let lines = numbered.map(|(place, line)| NewLine {
        line_id: LineId(Uuid::new_v5(&invoice_id.0, &place.to_be_bytes())),
        description: line.description.clone(),
        product_code: line.product_code.clone(),
        quantity: line.quantity,
        unit_price: line.unit_price,
    });
    lines.collect()
}

/// What makes two documents of one number the same document: what the file says, and nothing that
/// was looked up. Frozen: it tells repeats of earlier imports.
#[derive(Debug, Serialize)]
struct Content<'d> {
    kind: Kind,
    issued_on: chrono::NaiveDate,
    customer: Option<&'d str>,
    country: Option<&'d str>,
    currency: Currency,
    lines: Vec<(Option<&'d str>, &'d str, Decimal, Decimal)>,
}

impl<'d> Content<'d> {
    fn of(document: &'d Document, currency: Currency) -> Self {
        let line = |line: &'d Line| {
            (
                line.product_code.as_deref(),
                line.description.as_str(),
                line.quantity.normalize(),
                line.unit_price.normalize(),
            )
        };
        Self {
            kind: document.kind,
            issued_on: document.issued_on,
            customer: document.customer.as_deref(),
            country: document.country.as_ref().map(Country::as_str),
            currency,
            lines: document.lines.iter().map(line).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_differ_by_tenant_and_by_what_they_name() {
        let tenant = |n| TenantId(Uuid::from_u128(n));
        let walk_in = Party::WalkIn(Some("EIRE".to_owned()));
        let ids = [
            walk_in.ids(tenant(2), 0),
            walk_in.ids(tenant(3), 0),
            Party::WalkIn(None).ids(tenant(2), 0),
            walk_in.ids(tenant(2), 1),
            walk_in.ids(tenant(2), 2),
            Party::WalkIn(None).ids(tenant(2), 1),
        ];
        let mut distinct = ids.map(|it| it.client_id).to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), ids.len());
        assert_eq!(walk_in.ids(tenant(2), 0), ids[0]);
    }

    #[test]
    fn ids_of_a_person_say_nothing() {
        let known = Party::Known("17850".to_owned());
        let tenant = TenantId(Uuid::from_u128(2));
        let (one, other) = (known.ids(tenant, 0), known.ids(tenant, 0));
        assert_ne!(one.client_id, other.client_id);
        assert_ne!(one.command_id, other.command_id);
        for id in [one.client_id.0, one.command_id] {
            assert_ne!(id, derived(tenant.0, &["import", "client", "17850"]));
            assert_eq!(id.get_version_num(), 7);
        }
    }

    #[test]
    fn ids_are_those_of_earlier_imports() {
        let desk = Desk {
            tenant: TenantId(Uuid::from_u128(2)),
            currency: Currency::GBP,
            clock: || DateTime::UNIX_EPOCH,
            origin: Arc::default(),
        };
        assert_eq!(desk.invoice_id("c536379"), desk.invoice_id("C536379"));
        let walk_in = Party::WalkIn(Some("EIRE".to_owned()));
        let ids = walk_in.ids(desk.tenant, 0);
        let (_, context) = desk.register((&walk_in, ids), None);
        let frozen = [
            desk.invoice_id("536365").to_string(),
            ids.client_id.to_string(),
            context.command_id.to_string(),
        ];
        assert_eq!(
            frozen,
            [
                "2e8031dd-23df-5012-9fed-6c4faf93a4c5",
                "a90fce7f-b710-5594-8af8-95b8b4942a08",
                "5f504d6c-ff85-5e96-b0b8-7e9bc23c134f",
            ]
        );
    }
}

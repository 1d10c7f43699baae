//! Which commands import a document and its client, and under which ids?

use chrono::{DateTime, Utc};
use daybook_domain::crm::client::Register;
use daybook_domain::crm::public::{ClientFacts, Country};
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

    /// The id it is given when the tenant does not have it.
    pub(super) fn client_id(&self, tenant: TenantId) -> ClientId {
        ClientId(match self {
            Self::Known(id) => derived(tenant.0, &["import", "client", id]),
            Self::WalkIn(Some(country)) => derived(tenant.0, &["import", "walk-in", country]),
            Self::WalkIn(None) => derived(tenant.0, &["import", "walk-in"]),
        })
    }

    fn name(&self) -> String {
        match self {
            Self::Known(id) => format!("Client {id}"),
            Self::WalkIn(Some(country)) => format!("Walk-in clients, {country}"),
            Self::WalkIn(None) => "Walk-in clients".to_owned(),
        }
    }
}

/// A name within a namespace. Parts are kept apart, so that no two lists of them are one name.
fn derived(namespace: Uuid, parts: &[&str]) -> Uuid {
    parts.iter().fold(namespace, |within, part| {
        Uuid::new_v5(&within, part.as_bytes())
    })
}

/// What is the same for all commands of an import.
#[derive(Debug, Clone, Copy)]
pub(super) struct Desk {
    pub(super) tenant: TenantId,
    pub(super) currency: Currency,
    pub(super) clock: fn() -> DateTime<Utc>,
}

impl Desk {
    /// Registers a party that the tenant does not have. Where it is says the first document that
    /// needs it, and is no part of what makes two registrations the same.
    pub(super) fn register(&self, party: &Party, country: Option<&Country>) -> (Register, Context) {
        let at = (self.clock)();
        let client_id = party.client_id(self.tenant);
        let external_id = match party {
            Party::Known(id) => Some(id.clone()),
            Party::WalkIn(_) => None,
        };
        let context = self.context(
            client_id.0,
            Fingerprint::of("import.client", &party.name()),
            at,
        );
        let register = Register {
            client_id,
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
        let context = self.context(
            invoice_id.0,
            Fingerprint::of("import.document", &content),
            at,
        );
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

    fn context(&self, stream: Uuid, fingerprint: Fingerprint, at: DateTime<Utc>) -> Context {
        let command_id = derived(stream, &["import"]);
        let origin = Origin {
            route: Some("import".to_owned()),
            ..Origin::default()
        };
        Context::new(Actor::System("import"), command_id, fingerprint, at).from(origin)
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
        let known = Party::Known("EIRE".to_owned());
        let walk_in = Party::WalkIn(Some("EIRE".to_owned()));
        let ids = [
            known.client_id(tenant(2)),
            known.client_id(tenant(3)),
            walk_in.client_id(tenant(2)),
            Party::WalkIn(None).client_id(tenant(2)),
        ];
        let mut distinct = ids.to_vec();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), ids.len());
        assert_eq!(known.client_id(tenant(2)), ids[0]);
    }

    #[test]
    fn ids_are_those_of_earlier_imports() {
        let desk = Desk {
            tenant: TenantId(Uuid::from_u128(2)),
            currency: Currency::GBP,
            clock: || DateTime::UNIX_EPOCH,
        };
        assert_eq!(desk.invoice_id("c536379"), desk.invoice_id("C536379"));
        let known = Party::Known("17850".to_owned());
        let (_, context) = desk.register(&known, None);
        let frozen = [
            desk.invoice_id("536365").to_string(),
            known.client_id(desk.tenant).to_string(),
            context.command_id.to_string(),
        ];
        assert_eq!(
            frozen,
            [
                "2e8031dd-23df-5012-9fed-6c4faf93a4c5",
                "5735a14b-5f00-52a9-9c20-18ba40ab597e",
                "e338a170-a2d0-5381-9695-112657849809",
            ]
        );
    }
}

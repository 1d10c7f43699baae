//! A client as clients of the API see it.

use async_graphql::{ComplexObject, Context, Enum, ID, Lookahead, Result, SimpleObject};
use chrono::{DateTime, Utc};
use daybook_domain::crm::client::{self, Status};
use daybook_domain::crm::fields::FieldValues;
use daybook_domain::kernel::ClientId;
use daybook_projections::crm::clients::ClientRow;
use daybook_projections::invoicing::INVOICES;
use daybook_store::{AsOf, TenantTx};
use serde::Serialize;

use super::note::{ClientNote, notes_of};
use super::sight::Sight;
use crate::fault::Fault;
use crate::graphql::{
    Connection, CurrencyCode, Json, PageRequest, Position, encode_id, nullable, within,
};
use crate::invoicing::{Balance, Invoice, InvoiceOrder, balances_of, invoices_of};

/// Whether business is done with a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Enum)]
#[graphql(remote = "Status")]
pub enum ClientStatus {
    /// Business is done.
    Active,
    /// No business is expected; none is forbidden.
    Inactive,
    /// Put away: no new documents, no changes.
    Archived,
}

/// A person or organisation the tenant sells to.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct Client {
    /// Its id.
    pub(crate) id: ID,
    /// The name it is known by; a person's or an organisation's.
    name: String,
    /// Its identity in another system; unique in the tenant.
    external_id: Option<String>,
    /// Where mail reaches it.
    email: Option<String>,
    /// Its telephone number, as written.
    phone: Option<String>,
    /// Its web address.
    website: Option<String>,
    /// The organisation it belongs to, when the name is a person's.
    company: Option<String>,
    /// The person to talk to, when the name is an organisation's.
    contact: Option<String>,
    /// Where it is, as it was named.
    country: Option<String>,
    /// Whether business is done with it.
    status: ClientStatus,
    /// How it is billed.
    billing: BillingDetails,
    /// Its custom fields that hold a value, by key: `true` or `false`, or text for every other
    /// kind (numbers in decimal notation, dates as `YYYY-MM-DD`).
    custom_fields: Json,
    /// When it was registered.
    created_at: DateTime<Utc>,
    /// When it changed last.
    updated_at: DateTime<Utc>,
    /// How many events it has, for `expectedVersion`.
    version: i64,
    /// The position of its last event in the tenant's log.
    position: Position,
    #[graphql(skip)]
    client_id: ClientId,
    #[graphql(skip)]
    balances: Option<Vec<Balance>>,
    #[graphql(skip)]
    moment: Option<AsOf>,
}

/// How a client is billed. What is absent is taken from the client's details, then from the
/// tenant's settings, or left out of the document.
#[derive(Debug, Clone, SimpleObject)]
pub struct BillingDetails {
    /// The name on documents.
    name: Option<String>,
    /// Street and whatever else precedes the city, in order.
    address_lines: Vec<String>,
    /// The postal code, as written.
    postal_code: Option<String>,
    /// The city.
    city: Option<String>,
    /// The country of the address, as it was named.
    country: Option<String>,
    /// The VAT identification number, as written.
    vat_number: Option<String>,
    /// Days from issue to due; 0 is due on issue.
    payment_terms_days: Option<u16>,
    /// The currency of its documents, unless a document names another.
    currency: Option<CurrencyCode>,
}

#[ComplexObject]
impl Client {
    /// What it owes, by currency; empty when nothing was ever sent. Null without `invoices.read`, or
    /// `own_invoices.read` for the client one belongs to.
    async fn balances(&self, ctx: &Context<'_>) -> Option<Result<Vec<Balance>>> {
        nullable(async {
            let (asking, scope, _) = super::clients_seen(ctx)?;
            // A key that may read clients alone would otherwise add up what all of them owe.
            let sight = Sight::of_invoices(scope);
            if !sight.is_some_and(|sight| sight.admits(self.client_id)) {
                return Ok(None);
            }
            if let Some(balances) = &self.balances {
                return Ok(Some(balances.clone()));
            }
            let mut tx = asking.look(scope, &[INVOICES], self.moment).await?;
            let mut found = balances_of(&mut tx, &[self.client_id]).await?;
            tx.commit().await.map_err(Fault::from)?;
            Ok(Some(found.remove(&self.client_id).unwrap_or_default()))
        })
        .await
    }

    /// What was noted about it, oldest first. Needs `clients.read`: a client in the portal does
    /// not see what is noted about it.
    async fn notes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from the oldest: 1 to 100; 50 when left out.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the newest: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Option<Result<Connection<ClientNote>>> {
        nullable(async {
            let page = PageRequest::of((first, after), (last, before));
            let whose = (self.client_id, self.moment);
            Ok(Some(notes_of(ctx, whose, page).await?))
        })
        .await
    }

    /// The documents made out to it that the caller may see, newest first.
    async fn invoices(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from the front: 1 to 100; 50 when left out.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the back: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "In which order; newest first when left out.")] order_by: Option<
            InvoiceOrder,
        >,
    ) -> Option<Result<Connection<Invoice>>> {
        nullable(async {
            let page = PageRequest::of((first, after), (last, before));
            let whose = (self.client_id, self.moment);
            Ok(Some(invoices_of(ctx, whose, (page, order_by)).await?))
        })
        .await
    }
}

impl Client {
    /// The clients of some rows, in their order, with what is `selected` of them.
    ///
    /// # Errors
    /// The database is away.
    pub(crate) async fn load(
        tx: &mut TenantTx,
        rows: Vec<ClientRow>,
        selected: &[Lookahead<'_>],
    ) -> Result<Vec<Self>, Fault> {
        let mut clients: Vec<Self> = rows.into_iter().map(Self::from).collect();
        for client in &mut clients {
            client.moment = tx.moment();
        }
        if !within(selected, "balances").is_empty() {
            let ids: Vec<ClientId> = clients.iter().map(|client| client.client_id).collect();
            let mut found = balances_of(tx, &ids).await?;
            for client in &mut clients {
                client.balances = Some(found.remove(&client.client_id).unwrap_or_default());
            }
        }
        Ok(clients)
    }

    /// Which client.
    pub(crate) fn client_id(&self) -> ClientId {
        self.client_id
    }
}

impl From<ClientRow> for Client {
    fn from(row: ClientRow) -> Self {
        Self {
            id: encode_id(row.id),
            name: row.name,
            external_id: row.external_id,
            email: row.email.map(|email| email.to_string()),
            phone: row.phone,
            website: row.website,
            company: row.company,
            contact: row.contact,
            country: row.country.map(|country| country.to_string()),
            status: row.status.into(),
            billing: row.billing.into(),
            custom_fields: Json(custom_fields(&row.custom_fields)),
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
            position: Position(row.position),
            client_id: row.id,
            balances: None,
            moment: None,
        }
    }
}

impl From<client::BillingDetails> for BillingDetails {
    fn from(billing: client::BillingDetails) -> Self {
        Self {
            name: billing.name,
            address_lines: billing.address_lines,
            postal_code: billing.postal_code,
            city: billing.city,
            country: billing.country.map(|country| country.to_string()),
            vat_number: billing.vat_number,
            payment_terms_days: billing.payment_terms_days,
            currency: billing.currency.map(CurrencyCode),
        }
    }
}

fn custom_fields(values: &FieldValues) -> serde_json::Value {
    // Keys and values are plain text and booleans, which always can be written.
    serde_json::to_value(values).unwrap_or_default()
}

//! Anything by its global id.

use async_graphql::{Context, ID, Interface, Object, Result};

use crate::access::{Scope, Standing};
use crate::audit::{AuditExport, exports_by_ids};
use crate::crm::{Client, clients_by_ids};
use crate::fault::{Code, Fault};
use crate::graphql::{AsOfInput, Asking, GlobalId, decode_id};
use crate::invoicing::{Invoice, invoices_by_ids};
use crate::privacy::{Consent, consents_by_ids};
use crate::tenancy::{ApiKey, Member, Tenant, api_keys_by_ids, members_by_ids, tenant_by_ids};

/// A thing with a global id.
#[derive(Debug, Clone, Interface)]
#[graphql(field(name = "id", ty = "&ID", desc = "Its global id."))]
pub enum Node {
    /// A client.
    Client(Client),
    /// A document.
    Invoice(Invoice),
    /// The tenant one acts in.
    Tenant(Box<Tenant>),
    /// A member of it.
    Member(Member),
    /// An API key of it.
    ApiKey(ApiKey),
    /// What a client of it agreed to.
    Consent(Consent),
    /// An export of its history.
    AuditExport(AuditExport),
}

/// Ids in one look-up.
const MOST: usize = 100;

/// Things by their global ids.
#[derive(Debug, Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The thing with that id; null when there is none that the caller may see.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A global id.")] id: ID,
        #[graphql(desc = "As of this moment of the past; now when left out.")] as_of: Option<
            AsOfInput,
        >,
    ) -> Option<Result<Node>> {
        // A failing nullable field must be null itself: the library nulls the parent of an error
        // around an option.
        let found = find(ctx, &[id], as_of)
            .await
            .map(|found| found.into_iter().next().flatten());
        found.map_err(Into::into).transpose()
    }

    /// The things with these ids, in the same order, at most 100; null for each that is not there
    /// or that the caller may not see.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global ids, at most 100.")] ids: Vec<ID>,
        #[graphql(desc = "As of this moment of the past; now when left out.")] as_of: Option<
            AsOfInput,
        >,
    ) -> Result<Vec<Option<Node>>> {
        if ids.len() > MOST {
            return Err(Fault::new(Code::BadUserInput, "at most 100 ids").into());
        }
        Ok(find(ctx, &ids, as_of).await?)
    }
}

/// One look-up for each kind of thing that is asked for.
async fn find(
    ctx: &Context<'_>,
    ids: &[ID],
    as_of: Option<AsOfInput>,
) -> Result<Vec<Option<Node>>, Fault> {
    let asking = Asking::of(ctx)?;
    let Some(scope) = asking.caller.scope.as_deref() else {
        return Ok(vec![None; ids.len()]);
    };
    let moment = asking.moment(scope, as_of).await?;
    let mut found: Vec<Node> = Vec::new();
    let tenant = tenant_by_ids(ctx, &of_kind(ids), moment).await?;
    found.extend(tenant.map(|tenant| Node::Tenant(Box::new(tenant))));
    let members = members_by_ids(ctx, &of_kind(ids), moment).await?;
    found.extend(members.into_iter().map(Node::Member));
    let api_keys = api_keys_by_ids(ctx, &of_kind(ids), moment).await?;
    found.extend(api_keys.into_iter().map(Node::ApiKey));
    let exports = exports_by_ids(ctx, &of_kind(ids), moment).await?;
    found.extend(exports.into_iter().map(Node::AuditExport));
    if does_business(scope) {
        let clients = clients_by_ids(ctx, &of_kind(ids), moment).await?;
        found.extend(clients.into_iter().map(Node::Client));
        let invoices = invoices_by_ids(ctx, &of_kind(ids), moment).await?;
        found.extend(invoices.into_iter().map(Node::Invoice));
        let consents = consents_by_ids(ctx, &of_kind(ids), moment).await?;
        found.extend(consents.into_iter().map(Node::Consent));
    }
    let node = |id: &ID| found.iter().find(|node| node.global_id() == id).cloned();
    Ok(ids.iter().map(node).collect())
}

/// Whether the tenant one acts in does business: else its clients and documents are not shown,
/// here as everywhere.
fn does_business(scope: &Scope) -> bool {
    scope.standing == Standing::Active
}

impl Node {
    fn global_id(&self) -> &ID {
        match self {
            Self::Client(client) => &client.id,
            Self::Invoice(invoice) => &invoice.id,
            Self::Tenant(tenant) => &tenant.id,
            Self::Member(member) => &member.id,
            Self::ApiKey(api_key) => &api_key.id,
            Self::Consent(consent) => &consent.id,
            Self::AuditExport(export) => &export.id,
        }
    }
}

/// The ids of one kind.
fn of_kind<T: GlobalId>(ids: &[ID]) -> Vec<T> {
    ids.iter().filter_map(|id| decode_id(id).ok()).collect()
}

//! The tenant, its members and its API keys.

use async_graphql::{Context, ID, Object, Result};
use daybook_domain::tenancy::public::Permission;
use daybook_projections::list::{Direction, OnlyOrder};
use daybook_projections::tenancy::api_keys::{self, ApiKeys};
use daybook_projections::tenancy::members::{self, Members};
use daybook_projections::tenancy::{MEMBERS, TENANT};

use super::api_key::ApiKey;
use super::filter::{MemberFilter, MemberOrder};
use super::member::Member;
use super::tenant::{Tenant, TenantSight};
use crate::fault::Fault;
use crate::graphql::{AsOfInput, Asking, Connection, ListRequest, PageRequest, decode_id};

/// The context's queries.
#[derive(Debug, Default)]
pub struct TenancyQuery;

#[Object]
impl TenancyQuery {
    /// The tenant one acts in. Needs `tenant.read`; `plan` and `usage` need `tenant.manage`,
    /// `domains`, `ipAllowList` and `securityPolicy` need `tenant.secure`.
    async fn tenant(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As of this moment of the past; now when left out.")] as_of: Option<
            AsOfInput,
        >,
    ) -> Option<Result<Tenant, Fault>> {
        tenant(ctx, as_of).await.transpose()
    }

    /// The tenant's members, invited and former ones included. Needs `members.read`.
    #[expect(
        clippy::too_many_arguments,
        reason = "the arguments of a connection are fixed"
    )]
    async fn members(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from the front: 1 to 100; 50 when left out.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the back: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "Only those that meet every condition.")] filter: Option<MemberFilter>,
        #[graphql(desc = "In which order; by invitation, oldest first, when left out.")]
        order_by: Option<MemberOrder>,
        #[graphql(desc = "As of this moment of the past; now when left out.")] as_of: Option<
            AsOfInput,
        >,
    ) -> Option<Result<Connection<Member>, Fault>> {
        let page = PageRequest::of((first, after), (last, before));
        let wanted = (filter.unwrap_or_default(), MemberOrder::read(order_by));
        Some(members(ctx, page, wanted, as_of).await)
    }

    /// A member; null when there is none with that id. Needs `members.read`.
    async fn member(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The member's id.")] id: ID,
        #[graphql(desc = "As of this moment of the past; now when left out.")] as_of: Option<
            AsOfInput,
        >,
    ) -> Option<Result<Member, Fault>> {
        member(ctx, &id, as_of).await.transpose()
    }

    /// The tenant's API keys, expired ones included, in the order in which they were created.
    /// Needs `api_keys.manage`.
    #[expect(
        clippy::too_many_arguments,
        reason = "the arguments of a connection are fixed"
    )]
    async fn api_keys(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from the front: 1 to 100; 50 when left out.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the back: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "Whether revoked keys are listed.", default)] include_revoked: bool,
        #[graphql(desc = "As of this moment of the past; now when left out.")] as_of: Option<
            AsOfInput,
        >,
    ) -> Option<Result<Connection<ApiKey>, Fault>> {
        let page = PageRequest::of((first, after), (last, before));
        Some(api_keys(ctx, page, include_revoked, as_of).await)
    }
}

async fn tenant(ctx: &Context<'_>, as_of: Option<AsOfInput>) -> Result<Option<Tenant>, Fault> {
    let (asking, scope) = Asking::permitted(ctx, Permission::TenantRead)?;
    let moment = asking.moment(scope, as_of).await?;
    let mut tx = asking.look(scope, &[TENANT], moment).await?;
    let found = Tenant::current(&mut tx, TenantSight::of(scope)).await?;
    tx.commit().await?;
    Ok(found)
}

async fn members(
    ctx: &Context<'_>,
    page: PageRequest,
    (filter, order): (MemberFilter, (members::OrderBy, Direction)),
    as_of: Option<AsOfInput>,
) -> Result<Connection<Member>, Fault> {
    let (asking, scope) = Asking::permitted(ctx, Permission::MembersRead)?;
    let filter = filter.read()?;
    let moment = asking.moment(scope, as_of).await?;
    let request = ListRequest::<Members> {
        page,
        order,
        filter,
        moment,
    };
    let found = request.answer(ctx, (asking, scope)).await?;
    Ok(found.converted(|row| Member::as_of(row, moment)))
}

async fn member(
    ctx: &Context<'_>,
    id: &ID,
    as_of: Option<AsOfInput>,
) -> Result<Option<Member>, Fault> {
    let (asking, scope) = Asking::permitted(ctx, Permission::MembersRead)?;
    let id = decode_id(id)?;
    let moment = asking.moment(scope, as_of).await?;
    let mut tx = asking.look(scope, &[MEMBERS], moment).await?;
    let row = members::find(&mut tx, id).await?;
    tx.commit().await?;
    Ok(row.map(|row| Member::as_of(row, moment)))
}

async fn api_keys(
    ctx: &Context<'_>,
    page: PageRequest,
    with_revoked: bool,
    as_of: Option<AsOfInput>,
) -> Result<Connection<ApiKey>, Fault> {
    let (asking, scope) = Asking::permitted(ctx, Permission::ApiKeysManage)?;
    let request = ListRequest::<ApiKeys> {
        page,
        order: (OnlyOrder, Direction::Ascending),
        filter: api_keys::Filter { with_revoked },
        moment: asking.moment(scope, as_of).await?,
    };
    let found = request.answer(ctx, (asking, scope)).await?;
    Ok(found.converted(ApiKey::from))
}

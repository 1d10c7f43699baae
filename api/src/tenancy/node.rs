//! The tenant, members and API keys by their global id, for `node` and `nodes`.
//!
//! As of a moment or now. What is not there and what the caller may not see is left out alike.

use async_graphql::Context;
use daybook_domain::kernel::{ApiKeyId, MemberId, TenantId};
use daybook_domain::tenancy::public::Permission;
use daybook_projections::tenancy::{API_KEYS, MEMBERS, TENANT, api_keys, members};
use daybook_store::AsOf;

use super::api_key::ApiKey;
use super::member::Member;
use super::tenant::{Tenant, TenantSight};
use crate::fault::Fault;
use crate::graphql::Asking;

/// The tenant one acts in, if its id is among these.
///
/// # Errors
/// The read model is not fresh enough in time, or the database is away.
pub async fn tenant_by_ids(
    ctx: &Context<'_>,
    ids: &[TenantId],
    moment: Option<AsOf>,
) -> Result<Option<Tenant>, Fault> {
    let asking = Asking::of(ctx)?;
    let Ok(scope) = asking.caller.require(Permission::TenantRead) else {
        return Ok(None);
    };
    if !ids.contains(&scope.tenant) {
        return Ok(None);
    }
    let mut tx = asking.look(scope, &[TENANT], moment).await?;
    let found = Tenant::current(&mut tx, TenantSight::of(scope)).await?;
    tx.commit().await?;
    Ok(found)
}

/// The members with these ids, in no order.
///
/// # Errors
/// The read model is not fresh enough in time, or the database is away.
pub async fn members_by_ids(
    ctx: &Context<'_>,
    ids: &[MemberId],
    moment: Option<AsOf>,
) -> Result<Vec<Member>, Fault> {
    let asking = Asking::of(ctx)?;
    let Ok(scope) = asking.caller.require(Permission::MembersRead) else {
        return Ok(Vec::new());
    };
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut tx = asking.look(scope, &[MEMBERS], moment).await?;
    let rows = members::by_ids(&mut tx, ids).await?;
    tx.commit().await?;
    let shown = |row| Member::as_of(row, moment);
    Ok(rows.into_iter().map(shown).collect())
}

/// The API keys with these ids, in no order.
///
/// # Errors
/// The read model is not fresh enough in time, or the database is away.
pub async fn api_keys_by_ids(
    ctx: &Context<'_>,
    ids: &[ApiKeyId],
    moment: Option<AsOf>,
) -> Result<Vec<ApiKey>, Fault> {
    let asking = Asking::of(ctx)?;
    let Ok(scope) = asking.caller.require(Permission::ApiKeysManage) else {
        return Ok(Vec::new());
    };
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut tx = asking.look(scope, &[API_KEYS], moment).await?;
    let rows = api_keys::by_ids(&mut tx, ids).await?;
    tx.commit().await?;
    Ok(rows.into_iter().map(ApiKey::from).collect())
}

//! What the mutations of the context answer.

use async_graphql::{Result, SimpleObject};
use daybook_domain::kernel::{ApiKeyId, MemberId, TenantId};
use daybook_domain::tenancy::public::Role;
use daybook_projections::tenancy::{API_KEYS, MEMBERS, TENANT, api_keys, members};
use daybook_store::{Receipt, Refused};

use crate::fault::Fault;
use crate::graphql::{Call, Commit, Outcome, Personal};
use crate::tenancy::api_key::ApiKey;
use crate::tenancy::error::TenancyUserError;
use crate::tenancy::member::Member;
use crate::tenancy::tenant::{Tenant, TenantSight};

/// What a mutation on the tenant answers.
#[derive(Debug, Default, SimpleObject)]
pub(super) struct TenantPayload {
    /// The tenant as it is now; null when the mutation was refused.
    tenant: Option<Tenant>,
    /// Why it was refused; empty when it went through.
    user_errors: Vec<TenancyUserError>,
    /// Where it stands in the log; null when it was refused.
    commit: Option<Commit>,
}

/// What a mutation on a member answers.
#[derive(Debug, Default, SimpleObject)]
pub(super) struct MemberPayload {
    /// The member as it is now; null when the mutation was refused.
    member: Option<Member>,
    /// Why it was refused; empty when it went through.
    user_errors: Vec<TenancyUserError>,
    /// Where it stands in the log; null when it was refused.
    commit: Option<Commit>,
}

/// What a user who joins or founds a tenant is answered.
#[derive(Debug, Default, SimpleObject)]
pub(super) struct MembershipPayload {
    /// The member that the user is there; null when the mutation was refused.
    member: Option<Member>,
    /// The tenant; null when the mutation was refused.
    tenant: Option<Tenant>,
    /// Why it was refused; empty when it went through.
    user_errors: Vec<TenancyUserError>,
    /// Where it stands in that tenant's log; null when it was refused.
    commit: Option<Commit>,
}

/// What a transfer of ownership answers.
#[derive(Debug, Default, SimpleObject)]
pub(super) struct OwnershipTransferPayload {
    /// The new owner; null when the mutation was refused.
    member: Option<Member>,
    /// The old owner, an administrator now; null when the mutation was refused.
    previous_owner: Option<Member>,
    /// Why it was refused; empty when it went through.
    user_errors: Vec<TenancyUserError>,
    /// Where it stands in the log, with the version of the new owner; null when it was refused.
    commit: Option<Commit>,
}

/// What revoking an API key answers.
#[derive(Debug, Default, SimpleObject)]
pub(super) struct ApiKeyPayload {
    /// The key as it is now; null when the mutation was refused.
    api_key: Option<ApiKey>,
    /// Why it was refused; empty when it went through.
    user_errors: Vec<TenancyUserError>,
    /// Where it stands in the log; null when it was refused.
    commit: Option<Commit>,
}

/// What a mutation that makes a secret answers.
#[derive(Debug, Default, SimpleObject)]
pub(super) struct ApiKeySecretPayload {
    /// The key as it is now; null when the mutation was refused.
    api_key: Option<ApiKey>,
    /// The whole key, which programs send. Shown here, once, and never again: null when the same
    /// `commandId` had gone through before or the mutation was refused.
    key: Option<String>,
    /// Why it was refused; empty when it went through.
    user_errors: Vec<TenancyUserError>,
    /// Where it stands in the log; null when it was refused.
    commit: Option<Commit>,
}

fn told(refused: Refused) -> Result<Vec<TenancyUserError>, Fault> {
    Ok(vec![TenancyUserError::of(refused)?])
}

impl TenantPayload {
    /// Answers from the read model, once it shows what was done.
    ///
    /// # Errors
    /// The read model does not get there in time, or the database is away.
    pub(super) async fn of(call: &Call<'_>, outcome: Outcome) -> Result<Self> {
        let receipt = match outcome.told()? {
            Ok(receipt) => receipt,
            Err(user_errors) => {
                return Ok(Self {
                    user_errors,
                    ..Self::default()
                });
            }
        };
        call.settled(&receipt, &[TENANT]).await?;
        let mut tx = call.asking.read(call.scope, &[]).await?;
        let tenant = Tenant::current(&mut tx, TenantSight::of(call.scope)).await?;
        tx.commit().await.map_err(Fault::from)?;
        Ok(Self {
            tenant,
            commit: Some(Commit::from(&receipt)),
            ..Self::default()
        })
    }
}

impl MemberPayload {
    /// Answers from the read model, once it shows what was done.
    ///
    /// # Errors
    /// The read model does not get there in time, or the database is away.
    pub(super) async fn of(call: &Call<'_>, id: MemberId, outcome: Outcome) -> Result<Self> {
        let receipt = match outcome.told()? {
            Ok(receipt) => receipt,
            Err(user_errors) => {
                return Ok(Self {
                    user_errors,
                    ..Self::default()
                });
            }
        };
        let [member] = members_after(call, &receipt, [id]).await?;
        Ok(Self {
            member,
            commit: Some(Commit::from(&receipt)),
            ..Self::default()
        })
    }

    /// A refusal.
    ///
    /// # Errors
    /// An internal fault when the enum lacks the code.
    pub(super) fn refused(refused: Refused) -> Result<Self, Fault> {
        let user_errors = told(refused)?;
        Ok(Self {
            user_errors,
            ..Self::default()
        })
    }
}

impl MembershipPayload {
    /// Answers from the read models of a tenant that the user has not signed in to yet.
    ///
    /// # Errors
    /// The read models do not get there in time, or the database is away.
    pub(super) async fn of(
        personal: &Personal<'_>,
        (tenant_id, member_id): (TenantId, MemberId),
        outcome: Outcome,
    ) -> Result<Self> {
        let receipt = match outcome.told()? {
            Ok(receipt) => receipt,
            Err(user_errors) => {
                return Ok(Self {
                    user_errors,
                    ..Self::default()
                });
            }
        };
        personal.settled(&receipt, &[TENANT, MEMBERS]).await?;
        let store = personal.asking.api.store();
        let mut tx = store.tenant_tx(tenant_id).await.map_err(Fault::from)?;
        let row = members::find(&mut tx, member_id).await;
        let row = row.map_err(Fault::from)?;
        let role = row.as_ref().map_or(Role::Client, |row| row.role);
        let tenant = Tenant::current(&mut tx, TenantSight::of_role(role)).await?;
        tx.commit().await.map_err(Fault::from)?;
        Ok(Self {
            member: row.map(Member::from),
            tenant,
            commit: Some(Commit::from(&receipt)),
            ..Self::default()
        })
    }

    /// A refusal.
    ///
    /// # Errors
    /// An internal fault when the enum lacks the code.
    pub(super) fn refused(refused: Refused) -> Result<Self, Fault> {
        let user_errors = told(refused)?;
        Ok(Self {
            user_errors,
            ..Self::default()
        })
    }
}

impl OwnershipTransferPayload {
    /// Answers from the read model, once it shows what was done.
    ///
    /// # Errors
    /// The read model does not get there in time, or the database is away.
    pub(super) async fn of(call: &Call<'_>, both: [MemberId; 2], outcome: Outcome) -> Result<Self> {
        let receipt = match outcome.told()? {
            Ok(receipt) => receipt,
            Err(user_errors) => {
                return Ok(Self {
                    user_errors,
                    ..Self::default()
                });
            }
        };
        let [member, previous_owner] = members_after(call, &receipt, both).await?;
        Ok(Self {
            member,
            previous_owner,
            commit: Some(Commit::from(&receipt)),
            ..Self::default()
        })
    }
}

impl ApiKeyPayload {
    /// Answers from the read model, once it shows what was done.
    ///
    /// # Errors
    /// The read model does not get there in time, or the database is away.
    pub(super) async fn of(call: &Call<'_>, id: ApiKeyId, outcome: Outcome) -> Result<Self> {
        let receipt = match outcome.told()? {
            Ok(receipt) => receipt,
            Err(user_errors) => {
                return Ok(Self {
                    user_errors,
                    ..Self::default()
                });
            }
        };
        Ok(Self {
            api_key: key_after(call, &receipt, id).await?,
            commit: Some(Commit::from(&receipt)),
            ..Self::default()
        })
    }
}

impl ApiKeySecretPayload {
    /// Answers from the read model, once it shows what was done, with the secret unless this is a
    /// repeat: then `text` was never stored.
    ///
    /// # Errors
    /// The read model does not get there in time, or the database is away.
    pub(super) async fn of(
        call: &Call<'_>,
        (id, text): (ApiKeyId, Option<String>),
        outcome: Outcome,
    ) -> Result<Self> {
        let receipt = match outcome.told()? {
            Ok(receipt) => receipt,
            Err(user_errors) => {
                return Ok(Self {
                    user_errors,
                    ..Self::default()
                });
            }
        };
        Ok(Self {
            api_key: key_after(call, &receipt, id).await?,
            key: text.filter(|_| !receipt.replayed),
            commit: Some(Commit::from(&receipt)),
            ..Self::default()
        })
    }
}

async fn members_after<const N: usize>(
    call: &Call<'_>,
    receipt: &Receipt,
    ids: [MemberId; N],
) -> Result<[Option<Member>; N], Fault> {
    call.settled(receipt, &[MEMBERS]).await?;
    let mut tx = call.asking.read(call.scope, &[]).await?;
    let mut found = [const { None }; N];
    for (slot, id) in found.iter_mut().zip(ids) {
        *slot = members::find(&mut tx, id).await?.map(Member::from);
    }
    tx.commit().await?;
    Ok(found)
}

async fn key_after(
    call: &Call<'_>,
    receipt: &Receipt,
    id: ApiKeyId,
) -> Result<Option<ApiKey>, Fault> {
    call.settled(receipt, &[API_KEYS]).await?;
    let mut tx = call.asking.read(call.scope, &[]).await?;
    let row = api_keys::find(&mut tx, id).await?;
    tx.commit().await?;
    Ok(row.map(ApiKey::from))
}

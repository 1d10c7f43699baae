//! Close one's account.

use async_graphql::{Context, InputObject, Object, Result};
use daybook_domain::identity::user::{Deactivate, User};
use daybook_domain::kernel::TenantId;
use daybook_domain::tenancy::access::Role;
use daybook_domain::tenancy::member::{Leave, OWNERS_COUNT};
use daybook_projections::tenancy::memberships::MembershipRow;
use daybook_projections::tenancy::tenant::Status;
use daybook_store::Refused;
use serde::Serialize;
use uuid::Uuid;

use super::payload::UserPayload;
use crate::fault::Fault;
use crate::graphql::{Call, CommandInput, Outcome, Personal, step_up};
use crate::identity::letters::Reader;

/// Closes one's account.
#[derive(Debug, Default)]
pub(super) struct UserDeactivate;

/// The command.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct UserDeactivateInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
}

impl CommandInput for UserDeactivateInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }
}

#[Object]
impl UserDeactivate {
    /// Closes the caller's account: they leave every tenant, every session ends and nobody can sign
    /// in again. Needs a password given in the last 15 minutes. Refused while a tenant has no other
    /// owner.
    async fn user_deactivate(
        &self,
        ctx: &Context<'_>,
        input: UserDeactivateInput,
    ) -> Result<UserPayload> {
        let call = Personal::begin(ctx, "userDeactivate", &input)?;
        step_up(call.asking)?;
        let (api, user_id) = (&call.asking.api, call.user.user_id);
        let places = api.places(user_id).await.map_err(Fault::from)?;
        if let Some(refused) = left_without_owner(&call, &places).await? {
            return UserPayload::of(&call, Outcome::Refused(refused)).await;
        }
        if let Some(refused) = leave(&call, &places).await? {
            return UserPayload::of(&call, Outcome::Refused(refused)).await;
        }
        let user = api.store().load::<User>(TenantId::PLATFORM, user_id).await;
        let user = user.map_err(Fault::from)?.state;
        let command = Deactivate { at: call.at() };
        let mut batch = call.batch().and(user_id, command);
        if let Some(account) = user.account() {
            let reader = Reader {
                email: account.email.as_str(),
                name: &account.name,
                public_url: &api.options().public_url,
            };
            batch = batch.mailing(reader.deactivated().with(&call.context()));
        }
        let outcome = Call::outcome(batch.execute().await)?;
        UserPayload::of(&call, outcome).await
    }
}

/// The refusal when a tenant's only owner is about to go, before anything has happened.
pub(crate) async fn left_without_owner(
    call: &Personal<'_>,
    places: &[MembershipRow],
) -> Result<Option<Refused>, Fault> {
    let owned = places.iter().filter(|one| one.role == Role::Owner);
    for one in owned.filter(|one| one.tenant_status != Status::Closed) {
        let owners = call.asking.api.store().counter(one.tenant, OWNERS_COUNT);
        if owners.await? <= 1 {
            let name = &one.tenant_name;
            let text = format!("{name} has no other owner: transfer the ownership, or close it");
            return Ok(Some(Refused {
                code: "LAST_OWNER",
                message: text,
                field: "",
            }));
        }
    }
    Ok(None)
}

/// Leaves every tenant, so that owners who are gone are not counted as owners, and their place in
/// the plan is free. Of two last owners who go at once, the log lets one.
async fn leave(call: &Personal<'_>, places: &[MembershipRow]) -> Result<Option<Refused>> {
    for one in places {
        let leave = Leave { at: call.at() };
        let batch = call.batch_of_member((one.tenant, one.member_id));
        let batch = batch.and(one.member_id, leave);
        match Call::outcome(batch.execute().await)? {
            // A closed tenant keeps its last owner, who alone could open it again.
            Outcome::Refused(refused) if one.tenant_status != Status::Closed => {
                return Ok(Some(refused));
            }
            Outcome::Done(_) | Outcome::Refused(_) => {}
        }
    }
    Ok(None)
}

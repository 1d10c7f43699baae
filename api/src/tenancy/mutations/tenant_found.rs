//! Found a tenant.

use async_graphql::{Context, InputObject, Object, Result};
use daybook_domain::identity::user::User;
use daybook_domain::kernel::Email;
use daybook_domain::kernel::{MemberId, TenantId};
use daybook_domain::tenancy::{member, tenant};
use serde::Serialize;
use uuid::Uuid;

use super::payload::MembershipPayload;
use crate::fault::{Code, Fault};
use crate::graphql::{Call, CommandInput, Personal};
use crate::tenancy::kinds::Plan;

/// Founds a tenant.
#[derive(Debug, Default)]
pub(super) struct TenantFound;

/// What it is called, and where.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct TenantFoundInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// What it is called, at most 100 characters.
    name: String,
    /// Its name in addresses, for good: 3 to 63 letters, digits and hyphens.
    subdomain: String,
    /// Its first plan.
    #[graphql(default_with = "Plan::Free")]
    plan: Plan,
}

impl CommandInput for TenantFoundInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }
}

#[Object]
impl TenantFound {
    /// Brings a business onto the platform, with the signed-in user as its first owner. Sign in to it
    /// afterwards.
    async fn tenant_found(
        &self,
        ctx: &Context<'_>,
        input: TenantFoundInput,
    ) -> Result<MembershipPayload> {
        let personal = Personal::begin(ctx, "tenantFound", &input)?;
        let email = account_email(&personal).await?;
        let tenant_id: TenantId = personal.mint("tenant");
        let member_id: MemberId = personal.mint("member");
        let (at, user_id) = (personal.at(), personal.user.user_id);
        let tenant = tenant::Found {
            tenant_id,
            name: input.name,
            subdomain: input.subdomain,
            plan: input.plan.into(),
            owner: user_id,
            at,
        };
        let owner = member::Found {
            member_id,
            user_id,
            email,
            at,
        };
        let batch = personal.batch_of_member((tenant_id, member_id));
        let batch = batch.and_new(tenant_id, tenant).and_new(member_id, owner);
        let outcome = Call::outcome(batch.execute().await)?;
        MembershipPayload::of(&personal, (tenant_id, member_id), outcome).await
    }
}

async fn account_email(personal: &Personal<'_>) -> Result<Email, Fault> {
    let store = personal.asking.api.store();
    let user = store.load::<User>(TenantId::PLATFORM, personal.user.user_id);
    let user = user.await?.state;
    let account = user.active().map_err(|_| {
        let text = "the account is not active; sign in again";
        Fault::new(Code::Unauthenticated, text)
    })?;
    Ok(account.email.clone())
}

//! Join by invitation.

use async_graphql::{Context, InputObject, Object, Result};
use daybook_domain::identity::user::User;
use daybook_domain::kernel::{Digest, Email, MemberId, TenantId};
use daybook_domain::tenancy::member::{Accept, INVITATION_SCOPE, Member, Refusal};
use daybook_projections::tenancy::{MEMBERS, TENANT, memberships};
use daybook_store::Refused;
use serde::Serialize;
use serde::Serializer;
use uuid::Uuid;

use super::payload::MembershipPayload;
use crate::access::{SecretToken, digest_of};
use crate::fault::Fault;
use crate::graphql::{Call, CommandInput, Outcome, Personal};

/// Accepts an invitation.
#[derive(Debug, Default)]
pub(super) struct InvitationAccept;

/// The token that came by mail.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct InvitationAcceptInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The token.
    #[serde(serialize_with = "as_digest")]
    token: String,
}

impl CommandInput for InvitationAcceptInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }
}

#[Object]
impl InvitationAccept {
    /// Joins the tenant that the invitation is for. The signed-in user must have verified the address that
    /// was invited. Sign in to the tenant afterwards.
    async fn invitation_accept(
        &self,
        ctx: &Context<'_>,
        input: InvitationAcceptInput,
    ) -> Result<MembershipPayload> {
        let personal = Personal::begin(ctx, "invitationAccept", &input)?;
        let token = SecretToken::presented(&input.token).digest();
        let (user_id, at) = (personal.user.user_id, personal.at());
        let Some((tenant_id, member_id)) = find(&personal, token).await? else {
            return repeated(&personal).await;
        };
        let command = Accept {
            user_id,
            verified_email: verified_email(&personal).await?,
            token,
            at,
        };
        let batch = personal.batch_of_member((tenant_id, member_id));
        let batch = batch.and(member_id, command);
        let outcome = Call::outcome(batch.execute().await)?;
        MembershipPayload::of(&personal, (tenant_id, member_id), outcome).await
    }
}

/// The fingerprint tells tokens apart without having one.
#[expect(
    clippy::ptr_arg,
    reason = "serde hands over a reference to the field's own type"
)]
fn as_digest<S: Serializer>(token: &String, to: S) -> Result<S::Ok, S::Error> {
    digest_of(token).serialize(to)
}

/// Which invitation a token is of; none for one that is not good any more.
async fn find(
    personal: &Personal<'_>,
    token: Digest,
) -> Result<Option<(TenantId, MemberId)>, Fault> {
    let store = personal.asking.api.store();
    let token = token.to_string();
    let found = store.platform_claim(INVITATION_SCOPE, &token).await?;
    Ok(found.map(|(tenant, member)| (tenant, MemberId(member))))
}

async fn verified_email(personal: &Personal<'_>) -> Result<Option<Email>, Fault> {
    let store = personal.asking.api.store();
    let user = store.load::<User>(TenantId::PLATFORM, personal.user.user_id);
    let user = user.await?.state;
    let account = user.active().ok();
    let account = account.filter(|account| account.email_verified_at.is_some());
    Ok(account.map(|account| account.email.clone()))
}

/// The answer for a token that opens nothing: accepted by this very command before, in one of the
/// tenants the user is in, or not valid. Which ones those are, lists that are behind do not know.
async fn repeated(personal: &Personal<'_>) -> Result<MembershipPayload> {
    let store = personal.asking.api.store();
    let (head, patience) = (store.tail().head(), personal.asking.api.options().patience);
    let lists = [TENANT, MEMBERS];
    personal.asking.settled(head, &lists, patience).await?;
    let mut tx = store.dispatch_tx().await.map_err(Fault::from)?;
    let places = memberships::of_user(&mut tx, personal.user.user_id).await;
    tx.commit().await.map_err(Fault::from)?;
    for place in places.map_err(Fault::from)? {
        let outcome = personal
            .refuse::<Member>((place.tenant, place.member_id), Refusal::InvitationInvalid)
            .await?;
        if let Outcome::Done(_) = outcome {
            let place = (place.tenant, place.member_id);
            return MembershipPayload::of(personal, place, outcome).await;
        }
    }
    Ok(MembershipPayload::refused(Refused::of(
        &Refusal::InvitationInvalid,
    ))?)
}

//! Invite somebody.

use async_graphql::{Context, ID, InputObject, Object, Result};
use daybook_domain::kernel::MemberId;
use daybook_domain::tenancy::member::Invite;
use daybook_domain::tenancy::public::Permission;
use serde::Serialize;
use uuid::Uuid;

use super::inviting;
use super::payload::MemberPayload;
use crate::access::SecretToken;
use crate::graphql::{Call, CommandInput, decode_id};
use crate::tenancy::acting;
use crate::tenancy::kinds::Role;

/// Invites a member.
#[derive(Debug, Default)]
pub(super) struct MemberInvite;

/// Whom, and to which role.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct MemberInviteInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// Who may accept.
    email: String,
    /// What they will be; no more than the caller.
    role: Role,
    /// The client record they will belong to: for the role CLIENT, and for no other.
    client_id: Option<ID>,
}

impl CommandInput for MemberInviteInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }
}

#[Object]
impl MemberInvite {
    /// Invites an address to a role and mails the link, which is good once and for 7 days. Sending the same
    /// `commandId` again mails nothing: use `memberReinvite`. Needs `members.manage`; for an owner, a
    /// password given in the last 15 minutes, too.
    async fn member_invite(
        &self,
        ctx: &Context<'_>,
        input: MemberInviteInput,
    ) -> Result<MemberPayload> {
        let call = Call::begin(ctx, "memberInvite", Permission::MembersManage, &input)?;
        let member_id: MemberId = call.mint();
        let role = input.role.into();
        if let Some(outcome) = acting::above(&call, member_id, Some(role)).await? {
            return MemberPayload::of(&call, member_id, outcome).await;
        }
        acting::step_up_for_owners(&call, Some(role), None).await?;
        let client_id = input.client_id.as_ref().map(decode_id).transpose()?;
        if let Some(refused) = acting::no_such_client(&call, client_id).await? {
            return Ok(MemberPayload::refused(refused)?);
        }
        let postage = match inviting::postage(&call, (member_id, &input.email)).await? {
            Ok(postage) => postage,
            Err(outcome) => return MemberPayload::of(&call, member_id, outcome).await,
        };
        let token = SecretToken::mint()?;
        let command = Invite {
            member_id,
            email: input.email.clone(),
            role,
            client_id,
            token: token.digest(),
            expires_at: inviting::expires_at(&call),
            by: call.scope.role,
            member_limit: call.scope.plan.limits().members,
            at: call.at(),
        };
        let mail = inviting::mail(&call, (input.email.trim(), role, &token)).await?;
        let batch = call.batch().and_new(member_id, command).mailing(mail);
        let outcome = postage.of(batch.execute().await)?;
        MemberPayload::of(&call, member_id, outcome).await
    }
}

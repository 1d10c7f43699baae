//! Send an invitation again.

use async_graphql::{Context, ID, InputObject, Object, Result};
use daybook_domain::kernel::MemberId;
use daybook_domain::tenancy::member::{Member, Reinvite};
use daybook_domain::tenancy::public::Permission;
use serde::Serialize;
use uuid::Uuid;

use super::inviting;
use super::payload::MemberPayload;
use crate::access::SecretToken;
use crate::graphql::{Call, CommandInput, decode_id};
use crate::tenancy::acting;

/// Reinvites a member.
#[derive(Debug, Default)]
pub(super) struct MemberReinvite;

/// Which member to be.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct MemberReinviteInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the member that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// The member.
    member_id: ID,
}

impl CommandInput for MemberReinviteInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl MemberReinvite {
    /// Mails an invitation again, expired or not; the link before it is void. Needs `members.manage`.
    async fn member_reinvite(
        &self,
        ctx: &Context<'_>,
        input: MemberReinviteInput,
    ) -> Result<MemberPayload> {
        let call = Call::begin(ctx, "memberReinvite", Permission::MembersManage, &input)?;
        let member_id: MemberId = decode_id(&input.member_id)?;
        if let Some(outcome) = acting::above(&call, member_id, None).await? {
            return MemberPayload::of(&call, member_id, outcome).await;
        }
        let token = SecretToken::mint()?;
        let command = Reinvite {
            token: token.digest(),
            expires_at: inviting::expires_at(&call),
            by: call.scope.role,
            at: call.at(),
        };
        let member = call.look_up_now::<Member>(member_id).await?;
        let batch = call.batch().and(member_id, command);
        let Member::Invited(invitation) = &*member else {
            let outcome = Call::outcome(batch.execute().await)?;
            return MemberPayload::of(&call, member_id, outcome).await;
        };
        let email = invitation.email.as_str();
        let postage = match inviting::postage(&call, (member_id, email)).await? {
            Ok(postage) => postage,
            Err(outcome) => return MemberPayload::of(&call, member_id, outcome).await,
        };
        let whom = (email, invitation.role, &token);
        let batch = batch.mailing(inviting::mail(&call, whom).await?);
        let outcome = postage.of(batch.execute().await)?;
        MemberPayload::of(&call, member_id, outcome).await
    }
}

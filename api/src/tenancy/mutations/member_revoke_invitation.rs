//! Take an invitation back.

use async_graphql::{Context, ID, InputObject, Object, Result};
use daybook_domain::kernel::MemberId;
use daybook_domain::tenancy::member::RevokeInvitation;
use daybook_domain::tenancy::public::Permission;
use serde::Serialize;
use uuid::Uuid;

use super::payload::MemberPayload;
use crate::graphql::{Call, CommandInput, decode_id};
use crate::tenancy::acting;

/// Revokes an invitation.
#[derive(Debug, Default)]
pub(super) struct MemberRevokeInvitation;

/// Which member to be.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct MemberRevokeInvitationInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the member that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// The member.
    member_id: ID,
}

impl CommandInput for MemberRevokeInvitationInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl MemberRevokeInvitation {
    /// Makes an invitation void and its place in the plan free. Needs `members.manage`.
    async fn member_revoke_invitation(
        &self,
        ctx: &Context<'_>,
        input: MemberRevokeInvitationInput,
    ) -> Result<MemberPayload> {
        let call = Call::begin(
            ctx,
            "memberRevokeInvitation",
            Permission::MembersManage,
            &input,
        )?;
        let member_id: MemberId = decode_id(&input.member_id)?;
        if let Some(outcome) = acting::above(&call, member_id, None).await? {
            return MemberPayload::of(&call, member_id, outcome).await;
        }
        let command = RevokeInvitation {
            by: call.scope.role,
            at: call.at(),
        };
        let outcome = call.execute(member_id, command).await?;
        MemberPayload::of(&call, member_id, outcome).await
    }
}

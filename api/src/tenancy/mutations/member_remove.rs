//! End somebody's membership.

use async_graphql::{Context, ID, InputObject, Object, Result};
use daybook_domain::kernel::MemberId;
use daybook_domain::tenancy::member::Remove;
use daybook_domain::tenancy::public::Permission;
use serde::Serialize;
use uuid::Uuid;

use super::payload::MemberPayload;
use crate::graphql::{Call, CommandInput, decode_id};
use crate::tenancy::acting;

/// Removes a member.
#[derive(Debug, Default)]
pub(super) struct MemberRemove;

/// Which member.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct MemberRemoveInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the member that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// The member.
    member_id: ID,
}

impl CommandInput for MemberRemoveInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl MemberRemove {
    /// Ends a membership from the next request on; the last owner stays. Needs `members.manage`, and a
    /// role that is not below the member's; for an owner, a password given in the last 15 minutes, too.
    async fn member_remove(
        &self,
        ctx: &Context<'_>,
        input: MemberRemoveInput,
    ) -> Result<MemberPayload> {
        let call = Call::begin(ctx, "memberRemove", Permission::MembersManage, &input)?;
        let member_id: MemberId = decode_id(&input.member_id)?;
        if let Some(outcome) = acting::above(&call, member_id, None).await? {
            return MemberPayload::of(&call, member_id, outcome).await;
        }
        acting::step_up_for_owners(&call, None, Some(member_id)).await?;
        let command = Remove {
            by: call.scope.role,
            at: call.at(),
        };
        let outcome = call.execute(member_id, command).await?;
        MemberPayload::of(&call, member_id, outcome).await
    }
}

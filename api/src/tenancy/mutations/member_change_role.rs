//! Change what a member may do.

use async_graphql::{Context, ID, InputObject, Object, Result};
use daybook_domain::kernel::MemberId;
use daybook_domain::tenancy::member::ChangeRole;
use daybook_domain::tenancy::public::Permission;
use serde::Serialize;
use uuid::Uuid;

use super::payload::MemberPayload;
use crate::graphql::{Call, CommandInput, decode_id};
use crate::tenancy::acting;
use crate::tenancy::kinds::Role;

/// Changes a role.
#[derive(Debug, Default)]
pub(super) struct MemberChangeRole;

/// Which member, and what they are to be.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct MemberChangeRoleInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the member that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// The member.
    member_id: ID,
    /// What the member is to be.
    role: Role,
    /// The client record they will belong to: for the role CLIENT, and for no other.
    client_id: Option<ID>,
}

impl CommandInput for MemberChangeRoleInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl MemberChangeRole {
    /// Gives a member another role; the last owner keeps theirs. Needs `members.manage`, and a role that is
    /// below neither; to make or unmake an owner, a password given in the last 15 minutes, too.
    async fn member_change_role(
        &self,
        ctx: &Context<'_>,
        input: MemberChangeRoleInput,
    ) -> Result<MemberPayload> {
        let call = Call::begin(ctx, "memberChangeRole", Permission::MembersManage, &input)?;
        let member_id: MemberId = decode_id(&input.member_id)?;
        let role = input.role.into();
        if let Some(outcome) = acting::above(&call, member_id, Some(role)).await? {
            return MemberPayload::of(&call, member_id, outcome).await;
        }
        acting::step_up_for_owners(&call, Some(role), Some(member_id)).await?;
        let client_id = input.client_id.as_ref().map(decode_id).transpose()?;
        if let Some(refused) = acting::no_such_client(&call, client_id).await? {
            return Ok(MemberPayload::refused(refused)?);
        }
        let command = ChangeRole {
            role,
            client_id,
            by: call.scope.role,
            at: call.at(),
        };
        let outcome = call.execute(member_id, command).await?;
        MemberPayload::of(&call, member_id, outcome).await
    }
}

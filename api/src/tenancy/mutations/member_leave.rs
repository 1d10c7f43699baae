//! End one's own membership.

use async_graphql::{Context, InputObject, Object, Result};
use daybook_domain::tenancy::member::Leave;
use daybook_domain::tenancy::public::Permission;
use serde::Serialize;
use uuid::Uuid;

use super::payload::MemberPayload;
use crate::graphql::{Call, CommandInput};

/// Leaves the tenant.
#[derive(Debug, Default)]
pub(super) struct MemberLeave;

/// Nothing but the command itself.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct MemberLeaveInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the member that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
}

impl CommandInput for MemberLeaveInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl MemberLeave {
    /// Leaves the tenant one acts in; the last owner cannot. For people, not for keys.
    async fn member_leave(
        &self,
        ctx: &Context<'_>,
        input: MemberLeaveInput,
    ) -> Result<MemberPayload> {
        let call = Call::begin(ctx, "memberLeave", Permission::ProfileManage, &input)?;
        call.asking.caller.require_user()?;
        let member_id = call.scope.member_id;
        let outcome = call.execute(member_id, Leave { at: call.at() }).await?;
        MemberPayload::of(&call, member_id, outcome).await
    }
}

//! Say how long something is kept.

use async_graphql::{Context, InputObject, Object, Result};
use daybook_domain::privacy::retention::{Set, retention_id};
use daybook_domain::tenancy::public::Permission;
use serde::Serialize;
use uuid::Uuid;

use super::retention_payload::RetentionPayload;
use crate::graphql::{Call, CommandInput};
use crate::privacy::retention::RetentionKind;

/// Sets a term.
#[derive(Debug, Default)]
pub(super) struct RetentionSet;

/// What is kept, and for how long.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct RetentionSetInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the tenant's terms that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// What.
    kind: RetentionKind,
    /// How many days: 1 to 36,525.
    days: i32,
}

impl CommandInput for RetentionSetInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl RetentionSet {
    /// Says how long a kind of data is kept. What the term is over for is erased within a day, for
    /// ever and at once for what is older already; never what is under a legal hold. Needs
    /// `privacy.manage` and `privacy.erase`.
    async fn retention_set(
        &self,
        ctx: &Context<'_>,
        input: RetentionSetInput,
    ) -> Result<RetentionPayload> {
        let call = Call::begin(ctx, "retentionSet", Permission::PrivacyManage, &input)?;
        call.asking.caller.require(Permission::PrivacyErase)?;
        let command = Set {
            kind: input.kind.into(),
            days: u32::try_from(input.days).unwrap_or_default(),
            at: call.at(),
        };
        let stream = retention_id(call.scope.tenant);
        let outcome = call.execute(stream, command).await?;
        RetentionPayload::of(&call, outcome).await
    }
}

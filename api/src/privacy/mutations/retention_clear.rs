//! Say that something is kept for ever.

use async_graphql::{Context, InputObject, Object, Result};
use daybook_domain::privacy::retention::{Clear, retention_id};
use daybook_domain::tenancy::public::Permission;
use serde::Serialize;
use uuid::Uuid;

use super::retention_payload::RetentionPayload;
use crate::graphql::{Call, CommandInput};
use crate::privacy::retention::RetentionKind;

/// Takes a term away.
#[derive(Debug, Default)]
pub(super) struct RetentionClear;

/// What is kept.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct RetentionClearInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the tenant's terms that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// What.
    kind: RetentionKind,
}

impl CommandInput for RetentionClearInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl RetentionClear {
    /// Takes the term of a kind of data away: it is kept until somebody erases it. Without a term
    /// nothing changes. Needs `privacy.manage`.
    async fn retention_clear(
        &self,
        ctx: &Context<'_>,
        input: RetentionClearInput,
    ) -> Result<RetentionPayload> {
        let call = Call::begin(ctx, "retentionClear", Permission::PrivacyManage, &input)?;
        let command = Clear {
            kind: input.kind.into(),
            at: call.at(),
        };
        let stream = retention_id(call.scope.tenant);
        let outcome = call.execute(stream, command).await?;
        RetentionPayload::of(&call, outcome).await
    }
}

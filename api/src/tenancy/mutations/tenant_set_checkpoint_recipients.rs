//! Say who gets the tenant's checkpoints by mail.

use async_graphql::{Context, InputObject, Object, Result};
use daybook_domain::tenancy::public::Permission;
use daybook_domain::tenancy::tenant::SetCheckpointRecipients;
use serde::Serialize;
use uuid::Uuid;

use super::payload::TenantPayload;
use crate::graphql::{Call, CommandInput};

/// Sets who gets checkpoints by mail.
#[derive(Debug, Default)]
pub(super) struct TenantSetCheckpointRecipients;

/// The whole list.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct TenantSetCheckpointRecipientsInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the tenant that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// Addresses, at most 10; empty is nobody.
    recipients: Vec<String>,
}

impl CommandInput for TenantSetCheckpointRecipientsInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl TenantSetCheckpointRecipients {
    /// Replaces the addresses that get the newest signed checkpoint of the tenant's history by mail,
    /// once a day at most and only when there is news. Choose some that Daybook's operator cannot
    /// reach: whoever holds an old checkpoint can prove that nothing before it was changed. Needs
    /// `tenant.secure`.
    async fn tenant_set_checkpoint_recipients(
        &self,
        ctx: &Context<'_>,
        input: TenantSetCheckpointRecipientsInput,
    ) -> Result<TenantPayload> {
        let call = Call::begin(
            ctx,
            "tenantSetCheckpointRecipients",
            Permission::TenantSecure,
            &input,
        )?;
        let command = SetCheckpointRecipients {
            list_id: call.mint_named("checkpoint recipients"),
            recipients: input.recipients,
            at: call.at(),
        };
        let outcome = call.execute(call.scope.tenant, command).await?;
        TenantPayload::of(&call, outcome).await
    }
}

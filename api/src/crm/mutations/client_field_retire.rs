//! Retire a custom field.

use async_graphql::{Context, InputObject, Object, Result};
use daybook_domain::crm::fields::{Retire, stream_id};
use daybook_domain::tenancy::public::Permission;
use serde::Serialize;
use uuid::Uuid;

use super::ClientFieldPayload;
use crate::graphql::{Call, CommandInput};

/// Retires a custom field.
#[derive(Debug, Default)]
pub(super) struct ClientFieldRetire;

/// Which field.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct ClientFieldRetireInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the tenant's custom fields that was seen; omit it to decide on whatever is
    /// current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// Its name in programs.
    key: String,
}

impl CommandInput for ClientFieldRetireInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl ClientFieldRetire {
    /// Takes a custom field out of use; recorded values stay readable and can be cleared. Needs
    /// `tenant.manage`.
    async fn client_field_retire(
        &self,
        ctx: &Context<'_>,
        input: ClientFieldRetireInput,
    ) -> Result<ClientFieldPayload> {
        let call = Call::begin(ctx, "clientFieldRetire", Permission::TenantManage, &input)?;
        let command = Retire {
            key: input.key.clone(),
            at: call.at(),
        };
        let outcome = call.execute(stream_id(call.scope.tenant), command).await?;
        ClientFieldPayload::of(&call, &input.key, outcome).await
    }
}

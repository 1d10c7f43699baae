//! Declare a custom field.

use async_graphql::{Context, InputObject, Object, Result};
use daybook_domain::crm::fields::{Declare, Kind, stream_id};
use daybook_domain::tenancy::public::Permission;
use serde::Serialize;
use uuid::Uuid;

use super::ClientFieldPayload;
use crate::crm::field::CustomFieldKind;
use crate::fault::{Code, Fault};
use crate::graphql::{Call, CommandInput};

/// Declares a custom field.
#[derive(Debug, Default)]
pub(super) struct ClientFieldDeclare;

/// What the field is.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct ClientFieldDeclareInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the tenant's custom fields that was seen; omit it to decide on whatever is
    /// current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// Its name in programs: a lower-case letter, then at most 39 of a-z, 0-9 and `_`. The key of
    /// a declared or retired field declares that one anew.
    key: String,
    /// Its name for people, at most 100 characters.
    label: String,
    /// What its values are; fixed once the key was declared.
    kind: CustomFieldKind,
    /// The options of a choice, in the order in which they are shown: 1 to 100 that all differ.
    /// Left out for every other kind.
    #[graphql(default)]
    options: Vec<String>,
    /// Whether it must hold a value whenever custom fields are set.
    #[graphql(default)]
    required: bool,
}

impl CommandInput for ClientFieldDeclareInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl ClientFieldDeclare {
    /// Declares a custom field of clients, or declares it anew with another label, other options
    /// or another requiredness. Needs `tenant.manage`.
    async fn client_field_declare(
        &self,
        ctx: &Context<'_>,
        input: ClientFieldDeclareInput,
    ) -> Result<ClientFieldPayload> {
        let call = Call::begin(ctx, "clientFieldDeclare", Permission::TenantManage, &input)?;
        let command = Declare {
            key: input.key.clone(),
            label: input.label,
            kind: kind_of(input.kind, input.options)?,
            required: input.required,
            at: call.at(),
        };
        let outcome = call.execute(stream_id(call.scope.tenant), command).await?;
        ClientFieldPayload::of(&call, &input.key, outcome).await
    }
}

/// The domain's kind.
fn kind_of(kind: CustomFieldKind, options: Vec<String>) -> Result<Kind, Fault> {
    if kind != CustomFieldKind::Choice && !options.is_empty() {
        return Err(Fault::new(
            Code::BadUserInput,
            "only a choice has options; leave them out",
        ));
    }
    Ok(match kind {
        CustomFieldKind::Text => Kind::Text,
        CustomFieldKind::Number => Kind::Number,
        CustomFieldKind::Boolean => Kind::Boolean,
        CustomFieldKind::Date => Kind::Date,
        CustomFieldKind::Choice => Kind::Choice { options },
        CustomFieldKind::Url => Kind::Url,
        CustomFieldKind::Email => Kind::Email,
    })
}

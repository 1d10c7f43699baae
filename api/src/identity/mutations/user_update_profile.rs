//! Change what one is called and how one is spoken to.

use async_graphql::{Context, InputObject, MaybeUndefined, Object, Result};
use daybook_domain::identity::user::UpdateProfile;
use daybook_domain::kernel::Patch;
use serde::Serialize;
use uuid::Uuid;

use super::payload::UserPayload;
use crate::graphql::{CommandInput, Personal};

/// Changes one's profile.
#[derive(Debug, Default)]
pub(super) struct UserUpdateProfile;

/// What is to change; what is left out stays.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct UserUpdateProfileInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the account that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// What to call the person, at most 100 characters.
    name: Option<String>,
    /// A language such as `de-AT`; null follows the tenant.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    locale: MaybeUndefined<String>,
    /// A time zone such as `Europe/Vienna`; null follows the tenant.
    #[serde(skip_serializing_if = "MaybeUndefined::is_undefined")]
    time_zone: MaybeUndefined<String>,
}

impl CommandInput for UserUpdateProfileInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl UserUpdateProfile {
    /// Changes the caller's name, language or time zone. Needs a signed-in user.
    async fn user_update_profile(
        &self,
        ctx: &Context<'_>,
        input: UserUpdateProfileInput,
    ) -> Result<UserPayload> {
        let call = Personal::begin(ctx, "userUpdateProfile", &input)?;
        let command = UpdateProfile {
            name: input.name,
            locale: patch(input.locale),
            time_zone: patch(input.time_zone),
            at: call.at(),
        };
        let outcome = call.execute(call.user.user_id, command).await?;
        UserPayload::of(&call, outcome).await
    }
}

/// Left out keeps, null clears, a value sets.
fn patch(value: MaybeUndefined<String>) -> Patch<String> {
    match value {
        MaybeUndefined::Undefined => Patch::Keep,
        MaybeUndefined::Null => Patch::Clear,
        MaybeUndefined::Value(value) => Patch::Set(value),
    }
}

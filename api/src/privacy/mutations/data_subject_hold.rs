//! Put a legal hold on a person's data.

use async_graphql::{Context, ID, InputObject, Object, Result};
use daybook_domain::privacy::data_subject::Hold;
use daybook_domain::tenancy::public::Permission;
use serde::Serialize;
use uuid::Uuid;

use super::data_subject_payload::DataSubjectPayload;
use crate::graphql::{Call, CommandInput};
use crate::privacy::data_subject::decode_subject;
use crate::privacy::subjects::look_up;

/// Puts a hold on somebody's data.
#[derive(Debug, Default)]
pub(super) struct DataSubjectHold;

/// Whose data, and why.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct DataSubjectHoldInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the data subject that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// The client or the member.
    id: ID,
    /// Why, at most 200 characters: a file number, not a person's story.
    reason: String,
}

impl CommandInput for DataSubjectHoldInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl DataSubjectHold {
    /// Puts a legal hold on the data of a client or a member: nobody erases it, and no term ends
    /// it, until it is released. Needs `privacy.manage`.
    async fn data_subject_hold(
        &self,
        ctx: &Context<'_>,
        input: DataSubjectHoldInput,
    ) -> Result<DataSubjectPayload> {
        let call = Call::begin(ctx, "dataSubjectHold", Permission::PrivacyManage, &input)?;
        let subject = decode_subject(&input.id)?;
        let command = Hold {
            subject: look_up(call.asking, call.scope, subject).await?,
            reason: input.reason,
            at: call.at(),
        };
        let outcome = call.execute(subject.stream(), command).await?;
        DataSubjectPayload::of(&call, subject, outcome).await
    }
}

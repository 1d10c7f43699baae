//! Lift a legal hold.

use async_graphql::{Context, ID, InputObject, Object, Result};
use daybook_domain::privacy::data_subject::Release;
use daybook_domain::tenancy::public::Permission;
use serde::Serialize;
use uuid::Uuid;

use super::data_subject_payload::DataSubjectPayload;
use crate::graphql::{Call, CommandInput};
use crate::privacy::data_subject::decode_subject;
use crate::privacy::subjects::look_up;

/// Lifts a hold.
#[derive(Debug, Default)]
pub(super) struct DataSubjectRelease;

/// Whose data.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct DataSubjectReleaseInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the data subject that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// The client or the member.
    id: ID,
}

impl CommandInput for DataSubjectReleaseInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl DataSubjectRelease {
    /// Lifts the legal hold on the data of a client or a member; without one nothing changes. Needs
    /// `privacy.manage`.
    async fn data_subject_release(
        &self,
        ctx: &Context<'_>,
        input: DataSubjectReleaseInput,
    ) -> Result<DataSubjectPayload> {
        let call = Call::begin(ctx, "dataSubjectRelease", Permission::PrivacyManage, &input)?;
        let subject = decode_subject(&input.id)?;
        let command = Release {
            subject: look_up(call.asking, call.scope, subject).await?,
            at: call.at(),
        };
        let outcome = call.execute(subject.stream(), command).await?;
        DataSubjectPayload::of(&call, subject, outcome).await
    }
}

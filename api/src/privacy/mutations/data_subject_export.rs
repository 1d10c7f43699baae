//! Hand out everything about a person.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use daybook_domain::kernel::TenantId;
use daybook_domain::privacy::data_subject::{DataSubject, Export, Refusal, Subject, SubjectKind};
use daybook_domain::tenancy::public::Permission;
use serde::Serialize;
use uuid::Uuid;

use crate::fault::{Code, Fault};
use crate::graphql::{Asking, Call, CommandInput, Commit, Json, Outcome, Personal, Position};
use crate::privacy::data_subject::decode_subject;
use crate::privacy::dossier::{Place, compose};
use crate::privacy::error::PrivacyUserError;
use crate::privacy::subjects::look_up;

/// Hands out what is known about somebody.
#[derive(Debug, Default)]
pub(super) struct DataSubjectExport;

/// About whom.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct DataSubjectExportInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The client, the member, or one's own user.
    id: ID,
    /// Only events after this position: the `endPosition` of the part before. Omit it for the first
    /// part. One that the log has not reached is refused with `BAD_USER_INPUT`.
    after: Option<Position>,
}

impl CommandInput for DataSubjectExportInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }
}

/// A part of everything about a person.
#[derive(Debug, Default, SimpleObject)]
pub(super) struct DataSubjectExportPayload {
    /// The first part has all that is known about the person now: for a client itself, its notes,
    /// consents, invoices and payments; for a member the place in the tenant, and what they and
    /// programs with the API keys they created did there: `activity` has how often and when, by type
    /// of event, `addresses` from where, and `activityIsWhole` is false for who did more than is
    /// counted (500,000 events); for a user the account, sign-ins, the same of what they did with the
    /// account, and `memberships`: each place they have or had in a tenant, and each open invitation
    /// to their address, with all that a member is told and with its events. With it come
    /// `dataSubject`, what was done with the person's data; `mails`, those to the person that are
    /// kept, on their way or not, without the secrets in them; and `checkpointRecipients`, their
    /// places on the list of who gets checkpoints; a user has mails and places in each membership,
    /// too. Every part has `events`: at most 2,000 about the person, in order, each with its time, who
    /// acted, and from where as far as that is kept for the person. Null when it was refused.
    export: Option<Json>,
    /// Whether there are more events: ask again, after `endPosition`, under another `commandId`.
    has_more: bool,
    /// The position of the last event of this part; null when it was refused.
    end_position: Option<Position>,
    /// Why it was refused; empty when it went through.
    user_errors: Vec<PrivacyUserError>,
    /// Where it stands in the log; null when it was refused, and for one's own account.
    commit: Option<Commit>,
}

#[Object]
impl DataSubjectExport {
    /// Hands out everything that is known about a person, as JSON, in parts. That it was handed out,
    /// and to whom, is recorded with each part. Needs `privacy.manage`; one's own account needs
    /// nothing.
    async fn data_subject_export(
        &self,
        ctx: &Context<'_>,
        input: DataSubjectExportInput,
    ) -> Result<DataSubjectExportPayload> {
        let subject = decode_subject(&input.id)?;
        match subject.kind {
            SubjectKind::User => export_account(ctx, &input, subject).await,
            SubjectKind::Client | SubjectKind::Member => export_there(ctx, &input, subject).await,
        }
    }
}

async fn export_there(
    ctx: &Context<'_>,
    input: &DataSubjectExportInput,
    subject: Subject,
) -> Result<DataSubjectExportPayload> {
    let call = Call::begin(ctx, "dataSubjectExport", Permission::PrivacyManage, input)?;
    check_after(call.asking, call.scope.tenant, input).await?;
    let command = Export {
        subject: look_up(call.asking, call.scope, subject).await?,
        at: call.at(),
    };
    let outcome = call.execute(subject.stream(), command).await?;
    let mut commit = None;
    if let Outcome::Done(receipt) = &outcome {
        call.asking.shown_up_to_now().await?;
        commit = Some(Commit::from(receipt));
    }
    let tenant = call.scope.tenant;
    let payload = part(call.asking, (tenant, subject), input, outcome).await?;
    Ok(DataSubjectExportPayload { commit, ..payload })
}

async fn export_account(
    ctx: &Context<'_>,
    input: &DataSubjectExportInput,
    subject: Subject,
) -> Result<DataSubjectExportPayload> {
    let call = Personal::begin(ctx, "dataSubjectExport", input)?;
    check_after(call.asking, TenantId::PLATFORM, input).await?;
    let stream = subject.stream();
    let outcome = if call.user.user_id.0 == subject.id {
        let command = Export {
            subject: Some(subject),
            at: call.at(),
        };
        call.execute(stream, command).await?
    } else {
        // Somebody else's account is one that is not there.
        let nobody = (TenantId::PLATFORM, stream);
        call.refuse::<DataSubject>(nobody, Refusal::Unknown).await?
    };
    if let Outcome::Done(_) = &outcome {
        // Which sign-ins and places there are is asked of lists: what those lack would be missing.
        call.asking.shown_up_to_now().await?;
    }
    let place = (TenantId::PLATFORM, subject);
    part(call.asking, place, input, outcome).await
}

/// Passes a position that the log has reached. After any other there is nothing, which would read as the
/// end of what is known.
async fn check_after(
    asking: &Asking,
    tenant: TenantId,
    input: &DataSubjectExportInput,
) -> Result<(), Fault> {
    let Some(after) = input.after else {
        return Ok(());
    };
    let (head, _) = asking.api.store().tenant_head(tenant).await?;
    if after.0 <= head {
        return Ok(());
    }
    let text = "after lies beyond the end of the log: take the endPosition of the part before";
    Err(Fault::new(Code::BadUserInput, text))
}

/// The part that was asked for.
async fn part(
    asking: &Asking,
    (tenant, subject): (TenantId, Subject),
    input: &DataSubjectExportInput,
    outcome: Outcome,
) -> Result<DataSubjectExportPayload> {
    if let Err(user_errors) = outcome.told()? {
        return Ok(DataSubjectExportPayload {
            user_errors,
            ..DataSubjectExportPayload::default()
        });
    }
    let place = Place {
        tenant,
        subject,
        after: input.after.map_or(0, |position| position.0),
    };
    let dossier = compose(asking.api.store(), place).await;
    let dossier = dossier.map_err(Fault::from)?;
    Ok(DataSubjectExportPayload {
        export: Some(Json(dossier.json)),
        has_more: dossier.has_more,
        end_position: Some(Position(dossier.end)),
        ..DataSubjectExportPayload::default()
    })
}

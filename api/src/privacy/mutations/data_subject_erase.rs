//! Erase a person.

use std::time::Duration;

use async_graphql::{Context, ID, InputObject, Object, Result};
use daybook_domain::kernel::{ClientId, MemberId, TenantId, UserId};
use daybook_domain::privacy::data_subject::{Basis, DataSubject, Refusal, Subject, SubjectKind};
use daybook_domain::tenancy::member::{ErasedBy, Leave};
use daybook_domain::tenancy::public::Permission;
use daybook_projections::tenancy::tenant::Status;
use daybook_projections::tenancy::{MEMBERS, TENANT};
use daybook_store::Refused;
use serde::Serialize;
use uuid::Uuid;

use super::data_subject_payload::DataSubjectPayload;
use crate::access::Who;
use crate::fault::Fault;
use crate::graphql::{Call, CommandInput, Outcome, Personal, step_up};
use crate::identity::left_without_owner;
use crate::privacy::data_subject::{ErasureBasis, decode_subject};
use crate::privacy::erasing::{Erasing, carried_out};
use crate::privacy::places;
use crate::privacy::subjects::look_up;
use crate::tenancy::acting;

/// How long an answer waits for the erasure to be carried out.
const PATIENCE: Duration = Duration::from_secs(8);

/// Erases somebody.
#[derive(Debug, Default)]
pub(super) struct DataSubjectErase;

/// Whom, and why.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct DataSubjectEraseInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the data subject that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// The client, the member, or one's own user.
    id: ID,
    /// The legal basis; the person's own request when left out.
    basis: Option<ErasureBasis>,
}

impl CommandInput for DataSubjectEraseInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl DataSubjectErase {
    /// Erases a person, for ever: their personal data can no longer be read, neither in the log nor
    /// anywhere else. What happened stays provable, and figures stay. A client is unknown from then
    /// on; a member is one no more; one's own account is closed, with every place it has in a tenant
    /// and every open invitation to its address that no tenant holds. Waits until it is carried out; if that takes long, the
    /// status is `ERASING` and it goes on. Refused under a legal hold. Needs `privacy.erase`, and of
    /// who is signed in a password given in the last 15 minutes; one's own account needs only the
    /// latter.
    async fn data_subject_erase(
        &self,
        ctx: &Context<'_>,
        input: DataSubjectEraseInput,
    ) -> Result<DataSubjectPayload> {
        let subject = decode_subject(&input.id)?;
        match subject.kind {
            SubjectKind::User => erase_account(ctx, &input, subject).await,
            SubjectKind::Client | SubjectKind::Member => erase_there(ctx, &input, subject).await,
        }
    }
}

/// Why, in the domain's words.
fn basis_of(input: &DataSubjectEraseInput) -> Basis {
    input.basis.map_or(Basis::Request, Into::into)
}

/// Erases a client or a member of the tenant.
async fn erase_there(
    ctx: &Context<'_>,
    input: &DataSubjectEraseInput,
    subject: Subject,
) -> Result<DataSubjectPayload> {
    let call = Call::begin(ctx, "dataSubjectErase", Permission::PrivacyErase, input)?;
    if matches!(call.asking.caller.who, Who::User(_)) {
        step_up(call.asking)?;
    }
    let member_id = MemberId(subject.id);
    if subject.kind == SubjectKind::Member
        && let Some(outcome) = acting::above(&call, member_id, None).await?
    {
        return DataSubjectPayload::of(&call, subject, outcome).await;
    }
    let found = look_up(call.asking, call.scope, subject).await?;
    let erasing = Erasing {
        basis: basis_of(input),
        is_there: found.is_some(),
        at: call.at(),
    };
    let batch = match subject.kind {
        SubjectKind::Member => {
            let by = ErasedBy::Member(call.scope.role);
            erasing.member(call.batch(), member_id, by)
        }
        SubjectKind::Client | SubjectKind::User => {
            erasing.client(call.batch(), ClientId(subject.id))
        }
    };
    let outcome = Call::outcome(batch.execute().await)?;
    if matches!(outcome, Outcome::Done(_)) {
        let place = (call.scope.tenant, subject);
        wait(&call, place).await?;
    }
    DataSubjectPayload::of(&call, subject, outcome).await
}

/// Waits until it is carried out, and until lists say so.
async fn wait(call: &Call<'_>, place: (TenantId, Subject)) -> Result<(), Fault> {
    let api = &call.asking.api;
    if carried_out(api.store(), place, PATIENCE).await? {
        call.asking.shown_up_to_now().await?;
    }
    Ok(())
}

/// Erases the caller's own account, with every place it has or had in a tenant.
async fn erase_account(
    ctx: &Context<'_>,
    input: &DataSubjectEraseInput,
    subject: Subject,
) -> Result<DataSubjectPayload> {
    let call = Personal::begin(ctx, "dataSubjectErase", input)?;
    step_up(call.asking)?;
    let place = (TenantId::PLATFORM, subject);
    if call.user.user_id.0 != subject.id {
        // Somebody else's account is one that is not there.
        let nobody = (TenantId::PLATFORM, subject.stream());
        let outcome = call.refuse::<DataSubject>(nobody, Refusal::Unknown).await?;
        return DataSubjectPayload::personal(call.asking, subject, outcome).await;
    }
    if let Some(refused) = leave_for_ever(&call, basis_of(input)).await? {
        let outcome = Outcome::Refused(refused);
        return DataSubjectPayload::personal(call.asking, subject, outcome).await;
    }
    let erasing = Erasing {
        basis: basis_of(input),
        is_there: true,
        at: call.at(),
    };
    let batch = erasing.user(call.batch(), UserId(subject.id));
    let outcome = Call::outcome(batch.execute().await)?;
    if matches!(outcome, Outcome::Done(_)) {
        let api = &call.asking.api;
        if carried_out(api.store(), place, PATIENCE)
            .await
            .map_err(Fault::from)?
        {
            call.asking.shown_up_to_now().await?;
        }
    }
    DataSubjectPayload::personal(call.asking, subject, outcome).await
}

/// Ends and erases every member that the user is or was, and every invitation to them that is open. The
/// refusal, when a tenant would be left without an owner; nothing has happened then, unless two last
/// owners go at once.
async fn leave_for_ever(call: &Personal<'_>, basis: Basis) -> Result<Option<Refused>> {
    let (api, user_id) = (&call.asking.api, call.user.user_id);
    // What lists do not have yet would stay.
    let (head, patience) = (api.store().tail().head(), api.options().patience);
    let lists = [TENANT, MEMBERS];
    call.asking.settled(head, &lists, patience).await?;
    let places = api.places(user_id).await.map_err(Fault::from)?;
    if let Some(refused) = left_without_owner(call, &places).await? {
        return Ok(Some(refused));
    }
    let all = places::of_account(api.store(), user_id).await;
    for place in all.map_err(Fault::from)? {
        let there = places.iter().find(|it| it.tenant == place.0);
        let is_closed = there.is_some_and(|it| it.tenant_status == Status::Closed);
        let erasing = Erasing {
            basis,
            is_there: true,
            at: call.at(),
        };
        if let Some(refused) = leave_one(call, (place, is_closed), erasing).await? {
            return Ok(Some(refused));
        }
    }
    Ok(None)
}

/// Ends and erases one of them.
async fn leave_one(
    call: &Personal<'_>,
    ((tenant, member_id), is_closed): ((TenantId, MemberId), bool),
    erasing: Erasing,
) -> Result<Option<Refused>> {
    let (place, part) = ((tenant, member_id), call.part(member_id));
    let batch = erasing.member(call.batch_as(place, &part), member_id, ErasedBy::Person);
    let refused = match Call::outcome(batch.execute().await)? {
        Outcome::Done(_) => return Ok(None),
        Outcome::Refused(refused) => refused,
    };
    let batch = if refused.code == "LAST_OWNER" {
        if !is_closed {
            return Ok(Some(refused));
        }
        // A closed tenant keeps its last owner; nobody knows any more who that was.
        let alone = call.batch_as(place, &part.part("data alone"));
        erasing.data_alone(alone, Subject::from(member_id))
    } else {
        // Under a hold there, the tenant keeps what it must keep; the user leaves nevertheless.
        let leave = Leave { at: erasing.at };
        call.batch_as(place, &part).and(member_id, leave)
    };
    Ok(match Call::outcome(batch.execute().await)? {
        Outcome::Done(_) => None,
        // Who was only asked to join has nothing to leave.
        Outcome::Refused(refused) if refused.code == "INVITATION_PENDING" => None,
        Outcome::Refused(refused) => Some(refused),
    })
}

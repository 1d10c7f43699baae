//! Who is there to hold, export and erase?

use daybook_domain::crm::client::Client;
use daybook_domain::identity::user::User;
use daybook_domain::kernel::TenantId;
use daybook_domain::privacy::data_subject::{Subject, SubjectKind};
use daybook_domain::tenancy::member::Member;
use daybook_projections::privacy::{DATA_SUBJECTS, data_subjects};
use daybook_store::AsOf;

use super::data_subject::DataSubject;
use crate::access::Scope;
use crate::fault::Fault;
use crate::graphql::Asking;

/// The tenant in whose log a subject is: the caller's, or the platform's for users.
pub(super) fn tenant_of(subject: Subject, scope: &Scope) -> TenantId {
    match subject.kind {
        SubjectKind::Client | SubjectKind::Member => scope.tenant,
        SubjectKind::User => TenantId::PLATFORM,
    }
}

/// The client or member of the tenant, if there is one that was not erased; never a user, who
/// belongs to no tenant.
///
/// # Errors
/// The log is away.
pub(super) async fn look_up(
    asking: &Asking,
    scope: &Scope,
    subject: Subject,
) -> Result<Option<Subject>, Fault> {
    let store = asking.api.store();
    let is_there = match subject.kind {
        SubjectKind::Client => {
            let client = store.load_stored_now::<Client>(scope.tenant, subject.id);
            client.await?.state.facts().is_some()
        }
        SubjectKind::Member => {
            let member = store.load_stored_now::<Member>(scope.tenant, subject.id);
            is_known(&member.await?.state)
        }
        SubjectKind::User => false,
    };
    Ok(is_there.then_some(subject))
}

fn is_known(member: &Member) -> bool {
    match member {
        Member::Unknown => false,
        Member::Invited(_) | Member::Active(_) => true,
        Member::Gone(gone) => !gone.is_erased,
    }
}

/// What was done with a person's data, as the read model has it now; none when nothing was.
///
/// # Errors
/// The database is away.
pub(super) async fn find(
    asking: &Asking,
    tenant: TenantId,
    subject: Subject,
) -> Result<Option<DataSubject>, Fault> {
    let mut tx = asking.api.store().tenant_tx(tenant).await?;
    let rows = data_subjects::by_ids(&mut tx, &[subject.stream()]).await?;
    tx.commit().await?;
    Ok(rows.into_iter().next().map(DataSubject::from))
}

/// What was done with the data of somebody who is or was there; none for who never was.
///
/// # Errors
/// The read model is not fresh enough in time, or the database is away.
pub(super) async fn seen(
    asking: &Asking,
    scope: &Scope,
    subject: Subject,
) -> Result<Option<DataSubject>, Fault> {
    asking.refresh(Some(scope), &[DATA_SUBJECTS]).await?;
    if let Some(found) = find(asking, tenant_of(subject, scope), subject).await? {
        return Ok(Some(found));
    }
    let there = look_up(asking, scope, subject).await?;
    Ok(there.map(DataSubject::untouched))
}

/// What had been done until a moment with the data of somebody who was or had been there; none for
/// who was not yet.
///
/// # Errors
/// The database is away.
pub(super) async fn seen_then(
    asking: &Asking,
    (tenant, subject): (TenantId, Subject),
    moment: AsOf,
) -> Result<Option<DataSubject>, Fault> {
    let store = asking.api.store();
    let mut tx = store.tenant_tx(tenant).await?;
    tx.look_from(moment);
    let rows = data_subjects::by_ids(&mut tx, &[subject.stream()]).await?;
    tx.commit().await?;
    if let Some(row) = rows.into_iter().next() {
        return Ok(Some(row.into()));
    }
    let is_there = match subject.kind {
        SubjectKind::Client => {
            let client = store.load_then::<Client>(tenant, subject.id, moment);
            client.await?.state.facts().is_some()
        }
        SubjectKind::Member => {
            let member = store.load_then::<Member>(tenant, subject.id, moment);
            is_known(&member.await?.state)
        }
        SubjectKind::User => {
            let user = store.load_then::<User>(tenant, subject.id, moment);
            user.await?.state.account().is_some()
        }
    };
    Ok(is_there.then(|| DataSubject::untouched(subject)))
}

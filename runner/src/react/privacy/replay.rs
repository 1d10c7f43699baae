//! Is somebody known again who was erased?
//!
//! After the restore of a backup from before an erasure the person is back. The journal knows
//! better: what it lists and the log lacks is decided again, and its key destroyed, before anybody
//! is answered. What the log has and this journal lacks, since another node carried it out, is
//! written into it.

use chrono::{DateTime, Utc};
use daybook_api::privacy::erasing::Erasing;
use daybook_domain::kernel::{Aggregate, ClientId, MemberId, TenantId, UserId};
use daybook_domain::privacy::data_subject::{DataSubject, DataSubjectEvent, Release, SubjectKind};
use daybook_domain::tenancy::access::Role;
use daybook_domain::tenancy::member::ErasedBy;
use daybook_projections::privacy::data_subjects;
use daybook_store::{Actor, Batch, Context, ExecuteError, Fingerprint, Origin, Store, StoreError};
use tokio::sync::watch;
use uuid::Uuid;

use super::forgetting::{forget_person, write_down};
use super::journal::{Entry, Journal};
use crate::failure::Failure;

/// The namespace of the ids of commands that the journal repeats.
const NAMESPACE: Uuid = Uuid::from_u128(0x6c1f_0a54_9d0e_4c3b_8f6e_2b7d_91c4_05aa);
/// The code of the refusal to leave a tenant without an owner.
const LAST_OWNER: &str = "LAST_OWNER";
/// Events looked at at once.
const PAGE: usize = 1_000;

/// Erases again whom the journal lists and the log knows; returns how many those were.
///
/// # Errors
/// When the journal cannot be read or the database is away: nobody may be answered then.
pub(crate) async fn replay(
    store: &Store,
    journal: &Journal,
    at: DateTime<Utc>,
) -> Result<usize, Failure> {
    let entries = journal.entries().map_err(|error| {
        Failure::surroundings(format!(
            "the erasure journal {} cannot be read: {error}",
            journal.path().display()
        ))
    })?;
    let mut again = 0;
    for entry in entries {
        let stream = entry.subject.stream();
        let known = store.load_stored_now::<DataSubject>(entry.tenant, stream);
        if let Some(erasure) = known.await?.state.erasure() {
            if !erasure.is_forgotten {
                // Somebody died between the event and the key, perhaps.
                let person = (entry.tenant, entry.subject);
                forget_person(store, person, &context_of(entry, at)).await?;
            }
            continue;
        }
        if erase_again(store, entry, at).await? {
            again += 1;
        }
    }
    write_down(journal, erased_in_log(store).await?).await?;
    if again > 0 {
        tracing::warn!(
            again,
            "people who had been erased were in the database and are erased again"
        );
    }
    Ok(again)
}

/// Erases a person again. `false`: this database does not know them at all.
async fn erase_again(store: &Store, entry: Entry, at: DateTime<Utc>) -> Result<bool, StoreError> {
    let subject = entry.subject;
    let context = context_of(entry, at);
    // It was lifted before the person was erased, or there would have been no erasure.
    let release = Release {
        subject: Some(subject),
        at,
    };
    let part = context.part("release");
    let released = store
        .execute(entry.tenant, subject.stream(), release, part)
        .await;
    refused(released.map(|_| ()))?;
    let erasing = Erasing {
        basis: entry.basis,
        is_there: true,
        at,
    };
    let batch: Batch<'_> = store.batch(entry.tenant, context.clone());
    let batch = match subject.kind {
        SubjectKind::Client => erasing.client(batch, ClientId(subject.id)),
        // Somebody could, or it would not have happened: an invitation too is for others to end.
        SubjectKind::Member => {
            let by = ErasedBy::Member(Role::Owner);
            erasing.member(batch, MemberId(subject.id), by)
        }
        SubjectKind::User => erasing.user(batch, UserId(subject.id)),
    };
    let mut refused_for = refused(batch.execute().await.map(|_| ()))?;
    // Who took over is not in the restored past. A tenant keeps its last owner; nobody knows who it is.
    if refused_for == Some(LAST_OWNER) {
        let alone = store.batch(entry.tenant, context.part("data alone"));
        let erased = erasing.data_alone(alone, subject).execute().await;
        refused_for = refused(erased.map(|_| ()))?;
    }
    if let Some(code) = refused_for {
        tracing::warn!(code, "an erasure of the journal was not repeated");
    }
    // Whatever the rules say of the restored past: nothing of the person is to be readable.
    forget_person(store, (entry.tenant, subject), &context).await?;
    Ok(refused_for.is_none())
}

/// The code of the rule that said no; none when none did.
fn refused(result: Result<(), ExecuteError>) -> Result<Option<&'static str>, StoreError> {
    match result {
        Ok(()) => Ok(None),
        Err(ExecuteError::Refused(refused)) => Ok(Some(refused.code)),
        Err(ExecuteError::Store(error)) => Err(error),
        Err(
            error @ (ExecuteError::Conflict { .. }
            | ExecuteError::CommandIdReused(_)
            | ExecuteError::Overloaded),
        ) => Err(StoreError::Unavailable(error.to_string())),
    }
}

/// The command of an entry: the same wherever and however often it is repeated.
fn context_of(entry: Entry, at: DateTime<Utc>) -> Context {
    let of = format!("{}:{}", entry.tenant, entry.subject.id);
    let command_id = Uuid::new_v5(&NAMESPACE, of.as_bytes());
    let fingerprint = Fingerprint::of("erasure journal", &of);
    Context::new(Actor::System("erasures"), command_id, fingerprint, at).from(Origin {
        route: Some("journal:privacy.data_subject.erased".to_owned()),
        ..Origin::default()
    })
}

/// Every erasure of all tenants that lists show.
async fn erased_in_log(store: &Store) -> Result<Vec<Entry>, StoreError> {
    let mut tx = store.dispatch_tx().await?;
    let rows = data_subjects::erased_everywhere(&mut tx).await?;
    tx.commit().await?;
    let entry = |row: data_subjects::ErasedRow| Entry {
        tenant: row.tenant,
        subject: row.subject,
        basis: row.basis,
        at: row.erased_at,
    };
    Ok(rows.into_iter().map(entry).collect())
}

/// Writes every erasure that happens from now on into this node's journal, whoever carries it out,
/// for as long as it is polled; `forgotten` is told when nothing is left of somebody.
pub(crate) async fn keep_up(store: Store, journal: Journal, forgotten: watch::Sender<()>) {
    let tail = store.tail().clone();
    let mut position = tail.head();
    loop {
        tail.past(position).await;
        let events = match tail.after(position, PAGE).await {
            Ok(events) => events,
            Err(error) => {
                tracing::warn!(%error, "the log cannot be followed for the erasure journal");
                tokio::time::sleep(std::time::Duration::from_millis(500)).await;
                continue;
            }
        };
        for event in &events {
            if event.stream_type == DataSubject::NAME
                && let Ok(happened) = event.decode()
            {
                follow(event.tenant, happened, (&journal, &forgotten)).await;
            }
            position = event.log_position;
        }
    }
}

async fn follow(
    tenant: TenantId,
    happened: DataSubjectEvent,
    (journal, forgotten): (&Journal, &watch::Sender<()>),
) {
    match happened {
        DataSubjectEvent::Erased(erased) => {
            let entry = Entry {
                tenant,
                subject: erased.subject,
                basis: erased.basis,
                at: erased.at,
            };
            if let Err(error) = write_down(journal, vec![entry]).await {
                tracing::error!(%error, "an erasure is not in this node's journal");
            }
        }
        DataSubjectEvent::Forgotten(_) => forgotten.send_replace(()),
        DataSubjectEvent::Held(_)
        | DataSubjectEvent::Released(_)
        | DataSubjectEvent::Exported(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use daybook_domain::privacy::data_subject::Basis;

    use super::*;

    #[test]
    fn the_same_erasure_is_the_same_command_everywhere() {
        let entry = |id| Entry {
            tenant: TenantId(Uuid::from_u128(1)),
            subject: ClientId(Uuid::from_u128(id)).into(),
            basis: Basis::Request,
            at: DateTime::UNIX_EPOCH,
        };
        let at = DateTime::UNIX_EPOCH;
        let id = |of| context_of(entry(of), at).command_id;
        assert_eq!(id(1), id(1));
        assert_ne!(id(1), id(2));
    }
}

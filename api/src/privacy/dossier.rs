//! Everything about a person, as JSON.

use std::collections::BTreeSet;

use daybook_domain::kernel::{ClientId, MemberId, TenantId, UserId};
use daybook_domain::privacy::data_subject::{Subject, SubjectKind};
use daybook_projections::privacy::{about, data_subjects};
use daybook_store::{Acting, Actor, Address, HistoryFilter, Recorded, Store, StoreError};
use futures::stream::{self, StreamExt, TryStreamExt};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{places, reached};

/// Events in one answer.
const MOST: usize = 2_000;
/// Streams that are read at one time.
const PARALLEL: usize = 4;

/// Digests of secrets and what they are made with: of use to nobody but the rules, and a secret
/// from the person's own programs, too.
const HIDDEN: [&str; 12] = [
    "accessToken",
    "discardedResetToken",
    "discardedVerificationToken",
    "invitation",
    "parentToken",
    "passwordHash",
    "refreshToken",
    "replacedToken",
    "salt",
    "secret",
    "token",
    "verificationToken",
];

/// A part of everything about a person.
#[derive(Debug)]
pub(super) struct Dossier {
    /// The part.
    pub(super) json: Value,
    /// Whether there are more events after these.
    pub(super) has_more: bool,
    /// The position of the last event of this part; the one before it where there is none.
    pub(super) end: i64,
}

/// Where somebody's data is looked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// In whose log.
    pub(super) tenant: TenantId,
    /// Who.
    pub(super) subject: Subject,
    /// Only events after this position; what lists know comes with those from the start.
    pub(super) after: i64,
}

/// What is known about somebody, and their events in order of position.
///
/// # Errors
/// The log is away.
pub(super) async fn compose(store: &Store, place: Place) -> Result<Dossier, StoreError> {
    let (known, others) = match place.subject.kind {
        SubjectKind::Client => client(store, place).await?,
        SubjectKind::Member => member(store, place).await?,
        SubjectKind::User => user(store, place).await?,
    };
    let own = [place.subject.id, place.subject.stream().0];
    let streams: BTreeSet<Uuid> = own.into_iter().chain(others).collect();
    let mut events = events_of(store, place, streams).await?;
    let has_more = events.len() > MOST;
    events.truncate(MOST);
    let end = events.last().map_or(place.after, |event| event.position);
    let told = tell(store, &events, place.subject.id).await?;
    let mut json = Object::new();
    if place.after == 0 {
        json.extend(known);
        json.insert("dataSubject".to_owned(), done_with(store, place).await?);
        json.extend(reached(store, place).await?);
        if place.subject.kind == SubjectKind::User {
            let places = places(store, UserId(place.subject.id)).await?;
            json.insert("memberships".to_owned(), Value::Array(places));
        }
    }
    json.insert("events".to_owned(), Value::Array(told));
    Ok(Dossier {
        json: Value::Object(json),
        has_more,
        end,
    })
}

type Object = serde_json::Map<String, Value>;

/// What lists know, and the streams besides the person's own that say something about them.
type Known = (Object, Vec<Uuid>);

async fn client(store: &Store, place: Place) -> Result<Known, StoreError> {
    let mut tx = store.tenant_tx(place.tenant).await?;
    let file = about::client(&mut tx, ClientId(place.subject.id)).await?;
    tx.commit().await?;
    let streams = file.streams().collect();
    Ok((told(&file), streams))
}

/// The place in the tenant, and what the member and their programs did there.
async fn member(store: &Store, place: Place) -> Result<Known, StoreError> {
    let mut tx = store.tenant_tx(place.tenant).await?;
    let file = about::member(&mut tx, MemberId(place.subject.id)).await?;
    tx.commit().await?;
    let mut known = told(&file);
    known.extend(acted(store, place, &file.acting()).await?);
    Ok((known, Vec::new()))
}

/// What somebody did in that tenant, and from where.
async fn acted(store: &Store, place: Place, acting: &[Acting]) -> Result<Object, StoreError> {
    let subject = (place.tenant, place.subject.id);
    let activity = store.activity(subject, acting).await?;
    Ok(told(&activity))
}

/// The account, its sign-ins, and what was done with it.
async fn user(store: &Store, place: Place) -> Result<Known, StoreError> {
    let mut tx = store.tenant_tx(TenantId::PLATFORM).await?;
    let file = about::user(&mut tx, UserId(place.subject.id)).await?;
    tx.commit().await?;
    let sessions = file.sessions.iter().map(|row| row.id.0).collect();
    let mut known = told(&file);
    let user = Acting::always(Actor::User(UserId(place.subject.id)));
    known.extend(acted(store, place, &[user]).await?);
    Ok((known, sessions))
}

/// What was done with the person's data: whether it is held, and when it was handed out.
async fn done_with(store: &Store, place: Place) -> Result<Value, StoreError> {
    let mut tx = store.tenant_tx(place.tenant).await?;
    let rows = data_subjects::by_ids(&mut tx, &[place.subject.stream()]).await?;
    tx.commit().await?;
    Ok(called(json!(rows.first())))
}

/// What is kept under the person's addresses in that tenant.
async fn reached(store: &Store, place: Place) -> Result<Object, StoreError> {
    let found = reached::find(store, (place.tenant, place.subject)).await?;
    Ok(told(&found))
}

/// Each place that a user has, had or is asked to take in a tenant, with what happened to it and what that
/// tenant keeps under the addresses it knows there.
async fn places(store: &Store, id: UserId) -> Result<Vec<Value>, StoreError> {
    let mut places = Vec::new();
    for (tenant, member_id) in places::of_account(store, id).await? {
        let there = Place {
            tenant,
            subject: member_id.into(),
            after: 0,
        };
        let (mut known, _) = member(store, there).await?;
        known.insert("tenantId".to_owned(), json!(tenant));
        known.extend(reached(store, there).await?);
        known.insert("dataSubject".to_owned(), done_with(store, there).await?);
        // There are few, and no position of the caller's leads into that tenant's log.
        let mut events = Vec::new();
        for stream_id in [member_id.0, there.subject.stream().0] {
            let filter = HistoryFilter {
                stream_id: Some(stream_id),
                types: Vec::new(),
            };
            events.extend(store.whole_history(tenant, &filter).await?);
        }
        events.sort_unstable_by_key(|event| event.position);
        let events = tell(store, &events, member_id.0).await?;
        known.insert("events".to_owned(), Value::Array(events));
        places.push(Value::Object(known));
    }
    Ok(places)
}

/// The fields of what is known, called as the API calls them.
fn told(known: &impl Serialize) -> Object {
    match serde_json::to_value(known) {
        Ok(Value::Object(fields)) => fields
            .into_iter()
            .map(|(name, rows)| (in_camel_case(&name), called(rows)))
            .collect(),
        Ok(_) | Err(_) => Object::new(),
    }
}

/// Rows with their columns called as the API calls them. What is in a column stays as it is: the names of
/// a tenant's own fields are the tenant's.
fn called(rows: Value) -> Value {
    match rows {
        Value::Array(rows) => rows.into_iter().map(called).collect(),
        Value::Object(row) => row
            .into_iter()
            .map(|(name, value)| (in_camel_case(&name), value))
            .collect(),
        other => other,
    }
}

fn in_camel_case(name: &str) -> String {
    let mut parts = name.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |mut name, part| {
        let mut letters = part.chars();
        name.extend(letters.next().map(|letter| letter.to_ascii_uppercase()));
        name.push_str(letters.as_str());
        name
    })
}

/// The first events of these streams after a position, one more than an answer holds.
async fn events_of(
    store: &Store,
    place: Place,
    streams: BTreeSet<Uuid>,
) -> Result<Vec<Recorded>, StoreError> {
    let limit = i64::try_from(MOST).unwrap_or(i64::MAX).saturating_add(1);
    let pages = stream::iter(streams).map(|stream_id| async move {
        let filter = HistoryFilter {
            stream_id: Some(stream_id),
            types: Vec::new(),
        };
        let page = store.history(place.tenant, place.after, &filter, limit);
        page.await.map(|page| page.events)
    });
    let mut first: Vec<Recorded> = Vec::new();
    let mut pages = pages.buffer_unordered(PARALLEL);
    while let Some(page) = pages.try_next().await? {
        first.extend(page);
        if first.len() > 4 * MOST {
            first = earliest(first);
        }
    }
    Ok(earliest(first))
}

fn earliest(mut events: Vec<Recorded>) -> Vec<Recorded> {
    events.sort_unstable_by_key(|event| event.position);
    events.truncate(MOST + 1);
    events
}

/// Events, as the person may see them: of where they came from, what is about this person.
async fn tell(store: &Store, events: &[Recorded], of: Uuid) -> Result<Vec<Value>, StoreError> {
    let all: Vec<&Recorded> = events.iter().collect();
    let addresses = store.addresses(&all).await?;
    let told = events.iter().zip(addresses).map(|(event, address)| {
        let address = address.filter(|address| address.of == of);
        tell_one(event, address)
    });
    Ok(told.collect())
}

fn tell_one(event: &Recorded, address: Option<Address>) -> Value {
    // What is sealed of these events is about this person; once it is erased, stand-ins are left.
    let clear = event.data().unwrap_or(&event.payload);
    let mut payload: Value = serde_json::from_slice(clear).unwrap_or_default();
    if let Value::Object(fields) = &mut payload {
        fields.retain(|name, _| !HIDDEN.contains(&name.as_str()));
    }
    json!({
        "position": event.position.to_string(),
        "type": event.event_type,
        "recordedAt": event.recorded_at,
        "actor": event.actor,
        "address": address.map(|address| address.ip),
        "payload": payload,
    })
}

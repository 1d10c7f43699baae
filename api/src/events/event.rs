//! An event as clients see it.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use daybook_store::{Recorded, StoreError};
use serde::Deserialize;
use uuid::Uuid;

use super::shown::shown;
use crate::fault::Fault;
use crate::graphql::{
    Asking, Json, PageInfo, Position, kind_of_stream, nullable, of_nodes, within,
};

/// A fact in the tenant's log. It never changes.
#[derive(Debug, Clone)]
pub struct Event(pub(super) Arc<Recorded>);

/// Where a command came from, as far as it is shown.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Origin {
    occurred_at: Option<DateTime<Utc>>,
    operator: Option<String>,
    reason: Option<String>,
    route: Option<String>,
    on_behalf_of: Option<Uuid>,
    request_id: Option<String>,
    session_id: Option<Uuid>,
}

impl Event {
    /// Of a record.
    pub(crate) fn of(record: Recorded) -> Self {
        Self(Arc::new(record))
    }

    /// Has the keys at hand that the addresses of a page of events are sealed under, where one was asked
    /// for: else each event would look for its own.
    ///
    /// # Errors
    /// The database is away.
    pub(crate) async fn look_ahead(
        ctx: &Context<'_>,
        (events, to_event): (&[&Self], &[&str]),
    ) -> Result<(), Fault> {
        let selected = to_event
            .iter()
            .fold(of_nodes(&ctx.look_ahead()), |selected, field| {
                within(&selected, field)
            });
        if !within(&selected, "address").is_empty() {
            let records: Vec<&Recorded> = events.iter().map(|event| &*event.0).collect();
            Asking::of(ctx)?.api.store().addresses(&records).await?;
        }
        Ok(())
    }

    fn origin(&self) -> Origin {
        serde_json::from_slice(&self.0.request).unwrap_or_default()
    }
}

/// A fact in the tenant's log. It never changes.
#[Object]
impl Event {
    /// The event's own identity.
    async fn id(&self) -> ID {
        ID(format!("event_{}", self.0.event_id.simple()))
    }

    /// Its place in the tenant's log; the first event is at 1, and there are no gaps.
    async fn position(&self) -> Position {
        Position(self.0.position)
    }

    /// What happened: `context.aggregate.fact`, like `invoicing.invoice.sent`.
    #[graphql(name = "type")]
    async fn event_type(&self) -> &str {
        &self.0.event_type
    }

    /// The version of the shape of `data`.
    async fn schema_version(&self) -> i32 {
        self.0.event_version.into()
    }

    /// To what it happened.
    async fn stream_id(&self) -> ID {
        let kind = kind_of_stream(&self.0.stream_type);
        ID(format!("{kind}_{}", self.0.stream_id.simple()))
    }

    /// What kind of thing that is: `context.aggregate`.
    async fn stream_type(&self) -> &str {
        &self.0.stream_type
    }

    /// Its place among the events of the same thing, from 1.
    async fn stream_version(&self) -> i64 {
        self.0.version
    }

    /// The facts themselves. What was about a person who was erased since reads `erased`,
    /// `erased@erased.invalid`, null or empty.
    async fn data(&self) -> Result<Json, Fault> {
        let data = self.0.data();
        let data = data.map_err(|error| Fault::from(StoreError::from(error)))?;
        Ok(Json(shown(&self.0.event_type, data)))
    }

    /// Who did it: `user:…`, `api_key:…`, `system:…` or `anonymous`.
    async fn actor(&self) -> &str {
        &self.0.actor
    }

    /// The member on whose behalf a program acted.
    async fn on_behalf_of(&self) -> Option<ID> {
        let member = self.origin().on_behalf_of;
        member.map(|member| ID(format!("member_{}", member.simple())))
    }

    /// From which network address. Null where none was recorded, and once whoever it is kept for is
    /// erased: the member who acted, or who created the program's key.
    async fn address(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        nullable(async {
            let store = Asking::of(ctx)?.api.store();
            let found = store.addresses(&[&self.0]).await.map_err(Fault::from)?;
            let address = found.into_iter().flatten().next();
            Ok(address.map(|address| address.ip.to_string()))
        })
        .await
    }

    /// The sign-in it came through; null for programs, for Daybook itself, for who was not
    /// signed in, and for a sign-in's own first event.
    async fn session_id(&self) -> Option<ID> {
        let session = self.origin().session_id;
        session.map(|session| ID(format!("session_{}", session.simple())))
    }

    /// The request it came with: the id in the server's own log.
    async fn request_id(&self) -> Option<String> {
        self.origin().request_id
    }

    /// Who gave the command at the operator's command line, as they said.
    async fn operator(&self) -> Option<String> {
        self.origin().operator
    }

    /// Why: the reference, such as a ticket's number, that the request had in `extensions.reason`, or
    /// the command as `--reason`.
    async fn reason(&self) -> Option<String> {
        self.origin().reason
    }

    /// The way in it came by.
    async fn route(&self) -> Option<String> {
        self.origin().route
    }

    /// The command it follows from.
    async fn command_id(&self) -> Uuid {
        self.0.command_id
    }

    /// What it belongs together with.
    async fn correlation_id(&self) -> Uuid {
        self.0.correlation_id
    }

    /// The event that caused the command, if one did.
    async fn causation_id(&self) -> Option<Uuid> {
        self.0.causation_id
    }

    /// When it was asked for.
    async fn occurred_at(&self) -> DateTime<Utc> {
        self.origin().occurred_at.unwrap_or(self.0.recorded_at)
    }

    /// When it was recorded; never earlier than the event before it.
    async fn recorded_at(&self) -> DateTime<Utc> {
        self.0.recorded_at
    }

    /// The hash of its canonical form (RFC 6962 leaf hash), in hexadecimal.
    async fn leaf_hash(&self) -> String {
        hex::encode(&self.0.leaf_hash)
    }
}

/// A page of events, oldest first.
#[derive(Debug, SimpleObject)]
pub struct EventConnection {
    /// The events with their cursors.
    pub(super) edges: Vec<EventEdge>,
    /// The events alone.
    pub(super) nodes: Vec<Event>,
    /// What is beyond the page.
    pub(super) page_info: PageInfo,
}

/// An event in a page.
#[derive(Debug, SimpleObject)]
pub struct EventEdge {
    /// Its place, for `after`: the same as its position.
    pub(super) cursor: String,
    /// The event.
    pub(super) node: Event,
}

//! History: the tenant's events in pages.

use async_graphql::{Context, ID, Object};
use daybook_domain::tenancy::public::Permission;
use daybook_store::HistoryFilter;
use uuid::Uuid;

use super::event::{Event, EventConnection, EventEdge};
use crate::fault::{Code, Fault};
use crate::graphql::{Asking, PageInfo, PageRequest, Wanted};

/// The events of the tenant's log.
#[derive(Debug, Default)]
pub struct EventsQuery;

/// Patterns in one filter.
const MOST_PATTERNS: usize = 50;

#[Object]
impl EventsQuery {
    /// The tenant's events after a position, oldest first. Needs `events.read`. It is the log
    /// itself, and takes no `asOf`: the events up to a position are the same for ever.
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100; 50 when it is left out.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this position or cursor.")] after: Option<String>,
        #[graphql(desc = "Only these types: names or patterns like `invoicing.*`, `*.client.*`.")]
        types: Option<Vec<String>>,
        #[graphql(desc = "Only what happened to this thing.")] stream_id: Option<ID>,
    ) -> Option<Result<EventConnection, Fault>> {
        let wanted = (types, stream_id);
        Some(events(ctx, (first, after), wanted).await)
    }
}

async fn events(
    ctx: &Context<'_>,
    (first, after): (Option<i32>, Option<String>),
    (types, stream_id): (Option<Vec<String>>, Option<ID>),
) -> Result<EventConnection, Fault> {
    let (asking, scope) = Asking::permitted(ctx, Permission::EventsRead)?;
    let filter = filter(types, stream_id.as_slice())?;
    let position = read_position(after.as_deref())?;
    let page = PageRequest {
        first,
        ..PageRequest::default()
    }
    .read::<i64>()?;
    let store = asking.api.store();
    let found = store
        .history(scope.tenant, position, &filter, page.limit)
        .await;
    let found = found.map_err(Fault::from)?;
    let wanted = Wanted {
        from: (position > 0).then_some(position),
        ..page
    };
    let nodes: Vec<Event> = found.events.into_iter().map(|e| Event(e.into())).collect();
    let all: Vec<&Event> = nodes.iter().collect();
    Event::look_ahead(ctx, (&all, &[])).await?;
    let edge = |event: &Event| EventEdge {
        cursor: event.0.position.to_string(),
        node: event.clone(),
    };
    let edges: Vec<EventEdge> = nodes.iter().map(edge).collect();
    let page_info = PageInfo {
        has_next_page: found.has_more,
        has_previous_page: wanted.from.is_some(),
        start_cursor: edges.first().map(|edge| edge.cursor.clone()),
        end_cursor: edges.last().map(|edge| edge.cursor.clone()),
    };
    Ok(EventConnection {
        edges,
        nodes,
        page_info,
    })
}

/// The filter of a query or subscription, checked.
pub(super) fn filter(types: Option<Vec<String>>, streams: &[ID]) -> Result<HistoryFilter, Fault> {
    let bad = |text: &'static str| Fault::new(Code::BadUserInput, text);
    let types = types.unwrap_or_default();
    if types.len() > MOST_PATTERNS {
        return Err(bad("at most 50 types or patterns"));
    }
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._*".contains(c);
    if types
        .iter()
        .any(|pattern| pattern.is_empty() || !pattern.chars().all(plain))
    {
        return Err(bad(
            "a type is written like \"crm.client.registered\" or \"crm.*\"",
        ));
    }
    let stream_id = streams.first().map(|id| {
        let uuid = id
            .rsplit_once('_')
            .and_then(|(_, uuid)| Uuid::try_parse(uuid).ok());
        uuid.ok_or_else(|| bad("streamId is the id of a thing, like \"client_…\""))
    });
    Ok(HistoryFilter {
        types,
        stream_id: stream_id.transpose()?,
    })
}

fn read_position(after: Option<&str>) -> Result<i64, Fault> {
    let Some(text) = after else { return Ok(0) };
    let position = text.parse::<i64>().ok().filter(|position| *position >= 0);
    position.ok_or_else(|| Fault::new(Code::BadUserInput, "after is a position, like \"42\""))
}

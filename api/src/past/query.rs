//! The history of a thing, in pages.

use async_graphql::{Context, ID, Object, Result};

use super::entry::{HistoryConnection, HistoryEdge, HistoryEntry};
use super::sight::seen;
use crate::events::Event;
use crate::fault::{Code, Fault};
use crate::graphql::{Asking, PageInfo, PageRequest};

/// What happened to things.
#[derive(Debug, Default)]
pub struct HistoryQuery;

#[Object]
impl HistoryQuery {
    /// What happened to a thing, oldest first, each event with the difference it made; null when
    /// there is no such thing. Needs `audit.read` and what is needed to see all of the thing
    /// itself; one's own account and sessions need neither. It is the past already, and takes no
    /// `asOf`: entries bear their positions.
    async fn history(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The id of a client, document, member, tenant, API key, consent, export, user or session."
        )]
        id: ID,
        #[graphql(desc = "How many, 1 to 100; 50 when it is left out.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor or `streamVersion`.")] after: Option<
            String,
        >,
    ) -> Option<Result<HistoryConnection, Fault>> {
        history(ctx, &id, (first, after)).await.transpose()
    }
}

async fn history(
    ctx: &Context<'_>,
    id: &ID,
    (first, after): (Option<i32>, Option<String>),
) -> Result<Option<HistoryConnection>, Fault> {
    let Some(seen) = seen(ctx, id).await? else {
        return Ok(None);
    };
    let page = PageRequest {
        first,
        ..PageRequest::default()
    };
    let limit = page.read::<i64>()?.limit;
    let version = read_version(after.as_deref())?;
    let store = Asking::of(ctx)?.api.store();
    let stream = (seen.tenant, seen.stream_id);
    let found = seen.folds.history(store, stream, (version, limit)).await?;
    let Some((steps, has_more)) = found else {
        return Ok(None);
    };
    let nodes: Vec<(i64, HistoryEntry)> = steps
        .into_iter()
        .map(|step| (step.event.version, step.into()))
        .collect();
    let events: Vec<&Event> = nodes.iter().map(|(_, node)| &node.event).collect();
    Event::look_ahead(ctx, (&events, &["event"])).await?;
    let edges: Vec<HistoryEdge> = nodes
        .iter()
        .map(|(version, node)| HistoryEdge {
            cursor: version.to_string(),
            node: node.clone(),
        })
        .collect();
    let page_info = PageInfo {
        has_next_page: has_more,
        has_previous_page: version > 0,
        start_cursor: edges.first().map(|edge| edge.cursor.clone()),
        end_cursor: edges.last().map(|edge| edge.cursor.clone()),
    };
    Ok(Some(HistoryConnection {
        edges,
        nodes: nodes.into_iter().map(|(_, node)| node).collect(),
        page_info,
    }))
}

fn read_version(after: Option<&str>) -> Result<i64, Fault> {
    let Some(text) = after else { return Ok(0) };
    let version = text.parse::<i64>().ok().filter(|version| *version >= 0);
    let bad = || {
        Fault::new(
            Code::BadUserInput,
            "after is a cursor of this list, like \"42\"",
        )
    };
    version.ok_or_else(bad)
}

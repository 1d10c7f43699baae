//! A client's consent.

use async_graphql::{Context, Enum, ID, SimpleObject};
use chrono::{DateTime, Utc};
use daybook_domain::kernel::ConsentId;
use daybook_domain::privacy::consent::Status;
use daybook_domain::tenancy::public::Permission;
use daybook_projections::privacy::{CONSENTS, consents};
use daybook_store::AsOf;

use crate::fault::Fault;
use crate::graphql::{Asking, Position, encode_id};

/// Whether a client agrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "Status")]
pub enum ConsentStatus {
    /// It does.
    Given,
    /// It did, and does no more.
    Withdrawn,
}

/// A client's consent that its data is used for one purpose, as it is now. Its history is in the
/// tenant's events.
#[derive(Debug, Clone, SimpleObject)]
pub struct Consent {
    /// Its id.
    pub(crate) id: ID,
    /// Whose consent it is.
    client_id: ID,
    /// For what: a name that programs know.
    purpose: String,
    /// Whether the client agrees.
    status: ConsentStatus,
    /// The text that was agreed to last.
    wording: String,
    /// How it was agreed to; null when nobody said.
    source: Option<String>,
    /// When the client agreed last.
    given_at: DateTime<Utc>,
    /// Since when it agrees no more; null while it does.
    withdrawn_at: Option<DateTime<Utc>>,
    /// Why it agrees no more; null when nobody said.
    withdrawal_reason: Option<String>,
    /// Its version, for `expectedVersion`.
    version: i64,
    /// The position at which it changed last.
    position: Position,
}

impl From<consents::ConsentRow> for Consent {
    fn from(row: consents::ConsentRow) -> Self {
        Self {
            id: encode_id(row.id),
            client_id: encode_id(row.client_id),
            purpose: row.purpose.to_string(),
            status: row.status.into(),
            wording: row.wording,
            source: row.source,
            given_at: row.given_at,
            withdrawn_at: row.withdrawn_at,
            withdrawal_reason: row.reason,
            version: row.version,
            position: Position(row.position),
        }
    }
}

/// The consents with these ids, as of a moment or now, in no order; none for who may not see them,
/// as if they were not there.
///
/// # Errors
/// The read model is not fresh enough in time, or the database is away.
pub async fn consents_by_ids(
    ctx: &Context<'_>,
    ids: &[ConsentId],
    moment: Option<AsOf>,
) -> Result<Vec<Consent>, Fault> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let Ok((asking, scope)) = Asking::permitted(ctx, Permission::ConsentsRead) else {
        return Ok(Vec::new());
    };
    let mut tx = asking.look(scope, &[CONSENTS], moment).await?;
    let rows = consents::by_ids(&mut tx, ids).await?;
    tx.commit().await?;
    Ok(rows.into_iter().map(Consent::from).collect())
}

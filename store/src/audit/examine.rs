//! Does a tenant's log still say what was sealed?
//!
//! Reads every event of the tenant and names the first that does not fit. It needs no master key.

use daybook_audit::tile::{Tile, WIDTH};
use daybook_audit::tree::Frontier;
use daybook_domain::kernel::TenantId;

use super::keys::known;
use super::opening::Opening;
use super::outside::Outside;
use super::page::leaf_of_next;
use super::rows;
use super::tx::SealTx;
use crate::error::StoreError;
use crate::log::Recorded;
use crate::store::Store;

/// Events read at once: whole tiles.
const PAGE: i64 = 8_192;

/// What an examination found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examined {
    /// How many events are sealed.
    pub sealed: u64,
    /// How many events of the log were held against the tree; more than `sealed` when some are
    /// younger than the last checkpoint.
    pub events: u64,
    /// The first thing that does not fit; none when all is well.
    pub flaw: Option<Flaw>,
}

/// Something that does not fit what was sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// Where.
    pub place: Place,
    /// What does not fit.
    pub reason: String,
}

/// Where something does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The event at this position is the first that does not fit.
    Event(u64),
    /// From this position on, more was signed than the database knows of.
    Tail(u64),
    /// The tree itself: its one root does not tell which event.
    Tree,
}

impl Place {
    /// The first position that does not fit, or is missing.
    pub fn position(self) -> Option<u64> {
        match self {
            Self::Event(position) | Self::Tail(position) => Some(position),
            Self::Tree => None,
        }
    }
}

impl Flaw {
    pub(super) fn in_tree(reason: String) -> Self {
        Self {
            place: Place::Tree,
            reason,
        }
    }
}

impl Store {
    /// Holds a tenant's whole log against its sealed tree, and that against the last checkpoint,
    /// in the database and outside of it.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn examine_seal(
        &self,
        tenant: TenantId,
        outside: &Outside,
    ) -> Result<Examined, StoreError> {
        let mut tx = self.seal_tx().await?;
        // One snapshot: a sealer may be at work meanwhile.
        sqlx::query("set transaction isolation level repeatable read, read only")
            .execute(tx.connection())
            .await?;
        let mut examined = Examined {
            sealed: 0,
            events: 0,
            flaw: None,
        };
        let known = known(tx.connection()).await?;
        let last = rows::last_checkpoints(tx.connection(), &[tenant]).await?;
        let opening = Opening {
            known: &known,
            outside,
            host: "",
        };
        let opened = opening.open(tx.connection(), &[tenant], &last).await?;
        let opened = opened.into_iter().next().map(|(_, opened)| opened);
        examined.sealed = last.get(&tenant).map_or(0, |last| last.size);
        let in_tree = opened.and_then(Result::err);
        let in_log = match &last.get(&tenant) {
            Some(last) => compare(&mut tx, tenant, (last.size, &last.root), &mut examined).await?,
            None => compare(&mut tx, tenant, (0, &[]), &mut examined).await?,
        };
        tx.commit().await?;
        // The event that was changed says more than the tree that is not as it was.
        let event = in_log.clone().filter(|flaw| flaw.place != Place::Tree);
        examined.flaw = event.or(in_tree).or(in_log);
        Ok(examined)
    }
}

async fn compare(
    tx: &mut SealTx,
    tenant: TenantId,
    (sealed, root): (u64, &[u8]),
    examined: &mut Examined,
) -> Result<Option<Flaw>, StoreError> {
    let mut tree = Frontier::default();
    loop {
        let from = (tenant, examined.events + 1);
        let records = rows::events_from(tx.connection(), from, i64::MAX, PAGE).await?;
        let leaves = sealed_leaves(tx, tenant, (examined.events, sealed)).await?;
        for record in &records {
            let next = examined.events + 1;
            match fits(next, record, (sealed, &leaves)) {
                Ok(leaf) if next <= sealed => tree.append(leaf),
                Ok(_) => {}
                Err(reason) => return Ok(at(next, reason)),
            }
            examined.events = next;
        }
        if i64::try_from(records.len()) != Ok(PAGE) {
            break;
        }
    }
    if examined.events < sealed {
        let missing = examined.events + 1;
        let reason = format!("the event at position {missing} is missing, and was sealed");
        return Ok(at(missing, reason));
    }
    if sealed > 0 && tree.root().as_slice() != root {
        let reason = "the events and the tree were changed together: they have not the root that \
                      was signed";
        return Ok(Some(Flaw::in_tree(reason.to_owned())));
    }
    Ok(None)
}

type Leaves = std::collections::HashMap<u64, [u8; 32]>;

/// The sealed leaf hashes of a page, by position.
async fn sealed_leaves(
    tx: &mut SealTx,
    tenant: TenantId,
    (after, sealed): (u64, u64),
) -> Result<Leaves, StoreError> {
    let width = u64::from(WIDTH);
    let (first, end) = (after / width, (after + PAGE.unsigned_abs()).div_ceil(width));
    let tiles = (first..end).filter_map(|index| Tile::in_tree(0, index, sealed));
    let wanted: Vec<(TenantId, Tile)> = tiles.map(|tile| (tenant, tile)).collect();
    let mut leaves = Leaves::new();
    for ((_, tile), hashes) in rows::tiles(tx.connection(), &wanted).await? {
        let (hashes, _) = hashes.as_chunks::<32>();
        leaves.extend((tile.index() * width + 1..).zip(hashes.iter().copied()));
    }
    Ok(leaves)
}

/// The leaf hash of an event that is what was recorded and what was sealed.
fn fits(
    position: u64,
    record: &Recorded,
    (sealed, leaves): (u64, &Leaves),
) -> Result<[u8; 32], String> {
    let leaf = leaf_of_next(position, record)?;
    if position <= sealed && leaves.get(&position) != Some(&leaf) {
        return Err(format!(
            "the event at position {position} is not the one that was sealed"
        ));
    }
    Ok(leaf)
}

fn at(position: u64, reason: String) -> Option<Flaw> {
    Some(Flaw {
        place: Place::Event(position),
        reason,
    })
}

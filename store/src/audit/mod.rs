//! The seal: a signed Merkle tree over each tenant's events, grown by one reader of the log.
//!
//! `sealer` is that reader's step: `feed` has what comes next in the log, from memory or from the
//! table, `tree` grows the trees in memory and proves that they grew out of what was signed last,
//! `rows` writes tiles and checkpoints. `opening` decides whether what the database has may be trusted,
//! against the copy of the last checkpoint that `outside` keeps, and first in `journal`; where it may
//! not, `halts` has the tenant's sealing stopped. `keys` holds what is signed with, and
//! `rotations` which of them the tenants' histories are still to be told of. `sealed` answers from what was sealed,
//! `passage` hands its events out, `examine` compares the log with it. `anchored` knows what was taken
//! elsewhere.

mod anchored;
mod examine;
mod feed;
mod halts;
mod held;
mod journal;
mod keys;
mod opening;
mod outside;
mod page;
mod passage;
mod rotations;
mod rows;
mod sealed;
mod sealer;
mod tree;
mod tx;

pub use crate::log::MANY;
pub use anchored::Behind;
pub use examine::{Examined, Flaw, Place};
pub use halts::Halt;
pub use held::Held;
pub(crate) use keys::rewrap_signing_keys;
pub use keys::{Keyring, KeyringError, KnownKey};
pub use outside::Outside;
pub use passage::{Passage, PassageError, Reading, SealedEvent, Vouched, Wanted};
pub use rotations::Rotation;
pub use sealed::{Included, SealedCheckpoint, SealedLog};
pub use sealer::{READER, SealError, Sealer, Signed, Step};

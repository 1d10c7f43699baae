//! A person about whom something is kept: held, exported, erased.
//!
//! ```text
//!               Hold                              Erase              Forget
//!  (nothing) ─────────► held ── Release ─► kept ─────────► erased ───────────► forgotten
//!      │                                     ▲               ▲
//!      │                 Export              │               │
//!      └─────────────────────────────────────┘               │
//!      └───────────────────────── Erase ─────────────────────┘
//! ```
//! A stream begins with whatever is done first; without one, the person is kept like any other.
//! `Erase` ends what may be known; `Forget` says that it was carried out: the key is destroyed and
//! nothing that was derived from the person's data is left. Held data is not erased.

mod basis;
mod commands;
mod events;
#[cfg(any(test, feature = "testing"))]
pub mod fixtures;
mod refusal;
mod state;
mod subject;

pub use basis::Basis;
pub use commands::{Erase, Export, Forget, Hold, Release};
pub use events::{DataSubjectEvent, Erased, Exported, Forgotten, Held, Released};
pub use refusal::Refusal;
pub use state::{DataSubject, Erasure, Kept};
pub use subject::{Subject, SubjectKind, data_subject_id};

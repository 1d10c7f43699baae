//! A history in one file, and what can be known from it without asking anybody.
//!
//! An archive is a gzipped tar of five files: `manifest.json`, `checkpoint`, `keys`,
//! `events.ndjson` and `events.csv`, always in this order, so that it can be checked in one pass and
//! in constant memory. It is written page by page into a directory ([`Draft`]), where work that was
//! interrupted goes on, and packed at the end. [`verify`] says whether it is sound.
//! `docs/audit/format.md` is the description from which anybody can write another verifier.

mod compare;
mod content;
mod draft;
mod error;
mod events;
mod line;
mod manifest;
mod member;
mod outside;
mod pack;
mod report;
mod sheet;
mod unpack;
mod verify;

pub use draft::{Draft, Entry, Plan, Progress};
pub use error::ArchiveError;
pub use manifest::{Kind, Manifest};
pub use outside::Kept;
pub use pack::Packed;
pub use report::{Finding, Outcome, Place, Report};
pub use verify::{Options, verify};

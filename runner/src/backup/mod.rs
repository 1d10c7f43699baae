//! How is an installation saved, and how does it come back?
//!
//! `take` makes a backup beside a running installation, `put_back` restores one where nothing is,
//! `check` holds what came back against what was signed. `sink` and `source` are where a backup goes
//! and comes from, `tool` runs PostgreSQL's own programs, `manifest` says what a backup has.
//!
//! A backup is a directory, or one file with the same in it: `database.dump` (everything in the
//! database, by `pg_dump`), `checkpoints/` (the last checkpoint of each tenant, as it was outside of
//! the database), `erasures.jsonl` (the journal of erasures), `master.key` where that was asked for, and
//! `manifest.json` with the digest of each. What is not in it: archives of exports, which can be made
//! again.

mod check;
mod manifest;
mod put_back;
mod sink;
mod source;
mod take;
mod tool;

pub(crate) use check::{Checked, Verdict, check};
pub(crate) use manifest::Manifest;
pub(crate) use put_back::{Restore, put_back};
pub(crate) use take::{Backup, take};

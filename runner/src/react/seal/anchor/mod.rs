//! Where do checkpoints go that the database's operator is not to be able to take back?
//!
//! Into the data directory always; into another directory, a bucket and to an address as configured; and
//! by mail to those whom a tenant has chosen.
//! `desk` is where the sealer puts them: of a tenant's checkpoints that wait, only the newest is worth
//! keeping, since it contains all before. Each anchor has a desk and a pace of its own and waits for no
//! other, and the sealer for none. `keeping` takes them from there until they are kept, and writes down
//! what each anchor has; `kind` says which anchors there are.

mod bucket;
mod desk;
mod directory;
mod keeping;
mod kind;
mod mail;
mod round;
mod webhook;

pub(super) use desk::{Desk, Seal};
pub(crate) use keeping::Keeping;
pub(super) use kind::Anchor;
pub(super) use mail::Mailing;

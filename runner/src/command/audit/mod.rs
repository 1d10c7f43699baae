//! `daybook audit`: histories for people who trust nobody.

mod given;
mod subcommand;
mod verify;

pub(super) use subcommand::Audit;

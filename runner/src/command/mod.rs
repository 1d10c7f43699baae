//! What can be typed? One file per command.

mod arguments;
mod audit;
mod backup;
mod doctor;
mod given_by;
mod import;
mod keys;
mod mail;
mod migrate;
mod projections;
mod replay;
mod restore;
mod run;
mod schema;
mod scrub;
mod serve;
mod up;
mod work;

pub use run::main;

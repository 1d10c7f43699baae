//! Two small businesses to look at, founded through ordinary commands.
//!
//! Every id, password and key is derived from the installation's secret, and every command's id
//! from what it does: founding them again changes nothing and gives the same answers.

mod founding;
mod people;
mod sales;
mod script;

pub use founding::{Demo, DemoMember, DemoTenant, found};

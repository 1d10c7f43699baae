//! How one operation gets from its text to its answer, whatever the transport.
//!
//! Size, brackets, tokens, document cache, cost and rate bucket come before the library sees
//! anything; time limit, panics and the wording of errors are kept around it.

mod admit;
mod answer;
mod execute;
mod params;
mod persisted;
mod run;
mod settings;

pub(crate) use admit::{Admitted, Ask, Rejected};
pub(crate) use answer::{Answer, payload};
pub(crate) use execute::Execute;
pub use execute::harden;
pub(crate) use params::{Params, position};
pub use run::Engine;
pub(crate) use run::{missing_variable, panic_text};
pub use settings::{LiveSettings, Settings, SocketSettings};

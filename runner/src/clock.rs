//! What time is it?
//!
//! The one place of the program where the system's clock is read for what the business records.

use chrono::{DateTime, Utc};

/// A clock: replaced where a test moves it.
pub type Clock = fn() -> DateTime<Utc>;

/// The system's clock.
#[expect(
    clippy::disallowed_methods,
    reason = "the clock that everything else is handed"
)]
pub fn system() -> DateTime<Utc> {
    Utc::now()
}

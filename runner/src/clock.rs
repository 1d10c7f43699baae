//! What time is it?
//!
//! The one place of the program where the system's clock is read for what the business records.

use chrono::{DateTime, SubsecRound, Utc};

/// A clock: replaced where a test moves it.
pub type Clock = fn() -> DateTime<Utc>;

/// The system's clock, in whole microseconds: the database keeps no finer ones, and a time is the
/// same wherever it is read.
#[expect(
    clippy::disallowed_methods,
    reason = "the clock that everything else is handed"
)]
pub fn system() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

#[cfg(test)]
mod tests {
    use chrono::Timelike;

    use super::*;

    #[test]
    fn shows_whole_microseconds() {
        // Of a thousand readings in nanoseconds some would not be whole.
        for _ in 0..1_000 {
            assert_eq!(system().nanosecond() % 1_000, 0);
        }
    }
}

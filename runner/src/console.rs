//! What does a person at the terminal see?
//!
//! What happens goes to stderr, results go to stdout. On a terminal a step that takes long is
//! rewritten in place; elsewhere it is told again every five seconds.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// The terminal, or whatever stands in for it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Console {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    loud: bool,
    terminal: bool,
    /// The last step, and after how many seconds it was told.
    last: (String, u64),
}

impl Console {
    /// Tells everything.
    pub fn new() -> Self {
        Self::with(true)
    }

    /// Tells results alone: for programs that start Daybook inside of themselves.
    pub fn quiet() -> Self {
        Self::with(false)
    }

    fn with(loud: bool) -> Self {
        let state = State {
            loud,
            terminal: io::stderr().is_terminal(),
            last: (String::new(), 0),
        };
        Self {
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// Tells what begins to happen. The same text with another ` (N s)` is the same step.
    pub fn step(&self, text: impl Display) {
        let text = text.to_string();
        let (step, seconds) = split_seconds(&text);
        self.tell(step, seconds, &text);
    }

    /// Tells how far a step is, which is known by its name, after so many seconds.
    pub fn progress(&self, step: &str, seconds: u64, text: impl Display) {
        self.tell(step, seconds, &text.to_string());
    }

    fn tell(&self, step: &str, seconds: u64, text: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let again = step == state.last.0;
        let due = state.terminal || seconds.is_multiple_of(5);
        if !state.loud || (again && (!due || seconds == state.last.1)) {
            return;
        }
        let rewind = if again && state.terminal {
            "\x1b[1A\x1b[2K"
        } else {
            ""
        };
        say(&mut io::stderr(), &format!("{rewind}  {text}"));
        state.last = (step.to_owned(), seconds);
    }

    /// Tells a result.
    pub fn result(&self, text: impl Display) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.last = (String::new(), 0);
        say(&mut io::stdout(), &text.to_string());
    }
}

impl Default for Console {
    fn default() -> Self {
        Self::new()
    }
}

/// Whoever reads may have gone away: that is no reason to stop.
fn say(to: &mut dyn Write, text: &str) {
    drop(writeln!(to, "{text}").and_then(|()| to.flush()));
}

/// `making a cluster (7 s)` is the step `making a cluster` after 7 seconds.
fn split_seconds(text: &str) -> (&str, u64) {
    let split = || {
        let (step, rest) = text.rsplit_once(" (")?;
        Some((step, rest.strip_suffix(" s)")?.parse().ok()?))
    };
    split().unwrap_or((text, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_are_no_part_of_a_step() {
        assert_eq!(split_seconds("making (it) (7 s)"), ("making (it)", 7));
        assert_eq!(
            split_seconds("fetching x (12 MB)"),
            ("fetching x (12 MB)", 0)
        );
        assert_eq!(split_seconds("starting"), ("starting", 0));
    }
}

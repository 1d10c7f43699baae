//! What does a person at the terminal see?
//!
//! What happens goes to stderr, results go to stdout. On a terminal a step that takes long is
//! rewritten in place; elsewhere it is told again every five seconds.

use std::fmt::{self, Debug, Display, Formatter};
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, timeout};

/// Between two looks at a step that takes long.
const LOOK: Duration = Duration::from_secs(1);

/// Whether a line of the log stands below the last step, which is not rewritten then: it would take
/// the place of that line.
static LOGGED: AtomicBool = AtomicBool::new(false);

/// Where lines of the log go: to stderr, below what was told.
pub(crate) fn log() -> io::Stderr {
    LOGGED.store(true, Ordering::Relaxed);
    io::stderr()
}

/// The terminal, or whatever stands in for it. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Console {
    state: Arc<Mutex<State>>,
}

struct State {
    loud: bool,
    terminal: bool,
    /// The last step, and after how many seconds it was told.
    last: (String, u64),
    /// Where steps are told.
    steps: Box<dyn Write + Send>,
    /// Whether something else was told there since.
    logged: &'static AtomicBool,
}

impl Debug for State {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("loud", &self.loud)
            .field("terminal", &self.terminal)
            .field("last", &self.last)
            .finish_non_exhaustive()
    }
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
        let terminal = io::stderr().is_terminal();
        Self::of(State {
            loud,
            terminal,
            last: (String::new(), 0),
            steps: Box::new(io::stderr()),
            logged: &LOGGED,
        })
    }

    fn of(state: State) -> Self {
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

    /// Does what may take long. What takes more than a second is a step, and it is told that it goes
    /// on for as long as it does.
    pub fn during<'a, T>(
        &'a self,
        step: &'a str,
        work: impl Future<Output = T> + 'a,
    ) -> impl Future<Output = T> + 'a {
        self.during_while(step, || true, work)
    }

    /// The same for a step that the work may have left behind: nothing is told of it then.
    pub fn during_while<'a, T>(
        &'a self,
        step: &'a str,
        is_on: impl Fn() -> bool + 'a,
        work: impl Future<Output = T> + 'a,
    ) -> impl Future<Output = T> + 'a {
        // In a box at once: what starts Daybook is large enough.
        let mut work = Box::pin(work);
        async move {
            let since = Instant::now();
            loop {
                if let Ok(done) = timeout(LOOK, &mut work).await {
                    return done;
                }
                if is_on() {
                    let seconds = since.elapsed().as_secs();
                    self.progress(step, seconds, format!("{step} ({seconds} s)"));
                }
            }
        }
    }

    fn tell(&self, step: &str, seconds: u64, text: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let again = step == state.last.0;
        let due = state.terminal || seconds.is_multiple_of(5);
        if !state.loud || (again && (!due || seconds == state.last.1)) {
            return;
        }
        let is_last = !state.logged.swap(false, Ordering::Relaxed);
        let rewind = if again && state.terminal && is_last {
            "\x1b[1A\x1b[2K"
        } else {
            ""
        };
        say(&mut state.steps, &format!("{rewind}  {text}"));
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
    use tokio::time::sleep;

    use super::*;

    /// What was told.
    #[derive(Clone, Default)]
    struct Told(Arc<Mutex<Vec<u8>>>);

    impl Write for Told {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Told {
        fn by(terminal: bool) -> (Self, Console) {
            let told = Self::default();
            let console = Console::of(State {
                loud: true,
                terminal,
                last: (String::new(), 0),
                steps: Box::new(told.clone()),
                logged: Box::leak(Box::default()),
            });
            (told, console)
        }

        fn lines(&self) -> Vec<String> {
            let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
            text.lines().map(str::to_owned).collect()
        }
    }

    #[test]
    fn seconds_are_no_part_of_a_step() {
        assert_eq!(split_seconds("making (it) (7 s)"), ("making (it)", 7));
        assert_eq!(
            split_seconds("fetching x (12 MB)"),
            ("fetching x (12 MB)", 0)
        );
        assert_eq!(split_seconds("starting"), ("starting", 0));
    }

    #[tokio::test(start_paused = true)]
    async fn what_takes_more_than_a_second_is_told_while_it_does() {
        let (told, console) = Told::by(true);
        console.during("looking", sleep(LOOK / 2)).await;
        assert_eq!(told.lines(), Vec::<String>::new());
        let done = async {
            sleep(LOOK * 5 / 2).await;
            7
        };
        assert_eq!(console.during("looking", done).await, 7);
        // Rewritten in place.
        let again = "\x1b[1A\x1b[2K  looking (2 s)";
        assert_eq!(told.lines(), ["  looking (1 s)", again]);
    }

    #[test]
    fn a_line_of_the_log_is_not_rewritten() {
        let (told, console) = Told::by(true);
        console.step("looking (1 s)");
        let logged = console.state.lock().unwrap().logged;
        logged.store(true, Ordering::Relaxed);
        console.step("looking (2 s)");
        console.step("looking (3 s)");
        let last = "\x1b[1A\x1b[2K  looking (3 s)";
        assert_eq!(told.lines(), ["  looking (1 s)", "  looking (2 s)", last]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_no_terminal_is_told_every_five_seconds() {
        let (told, console) = Told::by(false);
        console.step("starting");
        console.during("starting", sleep(LOOK * 12)).await;
        let lines = ["  starting", "  starting (5 s)", "  starting (10 s)"];
        assert_eq!(told.lines(), lines);
    }
}

//! What came out of checking an archive?

use std::fmt::{self, Display, Formatter};

/// What an archive is found to be; the later ones outweigh the earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Complete and unaltered, as far as was asked.
    Sound,
    /// Something is missing: the tail, a file, or what would be needed to compare.
    Incomplete,
    /// No key that counts signed the checkpoint.
    WrongKey,
    /// Something is not what was sealed.
    Tampered,
}

impl Outcome {
    /// What the verifiers end with.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Sound => 0,
            Self::Tampered => 1,
            Self::Incomplete => 2,
            Self::WrongKey => 3,
        }
    }
}

impl Display for Outcome {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sound => "sound",
            Self::Incomplete => "incomplete",
            Self::WrongKey => "wrong key",
            Self::Tampered => "tampered",
        })
    }
}

/// Where the first event is that is not what was sealed, as far as it can be told. An event's index
/// is its position less one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// It has this index or a later one.
    pub from: u64,
    /// It has this index or an earlier one.
    pub to: u64,
}

impl Place {
    /// The index itself, where nothing is left open.
    pub fn index(self) -> Option<u64> {
        (self.from == self.to).then_some(self.from)
    }
}

impl From<u64> for Place {
    fn from(index: u64) -> Self {
        Self {
            from: index,
            to: index,
        }
    }
}

impl Display for Place {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.index() {
            Some(index) => write!(f, "{index}"),
            None => write!(f, "from {} to {}", self.from, self.to),
        }
    }
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What it makes of the archive.
    pub outcome: Outcome,
    /// Where the first event is that it is about, if that can be told.
    pub place: Option<Place>,
    /// What is wrong.
    pub text: String,
}

impl Finding {
    pub(super) fn tampered(index: Option<u64>, text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            outcome: Outcome::Tampered,
            place: index.map(Place::from),
            text,
        }
    }

    pub(super) fn incomplete(index: Option<u64>, text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            outcome: Outcome::Incomplete,
            place: index.map(Place::from),
            text,
        }
    }
}

/// What was checked, and what was found. Its `Display` is for people; its last line is always
/// `result: …`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// What was checked and is as it should be, one sentence each.
    pub checked: Vec<String>,
    /// What was not checked, and what that means.
    pub warnings: Vec<String>,
    /// What is wrong; empty if the archive is sound.
    pub findings: Vec<Finding>,
}

impl Report {
    /// The gravest finding's outcome.
    pub fn outcome(&self) -> Outcome {
        let outcomes = self.findings.iter().map(|finding| finding.outcome);
        outcomes.max().unwrap_or(Outcome::Sound)
    }

    /// The first place that a finding of that gravity names.
    pub fn first_bad_place(&self) -> Option<Place> {
        let outcome = self.outcome();
        let gravest = self.findings.iter().filter(|it| it.outcome == outcome);
        gravest.filter_map(|finding| finding.place).min()
    }

    /// The same, where it is a single index.
    pub fn first_bad_index(&self) -> Option<u64> {
        self.first_bad_place().and_then(Place::index)
    }
}

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for text in &self.checked {
            writeln!(f, "  ok       {text}")?;
        }
        for text in &self.warnings {
            writeln!(f, "  warning  {text}")?;
        }
        for finding in &self.findings {
            match finding.place {
                Some(place) => writeln!(f, "  BAD      index {place}: {}", finding.text)?,
                None => writeln!(f, "  BAD      {}", finding.text)?,
            }
        }
        write!(f, "result: {}", self.outcome())?;
        match self.first_bad_place() {
            Some(place) => write!(f, ", first bad index {place}"),
            None => Ok(()),
        }
    }
}

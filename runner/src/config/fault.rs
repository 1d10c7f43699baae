//! What is wrong with the configuration?

use std::fmt::{self, Display};

/// One thing that is wrong: with which setting, and what is expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The key, the environment variable or the file.
    pub place: String,
    /// What is wrong and what to do. Never the value of a secret.
    pub text: String,
}

/// Everything that is wrong with a configuration, at least one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.place, self.text)
    }
}

/// One fault takes one line; several are listed under a heading.
impl Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [one] => write!(f, "configuration: {one}"),
            all => {
                write!(f, "{} settings are wrong:", all.len())?;
                for fault in all {
                    write!(f, "\n  {fault}")?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for Faults {}

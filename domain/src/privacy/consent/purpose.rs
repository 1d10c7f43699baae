//! What data is used for.

use std::fmt::{self, Display};

use serde::{Deserialize, Serialize};

use crate::kernel::{FieldError, program_name};

/// The name of a purpose in programs: `[a-z][a-z0-9_]{0,39}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Purpose(String);

impl Purpose {
    /// Reads a purpose.
    ///
    /// # Errors
    /// When it is not of that form.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        program_name("purpose", text).map(Self)
    }

    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Display for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names_and_nothing_else() {
        for good in ["newsletter", "a", "calls_2", &"p".repeat(40)] {
            assert_eq!(Purpose::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "Newsletter", "2a", "_a", "a b", &"p".repeat(41)] {
            assert!(Purpose::parse(bad).is_err(), "{bad}");
        }
    }
}

//! What a declared custom field is.

use std::collections::BTreeSet;
use std::fmt::{self, Display};

use serde::{Deserialize, Serialize};

use crate::kernel::{FieldError, Text, program_name};

/// The most options a choice may have.
pub const MAX_OPTIONS: usize = 100;

/// The name of a custom field in programs: `[a-z][a-z0-9_]{0,39}`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FieldKey(String);

impl FieldKey {
    /// Reads a key.
    ///
    /// # Errors
    /// When it is not of that form.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        program_name("key", text).map(Self)
    }

    /// The key itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Display for FieldKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What the values of a field are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Kind {
    /// One line of at most 1,000 characters.
    Text,
    /// A decimal number.
    Number,
    /// Yes or no.
    Boolean,
    /// A calendar date.
    Date,
    /// One of the declared options.
    Choice {
        /// The options, in the order in which they are shown; at least one, each once.
        options: Vec<String>,
    },
    /// A web address.
    Url,
    /// An e-mail address.
    Email,
}

impl Kind {
    /// Whether values recorded under one could have been recorded under the other; the options of
    /// a choice may differ.
    pub fn is_same_kind(&self, other: &Self) -> bool {
        std::mem::discriminant(self) == std::mem::discriminant(other)
    }

    /// The kind with its options trimmed.
    ///
    /// # Errors
    /// When a choice has no options, too many, an empty one or one twice.
    pub(super) fn checked(&self) -> Result<Self, FieldError> {
        let Self::Choice { options } = self else {
            return Ok(self.clone());
        };
        let option = Text {
            field: "options",
            max: 100,
        };
        let options: Vec<String> = options
            .iter()
            .map(|text| option.line(text))
            .collect::<Result<_, _>>()?;
        let distinct: BTreeSet<&String> = options.iter().collect();
        if options.is_empty() || options.len() > MAX_OPTIONS || distinct.len() < options.len() {
            return Err(FieldError::Malformed {
                field: "options",
                expected: "a list of 1 to 100 options that all differ",
            });
        }
        Ok(Self::Choice { options })
    }
}

/// A custom field as the tenant declared it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Definition {
    /// Its name in programs; never changes.
    pub key: FieldKey,
    /// Its name for people.
    pub label: String,
    /// What its values are.
    pub kind: Kind,
    /// Whether it must hold a value whenever custom fields are set.
    pub required: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_keys() {
        for good in ["a", "size_2", &"k".repeat(40)] {
            assert_eq!(FieldKey::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "A", "2a", "_a", "a-b", "ä", &"k".repeat(41)] {
            assert!(FieldKey::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn bounds_the_options_of_a_choice() {
        let choice = |options: &[&str]| {
            let options = options.iter().map(ToString::to_string).collect();
            Kind::Choice { options }.checked()
        };
        assert_eq!(choice(&[" a ", "b"]).unwrap(), choice(&["a", "b"]).unwrap());
        assert!(choice(&[]).is_err());
        assert!(choice(&["a", "a "]).is_err());
        assert!(choice(&[""]).is_err());
        let many: Vec<String> = (0..=MAX_OPTIONS).map(|n| n.to_string()).collect();
        assert!(Kind::Choice { options: many }.checked().is_err());
    }
}

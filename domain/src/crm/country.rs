//! Which country something belongs to, as its source names it.

use std::fmt::{self, Display};

use serde::{Deserialize, Serialize};

use crate::kernel::{FieldError, Text};

/// A country by the name it was given: `United Kingdom`, `EIRE`, `DE`.
///
/// Other systems name countries in their own ways, and figures per country must add up to theirs,
/// so the name is kept and never mapped.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Country(String);

impl Country {
    /// Reads a name or a code of at most 60 characters; the ends are trimmed.
    ///
    /// # Errors
    /// When it is empty, too long or holds control characters.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, FieldError> {
        Text { field, max: 60 }.line(text).map(Self)
    }

    /// The name as given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The ISO 3166 alpha-2 code, when that is how the country was given.
    pub fn alpha2(&self) -> Option<&str> {
        let is_code = self.0.len() == 2 && self.0.bytes().all(|byte| byte.is_ascii_uppercase());
        is_code.then_some(self.0.as_str())
    }
}

impl Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_name_and_knows_a_code() {
        let country = |text: &str| Country::parse("country", text).unwrap();
        assert_eq!(country(" EIRE ").as_str(), "EIRE");
        assert_eq!(country("EIRE").alpha2(), None);
        assert_eq!(country("DE").alpha2(), Some("DE"));
        assert_eq!(country("de").alpha2(), None);
        assert!(Country::parse("country", " ").is_err());
        assert!(Country::parse("country", &"x".repeat(61)).is_err());
    }
}

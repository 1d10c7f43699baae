//! An address of the tenant's own.

use std::fmt::{self, Display};

use serde::{Deserialize, Serialize};

use crate::kernel::FieldError;

/// A domain name in lower case and in its ASCII form (punycode), without the last dot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DomainName(String);

impl DomainName {
    /// Reads a name of at least two labels whose last is no number, so that no IP address passes.
    ///
    /// # Errors
    /// When it is not of that form.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, FieldError> {
        let name = text.trim().to_ascii_lowercase();
        let name = name.strip_suffix('.').unwrap_or(&name);
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        let has_letter = |label: &str| label.bytes().any(|byte| byte.is_ascii_alphabetic());
        let last = name.rsplit_once('.').map(|(_, last)| last);
        if name.len() <= 253 && name.split('.').all(label) && last.is_some_and(has_letter) {
            return Ok(Self(name.to_owned()));
        }
        let expected = "a domain name such as books.example.com, in ASCII";
        Err(FieldError::Malformed { field, expected })
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where the record stands that proves the domain.
    pub fn record_name(&self) -> String {
        format!("_daybook.{}", self.0)
    }

    /// What that TXT record says.
    pub fn record_value(token: &str) -> String {
        format!("daybook-verification={token}")
    }
}

impl Display for DomainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names_in_lower_case() {
        for (text, name) in [
            ("Books.Example.com.", "books.example.com"),
            (" xn--bcher-kva.example ", "xn--bcher-kva.example"),
            ("4.example", "4.example"),
        ] {
            assert_eq!(DomainName::parse("domain", text).unwrap().as_str(), name);
        }
        let name = DomainName::parse("domain", "a.example").unwrap();
        assert_eq!(name.record_name(), "_daybook.a.example");
    }

    #[test]
    fn refuses_what_is_no_name() {
        for bad in [
            "",
            ".",
            "example",
            "a..example",
            "-a.example",
            "a-.example",
            "10.0.0.1",
            "a b.example",
            "bücher.example",
            "https://a.example",
            "a.example/",
            "a_b.example",
            "a.example..",
        ] {
            assert!(DomainName::parse("domain", bad).is_err(), "{bad}");
        }
        assert!(DomainName::parse("domain", &format!("{}.example", "a".repeat(64))).is_err());
        assert!(DomainName::parse("domain", &format!("{}example", "a.".repeat(124))).is_err());
    }
}

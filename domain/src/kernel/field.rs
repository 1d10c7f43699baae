//! Input fields with limits: what a name, a note or an e-mail address may be.

use std::fmt::{self, Display};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What is wrong with an input field.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FieldError {
    /// Nothing but white space.
    #[error("{field} is empty")]
    Empty {
        /// The field, in the API's spelling.
        field: &'static str,
    },
    /// Longer than allowed.
    #[error("{field} is longer than {max} characters")]
    TooLong {
        /// The field.
        field: &'static str,
        /// The most characters it may have.
        max: usize,
    },
    /// Holds control characters.
    #[error("{field} holds control characters")]
    Control {
        /// The field.
        field: &'static str,
    },
    /// Not of the form the field needs.
    #[error("{field} is not {expected}")]
    Malformed {
        /// The field.
        field: &'static str,
        /// What it should be, to complete the sentence.
        expected: &'static str,
    },
}

impl FieldError {
    /// The field at fault, in the API's spelling.
    pub fn field(&self) -> &'static str {
        match self {
            Self::Empty { field }
            | Self::TooLong { field, .. }
            | Self::Control { field }
            | Self::Malformed { field, .. } => field,
        }
    }

    /// The stable code clients match on.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty { .. } => "FIELD_EMPTY",
            Self::TooLong { .. } => "FIELD_TOO_LONG",
            Self::Control { .. } => "FIELD_CONTROL_CHARACTERS",
            Self::Malformed { .. } => "FIELD_MALFORMED",
        }
    }
}

/// Reads a name that programs use: `[a-z][a-z0-9_]{0,39}`, as it is.
///
/// # Errors
/// When it is not of that form.
pub fn program_name(field: &'static str, text: &str) -> Result<String, FieldError> {
    let mut bytes = text.bytes();
    let starts = bytes.next().is_some_and(|byte| byte.is_ascii_lowercase());
    let goes_on =
        bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if starts && goes_on && text.len() <= 40 {
        Ok(text.to_owned())
    } else {
        Err(FieldError::Malformed {
            field,
            expected: "a lower-case letter and then at most 39 of a-z, 0-9 and _",
        })
    }
}

/// Reading of free text: trimmed, bounded, without control characters.
#[derive(Debug, Clone, Copy)]
pub struct Text {
    /// The field, in the API's spelling.
    pub field: &'static str,
    /// The most characters it may have.
    pub max: usize,
}

impl Text {
    /// One line that must hold something.
    ///
    /// # Errors
    /// When it is empty, too long or holds control characters.
    pub fn line(self, text: &str) -> Result<String, FieldError> {
        let text = self.optional_line(text)?;
        if text.is_empty() {
            Err(FieldError::Empty { field: self.field })
        } else {
            Ok(text)
        }
    }

    /// One line that may be empty.
    ///
    /// # Errors
    /// When it is too long or holds control characters.
    pub fn optional_line(self, text: &str) -> Result<String, FieldError> {
        self.checked(text, char::is_control)
    }

    /// Several lines that must hold something.
    ///
    /// # Errors
    /// When it is empty, too long or holds control characters other than tab and line feed.
    pub fn lines(self, text: &str) -> Result<String, FieldError> {
        let text = self.checked(text, |c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))?;
        if text.is_empty() {
            Err(FieldError::Empty { field: self.field })
        } else {
            Ok(text)
        }
    }

    fn checked(self, text: &str, forbidden: fn(char) -> bool) -> Result<String, FieldError> {
        let text = text.trim();
        if text.chars().count() > self.max {
            return Err(FieldError::TooLong {
                field: self.field,
                max: self.max,
            });
        }
        if text.contains(forbidden) {
            return Err(FieldError::Control { field: self.field });
        }
        Ok(text.to_owned())
    }
}

/// An e-mail address: kept as typed, compared in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Email(String);

impl Email {
    /// Reads an address: one `@`, a local part of at most 64 bytes, a domain, at most 254 bytes in
    /// all (RFC 5321 §4.5.3.1). Whether it exists only a mail can tell.
    ///
    /// # Errors
    /// When it is not of that form.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, FieldError> {
        let malformed = FieldError::Malformed {
            field,
            expected: "an e-mail address",
        };
        let text = Text { field, max: 254 }.line(text)?;
        let Some((local, domain)) = text.rsplit_once('@') else {
            return Err(malformed);
        };
        let plain = |c: char| c.is_whitespace() || "<>,;:\\\"()[]@".contains(c);
        let label = |l: &str| {
            !l.is_empty()
                && l.len() <= 63
                && !l.starts_with('-')
                && !l.ends_with('-')
                && l.chars().all(|c| c.is_alphanumeric() || c == '-')
        };
        let domain_is_good = domain.split('.').all(label);
        let dotted = local.starts_with('.') || local.ends_with('.') || local.contains("..");
        if local.is_empty()
            || local.len() > 64
            || dotted
            || local.contains(plain)
            || !domain_is_good
        {
            return Err(malformed);
        }
        Ok(Self(text))
    }

    /// As it was typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The form in which two addresses are the same one.
    pub fn compared(&self) -> String {
        self.0.to_lowercase()
    }
}

impl Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_addresses() {
        let parse = |text: &str| Email::parse("email", text);
        assert_eq!(
            parse(" Ada@Example.com ").unwrap().as_str(),
            "Ada@Example.com"
        );
        assert_eq!(
            parse("Ada@Example.com").unwrap().compared(),
            "ada@example.com"
        );
        for bad in [
            "", "ada", "@x.y", "ada@", "a b@x.y", "a@b@x.y", "a@-x.y", "a@x..y", ".a@x.y",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert!(parse(&format!("{}@x.y", "a".repeat(65))).is_err());
        assert!(parse(&format!("a@{}.y", "x".repeat(260))).is_err());
    }

    #[test]
    fn bounds_text() {
        let name = Text {
            field: "name",
            max: 5,
        };
        assert_eq!(name.line(" héllo ").unwrap(), "héllo");
        assert_eq!(name.line("  "), Err(FieldError::Empty { field: "name" }));
        assert_eq!(
            name.line("toolong"),
            Err(FieldError::TooLong {
                field: "name",
                max: 5
            })
        );
        assert_eq!(
            name.line("a\nb"),
            Err(FieldError::Control { field: "name" })
        );
        assert_eq!(name.lines("a\nb").unwrap(), "a\nb");
        assert_eq!(
            name.lines("a\0b"),
            Err(FieldError::Control { field: "name" })
        );
    }
}

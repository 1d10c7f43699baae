//! In which language and by which clock somebody is spoken to.

use std::fmt::{self, Display};

use serde::{Deserialize, Serialize};

use super::field::FieldError;

/// A language with an optional script and region, as in `en`, `de-AT` or `zh-Hant-TW` (BCP 47).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Locale(String);

impl Locale {
    /// Reads a tag of language, script and region, in any case; `_` may stand for `-`.
    ///
    /// # Errors
    /// When it is not of that form.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, FieldError> {
        let malformed = FieldError::Malformed {
            field,
            expected: "a locale such as en or de-AT",
        };
        let text = text.trim().replace('_', "-");
        let mut parts = text.split('-');
        let language = parts.next().unwrap_or_default();
        if !matches!(language.len(), 2 | 3) || !is_alphabetic(language) {
            return Err(malformed);
        }
        let mut tag = language.to_ascii_lowercase();
        let mut next = parts.next();
        if let Some(script) = next.filter(|part| part.len() == 4 && is_alphabetic(part)) {
            let (first, rest) = script.split_at(1);
            tag = format!(
                "{tag}-{}{}",
                first.to_ascii_uppercase(),
                rest.to_ascii_lowercase()
            );
            next = parts.next();
        }
        if let Some(region) = next.filter(|part| is_region(part)) {
            tag = format!("{tag}-{}", region.to_ascii_uppercase());
            next = parts.next();
        }
        if next.is_some() {
            return Err(malformed);
        }
        Ok(Self(tag))
    }

    /// The tag in its usual case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_alphabetic(part: &str) -> bool {
    part.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// Two letters (ISO 3166-1) or three digits (UN M.49).
fn is_region(part: &str) -> bool {
    (part.len() == 2 && is_alphabetic(part))
        || (part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit()))
}

impl Default for Locale {
    fn default() -> Self {
        Self("en".to_owned())
    }
}

impl Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A time zone of the IANA database, as in `Europe/Vienna`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeZone(chrono_tz::Tz);

impl TimeZone {
    /// Coordinated Universal Time.
    pub const UTC: Self = Self(chrono_tz::Tz::UTC);

    /// Reads a name of the IANA database, exactly as it is written there.
    ///
    /// # Errors
    /// When there is no such zone.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, FieldError> {
        let malformed = |_| FieldError::Malformed {
            field,
            expected: "a time zone such as Europe/Vienna",
        };
        text.trim().parse().map(Self).map_err(malformed)
    }

    /// The name in the database.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// The zone with its rules, for calendar arithmetic.
    pub const fn rules(self) -> chrono_tz::Tz {
        self.0
    }
}

impl Default for TimeZone {
    fn default() -> Self {
        Self::UTC
    }
}

impl Display for TimeZone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl TryFrom<String> for TimeZone {
    type Error = FieldError;
    fn try_from(text: String) -> Result<Self, FieldError> {
        Self::parse("timeZone", &text)
    }
}

impl From<TimeZone> for String {
    fn from(zone: TimeZone) -> Self {
        zone.name().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_locales_in_their_usual_case() {
        for (text, tag) in [
            ("en", "en"),
            (" DE-at ", "de-AT"),
            ("zh_hant_tw", "zh-Hant-TW"),
            ("es-419", "es-419"),
            ("sr-Latn", "sr-Latn"),
        ] {
            assert_eq!(Locale::parse("locale", text).unwrap().as_str(), tag);
        }
        for bad in [
            "", "e", "english", "en-", "en-GB-x", "en-1", "e1", "én", "en--GB",
        ] {
            assert!(Locale::parse("locale", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn knows_the_zones_of_the_database() {
        let zone = TimeZone::parse("timeZone", "Europe/Vienna").unwrap();
        assert_eq!(serde_json::to_value(zone).unwrap(), "Europe/Vienna");
        assert_eq!(zone.rules(), chrono_tz::Europe::Vienna);
        for bad in ["", "Mars/Phobos", "europe/vienna!", "+02:00"] {
            assert!(TimeZone::parse("timeZone", bad).is_err(), "{bad}");
        }
    }
}

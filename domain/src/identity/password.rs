//! Which passwords are allowed, as far as the text alone can tell, and what is kept of one.
//!
//! Lists of leaked passwords and estimates of strength belong to the edge: they are data and
//! libraries, not rules.

use std::fmt::{self, Debug};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The fewest characters of any password; a tenant may ask for more.
pub const MIN_CHARS: usize = 8;
/// The most bytes of any password: hashing must stay cheap to ask for.
pub const MAX_BYTES: usize = 1_024;
/// Words that name the product, refused for every user.
pub const PRODUCT_WORDS: [&str; 2] = ["daybook", "password"];

/// Why a password is not allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum PasswordFault {
    /// Fewer characters than asked for.
    #[error("the password is too short: use {min} characters or more")]
    TooShort {
        /// The fewest characters.
        min: usize,
    },
    /// More bytes than are hashed.
    #[error("the password is too long: use at most {MAX_BYTES} bytes")]
    TooLong,
    /// Little more than a name an attacker tries first.
    #[error("the password is little more than a name: choose words of your own")]
    NamesContext,
}

impl PasswordFault {
    /// The stable code clients match on.
    pub fn code(self) -> &'static str {
        match self {
            Self::TooShort { .. } => "PASSWORD_TOO_SHORT",
            Self::TooLong => "PASSWORD_TOO_LONG",
            Self::NamesContext => "PASSWORD_TOO_COMMON",
        }
    }
}

/// Checks a password as it was sent, untrimmed. `min_chars` is the tenant's minimum, never less
/// than [`MIN_CHARS`]; `names` are the words an attacker would try (tenant, subdomain, the user's
/// name and address), to which the product's own are added.
///
/// # Errors
/// What is wrong with it.
pub fn check(password: &str, min_chars: usize, names: &[&str]) -> Result<(), PasswordFault> {
    let min = min_chars.max(MIN_CHARS);
    if password.len() > MAX_BYTES {
        return Err(PasswordFault::TooLong);
    }
    if password.chars().count() < min {
        return Err(PasswordFault::TooShort { min });
    }
    if chars_besides(password, names) < MIN_CHARS {
        return Err(PasswordFault::NamesContext);
    }
    Ok(())
}

/// How many characters remain when every name is taken out; all of them when none is in it.
fn chars_besides(password: &str, names: &[&str]) -> usize {
    let mut rest = folded(password);
    let words = names
        .iter()
        .flat_map(|name| name.split(|c: char| !c.is_alphanumeric()))
        .chain(PRODUCT_WORDS);
    for word in words.map(folded) {
        // Shorter ones are found in almost everything.
        if word.chars().count() >= 4 {
            rest = rest.replace(&word, "");
        }
    }
    if rest == folded(password) {
        return password.chars().count();
    }
    rest.chars().count()
}

/// Lower case, with the usual look-alikes made equal, so that `d4yb00k` is `daybook`.
fn folded(text: &str) -> String {
    let look_alike = |c| match c {
        '0' => 'o',
        '1' | '!' | 'l' | '|' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    };
    text.to_lowercase().chars().map(look_alike).collect()
}

/// A password's argon2id hash as a PHC string (`$argon2id$v=19$m=…`). `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Takes the string the edge's hasher made.
    pub fn new(phc: impl Into<String>) -> Self {
        Self(phc.into())
    }

    /// The PHC string, for the edge's verifier alone.
    pub fn as_phc(&self) -> &str {
        &self.0
    }
}

impl Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(password: &str) -> Option<PasswordFault> {
        check(password, 0, &["Acme Trading", "ada.lovelace@example.com"]).err()
    }

    #[test]
    fn counts_characters_from_below_and_bytes_from_above() {
        assert_eq!(fault("grüße78"), Some(PasswordFault::TooShort { min: 8 }));
        assert_eq!(fault("grüße789"), None);
        assert_eq!(fault(&"x".repeat(1_024)), None);
        assert_eq!(fault(&"x".repeat(1_025)), Some(PasswordFault::TooLong));
        assert_eq!(fault(&"é".repeat(513)), Some(PasswordFault::TooLong));
    }

    #[test]
    fn takes_spaces_as_they_are() {
        assert_eq!(fault("        "), None);
        assert_eq!(fault("  seven  "), None);
    }

    #[test]
    fn takes_the_tenants_minimum_but_never_less_than_its_own() {
        let too_short = Err(PasswordFault::TooShort { min: 12 });
        assert_eq!(check("correcthors", 12, &[]), too_short);
        assert_eq!(check("correcthorse", 12, &[]), Ok(()));
        let min = MIN_CHARS;
        assert_eq!(check("horse", 4, &[]), Err(PasswordFault::TooShort { min }));
    }

    #[test]
    fn refuses_little_more_than_a_name() {
        for common in [
            "daybook2026",
            "D4yb00k!!!",
            "password1",
            "Acme2026!",
            "Trading-2026",
            "LOVELACE-42",
            "acmedaybook",
            "p@$$w0rd12",
        ] {
            assert_eq!(fault(common), Some(PasswordFault::NamesContext), "{common}");
        }
    }

    #[test]
    fn takes_a_name_inside_a_longer_password() {
        assert_eq!(fault("acme horse battery staple"), None);
        assert_eq!(fault("ada loves long walks"), None);
    }

    #[test]
    fn hides_the_hash_in_debug_output() {
        let hash = PasswordHash::new("$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA");
        assert_eq!(format!("{hash:?}"), "PasswordHash(…)");
        assert_eq!(serde_json::to_value(&hash).unwrap(), hash.as_phc());
    }
}

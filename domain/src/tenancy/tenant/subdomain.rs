//! A tenant's name in addresses.

use std::fmt::{self, Display};

use serde::{Deserialize, Serialize};

use crate::kernel::FieldError;

/// The first label of a tenant's host name: 3 to 63 of `a`–`z`, `0`–`9` and `-`, with no `-` at
/// either end or where punycode has its two, and not one of the platform's own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Subdomain(String);

/// Names that belong to the platform, that mail and certificate authorities give a meaning to, or
/// that would let a tenant pass for either.
#[rustfmt::skip]
const RESERVED: [&str; 58] = [
    "abuse", "account", "accounts", "admin", "administrator", "api", "app", "apps", "assets",
    "auth", "autoconfig", "autodiscover", "billing", "blog", "cdn", "dashboard", "daybook", "demo",
    "dev", "docs", "email", "events", "files", "ftp", "git", "graphql", "help", "hooks",
    "hostmaster", "imap", "internal", "localhost", "login", "mail", "metrics", "mta-sts", "oauth",
    "platform", "pop", "postmaster", "rest", "root", "security", "signup", "smtp", "sso",
    "staging", "static", "status", "support", "system", "test", "webhook", "webhooks",
    "webmaster", "wpad", "www", "www2",
];

impl Subdomain {
    /// Reads a name; capitals become small.
    ///
    /// # Errors
    /// When it is not of that form or reserved.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, FieldError> {
        let name = text.trim().to_ascii_lowercase();
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let is_label = (3..=63).contains(&name.len())
            && name.bytes().all(allowed)
            && !name.starts_with('-')
            && !name.ends_with('-')
            && name.get(2..4) != Some("--");
        if !is_label {
            let expected = "3 to 63 letters a-z, digits and hyphens, with no hyphen at either end";
            return Err(FieldError::Malformed { field, expected });
        }
        if RESERVED.contains(&name.as_str()) {
            let expected = "free: the platform keeps this name for itself";
            return Err(FieldError::Malformed { field, expected });
        }
        Ok(Self(name))
    }

    /// The label, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Display for Subdomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_labels_in_lower_case() {
        for (text, name) in [("acme", "acme"), (" Acme-42 ", "acme-42"), ("a1b", "a1b")] {
            assert_eq!(Subdomain::parse("subdomain", text).unwrap().as_str(), name);
        }
        assert!(Subdomain::parse("subdomain", &"a".repeat(63)).is_ok());
    }

    #[test]
    fn refuses_what_is_no_label() {
        for bad in [
            "", "ab", "-abc", "abc-", "a.b.c", "a_bc", "ünder", "xn--abc", "a bc",
        ] {
            assert!(Subdomain::parse("subdomain", bad).is_err(), "{bad}");
        }
        assert!(Subdomain::parse("subdomain", &"a".repeat(64)).is_err());
    }

    #[test]
    fn refuses_the_platforms_own_names() {
        for name in [
            "www", "API", "admin", "app", "auth", "graphql", "daybook", "platform",
        ] {
            assert!(Subdomain::parse("subdomain", name).is_err(), "{name}");
        }
        assert!(RESERVED.is_sorted());
    }
}

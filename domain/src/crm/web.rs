//! Whether a text is a web address that may be shown as a link.

use crate::kernel::{FieldError, Text};

/// Reads an `http` or `https` address of at most 2,000 characters.
///
/// The scheme is demanded because the address ends up in links: `javascript:` must not.
///
/// # Errors
/// When it is empty, too long or not of that form.
pub(crate) fn web_address(field: &'static str, text: &str) -> Result<String, FieldError> {
    let text = Text { field, max: 2_000 }.line(text)?;
    let rest = ["https://", "http://"].iter().find_map(|scheme| {
        let start = text.get(..scheme.len())?;
        start
            .eq_ignore_ascii_case(scheme)
            .then(|| text.get(scheme.len()..))?
    });
    let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next());
    let whole = !text.contains(|c: char| c.is_whitespace() || "<>\"\\^`{|}".contains(c));
    // A user part ("https://bank.example@evil.example") only ever misleads.
    if whole && host.is_some_and(|host| !host.is_empty() && !host.contains('@')) {
        Ok(text)
    } else {
        Err(FieldError::Malformed {
            field,
            expected: "a web address that starts with http:// or https://",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_web_addresses_and_nothing_else() {
        for good in [
            "https://example.com",
            "HTTP://example.com:8080/a?b=c#d",
            "https://bücher.example/ä",
        ] {
            assert_eq!(web_address("website", good).unwrap(), good);
        }
        for bad in [
            "",
            "example.com",
            "javascript:alert(1)",
            "https://",
            "https:///path",
            "https://a b.example",
            "https://bank.example@evil.example/",
            "ftp://example.com",
        ] {
            assert!(web_address("website", bad).is_err(), "{bad}");
        }
    }
}

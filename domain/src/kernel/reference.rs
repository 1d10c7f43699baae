//! What may be said of a command that is kept for ever, in clear?

/// Bytes of a reference.
pub const LONGEST_REFERENCE: usize = 100;

/// Whether a text is a reference, such as a ticket's number or a post, and no story: what is kept of it
/// for ever is about nobody. It has at most [`LONGEST_REFERENCE`] letters, digits, spaces and
/// `.:#/_-`, and is not blank.
pub fn is_reference(text: &str) -> bool {
    let plain = |it: char| it.is_ascii_alphanumeric() || " .:#/_-".contains(it);
    !text.trim().is_empty() && text.len() <= LONGEST_REFERENCE && text.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_short_and_plain() {
        for good in [
            "CASE-42",
            "ops/on-call",
            "ticket #7: audit of 2026",
            &"x".repeat(100),
        ] {
            assert!(is_reference(good), "{good}");
        }
        for bad in [
            "",
            "  ",
            "ada@example.com",
            "Müller",
            "a\nb",
            &"x".repeat(101),
        ] {
            assert!(!is_reference(bad), "{bad}");
        }
    }
}

//! Which part of a file is asked for? RFC 9110 §14.

/// What a `Range` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it: nothing was asked for, or nothing that we know.
    Whole,
    /// From the first of these bytes to the last, which is in.
    Bytes(u64, u64),
    /// Nothing that is there.
    Beyond,
}

/// Reads the header's value for a file of so many bytes. One range is answered; several are
/// answered by the whole, as is allowed.
pub(super) fn part(header: Option<&str>, length: u64) -> Part {
    let Some(range) = header.and_then(|text| text.trim().strip_prefix("bytes=")) else {
        return Part::Whole;
    };
    let Some((first, last)) = range.split_once('-') else {
        return Part::Whole;
    };
    let number = |text: &str| {
        let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        is_plain.then(|| text.parse().unwrap_or(u64::MAX))
    };
    let end = length.saturating_sub(1);
    match (number(first.trim()), last.trim()) {
        (Some(first), _) if first >= length => Part::Beyond,
        (Some(first), "") => Part::Bytes(first, end),
        (Some(first), last) => match number(last) {
            Some(last) if last >= first => Part::Bytes(first, last.min(end)),
            Some(_) | None => Part::Whole,
        },
        (None, last) if first.trim().is_empty() => match number(last) {
            Some(0) => Part::Beyond,
            Some(_) if length == 0 => Part::Beyond,
            Some(count) => Part::Bytes(length.saturating_sub(count), end),
            None => Part::Whole,
        },
        (None, _) => Part::Whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_one_range_and_answers_anything_else_with_the_whole() {
        for (header, expected) in [
            (None, Part::Whole),
            (Some("bytes=0-9"), Part::Bytes(0, 9)),
            (Some("bytes=90-"), Part::Bytes(90, 99)),
            (Some("bytes=90-1000"), Part::Bytes(90, 99)),
            (Some("bytes=-10"), Part::Bytes(90, 99)),
            (Some("bytes=-1000"), Part::Bytes(0, 99)),
            (Some("bytes=99-99"), Part::Bytes(99, 99)),
            (Some("bytes=100-"), Part::Beyond),
            (Some("bytes=99999999999999999999-"), Part::Beyond),
            (Some("bytes=-0"), Part::Beyond),
            (Some("bytes=9-3"), Part::Whole),
            (Some("bytes=0-1,5-6"), Part::Whole),
            (Some("bytes=a-b"), Part::Whole),
            (Some("bytes=-"), Part::Whole),
            (Some("lines=0-1"), Part::Whole),
        ] {
            assert_eq!(part(header, 100), expected, "{header:?}");
        }
        assert_eq!(part(Some("bytes=-1"), 0), Part::Beyond);
        assert_eq!(part(Some("bytes=0-"), 0), Part::Beyond);
    }
}

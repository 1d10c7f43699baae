//! Which fields of an event are about a person, and what stands in their place.
//!
//! The log seals such fields under a key of the person they are about, and stores the payload with
//! stand-ins instead. Once that key is destroyed the stand-ins are all there is: what an event
//! declares here must therefore leave it readable by the same code as before.

use std::ops::Range;

use uuid::Uuid;

/// Whom a field is about: the stream of that person, a random identity that says nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// Whoever the stream is about: itself, or what the aggregate's `subject` says.
    Stream,
    /// Somebody else, by the stream of theirs.
    Other(Uuid),
}

/// What readers see in place of a value that is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StandIn {
    /// `"erased"`
    Text,
    /// `"erased@erased.invalid"`: an address that reads as one and that no mail ever reaches.
    Email,
    /// `null`
    Null,
    /// `[]`
    List,
    /// `{}`
    Object,
}

impl StandIn {
    /// As it stands in the payload.
    pub const fn json(self) -> &'static str {
        match self {
            Self::Text => "\"erased\"",
            Self::Email => "\"erased@erased.invalid\"",
            Self::Null => "null",
            Self::List => "[]",
            Self::Object => "{}",
        }
    }
}

/// A field of an event that is about a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Personal {
    /// Where it is in the payload: a JSON pointer of plain member names (`/details/email`). No two
    /// of an event's fields lie in each other. One that is absent is passed over.
    pub field: &'static str,
    /// Whom it is about.
    pub subject: Subject,
    /// What stands in its place.
    pub stand_in: StandIn,
}

impl Personal {
    /// A text that must be there.
    pub const fn text(field: &'static str) -> Self {
        Self::new(field, StandIn::Text)
    }

    /// An e-mail address that must be there.
    pub const fn email(field: &'static str) -> Self {
        Self::new(field, StandIn::Email)
    }

    /// A value that may be absent.
    pub const fn optional(field: &'static str) -> Self {
        Self::new(field, StandIn::Null)
    }

    /// A list that may be empty.
    pub const fn list(field: &'static str) -> Self {
        Self::new(field, StandIn::List)
    }

    /// A map that may be empty.
    pub const fn object(field: &'static str) -> Self {
        Self::new(field, StandIn::Object)
    }

    const fn new(field: &'static str, stand_in: StandIn) -> Self {
        Self {
            field,
            subject: Subject::Stream,
            stand_in,
        }
    }

    /// The same field, about somebody else than the stream.
    #[must_use]
    pub fn of(self, subject: impl Into<Uuid>) -> Self {
        Self {
            subject: Subject::Other(subject.into()),
            ..self
        }
    }
}

/// A payload without its personal values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withheld {
    /// The payload with stand-ins: what is left once the values are gone.
    pub payload: Vec<u8>,
    /// The values, in the order of their places.
    pub values: Vec<WithheldValue>,
}

/// A personal value that was taken out of a payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WithheldValue {
    /// Whom it is about.
    pub subject: Subject,
    /// Which bytes of the payload stand in for it.
    pub place: Range<usize>,
    /// Which bytes of the payload in clear it is: JSON.
    pub value: Range<usize>,
}

/// Takes personal values out of a payload, as [`super::encode`] writes it. Where the value is what
/// would stand in for it, there is nothing to take.
pub fn withhold(payload: &[u8], fields: &[Personal]) -> Withheld {
    let found = places(payload, fields);
    let taken: usize = found.iter().map(|(place, _)| place.len()).sum();
    let added: usize = found.iter().map(|(_, it)| it.stand_in.json().len()).sum();
    let mut left = Vec::with_capacity((payload.len() + added).saturating_sub(taken));
    let mut values = Vec::with_capacity(found.len());
    let mut from = 0;
    for (place, field) in found {
        let stand_in = field.stand_in.json().as_bytes();
        if payload.get(place.clone()) == Some(stand_in) {
            continue;
        }
        left.extend_from_slice(payload.get(from..place.start).unwrap_or_default());
        from = place.end;
        values.push(WithheldValue {
            subject: field.subject,
            place: left.len()..left.len() + stand_in.len(),
            value: place,
        });
        left.extend_from_slice(stand_in);
    }
    left.extend_from_slice(payload.get(from..).unwrap_or_default());
    Withheld {
        payload: left,
        values,
    }
}

/// The payload with values back in their places, which are in ascending order. `None` when there
/// are no such places.
pub fn restore<'v>(
    payload: &[u8],
    values: impl IntoIterator<Item = (Range<usize>, &'v [u8])>,
) -> Option<Vec<u8>> {
    let mut whole = Vec::with_capacity(payload.len() + 256);
    let mut from = 0;
    for (place, value) in values {
        whole.extend_from_slice(payload.get(from..place.start)?);
        whole.extend_from_slice(value);
        from = place.end;
    }
    whole.extend_from_slice(payload.get(from..)?);
    Some(whole)
}

/// Where the values of these fields lie, in the order of their places.
fn places<'f>(json: &[u8], fields: &'f [Personal]) -> Vec<(Range<usize>, &'f Personal)> {
    let wanted = |field: &'f Personal| Some((field.field.strip_prefix('/')?.as_bytes(), field));
    let wanted: Vec<_> = fields.iter().filter_map(wanted).collect();
    let mut found = Vec::with_capacity(wanted.len());
    // Where a payload ends too early, there is nothing more to find.
    look(json, 0, &wanted, &mut found);
    found
}

/// Goes once through the object that begins at `start`, for fields with what is left of their
/// pointers. There is no white space: the encoder writes none. Returns where the object ends.
fn look<'f>(
    json: &[u8],
    start: usize,
    wanted: &[(&'f [u8], &'f Personal)],
    found: &mut Vec<(Range<usize>, &'f Personal)>,
) -> Option<usize> {
    if *json.get(start)? != b'{' {
        return None;
    }
    let mut at = start + 1;
    while *json.get(at)? == b'"' {
        let key_end = end_of_text(json, at)?;
        let name = json.get(at + 1..key_end - 1)?;
        let value = key_end + 1;
        let below = |(left, field): &(&'f [u8], &'f Personal)| {
            Some((left.strip_prefix(name)?.strip_prefix(b"/")?, *field))
        };
        let mut within = Vec::new();
        if *json.get(value)? == b'{' {
            within.reserve_exact(wanted.len());
            within.extend(wanted.iter().filter_map(below));
        }
        let end = if within.is_empty() {
            end_of(json, value)?
        } else {
            look(json, value, &within, found)?
        };
        if let Some((_, field)) = wanted.iter().find(|(left, _)| *left == name) {
            found.push((value..end, field));
        }
        at = end;
        if *json.get(at)? == b',' {
            at += 1;
        }
    }
    Some(at + 1)
}

/// Where the value ends that begins at `start`.
fn end_of(json: &[u8], start: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = start;
    loop {
        let byte = *json.get(at)?;
        match byte {
            b'"' => at = end_of_text(json, at)?,
            b'{' | b'[' => {
                depth += 1;
                at += 1;
                continue;
            }
            b'}' | b']' if depth > 0 => {
                depth -= 1;
                at += 1;
            }
            // A literal ends where its container goes on or ends.
            b',' | b'}' | b']' if depth == 0 => return Some(at),
            _ => {
                at += 1;
                continue;
            }
        }
        if depth == 0 {
            return Some(at);
        }
    }
}

/// Where the text ends whose opening quote is at `start`.
fn end_of_text(json: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match *json.get(at)? {
            b'\\' => at += 2,
            b'"' => return Some(at + 1),
            _ => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAYLOAD: &[u8] = br#"{"a":1,"name":"A \"da\" {,","deep":{"list":[{"x":"}"},2],"mail":"a@b.c"},"none":null,"last":true}"#;

    fn find(json: &[u8], pointer: &'static str) -> Option<Range<usize>> {
        places(json, &[Personal::text(pointer)])
            .pop()
            .map(|(place, _)| place)
    }

    fn text(bytes: &[u8]) -> &str {
        std::str::from_utf8(bytes).unwrap()
    }

    #[test]
    fn finds_members_whatever_their_values_hold() {
        let at = |pointer| find(PAYLOAD, pointer).map(|place| text(&PAYLOAD[place]));
        assert_eq!(at("/a"), Some("1"));
        assert_eq!(at("/name"), Some(r#""A \"da\" {,""#));
        assert_eq!(at("/deep/list"), Some(r#"[{"x":"}"},2]"#));
        assert_eq!(at("/deep/mail"), Some(r#""a@b.c""#));
        assert_eq!(at("/last"), Some("true"));
        for nowhere in ["/b", "/deep/name", "/a/b", "/deep/list/x", "name", "", "/"] {
            assert_eq!(at(nowhere), None, "{nowhere}");
        }
        assert_eq!(find(b"{}", "/a"), None);
        for cut in 0..PAYLOAD.len() {
            assert_eq!(find(&PAYLOAD[..cut], "/last"), None);
        }
    }

    #[test]
    fn takes_values_out_and_puts_them_back() {
        let other = Uuid::from_u128(7);
        let fields = [
            Personal::email("/deep/mail").of(other),
            Personal::text("/name"),
            Personal::list("/deep/list"),
            Personal::optional("/none"),
            Personal::optional("/absent"),
        ];
        let withheld = withhold(PAYLOAD, &fields);
        assert_eq!(
            text(&withheld.payload),
            r#"{"a":1,"name":"erased","deep":{"list":[],"mail":"erased@erased.invalid"},"none":null,"last":true}"#
        );
        let subjects: Vec<Subject> = withheld.values.iter().map(|it| it.subject).collect();
        let (stream, other) = (Subject::Stream, Subject::Other(other));
        assert_eq!(subjects, [stream, stream, other]);
        let values = withheld.values.iter();
        let values = values.map(|it| (it.place.clone(), &PAYLOAD[it.value.clone()]));
        let restored = restore(&withheld.payload, values);
        assert_eq!(restored.as_deref(), Some(PAYLOAD));
        assert_eq!(restore(b"{}", [(1..9, b"x".as_slice())]), None);
    }

    #[test]
    fn what_is_gone_already_is_not_taken() {
        let fields = [
            Personal::text("/name"),
            Personal::object("/map"),
            Personal::email("/mail"),
        ];
        let first = withhold(br#"{"name":"Ada","map":{"k":"v"},"mail":"a@b.c"}"#, &fields);
        assert_eq!(first.values.len(), 3);
        let again = withhold(&first.payload, &fields);
        assert_eq!((again.payload, again.values), (first.payload, Vec::new()));
    }
}

//! Which media type answers a request.

use axum::http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName};

use crate::fault::{Code, Fault};

/// A media type answers are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Media {
    /// `application/graphql-response+json`: the status says what became of the request.
    Response,
    /// `application/json`, since the client takes anything.
    Json,
    /// `application/json`, since the client asks for it by name: the status is 200 whenever the
    /// request was well formed, because such clients read only the body of a 200.
    LegacyJson,
}

impl Media {
    /// The value of `Content-Type`.
    pub(crate) fn content_type(self) -> &'static str {
        match self {
            Self::Response => "application/graphql-response+json; charset=utf-8",
            Self::Json | Self::LegacyJson => "application/json; charset=utf-8",
        }
    }

    /// Chooses what the client likes best; of two it likes the same, the more telling one.
    ///
    /// # Errors
    /// `NOT_ACCEPTABLE` when it accepts none.
    pub(crate) fn negotiate(headers: &HeaderMap) -> Result<Self, Fault> {
        let ranges = ranges(headers);
        if ranges.is_empty() {
            return Ok(Self::Json);
        }
        let response = liking(&ranges, "application", "graphql-response+json");
        let json = liking(&ranges, "application", "json");
        match (response, json) {
            (None, None) => {
                let text = "answers are application/graphql-response+json or application/json";
                Err(Fault::new(Code::NotAcceptable, text))
            }
            (Some(response), json)
                if response.is_exact && json.is_none_or(|json| json.q <= response.q) =>
            {
                Ok(Self::Response)
            }
            (Some(response), json) if json.is_none_or(|json| json.q < response.q) => {
                Ok(Self::Response)
            }
            (_, Some(json)) if json.is_exact => Ok(Self::LegacyJson),
            (_, _) => Ok(Self::Json),
        }
    }
}

/// Whether the client takes an event stream.
pub(crate) fn accepts_events(headers: &HeaderMap) -> bool {
    let ranges = ranges(headers);
    ranges.is_empty() || liking(&ranges, "text", "event-stream").is_some()
}

/// Passes a body that is JSON in UTF-8, and a request without a body that names no other type:
/// what a page of another origin can send without asking first never passes.
///
/// # Errors
/// `UNSUPPORTED_MEDIA_TYPE`.
pub(crate) fn require_json(headers: &HeaderMap, has_body: bool) -> Result<(), Fault> {
    let refuse = |text| Err(Fault::new(Code::UnsupportedMediaType, text));
    let plain = text(headers, &CONTENT_ENCODING).is_none_or(|coding| coding == "identity");
    if !plain {
        return refuse("a compressed body is not accepted");
    }
    let text = match text(headers, &CONTENT_TYPE) {
        Some(text) => text,
        None if has_body || headers.contains_key(CONTENT_TYPE) => {
            return refuse("the Content-Type must be application/json");
        }
        None => return Ok(()),
    };
    match Range::parse(text) {
        Some(range) if range.matches("application", "json") => Ok(()),
        _ => refuse("the Content-Type must be application/json, in utf-8"),
    }
}

struct Range<'h> {
    kind: &'h str,
    subtype: &'h str,
    /// Thousandths.
    q: u16,
    is_utf8: bool,
}

#[derive(Clone, Copy)]
struct Liking {
    q: u16,
    is_exact: bool,
}

impl<'h> Range<'h> {
    fn parse(text: &'h str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let mut range = Self {
            kind,
            subtype,
            q: 1_000,
            is_utf8: true,
        };
        for part in parts {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let value = value.trim().trim_matches('"');
            match name.trim().to_ascii_lowercase().as_str() {
                "q" => range.q = thousandths(value)?,
                "charset" => {
                    let known = ["utf-8", "utf8", "*"];
                    range.is_utf8 = known.iter().any(|known| value.eq_ignore_ascii_case(known));
                }
                _ => {}
            }
        }
        Some(range)
    }

    /// Whether it is exactly that type, in UTF-8.
    fn matches(&self, kind: &str, subtype: &str) -> bool {
        self.is_utf8
            && self.kind.eq_ignore_ascii_case(kind)
            && self.subtype.eq_ignore_ascii_case(subtype)
    }

    /// How closely it describes that type; `None` when it does not.
    fn closeness(&self, kind: &str, subtype: &str) -> Option<u8> {
        if self.matches(kind, subtype) {
            Some(2)
        } else if self.is_utf8 && self.subtype == "*" && self.kind.eq_ignore_ascii_case(kind) {
            Some(1)
        } else if self.is_utf8 && self.subtype == "*" && self.kind == "*" {
            Some(0)
        } else {
            None
        }
    }
}

/// How much a type is liked, by the range that describes it most closely; `None` for not at all.
fn liking(ranges: &[Range<'_>], kind: &str, subtype: &str) -> Option<Liking> {
    let close = ranges
        .iter()
        .filter_map(|range| Some((range.closeness(kind, subtype)?, range.q)));
    let (closeness, q) = close.max()?;
    (q > 0).then_some(Liking {
        q,
        is_exact: closeness == 2,
    })
}

fn ranges(headers: &HeaderMap) -> Vec<Range<'_>> {
    let values = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok());
    values
        .flat_map(|value| value.split(','))
        .filter_map(|text| Range::parse(text.trim()))
        .collect()
}

/// `0.5` as 500; `None` for what is no quality.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = part.len() <= 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    let part: u16 = format!("{part:0<3}").parse().ok().filter(|_| digits)?;
    match (whole, part) {
        ("0", part) => Some(part),
        ("1", 0) => Some(1_000),
        _ => None,
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(accept: &str) -> Option<Media> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, accept.parse().unwrap());
        Media::negotiate(&headers).ok()
    }

    #[test]
    fn honours_names_and_qualities() {
        assert_eq!(Media::negotiate(&HeaderMap::new()), Ok(Media::Json));
        for (accept, media) in [
            ("application/graphql-response+json", Some(Media::Response)),
            (
                "application/graphql-response+json; charset=utf-8",
                Some(Media::Response),
            ),
            (
                "application/graphql-response+json, application/json",
                Some(Media::Response),
            ),
            (
                "application/json, application/graphql-response+json;q=0.9",
                Some(Media::LegacyJson),
            ),
            (
                "application/json;q=0.5, application/graphql-response+json;q=0.9",
                Some(Media::Response),
            ),
            (
                "application/graphql-response+json;q=0, application/json",
                Some(Media::LegacyJson),
            ),
            (
                "application/graphql-response+json;q=0, */*",
                Some(Media::Json),
            ),
            ("application/json, text/plain, */*", Some(Media::LegacyJson)),
            ("Application/JSON", Some(Media::LegacyJson)),
            ("*/*", Some(Media::Json)),
            ("application/*;q=0.1", Some(Media::Json)),
            ("text/html, */*;q=0.8", Some(Media::Json)),
            ("application/json;charset=utf-16", None),
            ("application/json;q=0", None),
            ("text/html", None),
            ("image/*", None),
        ] {
            assert_eq!(chosen(accept), media, "{accept}");
        }
    }

    #[test]
    fn takes_json_only() {
        let verdict = |kind: Option<&str>, has_body| {
            let mut headers = HeaderMap::new();
            if let Some(kind) = kind {
                headers.insert(CONTENT_TYPE, kind.parse().unwrap());
            }
            require_json(&headers, has_body).is_ok()
        };
        for good in [
            "application/json",
            "application/json; charset=UTF-8",
            "application/json;charset=\"utf-8\"",
        ] {
            assert!(verdict(Some(good), true), "{good}");
        }
        for bad in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=a",
            "application/graphql",
            "application/json; charset=latin1",
            "json",
            "",
        ] {
            assert!(!verdict(Some(bad), true), "{bad}");
            assert!(!verdict(Some(bad), false), "{bad}");
        }
        assert!(!verdict(None, true));
        assert!(verdict(None, false));
    }
}

//! What a client sends around a document.

use std::time::Duration;

use async_graphql::Variables;
use daybook_domain::kernel::is_reference;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::persisted::Hash;
use crate::fault::{Code, Fault};
use crate::gateway::Consistency;

/// The parameters of a GraphQL request. Unknown ones are ignored, doubled ones are refused.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Params {
    pub(crate) query: Option<String>,
    pub(crate) operation_name: Option<String>,
    pub(crate) variables: Option<Variables>,
    pub(crate) extensions: Option<Map<String, Value>>,
    pub(crate) document_id: Option<String>,
}

/// How a document comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source<'p> {
    /// As its text.
    Text(&'p str),
    /// As the hash of a text that was registered before.
    Hash(Hash),
    /// As its text, to be registered under the hash it should have.
    Registration(&'p str, Hash),
}

/// Longest wait a client may ask for.
const LONGEST_WAIT_MS: u64 = 5_000;

impl Params {
    /// Reads a JSON body.
    ///
    /// # Errors
    /// `BAD_REQUEST` when it is not one request.
    pub(crate) fn from_json(body: &[u8]) -> Result<Self, Fault> {
        // The derived reader would take a list as a request without names.
        match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
            Some(b'{') => {}
            Some(b'[') => return Err(bad("batches are not accepted: send one request at a time")),
            Some(_) | None => return Err(bad("the body must be a JSON object with a query")),
        }
        let read = serde_json::from_slice(body);
        read.map_err(|error| bad(format!("the body is not a GraphQL request: {error}")))
    }

    /// Reads the query of an address.
    ///
    /// # Errors
    /// `BAD_REQUEST` when a parameter is doubled or is not the JSON it should be.
    pub(crate) fn from_query(query: &str) -> Result<Self, Fault> {
        let mut params = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let free = match name.as_ref() {
                "query" => params.query.replace(value.into_owned()).is_none(),
                "operationName" => params.operation_name.replace(value.into_owned()).is_none(),
                "documentId" => params.document_id.replace(value.into_owned()).is_none(),
                "variables" => set(&mut params.variables, &value, "variables")?,
                "extensions" => set(&mut params.extensions, &value, "extensions")?,
                _ => true,
            };
            if !free {
                return Err(bad(format!("the parameter {name} is sent twice")));
            }
        }
        Ok(params)
    }

    /// The document, as it was sent.
    ///
    /// # Errors
    /// `PERSISTED_QUERY_NOT_FOUND` for an identity that no document can have, `BAD_REQUEST` when
    /// there is neither a document nor its identity.
    pub(crate) fn source(&self) -> Result<Source<'_>, Fault> {
        let hash = self.persisted()?;
        match (&self.query, hash) {
            (Some(text), None) => Ok(Source::Text(text)),
            (Some(text), Some(hash)) => Ok(Source::Registration(text, hash)),
            (None, Some(hash)) => Ok(Source::Hash(hash)),
            (None, None) => match &self.document_id {
                Some(id) => {
                    let hash = id.strip_prefix("sha256:").and_then(sha256);
                    hash.map(Source::Hash).ok_or_else(not_found)
                }
                None => Err(bad("the parameter query is missing")),
            },
        }
    }

    /// Whether there is anything at all that says which document.
    pub(crate) fn names_a_document(&self) -> bool {
        let extensions = self.extensions.as_ref();
        let hashed = extensions.is_some_and(|all| all.contains_key("persistedQuery"));
        self.query.is_some() || hashed || self.document_id.is_some()
    }

    /// The hash in `extensions.persistedQuery`, as Apollo's clients send it.
    fn persisted(&self) -> Result<Option<Hash>, Fault> {
        let extensions = self.extensions.as_ref();
        let asked = match extensions.and_then(|all| all.get("persistedQuery")) {
            None | Some(Value::Null) => return Ok(None),
            Some(asked) => asked,
        };
        if asked.get("version").and_then(Value::as_u64) != Some(1) {
            return Err(bad("persistedQuery.version must be 1"));
        }
        let hash = asked.get("sha256Hash").and_then(Value::as_str);
        let text = "persistedQuery.sha256Hash must be 64 hexadecimal digits";
        hash.and_then(sha256).map(Some).ok_or_else(|| bad(text))
    }

    /// How fresh the answer must be, as `extensions.consistency` says.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for a position or time that is none.
    pub(crate) fn consistency(&self) -> Result<Consistency, Fault> {
        let asked = self
            .extensions
            .as_ref()
            .and_then(|all| all.get("consistency"));
        let min_position = match asked.and_then(|asked| asked.get("minPosition")) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) => Some(position(text)?),
            Some(Value::Number(number)) => Some(number.as_u64().ok_or_else(bad_position)?),
            Some(Value::Bool(_) | Value::Array(_) | Value::Object(_)) => return Err(bad_position()),
        };
        let timeout = match asked.and_then(|asked| asked.get("timeoutMs")) {
            None | Some(Value::Null) => None,
            Some(millis) => {
                let millis = millis.as_u64().filter(|millis| *millis <= LONGEST_WAIT_MS);
                let text = "consistency.timeoutMs goes from 0 to 5000";
                Some(millis.ok_or_else(|| Fault::new(Code::BadUserInput, text))?)
            }
        };
        Ok(Consistency {
            min_position,
            timeout: timeout.map(Duration::from_millis),
        })
    }

    /// Why it is asked for, as `extensions.reason` says: kept with the events that follow.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for what is no short reference.
    pub(crate) fn reason(&self) -> Result<Option<String>, Fault> {
        match self.extensions.as_ref().and_then(|all| all.get("reason")) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if is_reference(text) => Ok(Some(text.clone())),
            Some(_) => {
                let text = "extensions.reason is a reference such as a ticket's number, of at most \
                            100 letters, digits, spaces and .:#/_-; it is kept for ever, so no names";
                Err(Fault::new(Code::BadUserInput, text))
            }
        }
    }
}

/// The wording is the one that Apollo's clients look for.
pub(super) fn not_found() -> Fault {
    Fault::new(Code::PersistedQueryNotFound, "PersistedQueryNotFound")
}

fn sha256(digits: &str) -> Option<Hash> {
    let mut hash = Hash::default();
    hex::decode_to_slice(digits, &mut hash).ok()?;
    Some(hash)
}

/// Reads a position as clients write it: a whole number in decimal digits.
///
/// # Errors
/// `BAD_USER_INPUT` for anything else.
pub(crate) fn position(text: &str) -> Result<u64, Fault> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = plain.then(|| text.parse().ok()).flatten();
    number.ok_or_else(bad_position)
}

fn bad_position() -> Fault {
    Fault::new(
        Code::BadUserInput,
        "a position is a whole number: send one that an answer carried",
    )
}

/// Fills a parameter that is written as JSON; false when it was filled already.
fn set<T>(slot: &mut Option<T>, text: &str, name: &str) -> Result<bool, Fault>
where
    T: for<'de> Deserialize<'de>,
{
    let value: Option<T> = serde_json::from_str(text).map_err(|error| {
        bad(format!(
            "the parameter {name} is not a JSON object: {error}"
        ))
    })?;
    let free = slot.is_none();
    *slot = value;
    Ok(free)
}

fn bad(text: impl Into<std::borrow::Cow<'static, str>>) -> Fault {
    Fault::new(Code::BadRequest, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(body: &str) -> Code {
        let read = Params::from_json(body.as_bytes()).and_then(|params| {
            params.source()?;
            params.consistency().map(drop)
        });
        read.expect_err(body).code
    }

    #[test]
    fn refuses_what_is_not_one_request() {
        let deep = format!(
            "{{\"query\":\"{{a}}\",\"variables\":{{\"a\":{}",
            "[".repeat(100_000)
        );
        for body in [
            "",
            "{}",
            "null",
            "0",
            "[]",
            "[{\"query\":\"{a}\"}]",
            "[\"{a}\"]",
            "{\"query\":",
            "{\"query\":1}",
            "{\"query\":\"{a}\",\"query\":\"{a}\"}",
            "{\"query\":\"{a}\",\"variables\":[]}",
            "{\"query\":\"{a}\",\"operationName\":{}}",
            "{\"query\":\"{a}\",\"extensions\":\"a\"}",
            "{\"query\":\"{a}\"} x",
            "{\"extensions\":{\"persistedQuery\":{\"version\":1,\"sha256Hash\":\"a\"}}}",
            "{\"extensions\":{\"persistedQuery\":{\"version\":1}}}",
            "{\"extensions\":{\"persistedQuery\":true}}",
            "{\"extensions\":{\"persistedQuery\":{\"version\":2}},\"query\":\"{a}\"}",
            &deep,
        ] {
            assert_eq!(
                refused(body),
                Code::BadRequest,
                "{}",
                &body[..body.len().min(60)]
            );
        }
        assert_eq!(
            refused("{\"documentId\":\"sha256:a\"}"),
            Code::PersistedQueryNotFound
        );
    }

    #[test]
    fn ignores_nulls_and_unknown_parameters() {
        let body = "{\"query\":\"{a}\",\"variables\":null,\"operationName\":null,\"x\":1}";
        let params = Params::from_json(body.as_bytes()).unwrap();
        assert_eq!(params.source().unwrap(), Source::Text("{a}"));
        assert!(params.variables.is_none());
    }

    #[test]
    fn reads_a_hash_with_and_without_its_document() {
        let digits = "ab".repeat(32);
        let persisted = format!("{{\"version\":1,\"sha256Hash\":\"{digits}\"}}");
        let hash = [0xab; 32];
        for (body, source) in [
            (
                format!("{{\"extensions\":{{\"persistedQuery\":{persisted}}}}}"),
                Source::Hash(hash),
            ),
            (
                format!(
                    "{{\"query\":\"{{a}}\",\"extensions\":{{\"persistedQuery\":{persisted}}}}}"
                ),
                Source::Registration("{a}", hash),
            ),
            (
                format!("{{\"documentId\":\"sha256:{digits}\"}}"),
                Source::Hash(hash),
            ),
        ] {
            let params = Params::from_json(body.as_bytes()).unwrap();
            assert_eq!(params.source(), Ok(source), "{body}");
        }
    }

    #[test]
    fn reads_the_query_of_an_address() {
        let query = "query=%7Ba%7D&variables=%7B%22n%22%3A1%7D&operationName=A&extensions=null";
        let params = Params::from_query(query).unwrap();
        assert_eq!(params.query.as_deref(), Some("{a}"));
        assert_eq!(params.variables.unwrap().len(), 1);
        for bad in [
            "query=a&query=a",
            "query=a&variables=1",
            "query=a&variables=",
            "query=a&extensions=[]",
        ] {
            assert_eq!(
                Params::from_query(bad).unwrap_err().code,
                Code::BadRequest,
                "{bad}"
            );
        }
    }

    #[test]
    fn takes_a_reference_for_a_reason_and_nothing_else() {
        let read = |reason: &str| {
            let body = format!("{{\"query\":\"{{a}}\",\"extensions\":{{\"reason\":{reason}}}}}");
            Params::from_json(body.as_bytes()).unwrap().reason()
        };
        let reference = "OPS-4711: year-end/2026 #3";
        let read_back = read(&format!("\"{reference}\"")).unwrap();
        assert_eq!(read_back.as_deref(), Some(reference));
        assert_eq!(read("null").unwrap(), None);
        let longest = format!("\"{}\"", "x".repeat(100));
        assert!(read(&longest).unwrap().is_some());
        let too_long = format!("\"{}\"", "x".repeat(101));
        for bad in [
            "1",
            "{}",
            "\"\"",
            "\" \"",
            "\"a@b.example\"",
            "\"Zoë\"",
            "\"a\\n\"",
            &too_long,
        ] {
            assert_eq!(read(bad).unwrap_err().code, Code::BadUserInput, "{bad}");
        }
    }

    #[test]
    fn reads_the_position_an_answer_must_reflect() {
        let read = |consistency: &str| {
            let body =
                format!("{{\"query\":\"{{a}}\",\"extensions\":{{\"consistency\":{consistency}}}}}");
            Params::from_json(body.as_bytes()).unwrap().consistency()
        };
        assert_eq!(
            read("{\"minPosition\":\"42\"}").unwrap().min_position,
            Some(42)
        );
        assert_eq!(read("{\"minPosition\":42}").unwrap().min_position, Some(42));
        let wait = read("{\"timeoutMs\":250}").unwrap();
        assert_eq!(
            wait,
            Consistency {
                min_position: None,
                timeout: Some(Duration::from_millis(250))
            }
        );
        for bad in [
            "{\"minPosition\":-1}",
            "{\"minPosition\":\"x\"}",
            "{\"timeoutMs\":5001}",
            "{\"minPosition\":[]}",
        ] {
            assert_eq!(read(bad).unwrap_err().code, Code::BadUserInput, "{bad}");
        }
    }
}

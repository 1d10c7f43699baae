//! Which kinds of technical failure there are, and what each means in HTTP.

use axum::http::StatusCode;

/// A technical failure, named for `extensions.code`.
///
/// Refusals of the business are not here: they are typed `userErrors` in a payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Code {
    /// The document is not GraphQL.
    GraphqlParseFailed,
    /// The document does not fit the schema.
    GraphqlValidationFailed,
    /// A variable, argument or parameter has a value that is not accepted.
    BadUserInput,
    /// The envelope around the document is not what the protocol asks for.
    BadRequest,
    /// Nobody is signed in.
    Unauthenticated,
    /// The caller is known and may not do this.
    Forbidden,
    /// The rate bucket is empty.
    Throttled,
    /// The document asks for more than one request may.
    QueryTooComplex,
    /// No document is stored under that hash.
    PersistedQueryNotFound,
    /// A read model did not reach the asked position in time.
    ConsistencyTimeout,
    /// The time limit of the operation passed.
    Timeout,
    /// Too much is being done already.
    Overloaded,
    /// The position lies after the end of the tenant's log.
    AsOfBeyondHead,
    /// What was as of a moment is being made ready.
    AsOfPreparing,
    /// The tenant looks from as many moments as it may.
    AsOfTooMany,
    /// The HTTP method cannot do this.
    MethodNotAllowed,
    /// None of the accepted media types is offered.
    NotAcceptable,
    /// The body is larger than the limit.
    PayloadTooLarge,
    /// The address is longer than the limit.
    UriTooLong,
    /// The body's media type is not understood.
    UnsupportedMediaType,
    /// A fault of ours; the log has it under the request's id.
    InternalServerError,
}

/// Every code with its spelling, its status and whether trying again can help.
const TABLE: [(Code, &str, StatusCode, bool); 21] = {
    use StatusCode as S;
    [
        (
            Code::GraphqlParseFailed,
            "GRAPHQL_PARSE_FAILED",
            S::BAD_REQUEST,
            false,
        ),
        (
            Code::GraphqlValidationFailed,
            "GRAPHQL_VALIDATION_FAILED",
            S::BAD_REQUEST,
            false,
        ),
        (Code::BadUserInput, "BAD_USER_INPUT", S::BAD_REQUEST, false),
        (Code::BadRequest, "BAD_REQUEST", S::BAD_REQUEST, false),
        (
            Code::Unauthenticated,
            "UNAUTHENTICATED",
            S::UNAUTHORIZED,
            false,
        ),
        (Code::Forbidden, "FORBIDDEN", S::FORBIDDEN, false),
        (Code::Throttled, "THROTTLED", S::TOO_MANY_REQUESTS, true),
        (
            Code::QueryTooComplex,
            "QUERY_TOO_COMPLEX",
            S::BAD_REQUEST,
            false,
        ),
        (
            Code::PersistedQueryNotFound,
            "PERSISTED_QUERY_NOT_FOUND",
            S::BAD_REQUEST,
            false,
        ),
        (
            Code::ConsistencyTimeout,
            "CONSISTENCY_TIMEOUT",
            S::SERVICE_UNAVAILABLE,
            true,
        ),
        (
            Code::AsOfBeyondHead,
            "AS_OF_BEYOND_HEAD",
            S::BAD_REQUEST,
            false,
        ),
        (
            Code::AsOfPreparing,
            "AS_OF_PREPARING",
            S::SERVICE_UNAVAILABLE,
            true,
        ),
        (
            Code::AsOfTooMany,
            "AS_OF_TOO_MANY",
            S::SERVICE_UNAVAILABLE,
            true,
        ),
        (Code::Timeout, "TIMEOUT", S::REQUEST_TIMEOUT, true),
        (Code::Overloaded, "OVERLOADED", S::SERVICE_UNAVAILABLE, true),
        (
            Code::MethodNotAllowed,
            "METHOD_NOT_ALLOWED",
            S::METHOD_NOT_ALLOWED,
            false,
        ),
        (
            Code::NotAcceptable,
            "NOT_ACCEPTABLE",
            S::NOT_ACCEPTABLE,
            false,
        ),
        (
            Code::PayloadTooLarge,
            "PAYLOAD_TOO_LARGE",
            S::PAYLOAD_TOO_LARGE,
            false,
        ),
        (Code::UriTooLong, "URI_TOO_LONG", S::URI_TOO_LONG, false),
        (
            Code::UnsupportedMediaType,
            "UNSUPPORTED_MEDIA_TYPE",
            S::UNSUPPORTED_MEDIA_TYPE,
            false,
        ),
        (
            Code::InternalServerError,
            "INTERNAL_SERVER_ERROR",
            S::INTERNAL_SERVER_ERROR,
            false,
        ),
    ]
};

impl Code {
    /// The spelling in `extensions.code`.
    pub fn as_str(self) -> &'static str {
        self.row().1
    }

    /// The HTTP status when nothing ran.
    pub fn status(self) -> StatusCode {
        self.row().2
    }

    /// Whether the same request can succeed later, unchanged.
    pub fn is_retryable(self) -> bool {
        self.row().3
    }

    /// The code with that spelling; `None` when it is a code of a context's own.
    pub fn find(spelling: &str) -> Option<Self> {
        let row = TABLE.iter().find(|row| row.1 == spelling);
        row.map(|row| row.0)
    }

    fn row(self) -> &'static (Self, &'static str, StatusCode, bool) {
        // Every code has a row, as the test says; an array cannot say it.
        let [.., last] = &TABLE;
        TABLE.iter().find(|row| row.0 == self).unwrap_or(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_own_spelling_and_is_found_by_it() {
        for (code, spelling, status, retryable) in TABLE {
            assert_eq!(Code::find(spelling), Some(code));
            assert_eq!(code.as_str(), spelling);
            assert_eq!(code.status(), status);
            assert_eq!(code.is_retryable(), retryable);
        }
        assert_eq!(Code::find("VERSION_CONFLICT"), None);
    }

    #[test]
    fn every_code_is_told_to_those_who_write_clients() {
        let guide = include_str!("../../../docs/clients.md");
        for (_, spelling, status, _) in TABLE {
            let name = format!("`{spelling}`");
            let mut rows = guide.lines().filter(|line| line.starts_with("| `"));
            let row = rows.find(|line| line.contains(&name));
            let row = row.unwrap_or_else(|| panic!("{name} is not told"));
            assert!(row.contains(status.as_str()), "{name} has {status}: {row}");
        }
    }
}

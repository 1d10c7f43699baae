//! Which errors of an execution a client may read, and what each must carry.

use async_graphql::{ErrorExtensionValues, ServerError, Value};

use super::{Code, Fault};

/// How many errors one response lists. A document can hold thousands of mistakes.
const LISTED: usize = 20;

/// Gives every error a code, the request's id and `retryable`, and hides what is internal.
///
/// An error without a code is the library's own (a mistake in the document or in an argument,
/// told as it is) or one that a resolver let through (logged here, hidden from the client).
pub fn polish(errors: &mut Vec<ServerError>, request_id: &str) {
    errors.truncate(LISTED);
    for error in errors {
        label(error);
        let code = coded(error).unwrap_or_else(|| classify(error));
        if code == Code::InternalServerError.as_str() {
            tracing::error!(
                request_id,
                error = %error.message,
                path = ?error.path,
                "a resolver failed with an internal error"
            );
            error.message = Fault::internal().message.into_owned();
            error.extensions = None;
        }
        error.source = None;
        let retryable = Code::find(&code).is_some_and(Code::is_retryable);
        let extensions = error
            .extensions
            .get_or_insert_with(ErrorExtensionValues::default);
        extensions.set("code", code);
        extensions.set("requestId", request_id);
        if extensions.get("retryable").is_none() {
            extensions.set("retryable", retryable);
        }
    }
}

/// Writes what a failure of ours says of itself into the extensions.
fn label(error: &mut ServerError) {
    let Some(fault) = error.source::<Fault>().cloned() else {
        return;
    };
    let extensions = error
        .extensions
        .get_or_insert_with(ErrorExtensionValues::default);
    extensions.set("code", fault.code.as_str());
    if let Some(after) = fault.retry_after {
        let millis = u64::try_from(after.as_millis()).unwrap_or(u64::MAX);
        extensions.set("retryAfterMs", millis);
    }
}

/// The code an error already carries.
fn coded(error: &ServerError) -> Option<String> {
    match error.extensions.as_ref()?.get("code")? {
        Value::String(code) => Some(code.clone()),
        Value::Enum(code) => Some(code.to_string()),
        Value::Null
        | Value::Number(_)
        | Value::Boolean(_)
        | Value::Binary(_)
        | Value::List(_)
        | Value::Object(_) => None,
    }
}

/// The code of an error that carries none.
fn classify(error: &ServerError) -> String {
    let code = if is_about_an_input_value(error) {
        Code::BadUserInput
    } else if error.path.is_empty() && error.source.is_none() {
        // The library's rules run before anything has a path.
        Code::GraphqlValidationFailed
    } else {
        Code::InternalServerError
    };
    code.as_str().to_owned()
}

/// The library words every failed coercion of an input value in one of these ways. It is pinned
/// to one version, and the tests of the transport hold it to that.
pub(crate) fn is_about_an_input_value(error: &ServerError) -> bool {
    const WORDINGS: [&str; 3] = [
        "Failed to parse \"",
        "Expected input type \"",
        "Invalid value for argument \"",
    ];
    error.source.is_none()
        && WORDINGS
            .iter()
            .any(|wording| error.message.starts_with(wording))
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::{Error, PathSegment, Pos};

    fn told(error: ServerError) -> (String, String, bool) {
        let mut errors = vec![error];
        polish(&mut errors, "r-1");
        let error = errors.remove(0);
        let extensions = error.extensions.unwrap();
        assert_eq!(extensions.get("requestId"), Some(&Value::from("r-1")));
        let Some(Value::String(code)) = extensions.get("code") else {
            panic!("no code")
        };
        let Some(Value::Boolean(retryable)) = extensions.get("retryable") else {
            panic!("no retryable")
        };
        (error.message, code.clone(), *retryable)
    }

    fn raised(error: Error) -> ServerError {
        let path = vec![PathSegment::Field("client".to_owned())];
        ServerError {
            path,
            ..error.into_server_error(Pos { line: 1, column: 3 })
        }
    }

    #[test]
    fn hides_what_a_resolver_let_through() {
        let cause = std::io::Error::other("password authentication failed for user owner");
        let (message, code, retryable) = told(raised(Error::from(cause)));
        assert_eq!(message, "something failed on our side");
        assert_eq!(code, "INTERNAL_SERVER_ERROR");
        assert!(!retryable);
    }

    #[test]
    fn hides_a_text_without_a_code() {
        let (message, code, _) = told(raised(Error::new("relation clients does not exist")));
        assert_eq!(
            (message.as_str(), code.as_str()),
            ("something failed on our side", "INTERNAL_SERVER_ERROR")
        );
    }

    #[test]
    fn keeps_a_code_of_a_context_and_its_text() {
        let mut error = Error::new("the client has moved on");
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", "VERSION_CONFLICT");
        extensions.set("retryable", true);
        error.extensions = Some(extensions);
        let told = told(raised(error));
        assert_eq!(
            told,
            (
                "the client has moved on".into(),
                "VERSION_CONFLICT".into(),
                true
            )
        );
    }

    #[test]
    fn labels_a_failure_that_came_through_the_question_mark() {
        fn resolver() -> async_graphql::Result<()> {
            let fault = Fault::new(Code::ConsistencyTimeout, "the list is behind");
            Err(fault.retry_after(std::time::Duration::from_millis(250)))?
        }
        let mut errors = vec![raised(resolver().unwrap_err())];
        polish(&mut errors, "r-1");
        let extensions = errors[0].extensions.clone().unwrap();
        assert_eq!(errors[0].message, "the list is behind");
        assert_eq!(
            extensions.get("code"),
            Some(&Value::from("CONSISTENCY_TIMEOUT"))
        );
        assert_eq!(extensions.get("retryable"), Some(&Value::from(true)));
        assert_eq!(extensions.get("retryAfterMs"), Some(&Value::from(250)));
    }

    #[test]
    fn tells_a_coercion_from_a_fault() {
        let error = Error::new("Failed to parse \"UUID\": invalid length");
        assert_eq!(told(raised(error)).1, "BAD_USER_INPUT");
    }

    #[test]
    fn lists_twenty_errors_at_most() {
        let mut errors = vec![ServerError::new("Unknown field", None); 5_000];
        polish(&mut errors, "r-1");
        assert_eq!(errors.len(), 20);
    }
}

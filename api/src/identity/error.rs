//! The context's refusals as clients see them.

use async_graphql::Enum;

use crate::graphql::UserError;

/// Why a mutation on one's own account was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum IdentityErrorCode {
    /// A field that must hold something is empty.
    FieldEmpty,
    /// A field is longer than allowed.
    FieldTooLong,
    /// A field holds control characters.
    FieldControlCharacters,
    /// A field is not of the form it needs.
    FieldMalformed,
    /// There is no such user.
    UserNotFound,
    /// The id belongs to a user already.
    UserExists,
    /// The e-mail address belongs to another user.
    EmailTaken,
    /// The user is deactivated.
    UserDeactivated,
    /// The token is not valid.
    TokenInvalid,
    /// The token has expired.
    TokenExpired,
    /// The current password is wrong.
    CurrentPasswordWrong,
    /// There is no such session of yours.
    SessionNotFound,
    /// The id belongs to a session already.
    SessionExists,
    /// The session would be over before it starts.
    SessionExpiresTooSoon,
    /// The session has ended.
    SessionEnded,
    /// The session has expired.
    SessionExpired,
    /// The refresh token is not valid.
    RefreshTokenInvalid,
    /// The session was refreshed too often.
    SessionRefreshLimit,
    /// A tenant would be left without an owner who can sign in.
    LastOwner,
}

/// A refusal in this context's words.
pub type IdentityUserError = UserError<IdentityErrorCode>;

#[cfg(test)]
mod tests {
    use daybook_domain::identity::{session, user};
    use daybook_domain::kernel::{FieldError, Refusal};

    use super::*;
    use crate::graphql::user_error_code;

    fn knows(code: &str) {
        assert!(
            user_error_code::<IdentityErrorCode>(code).is_some(),
            "{code}"
        );
    }

    #[test]
    fn knows_every_refusal_of_accounts() {
        use user::Refusal as R;
        let field = "name";
        for refusal in [
            R::Unknown,
            R::Exists,
            R::EmailTaken,
            R::Deactivated,
            R::TokenInvalid,
            R::TokenExpired,
            R::CurrentPasswordWrong,
            R::Field(FieldError::Empty { field }),
            R::Field(FieldError::TooLong { field, max: 1 }),
            R::Field(FieldError::Control { field }),
            R::Field(FieldError::Malformed {
                field,
                expected: "",
            }),
        ] {
            // A new one does not compile here until it is listed above.
            match &refusal {
                R::Unknown
                | R::Exists
                | R::EmailTaken
                | R::Deactivated
                | R::TokenInvalid
                | R::TokenExpired
                | R::CurrentPasswordWrong
                | R::Field(_) => knows(refusal.code()),
            }
        }
    }

    #[test]
    fn knows_every_refusal_of_sessions() {
        use session::Refusal as R;
        for refusal in [
            R::Unknown,
            R::Exists,
            R::ExpiresTooSoon,
            R::Ended,
            R::Expired,
            R::TokenInvalid,
            R::Worn,
        ] {
            match &refusal {
                R::Unknown
                | R::Exists
                | R::ExpiresTooSoon
                | R::Ended
                | R::Expired
                | R::TokenInvalid
                | R::Worn => knows(refusal.code()),
            }
        }
    }
}

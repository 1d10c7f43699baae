//! Why a command on an account is turned down.

use thiserror::Error;

use super::events::EMAIL_SCOPE;
use crate::kernel::{self, FieldError, Settlement};

/// A rule of accounts said no.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// Nobody signed up under this id.
    #[error("there is no such user")]
    Unknown,
    /// Somebody signed up under this id before.
    #[error("the user exists already: choose another id")]
    Exists,
    /// Another user has the address. The edge must not tell a stranger.
    #[error("the e-mail address belongs to another user: sign in, or reset the password")]
    EmailTaken,
    /// The account was deactivated.
    #[error("the user is deactivated")]
    Deactivated,
    /// Not the token of the last mail, or one that was used.
    #[error("the token is not valid: ask for a new mail")]
    TokenInvalid,
    /// The token of the last mail, too late.
    #[error("the token has expired: ask for a new mail")]
    TokenExpired,
    /// The current password was not given, or is another by now.
    #[error("the current password is wrong")]
    CurrentPasswordWrong,
    /// A field is not what it must be.
    #[error(transparent)]
    Field(#[from] FieldError),
}

impl kernel::Refusal for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "USER_NOT_FOUND",
            Self::Exists => "USER_EXISTS",
            Self::EmailTaken => "EMAIL_TAKEN",
            Self::Deactivated => "USER_DEACTIVATED",
            Self::TokenInvalid => "TOKEN_INVALID",
            Self::TokenExpired => "TOKEN_EXPIRED",
            Self::CurrentPasswordWrong => "CURRENT_PASSWORD_WRONG",
            Self::Field(error) => error.code(),
        }
    }

    fn field(&self) -> &'static str {
        match self {
            Self::EmailTaken => "email",
            Self::TokenInvalid | Self::TokenExpired => "token",
            Self::CurrentPasswordWrong => "currentPassword",
            Self::Field(error) => error.field(),
            Self::Unknown | Self::Exists | Self::Deactivated => "",
        }
    }

    fn unsettled(settlement: &Settlement) -> Option<Self> {
        match settlement {
            Settlement::Claimed {
                scope: EMAIL_SCOPE, ..
            } => Some(Self::EmailTaken),
            // A token's digest that another stream holds: not random, so not to be trusted.
            Settlement::Claimed { .. } => Some(Self::TokenInvalid),
            Settlement::Limited { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Refusal as _;

    #[test]
    fn tells_a_taken_address() {
        let claimed = |scope| Settlement::Claimed {
            scope,
            value: String::new(),
        };
        assert_eq!(
            Refusal::unsettled(&claimed(EMAIL_SCOPE)),
            Some(Refusal::EmailTaken)
        );
        let other = Refusal::unsettled(&claimed(super::super::RESET_TOKEN_SCOPE));
        assert_eq!(other, Some(Refusal::TokenInvalid));
        let limited = Settlement::Limited {
            name: "tenancy.members",
            value: 1,
        };
        assert_eq!(Refusal::unsettled(&limited), None);
    }

    #[test]
    fn names_the_field_at_fault() {
        let error = FieldError::Empty { field: "name" };
        assert_eq!(Refusal::Field(error.clone()).field(), "name");
        assert_eq!(Refusal::Field(error).code(), "FIELD_EMPTY");
        assert_eq!(Refusal::EmailTaken.field(), "email");
    }
}

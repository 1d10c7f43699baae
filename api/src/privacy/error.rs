//! The context's refusals as clients see them.

use async_graphql::Enum;

use crate::graphql::UserError;

/// Why a mutation on consents was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum PrivacyErrorCode {
    /// A field that must hold something is empty.
    FieldEmpty,
    /// A field is longer than allowed.
    FieldTooLong,
    /// A field holds control characters.
    FieldControlCharacters,
    /// A field is not of the form it needs.
    FieldMalformed,
    /// There is no such client.
    ClientNotFound,
    /// The client never agreed to that.
    ConsentNeverGiven,
}

/// A refusal in this context's words.
pub type PrivacyUserError = UserError<PrivacyErrorCode>;

#[cfg(test)]
mod tests {
    use daybook_domain::kernel::Refusal as _;
    use daybook_domain::privacy::consent::Refusal;

    use super::*;
    use crate::graphql::user_error_code;

    #[test]
    fn knows_every_refusal_of_consents() {
        for refusal in [Refusal::ClientUnknown, Refusal::NeverGiven] {
            let code = refusal.code();
            assert!(
                user_error_code::<PrivacyErrorCode>(code).is_some(),
                "{code}"
            );
        }
        for code in [
            "FIELD_EMPTY",
            "FIELD_TOO_LONG",
            "FIELD_CONTROL_CHARACTERS",
            "FIELD_MALFORMED",
        ] {
            assert!(
                user_error_code::<PrivacyErrorCode>(code).is_some(),
                "{code}"
            );
        }
    }
}

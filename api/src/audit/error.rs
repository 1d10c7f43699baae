//! The context's refusals as clients see them.

use async_graphql::Enum;

use crate::graphql::UserError;

/// Why a mutation on the audit trail was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum AuditErrorCode {
    /// A field that must hold something is empty.
    FieldEmpty,
    /// A field is longer than allowed.
    FieldTooLong,
    /// A field holds control characters.
    FieldControlCharacters,
    /// A field is not of the form it needs.
    FieldMalformed,
    /// There is no such export.
    ExportNotFound,
    /// It was asked for before.
    ExportExists,
    /// As many exports are being made as may be at once.
    ExportLimitReached,
    /// It ended in another way before.
    ExportEnded,
    /// It is to be kept for longer.
    ExportNotExpired,
}

/// A refusal in this context's words.
pub type AuditUserError = UserError<AuditErrorCode>;

#[cfg(test)]
mod tests {
    use daybook_domain::audit::export::Refusal;
    use daybook_domain::kernel::Refusal as _;

    use super::*;
    use crate::graphql::user_error_code;

    #[test]
    fn knows_every_refusal_of_exports() {
        let refusals = [
            Refusal::Unknown,
            Refusal::Exists,
            Refusal::TooMany,
            Refusal::Ended,
            Refusal::NotExpired,
        ];
        let fields = [
            "FIELD_EMPTY",
            "FIELD_TOO_LONG",
            "FIELD_CONTROL_CHARACTERS",
            "FIELD_MALFORMED",
        ];
        for code in refusals.iter().map(|it| it.code()).chain(fields) {
            assert!(user_error_code::<AuditErrorCode>(code).is_some(), "{code}");
        }
    }
}

//! The context's refusals as clients see them.

use async_graphql::Enum;

use crate::graphql::UserError;

/// Why a mutation on clients or custom fields was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
pub enum CrmErrorCode {
    /// A field that must hold something is empty.
    FieldEmpty,
    /// A field is longer than allowed.
    FieldTooLong,
    /// A field holds control characters.
    FieldControlCharacters,
    /// A field is not of the form it needs.
    FieldMalformed,
    /// A custom field does not take its value.
    CustomFieldInvalid,
    /// There is no such client.
    ClientNotFound,
    /// The id belongs to a client already.
    ClientAlreadyRegistered,
    /// The client is archived.
    ClientArchived,
    /// Another client has the external id.
    ExternalIdTaken,
    /// The client has no such note.
    NoteNotFound,
    /// The client has as many notes as it may have.
    TooManyNotes,
    /// No custom field was ever declared under the key.
    CustomFieldUnknown,
    /// The key was declared with another kind.
    CustomFieldKindIsFixed,
    /// There are as many custom fields as there may be.
    TooManyCustomFields,
}

/// A refusal in this context's words.
pub type CrmUserError = UserError<CrmErrorCode>;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graphql::user_error_code;

    /// Where the context's refusals have their codes.
    const SOURCES: [&str; 3] = [
        include_str!("../../../domain/src/crm/client/refusal.rs"),
        include_str!("../../../domain/src/crm/fields/refusal.rs"),
        include_str!("../../../domain/src/kernel/field.rs"),
    ];

    #[test]
    fn every_refusal_of_the_context_has_its_code() {
        let is_code = |text: &&str| {
            text.len() > 4 && text.chars().all(|c| c.is_ascii_uppercase() || c == '_')
        };
        let before_tests = SOURCES.map(|source| source.split("#[cfg(test)]").next().unwrap());
        let codes = before_tests
            .iter()
            .flat_map(|source| source.split('"'))
            .filter(is_code);
        let mut seen = 0;
        for code in codes {
            assert!(user_error_code::<CrmErrorCode>(code).is_some(), "{code}");
            seen += 1;
        }
        assert!(seen > 10, "the refusals are not where they were");
    }
}

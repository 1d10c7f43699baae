//! The context's refusals as clients see them.

use async_graphql::Enum;

use crate::graphql::UserError;

/// Why a mutation of this context was refused.
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
    /// There is no such client, member or user.
    DataSubjectNotFound,
    /// The person was erased: nothing is kept of them.
    DataSubjectErased,
    /// The person was not erased.
    DataSubjectNotErased,
    /// The data must be kept: release it first.
    LegalHold,
    /// There is no such member.
    MemberNotFound,
    /// The invitation is not accepted yet.
    InvitationPending,
    /// A member above one's own role.
    RoleAboveYours,
    /// The tenant would have no owner: transfer the ownership first.
    LastOwner,
    /// There is no such user.
    UserNotFound,
    /// A term is 1 to 36,525 days.
    DaysOutOfRange,
}

/// A refusal in this context's words.
pub type PrivacyUserError = UserError<PrivacyErrorCode>;

#[cfg(test)]
mod tests {
    use daybook_domain::crm::client;
    use daybook_domain::identity::user;
    use daybook_domain::kernel::Refusal;
    use daybook_domain::privacy::consent::Refusal as ConsentRefusal;
    use daybook_domain::privacy::data_subject::Refusal as DataSubjectRefusal;
    use daybook_domain::privacy::retention;
    use daybook_domain::tenancy::member;

    use super::*;
    use crate::graphql::user_error_code;

    #[test]
    fn knows_every_refusal_of_data_subjects_and_of_what_ends_with_them() {
        let own = [
            DataSubjectRefusal::Unknown,
            DataSubjectRefusal::Held,
            DataSubjectRefusal::Erased,
            DataSubjectRefusal::NotErased,
        ];
        let members = [
            member::Refusal::Unknown,
            member::Refusal::NotJoined,
            member::Refusal::RoleAboveYours,
            member::Refusal::LastOwner,
        ];
        let own = own.iter().map(Refusal::code);
        let codes = own.chain(members.iter().map(Refusal::code)).chain([
            client::Refusal::Unknown.code(),
            user::Refusal::Unknown.code(),
            retention::Refusal::DaysOutOfRange.code(),
        ]);
        for code in codes {
            assert!(
                user_error_code::<PrivacyErrorCode>(code).is_some(),
                "{code}"
            );
        }
    }

    #[test]
    fn knows_every_refusal_of_consents() {
        for refusal in [ConsentRefusal::ClientUnknown, ConsentRefusal::NeverGiven] {
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

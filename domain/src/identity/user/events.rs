//! What happens to an account, as it is stored.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::identity::password::PasswordHash;
use crate::kernel::{
    Claim, Digest, Email, Event, Locale, Personal, Realm, SessionId, TimeZone, UserId,
};

/// Claims of e-mail addresses, in lower case.
pub const EMAIL_SCOPE: &str = "identity.email";
/// Claims of reset tokens that are good, by digest.
pub const RESET_TOKEN_SCOPE: &str = "identity.reset_token";
/// Claims of verification tokens that are good, by digest.
pub const VERIFICATION_TOKEN_SCOPE: &str = "identity.verification_token";

/// The facts of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum UserEvent {
    /// The account exists; its address is not verified yet.
    #[serde(rename = "identity.user.signed_up")]
    SignedUp(SignedUp),
    /// A new verification mail is wanted.
    #[serde(rename = "identity.user.email_verification_requested")]
    EmailVerificationRequested(EmailVerificationRequested),
    /// The user reads mail at the address.
    #[serde(rename = "identity.user.email_verified")]
    EmailVerified(EmailVerified),
    /// A reset mail is wanted.
    #[serde(rename = "identity.user.password_reset_requested")]
    PasswordResetRequested(PasswordResetRequested),
    /// A forgotten password was replaced by means of a mail.
    #[serde(rename = "identity.user.password_reset")]
    PasswordReset(PasswordReset),
    /// A known password was replaced.
    #[serde(rename = "identity.user.password_changed")]
    PasswordChanged(PasswordChanged),
    /// The same password is kept under stronger parameters.
    #[serde(rename = "identity.user.password_hash_upgraded")]
    PasswordHashUpgraded(PasswordHashUpgraded),
    /// Name, locale or time zone are others now.
    #[serde(rename = "identity.user.profile_updated")]
    ProfileUpdated(ProfileUpdated),
    /// The account can no longer sign in.
    #[serde(rename = "identity.user.deactivated")]
    Deactivated(Deactivated),
    /// Who it was is not known any more.
    #[serde(rename = "identity.user.erased")]
    Erased(Erased),
}

/// Payload of `identity.user.signed_up`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SignedUp {
    /// The new user, also the stream.
    pub user_id: UserId,
    /// As typed; unique platform-wide in lower case.
    pub email: Email,
    /// What to call the person.
    pub name: String,
    /// The first password.
    pub password_hash: PasswordHash,
    /// The token in the first mail.
    pub verification_token: Digest,
    /// Until when it is good.
    pub verification_expires_at: DateTime<Utc>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Payload of `identity.user.email_verification_requested`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EmailVerificationRequested {
    /// The token in the new mail.
    pub token: Digest,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
    /// The token that it makes void, if one was good or had expired.
    pub replaced_token: Option<Digest>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Payload of `identity.user.email_verified`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EmailVerified {
    /// The token that proved it, used up.
    pub token: Digest,
    /// When.
    pub at: DateTime<Utc>,
}

/// Payload of `identity.user.password_reset_requested`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PasswordResetRequested {
    /// The token in the mail.
    pub token: Digest,
    /// Until when it is good.
    pub expires_at: DateTime<Utc>,
    /// The token that it makes void, if one was good or had expired.
    pub replaced_token: Option<Digest>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Payload of `identity.user.password_reset`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PasswordReset {
    /// The token that allowed it, used up.
    pub token: Digest,
    /// The new password.
    pub password_hash: PasswordHash,
    /// When; sessions from before end.
    pub at: DateTime<Utc>,
}

/// Payload of `identity.user.password_changed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PasswordChanged {
    /// The new password.
    pub password_hash: PasswordHash,
    /// The session it was changed in, which goes on; none ends them all.
    pub kept_session: Option<SessionId>,
    /// The reset token that it makes void, if there was one.
    pub discarded_reset_token: Option<Digest>,
    /// When; sessions from before end.
    pub at: DateTime<Utc>,
}

/// Payload of `identity.user.password_hash_upgraded`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PasswordHashUpgraded {
    /// The same password under the parameters of today.
    pub password_hash: PasswordHash,
    /// When.
    pub at: DateTime<Utc>,
}

/// Payload of `identity.user.profile_updated`: the whole profile afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProfileUpdated {
    /// What to call the person.
    pub name: String,
    /// Their language; none follows the tenant.
    pub locale: Option<Locale>,
    /// Their clock; none follows the tenant.
    pub time_zone: Option<TimeZone>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Payload of `identity.user.deactivated`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deactivated {
    /// The verification token that it makes void, if there was one.
    pub discarded_verification_token: Option<Digest>,
    /// The reset token that it makes void, if there was one.
    pub discarded_reset_token: Option<Digest>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Payload of `identity.user.erased`: the key of the personal fields goes away with this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Erased {
    /// When.
    pub at: DateTime<Utc>,
}

impl Event for UserEvent {
    fn claims(&self) -> Vec<Claim> {
        let verification = VERIFICATION_TOKEN_SCOPE;
        let reset = RESET_TOKEN_SCOPE;
        match self {
            Self::SignedUp(e) => {
                let mut claims = vec![take(EMAIL_SCOPE, e.email.compared())];
                claims.extend(swap(verification, None, Some(e.verification_token)));
                claims
            }
            Self::EmailVerificationRequested(e) => {
                swap(verification, e.replaced_token, Some(e.token))
            }
            Self::EmailVerified(e) => swap(verification, Some(e.token), None),
            Self::PasswordResetRequested(e) => swap(reset, e.replaced_token, Some(e.token)),
            Self::PasswordReset(e) => swap(reset, Some(e.token), None),
            Self::PasswordChanged(e) => swap(reset, e.discarded_reset_token, None),
            Self::Deactivated(e) => {
                let mut claims = swap(verification, e.discarded_verification_token, None);
                claims.extend(swap(reset, e.discarded_reset_token, None));
                claims
            }
            Self::PasswordHashUpgraded(_) | Self::ProfileUpdated(_) | Self::Erased(_) => Vec::new(),
        }
    }

    fn personal(&self) -> Vec<Personal> {
        // Made of what a person thought up, and with patience that can be found again.
        let password = Personal::text("/passwordHash");
        match self {
            Self::SignedUp(_) => vec![Personal::email("/email"), Personal::text("/name"), password],
            Self::PasswordReset(_) | Self::PasswordChanged(_) | Self::PasswordHashUpgraded(_) => {
                vec![password]
            }
            Self::ProfileUpdated(_) => vec![
                Personal::text("/name"),
                Personal::optional("/locale"),
                Personal::optional("/timeZone"),
            ],
            Self::EmailVerificationRequested(_)
            | Self::EmailVerified(_)
            | Self::PasswordResetRequested(_)
            | Self::Deactivated(_)
            | Self::Erased(_) => Vec::new(),
        }
    }
}

/// Gives `old` back, then takes `new`.
fn swap(scope: &'static str, old: Option<Digest>, new: Option<Digest>) -> Vec<Claim> {
    let release = old.map(|token| Claim::Release {
        realm: Realm::Platform,
        scope,
        value: token.to_string(),
    });
    release
        .into_iter()
        .chain(new.map(|token| take(scope, token.to_string())))
        .collect()
}

fn take(scope: &'static str, value: String) -> Claim {
    Claim::Take {
        realm: Realm::Platform,
        scope,
        value,
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{at, digest, every_event};
    use super::*;
    use crate::kernel::testing::{erased_as, stored_as};

    /// The payload with `<1>` standing for the digest 1, and so on.
    fn frozen(payload: &str) -> String {
        (1..=3).fold(payload.to_owned(), |text, n| {
            text.replace(&format!("<{n}>"), &digest(n).to_string())
        })
    }

    #[test]
    fn is_stored_as_it_always_was() {
        let contract = [
            (
                "signed_up",
                r#"{"userId":"00000000-0000-0000-0000-00000000000a","email":"Ada@Example.com","name":"Ada Lovelace","passwordHash":"$argon2id$one","verificationToken":"<1>","verificationExpiresAt":"2026-01-03T00:00:00Z","at":"2026-01-01T00:00:00Z"}"#,
            ),
            (
                "email_verification_requested",
                r#"{"token":"<2>","expiresAt":"2026-01-03T00:01:00Z","replacedToken":"<1>","at":"2026-01-01T00:01:00Z"}"#,
            ),
            (
                "email_verified",
                r#"{"token":"<2>","at":"2026-01-01T00:02:00Z"}"#,
            ),
            (
                "password_reset_requested",
                r#"{"token":"<3>","expiresAt":"2026-01-01T00:33:00Z","replacedToken":null,"at":"2026-01-01T00:03:00Z"}"#,
            ),
            (
                "password_reset",
                r#"{"token":"<3>","passwordHash":"$argon2id$two","at":"2026-01-01T00:04:00Z"}"#,
            ),
            (
                "password_changed",
                r#"{"passwordHash":"$argon2id$three","keptSession":"00000000-0000-0000-0000-00000000000b","discardedResetToken":null,"at":"2026-01-01T00:05:00Z"}"#,
            ),
            (
                "password_hash_upgraded",
                r#"{"passwordHash":"$argon2id$four","at":"2026-01-01T00:06:00Z"}"#,
            ),
            (
                "profile_updated",
                r#"{"name":"Ada King","locale":"en-GB","timeZone":"Europe/London","at":"2026-01-01T00:07:00Z"}"#,
            ),
            (
                "deactivated",
                r#"{"discardedVerificationToken":null,"discardedResetToken":null,"at":"2026-01-01T00:08:00Z"}"#,
            ),
            ("erased", r#"{"at":"2026-01-01T00:09:00Z"}"#),
        ];
        assert_eq!(every_event().len(), contract.len());
        for (event, (name, payload)) in every_event().iter().zip(contract) {
            stored_as(event, &format!("identity.user.{name}"), &frozen(payload));
        }
    }

    #[test]
    fn claims_the_address_in_lower_case_and_each_token_while_it_is_good() {
        let release = |scope, n| Claim::Release {
            realm: Realm::Platform,
            scope,
            value: digest(n).to_string(),
        };
        let claims: Vec<Vec<Claim>> = every_event().iter().map(Event::claims).collect();
        let token = |scope, n| take(scope, digest(n).to_string());
        let verification = VERIFICATION_TOKEN_SCOPE;
        let expected = vec![
            vec![
                take(EMAIL_SCOPE, "ada@example.com".to_owned()),
                token(verification, 1),
            ],
            vec![release(verification, 1), token(verification, 2)],
            vec![release(verification, 2)],
            vec![token(RESET_TOKEN_SCOPE, 3)],
            vec![release(RESET_TOKEN_SCOPE, 3)],
            vec![],
            vec![],
            vec![],
            vec![],
            vec![],
        ];
        assert_eq!(claims, expected);
    }

    #[test]
    fn gives_pending_tokens_back_with_the_password_and_with_the_account() {
        let released = |event: UserEvent| -> Vec<String> {
            let value = |claim| match claim {
                Claim::Release { value, .. } => value,
                Claim::Take { value, .. } => panic!("takes {value}"),
            };
            event.claims().into_iter().map(value).collect()
        };
        let changed = UserEvent::PasswordChanged(PasswordChanged {
            password_hash: PasswordHash::new("x"),
            kept_session: None,
            discarded_reset_token: Some(digest(3)),
            at: at(0),
        });
        assert_eq!(released(changed), [digest(3).to_string()]);
        let deactivated = UserEvent::Deactivated(Deactivated {
            discarded_verification_token: Some(digest(1)),
            discarded_reset_token: Some(digest(3)),
            at: at(0),
        });
        let both = [digest(1).to_string(), digest(3).to_string()];
        assert_eq!(released(deactivated), both);
    }
    #[test]
    fn an_erased_account_has_no_address_name_or_password() {
        let contract = [
            r#"{"userId":"00000000-0000-0000-0000-00000000000a","email":"erased@erased.invalid","name":"erased","passwordHash":"erased","verificationToken":"<1>","verificationExpiresAt":"2026-01-03T00:00:00Z","at":"2026-01-01T00:00:00Z"}"#,
            r#"{"token":"<3>","passwordHash":"erased","at":"2026-01-01T00:04:00Z"}"#,
            r#"{"passwordHash":"erased","keptSession":"00000000-0000-0000-0000-00000000000b","discardedResetToken":null,"at":"2026-01-01T00:05:00Z"}"#,
            r#"{"passwordHash":"erased","at":"2026-01-01T00:06:00Z"}"#,
            r#"{"name":"erased","locale":null,"timeZone":null,"at":"2026-01-01T00:07:00Z"}"#,
        ];
        let events = every_event();
        let personal = events.iter().filter(|event| !event.personal().is_empty());
        assert_eq!(personal.clone().count(), contract.len());
        for (event, payload) in personal.zip(contract) {
            erased_as(event, &frozen(payload));
        }
    }
}

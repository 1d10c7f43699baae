//! Opens an account.

use chrono::{DateTime, Utc};

use super::super::events::{SignedUp, UserEvent};
use super::super::limits::NAME;
use super::super::{Refusal, User};
use crate::identity::password::PasswordHash;
use crate::kernel::{Command, Decision, Digest, Email, UserId};

/// Opens an account, whose address a mail then verifies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignUp {
    /// The new user, also the stream.
    pub user_id: UserId,
    /// As typed.
    pub email: String,
    /// What to call the person.
    pub name: String,
    /// Of a password that passed [`check`](crate::identity::password::check).
    pub password_hash: PasswordHash,
    /// Of the token in the mail.
    pub verification_token: Digest,
    /// Until when it is good.
    pub verification_expires_at: DateTime<Utc>,
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for SignUp {
    type Aggregate = User;

    fn decide(&self, user: &User) -> Decision<User> {
        if user.account().is_some() {
            return Err(Refusal::Exists);
        }
        Ok(vec![UserEvent::SignedUp(SignedUp {
            user_id: self.user_id,
            email: Email::parse("email", &self.email)?,
            name: NAME.line(&self.name)?,
            password_hash: self.password_hash.clone(),
            verification_token: self.verification_token,
            verification_expires_at: self.verification_expires_at,
            at: self.at,
        })])
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{at, digest, hash, signed_up};
    use super::*;
    use crate::kernel::FieldError;
    use crate::kernel::testing::given;

    fn command() -> SignUp {
        SignUp {
            user_id: UserId(uuid::Uuid::from_u128(10)),
            email: " Ada@Example.com ".to_owned(),
            name: " Ada Lovelace ".to_owned(),
            password_hash: hash("one"),
            verification_token: digest(1),
            verification_expires_at: at(2_880),
            at: at(0),
        }
    }

    #[test]
    fn signs_up() {
        given::<User>(&[]).when(&command()).then(&[signed_up()]);
    }

    #[test]
    fn refuses_an_id_that_is_in_use() {
        given::<User>(&[signed_up()])
            .when(&command())
            .refuses(&Refusal::Exists);
    }

    #[test]
    fn refuses_what_is_no_address() {
        let command = SignUp {
            email: "ada".to_owned(),
            ..command()
        };
        let error = FieldError::Malformed {
            field: "email",
            expected: "an e-mail address",
        };
        given::<User>(&[])
            .when(&command)
            .refuses(&Refusal::Field(error));
    }

    #[test]
    fn refuses_an_empty_name() {
        let command = SignUp {
            name: " ".to_owned(),
            ..command()
        };
        let error = FieldError::Empty { field: "name" };
        given::<User>(&[])
            .when(&command)
            .refuses(&Refusal::Field(error));
    }
}

//! The mails about accounts: what each says.
//!
//! Plain text, one idea each. A token stands in a link behind `#`, where no server that the link
//! leads to can log it, and once more by itself, for whoever uses the API without a page.

use daybook_domain::identity::user::{RESET_MINUTES, VERIFICATION_HOURS};

use crate::access::SecretToken;
use crate::post::Letter;

/// Whom a mail is for, and where its links lead.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    /// The address.
    pub(super) email: &'a str,
    /// What to call them.
    pub(super) name: &'a str,
    /// Where pages are, without a slash at the end.
    pub(super) public_url: &'a str,
}

impl Reader<'_> {
    /// To a new user: prove that you read mail here.
    pub(super) fn verify(self, token: &SecretToken) -> Letter {
        let link = self.link("verify-email", token);
        let text = format!(
            "to finish your sign-up, open this link within {VERIFICATION_HOURS} hours:\n\n{link}\n\
             If it was not you who signed up, do nothing."
        );
        self.letter("Verify your e-mail address", &text)
    }

    /// To somebody who signed up with an address that is known and verified.
    pub(super) fn known(self) -> Letter {
        let Self { public_url, .. } = self;
        let text = format!(
            "somebody signed up with this address, which has an account already. If it was you, \
             sign in, or reset your password:\n\n{public_url}/login\n{public_url}/reset-password\n\n\
             If it was not you, do nothing."
        );
        self.letter("You have an account already", &text)
    }

    /// To somebody who signed up again before the address was verified. The first password may be
    /// a stranger's, so it has to be replaced.
    pub(super) fn claim(self, token: &SecretToken) -> Letter {
        let link = self.link("reset-password", token);
        let text = format!(
            "somebody signed up with this address, and not for the first time. To finish your \
             sign-up, choose a password within {RESET_MINUTES} minutes:\n\n{link}\n\
             If it was not you who signed up, do nothing."
        );
        self.letter("Finish your sign-up", &text)
    }

    /// To somebody who forgot their password.
    pub(super) fn reset(self, token: &SecretToken) -> Letter {
        let link = self.link("reset-password", token);
        let text = format!(
            "to choose a new password, open this link within {RESET_MINUTES} minutes:\n\n{link}\n\
             If it was not you who asked, do nothing: your password stays as it is."
        );
        self.letter("Reset your password", &text)
    }

    /// To whose password is another one now.
    pub(super) fn password_changed(self) -> Letter {
        let Self { public_url, .. } = self;
        let text = format!(
            "your password was changed, and other sign-ins have ended. If it was not you, reset it \
             at once:\n\n{public_url}/reset-password\n"
        );
        self.letter("Your password was changed", &text)
    }

    /// To whose refresh token came twice.
    pub(super) fn session_stolen(self) -> Letter {
        let Self { public_url, .. } = self;
        let text = format!(
            "one of your sign-ins was used from two places at once and has ended: it may have been \
             stolen. Sign in again; if you did not expect this, change your password:\n\n\
             {public_url}/login\n"
        );
        self.letter("One of your sign-ins has ended", &text)
    }

    /// To whose account was closed.
    pub(super) fn deactivated(self) -> Letter {
        let text = "your account was deactivated, and all sign-ins have ended. If it was not you, \
                    answer this mail.\n";
        self.letter("Your account was deactivated", text)
    }

    fn link(self, page: &str, token: &SecretToken) -> String {
        let (url, token) = (self.public_url, token.reveal());
        format!("{url}/{page}#token={token}\n\nToken: {token}\n")
    }

    fn letter(self, subject: &'static str, text: &str) -> Letter {
        let name = self.name;
        Letter {
            to: self.email.to_owned(),
            subject: subject.to_owned(),
            text: format!("Hello {name},\n\n{text}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::without_secrets;

    #[test]
    fn a_letter_is_told_without_its_token_and_otherwise_as_it_is() {
        let reader = Reader {
            email: "ada@example.com",
            name: "Ada",
            public_url: "https://app.example.com",
        };
        let token = SecretToken::mint().unwrap();
        for letter in [
            reader.verify(&token),
            reader.claim(&token),
            reader.reset(&token),
        ] {
            assert_eq!(letter.text.matches(token.reveal()).count(), 2);
            let told = without_secrets(&letter.text);
            assert_eq!(told, letter.text.replace(token.reveal(), "(left out)"));
        }
        for letter in [
            reader.known(),
            reader.password_changed(),
            reader.session_stolen(),
            reader.deactivated(),
        ] {
            assert_eq!(without_secrets(&letter.text), letter.text);
        }
    }
}

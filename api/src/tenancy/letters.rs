//! The mail that invites: what it says.

use chrono::{DateTime, Utc};
use daybook_domain::tenancy::public::Role;

use crate::access::SecretToken;
use crate::post::Letter;

/// An invitation that is to be mailed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Invitation<'a> {
    /// Who may accept.
    pub(super) email: &'a str,
    /// What the tenant is called.
    pub(super) tenant: &'a str,
    /// What they will be.
    pub(super) role: Role,
    /// Until when it is good.
    pub(super) expires_at: DateTime<Utc>,
    /// Where pages are, without a slash at the end.
    pub(super) public_url: &'a str,
}

impl Invitation<'_> {
    /// The mail. The token stands in a link behind `#`, where no server that the link leads to can
    /// log it, and once more by itself, for whoever uses the API without a page.
    pub(super) fn letter(self, token: &SecretToken) -> Letter {
        let (url, tenant, role, token) = (self.public_url, self.tenant, self.role, token.reveal());
        let day = self.expires_at.format("%Y-%m-%d %H:%M UTC");
        Letter {
            to: self.email.to_owned(),
            subject: format!("You are invited to {tenant}"),
            text: format!(
                "Hello,\n\n{tenant} invites you to Daybook in the role {role}. To accept, sign in \
                 or sign up with this address, and open this link until {day}:\n\n\
                 {url}/accept-invitation#token={token}\n\nToken: {token}\n\n\
                 If you do not know {tenant}, do nothing.\n"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::without_secrets;

    #[test]
    fn the_token_is_in_the_text_and_not_where_servers_log_it() {
        let invitation = Invitation {
            email: "ada@example.com",
            tenant: "Acme",
            role: Role::Manager,
            expires_at: DateTime::UNIX_EPOCH,
            public_url: "https://app.example.com",
        };
        let letter = invitation.letter(&SecretToken::presented("secret"));
        assert_eq!(letter.to, "ada@example.com");
        assert!(!letter.subject.contains("secret"));
        let link = "https://app.example.com/accept-invitation#token=secret";
        assert!(letter.text.contains(link), "{}", letter.text);
        assert!(letter.text.contains("in the role manager"));
        let token = SecretToken::mint().unwrap();
        let text = invitation.letter(&token).text;
        let told = without_secrets(&text);
        assert_eq!(told, text.replace(token.reveal(), "(left out)"));
        assert_ne!(told, text);
    }
}

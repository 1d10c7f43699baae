//! Is it the user's own password, and is it long enough where they go?

use axum::http::StatusCode;
use daybook_domain::identity::password::MIN_CHARS;
use daybook_domain::identity::user::Account;

use super::Problem;
use super::asked::Visit;
use crate::identity::entrance::Entrance;

impl Visit {
    /// Whether somebody who is signed in knows the account's password, too.
    ///
    /// # Errors
    /// 429 after too many guesses.
    pub(super) async fn knows_password(
        &self,
        account: &Account,
        password: &str,
    ) -> Result<bool, Problem> {
        let guess = self.api.backoff().guess(account.email.as_str(), self.peer);
        let guess = guess.map_err(Problem::too_often)?;
        let kept = Some(&account.password_hash);
        let is_right = self.api.passwords().verify(password, kept).await?;
        if is_right {
            guess.was_right();
        }
        Ok(is_right)
    }
}

impl Entrance {
    /// Whether the tenant asks for more than every password has.
    pub(super) fn asks_for_more(&self) -> bool {
        self.min_chars() > MIN_CHARS
    }

    /// Passes a password that is long enough for the tenant, which may ask for more than it was
    /// chosen under.
    ///
    /// # Errors
    /// 403.
    pub(super) fn require_length(&self, password: &str) -> Result<(), Problem> {
        let min = self.min_chars();
        if password.chars().count() >= min {
            return Ok(());
        }
        let text = format!(
            "the tenant asks for a password of {min} characters or more; sign in without a tenant \
             and change it"
        );
        let problem = Problem::new(StatusCode::FORBIDDEN, "PASSWORD_TOO_SHORT", text);
        Err(problem.about("password"))
    }

    fn min_chars(&self) -> usize {
        usize::try_from(self.policy.password_min_length).unwrap_or(usize::MAX)
    }
}

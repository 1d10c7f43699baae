//! Which passwords are taken, with what the domain cannot know: lists and estimates.

use daybook_domain::identity::password::{PasswordFault, PasswordHash, check};
use zxcvbn::Score;

use super::rest::Problem;
use crate::api::Api;

/// The least strength: what takes more than a million guesses.
const LEAST: Score = Score::Two;

/// A password somebody chose, and what is known of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chosen<'p> {
    /// As it was sent.
    pub(super) password: &'p str,
    /// The input field it came in.
    pub(super) field: &'static str,
    /// The fewest characters the tenant asks for; 0 when none does.
    pub(super) min_chars: u32,
    /// Names an attacker would try: the user's, their address, the tenant's.
    pub(super) names: &'p [&'p str],
}

impl Api {
    /// The hash of a password that is good enough.
    ///
    /// # Errors
    /// 422 when it is too short, too long or too common.
    pub(super) async fn hash_chosen(&self, chosen: Chosen<'_>) -> Result<PasswordHash, Problem> {
        let Chosen {
            password,
            field,
            min_chars,
            names,
        } = chosen;
        let min_chars = usize::try_from(min_chars).unwrap_or(usize::MAX);
        let refuse =
            |fault: PasswordFault| Problem::refused(fault.code(), fault.to_string()).about(field);
        check(password, min_chars, names).map_err(refuse)?;
        let words = names.iter().flat_map(|name| words(name)).collect();
        if self.passwords().strength(password, words).await? < LEAST {
            let text = "the password is among the first that are tried: choose a longer one";
            return Err(Problem::refused("PASSWORD_TOO_COMMON", text).about(field));
        }
        Ok(self.passwords().hash(password).await?)
    }
}

fn words(name: &str) -> Vec<String> {
    let parts = name
        .split(|c: char| !c.is_alphanumeric())
        .filter(|part| part.chars().count() > 2);
    parts.chain([name]).map(str::to_lowercase).collect()
}

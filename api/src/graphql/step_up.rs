//! What asks for a password given just now, so that a token left behind does not do the worst.

use async_graphql::{Error, Result};
use chrono::TimeDelta;

use super::asking::Asking;
use super::failure::coded;
use crate::access::SignedIn;

/// How long a password counts as given just now, in minutes.
pub const STEP_UP_MINUTES: i64 = 15;

/// The signed-in user, if they gave their password just now.
///
/// # Errors
/// `STEP_UP_REQUIRED` when it was too long ago; `UNAUTHENTICATED` for nobody, `FORBIDDEN` for a
/// program.
pub fn step_up(asking: &Asking) -> Result<SignedIn, Error> {
    let user = asking.caller.require_user()?;
    if asking.at - user.since > TimeDelta::minutes(STEP_UP_MINUTES) {
        let text = format!(
            "this needs a password given in the last {STEP_UP_MINUTES} minutes: sign in again"
        );
        return Err(coded(text, "STEP_UP_REQUIRED"));
    }
    Ok(user)
}

//! What the mutations of the context answer.

use async_graphql::{Result, SimpleObject};
use daybook_projections::identity::{SESSIONS, USERS};

use crate::graphql::{AccountCommit, Outcome, Personal};
use crate::identity::error::IdentityUserError;
use crate::identity::me::{User, find_user};

/// What a mutation on one's account answers.
#[derive(Debug, Default, SimpleObject)]
pub(super) struct UserPayload {
    /// The account as it is now; null when the mutation was refused.
    user: Option<User>,
    /// Why it was refused; empty when it went through.
    user_errors: Vec<IdentityUserError>,
    /// What became of it; null when it was refused.
    commit: Option<AccountCommit>,
}

/// What ending sessions answers.
#[derive(Debug, Default, SimpleObject)]
pub(super) struct SessionsPayload {
    /// How many sessions it ended; 0 when there was none left to end.
    ended: i32,
    /// Why it was refused; empty when it went through.
    user_errors: Vec<IdentityUserError>,
    /// What became of it; null when it was refused.
    commit: Option<AccountCommit>,
}

impl UserPayload {
    /// Answers from the read model, once it shows what was done.
    ///
    /// # Errors
    /// The read model does not get there in time, or the database is away.
    pub(super) async fn of(call: &Personal<'_>, outcome: Outcome) -> Result<Self> {
        let receipt = match outcome.told()? {
            Ok(receipt) => receipt,
            Err(user_errors) => {
                return Ok(Self {
                    user_errors,
                    ..Self::default()
                });
            }
        };
        call.settled(&receipt, &[USERS]).await?;
        Ok(Self {
            user: find_user(call.asking, call.user.user_id).await?,
            commit: Some(AccountCommit::from(&receipt)),
            ..Self::default()
        })
    }
}

impl SessionsPayload {
    /// Answers once the list of sessions shows what was done.
    ///
    /// # Errors
    /// The read model does not get there in time.
    pub(super) async fn of(call: &Personal<'_>, outcome: Outcome) -> Result<Self> {
        let receipt = match outcome.told()? {
            Ok(receipt) => receipt,
            Err(user_errors) => {
                return Ok(Self {
                    user_errors,
                    ..Self::default()
                });
            }
        };
        call.settled(&receipt, &[SESSIONS]).await?;
        Ok(Self {
            ended: i32::try_from(receipt.events.len()).unwrap_or(i32::MAX),
            commit: Some(AccountCommit::from(&receipt)),
            ..Self::default()
        })
    }
}

//! What the mutations on terms answer.

use async_graphql::{Result, SimpleObject};
use daybook_domain::privacy::retention::{Retention, retention_id};

use crate::graphql::{Call, Commit, Outcome};
use crate::privacy::error::PrivacyUserError;
use crate::privacy::retention::{RetentionTerm, terms_of};

/// What a mutation on the tenant's terms answers.
#[derive(Debug, Default, SimpleObject)]
pub(super) struct RetentionPayload {
    /// All terms as they are now; null when the mutation was refused.
    retention: Option<Vec<RetentionTerm>>,
    /// Why it was refused; empty when it went through.
    user_errors: Vec<PrivacyUserError>,
    /// Where it stands in the log; null when it was refused.
    commit: Option<Commit>,
}

impl RetentionPayload {
    /// Answers with what the rules know.
    ///
    /// # Errors
    /// The log is away.
    pub(super) async fn of(call: &Call<'_>, outcome: Outcome) -> Result<Self> {
        let receipt = match outcome.told()? {
            Ok(receipt) => receipt,
            Err(user_errors) => {
                return Ok(Self {
                    user_errors,
                    ..Self::default()
                });
            }
        };
        let stream = retention_id(call.scope.tenant);
        let terms = call.look_up::<Retention>(stream).await?;
        Ok(Self {
            retention: Some(terms_of(&terms)),
            commit: Some(Commit::from(&receipt)),
            ..Self::default()
        })
    }
}

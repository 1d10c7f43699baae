//! What the mutations of the context answer.

use async_graphql::{Result, SimpleObject};
use daybook_domain::kernel::ConsentId;
use daybook_projections::privacy::{CONSENTS, consents};

use crate::fault::Fault;
use crate::graphql::{Call, Commit, Outcome};
use crate::privacy::consent::Consent;
use crate::privacy::error::PrivacyUserError;

/// What a mutation on a consent answers.
#[derive(Debug, Default, SimpleObject)]
pub(super) struct ConsentPayload {
    /// The consent as it is now; null when the mutation was refused.
    consent: Option<Consent>,
    /// Why it was refused; empty when it went through.
    user_errors: Vec<PrivacyUserError>,
    /// Where it stands in the log; null when it was refused.
    commit: Option<Commit>,
}

impl ConsentPayload {
    /// Answers from the read model, once it shows what was done.
    ///
    /// # Errors
    /// The read model does not get there in time, or the database is away.
    pub(super) async fn of(call: &Call<'_>, id: ConsentId, outcome: Outcome) -> Result<Self> {
        let receipt = match outcome.told()? {
            Ok(receipt) => receipt,
            Err(user_errors) => {
                return Ok(Self {
                    user_errors,
                    ..Self::default()
                });
            }
        };
        call.settled(&receipt, &[CONSENTS]).await?;
        let mut tx = call.asking.read(call.scope, &[]).await?;
        let row = consents::by_ids(&mut tx, &[id])
            .await
            .map_err(Fault::from)?;
        tx.commit().await.map_err(Fault::from)?;
        Ok(Self {
            consent: row.into_iter().next().map(Consent::from),
            commit: Some(Commit::from(&receipt)),
            ..Self::default()
        })
    }
}

//! What the mutations on data subjects answer.

use async_graphql::{Result, SimpleObject};
use daybook_domain::kernel::TenantId;
use daybook_domain::privacy::data_subject::Subject;
use daybook_projections::privacy::DATA_SUBJECTS;

use crate::graphql::{Asking, Call, Commit, Outcome};
use crate::privacy::data_subject::DataSubject;
use crate::privacy::error::PrivacyUserError;
use crate::privacy::subjects;

/// What a mutation on a data subject answers.
#[derive(Debug, Default, SimpleObject)]
pub(super) struct DataSubjectPayload {
    /// The data subject as it is now; null when the mutation was refused.
    data_subject: Option<DataSubject>,
    /// Why it was refused; empty when it went through.
    user_errors: Vec<PrivacyUserError>,
    /// Where it stands in the log; null when it was refused, and for one's own account, which lies
    /// in no tenant's log.
    commit: Option<Commit>,
}

impl DataSubjectPayload {
    /// Answers from the read model, once it shows what was done.
    ///
    /// # Errors
    /// The read model does not get there in time, or the database is away.
    pub(super) async fn of(call: &Call<'_>, subject: Subject, outcome: Outcome) -> Result<Self> {
        let receipt = match outcome.told()? {
            Ok(receipt) => receipt,
            Err(user_errors) => return Ok(Self::refused(user_errors)),
        };
        call.settled(&receipt, &[DATA_SUBJECTS]).await?;
        let found = subjects::find(call.asking, call.scope.tenant, subject).await?;
        Ok(Self {
            // Releasing what was never held leaves no row.
            data_subject: found.or_else(|| Some(DataSubject::untouched(subject))),
            commit: Some(Commit::from(&receipt)),
            ..Self::default()
        })
    }

    /// Answers for one's own account.
    ///
    /// # Errors
    /// The read model does not get there in time, or the database is away.
    pub(super) async fn personal(
        asking: &Asking,
        subject: Subject,
        outcome: Outcome,
    ) -> Result<Self> {
        let receipt = match outcome.told()? {
            Ok(receipt) => receipt,
            Err(user_errors) => return Ok(Self::refused(user_errors)),
        };
        let patience = asking.api.options().patience;
        let reached = receipt.log_position;
        asking.settled(reached, &[DATA_SUBJECTS], patience).await?;
        let found = subjects::find(asking, TenantId::PLATFORM, subject).await;
        Ok(Self {
            data_subject: found?,
            ..Self::default()
        })
    }

    /// Answers a refusal.
    fn refused(user_errors: Vec<PrivacyUserError>) -> Self {
        Self {
            user_errors,
            ..Self::default()
        }
    }
}

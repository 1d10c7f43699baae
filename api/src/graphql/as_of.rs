//! As of which moment is something asked?

use std::time::Duration;

use async_graphql::InputObject;
use chrono::{DateTime, Utc};
use daybook_projections::past::PastError;
use daybook_store::{AsOf, TenantTx};

use super::asking::Asking;
use super::scalar::Position;
use crate::access::Scope;
use crate::fault::{Code, Fault};

/// How long a request waits for lists of the past to be made ready.
const PATIENCE: Duration = Duration::from_secs(4);
/// When it is worth asking again.
const AGAIN: Duration = Duration::from_secs(1);

/// A moment of the tenant's past: exactly one of both.
#[derive(Debug, Clone, Copy, InputObject)]
pub struct AsOfInput {
    /// The position of the last event that counts; `"0"` is before everything.
    position: Option<Position>,
    /// The instant: what was recorded then or before counts.
    at: Option<DateTime<Utc>>,
}

impl Asking {
    /// The moment that is meant; none for now. The answer will say that a part of it is of then.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for none or both of position and instant, `AS_OF_BEYOND_HEAD` for a
    /// position that the log has not reached, or the database is away.
    pub async fn moment(
        &self,
        scope: &Scope,
        as_of: Option<AsOfInput>,
    ) -> Result<Option<AsOf>, Fault> {
        let Some(as_of) = as_of else { return Ok(None) };
        let store = self.api.store();
        let moment = match (as_of.position, as_of.at) {
            (Some(position), None) => {
                let found = store.moment_of(scope.tenant, position.0).await?;
                found.ok_or_else(|| {
                    let text = "the position lies after the end of the tenant's log";
                    Fault::new(Code::AsOfBeyondHead, text)
                })?
            }
            (None, Some(at)) => store.moment_at(scope.tenant, at).await?,
            (Some(_), Some(_)) | (None, None) => {
                let text = "asOf takes either a position or an instant";
                return Err(Fault::new(Code::BadUserInput, text));
            }
        };
        self.reflected.look_back(moment.position);
        Ok(Some(moment))
    }

    /// A transaction for single things as of a moment, or as [`Self::read`]. The named read models
    /// are those that tell which streams matter.
    ///
    /// # Errors
    /// `CONSISTENCY_TIMEOUT` when they do not get there in time, or the database is away.
    pub async fn look(
        &self,
        scope: &Scope,
        read_models: &[&'static str],
        moment: Option<AsOf>,
    ) -> Result<TenantTx, Fault> {
        let Some(moment) = moment else {
            return self.read(scope, read_models).await;
        };
        let patience = self.api.options().patience;
        self.settled(moment.log_position, read_models, patience)
            .await?;
        let mut tx = self.api.store().tenant_tx(scope.tenant).await?;
        tx.look_from(moment);
        Ok(tx)
    }

    /// A transaction for lists and sums of the named read models as of a moment, or as
    /// [`Self::read`].
    ///
    /// # Errors
    /// `AS_OF_PREPARING` when they are not ready in time, `AS_OF_TOO_MANY` when the tenant looks
    /// from too many moments, or the database is away.
    pub async fn list(
        &self,
        scope: &Scope,
        read_models: &[&'static str],
        moment: Option<AsOf>,
    ) -> Result<TenantTx, Fault> {
        let Some(moment) = moment else {
            return self.read(scope, read_models).await;
        };
        let whence = (scope.tenant, moment);
        Ok(self
            .api
            .pasts()
            .stand(whence, read_models, PATIENCE)
            .await?)
    }
}

impl From<PastError> for Fault {
    fn from(error: PastError) -> Self {
        let text = error.to_string();
        match error {
            PastError::Preparing { .. } => Self::new(Code::AsOfPreparing, text).retry_after(AGAIN),
            PastError::TooMany => Self::new(Code::AsOfTooMany, text).retry_after(AGAIN * 5),
            PastError::Store(error) => error.into(),
        }
    }
}

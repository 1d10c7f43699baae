//! As of which moment is something asked?

use std::time::Duration;

use async_graphql::InputObject;
use chrono::{DateTime, Utc};
use daybook_domain::kernel::TenantId;
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
    /// The instant, not in the future: what was recorded then or before counts.
    at: Option<DateTime<Utc>>,
}

/// The one of both that was given.
enum When {
    Position(i64),
    Instant(DateTime<Utc>),
}

impl AsOfInput {
    fn read(self) -> Result<When, Fault> {
        match (self.position, self.at) {
            (Some(position), None) => Ok(When::Position(position.0)),
            (None, Some(at)) => Ok(When::Instant(at)),
            (Some(_), Some(_)) | (None, None) => {
                let text = "asOf takes either a position or an instant";
                Err(Fault::new(Code::BadUserInput, text))
            }
        }
    }
}

impl Asking {
    /// The moment that is meant; none for now. The answer will say that a part of it is of then.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for none or both of position and instant, `AS_OF_BEYOND_HEAD` for a
    /// position that the log has not reached and an instant that has not come, or the database is
    /// away.
    pub async fn moment(
        &self,
        scope: &Scope,
        as_of: Option<AsOfInput>,
    ) -> Result<Option<AsOf>, Fault> {
        let Some(as_of) = as_of else { return Ok(None) };
        let store = self.api.store();
        let moment = match as_of.read()? {
            When::Position(position) => {
                let found = store.moment_of(scope.tenant, position).await?;
                found.ok_or_else(|| {
                    let text = "the position lies after the end of the tenant's log";
                    Fault::new(Code::AsOfBeyondHead, text)
                })?
            }
            When::Instant(at) => store.moment_at(scope.tenant, self.past(at)?).await?,
        };
        self.reflected.look_back(moment.position);
        Ok(Some(moment))
    }

    /// The instant that is meant, for what lies in no tenant or in several; none for now. Nobody is
    /// told positions of the platform's log.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for a position, `AS_OF_BEYOND_HEAD` for an instant that has not come.
    pub fn instant(&self, as_of: Option<AsOfInput>) -> Result<Option<DateTime<Utc>>, Fault> {
        match as_of.map(AsOfInput::read).transpose()? {
            None => Ok(None),
            Some(When::Position(_)) => {
                let text = "an account lies in no tenant's log: asOf takes an instant here";
                Err(Fault::new(Code::BadUserInput, text))
            }
            Some(When::Instant(at)) => Ok(Some(self.past(at)?)),
        }
    }

    /// The moment that is meant of the platform's own log; none for now.
    ///
    /// # Errors
    /// As [`Self::instant`], or the database is away.
    pub async fn moment_of_platform(
        &self,
        as_of: Option<AsOfInput>,
    ) -> Result<Option<AsOf>, Fault> {
        let Some(at) = self.instant(as_of)? else {
            return Ok(None);
        };
        let moment = self.api.store().moment_at(TenantId::PLATFORM, at);
        Ok(Some(moment.await?))
    }

    /// An instant that has come: what will have been recorded until a later one is not known.
    fn past(&self, at: DateTime<Utc>) -> Result<DateTime<Utc>, Fault> {
        if at > self.at {
            let text = "the instant lies in the future";
            return Err(Fault::new(Code::AsOfBeyondHead, text));
        }
        Ok(at)
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

    /// A transaction for single things of any tenant as of an instant, which the caller has a right
    /// to. The named read models are those that tell which streams matter.
    ///
    /// # Errors
    /// `CONSISTENCY_TIMEOUT` when they do not get there in time, or the database is away.
    pub async fn look_into(
        &self,
        (tenant, at): (TenantId, DateTime<Utc>),
        read_models: &[&'static str],
    ) -> Result<TenantTx, Fault> {
        let store = self.api.store();
        let moment = store.moment_at(tenant, at).await?;
        let patience = self.api.options().patience;
        self.settled(moment.log_position, read_models, patience)
            .await?;
        let mut tx = store.tenant_tx(tenant).await?;
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

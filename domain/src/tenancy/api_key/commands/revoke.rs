//! Takes a program's access away.

use chrono::{DateTime, Utc};

use super::super::events::{ApiKeyEvent, Revoked};
use super::super::{ApiKey, Refusal};
use crate::kernel::{Command, Decision};

/// Ends a key from the next request on, both secrets and for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revoke {
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for Revoke {
    type Aggregate = ApiKey;

    fn decide(&self, api_key: &ApiKey) -> Decision<ApiKey> {
        match api_key {
            ApiKey::Unknown => Err(Refusal::Unknown),
            ApiKey::Revoked => Ok(Vec::new()),
            ApiKey::Active(_) => Ok(vec![ApiKeyEvent::Revoked(Revoked { at: self.at })]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{at, created, days, revoked};
    use super::*;
    use crate::kernel::testing::given;

    fn command() -> Revoke {
        Revoke { at: at(2) }
    }

    #[test]
    fn revokes() {
        given(&[created()]).when(&command()).then(&[revoked()]);
    }

    #[test]
    fn revokes_an_expired_key_too() {
        let event = ApiKeyEvent::Revoked(Revoked { at: days(40) });
        given(&[created()])
            .when(&Revoke { at: days(40) })
            .then(&[event]);
    }

    #[test]
    fn changes_nothing_when_revoked() {
        given(&[created(), revoked()]).when(&command()).then(&[]);
    }

    #[test]
    fn refuses_an_unknown_key() {
        given(&[]).when(&command()).refuses(&Refusal::Unknown);
    }
}

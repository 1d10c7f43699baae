//! Gives a key another secret.

use chrono::{DateTime, TimeDelta, Utc};

use super::super::events::{ApiKeyEvent, Rotated};
use super::super::limits::MAX_OVERLAP_DAYS;
use super::super::state::check_scopes;
use super::super::{ApiKey, Refusal};
use crate::kernel::{Command, Decision, Digest};
use crate::tenancy::access::{Permission, Role};

/// Replaces the secret under the same kid. The old one stays good for a while, so that a program
/// can be switched over; one that is older still dies at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rotate {
    /// The SHA-256 of the new text.
    pub secret: Digest,
    /// Until when the old one is good; now ends it at once.
    pub previous_expires_at: DateTime<Utc>,
    /// What whoever rotates is: they learn the new secret, so the scopes must be within that.
    pub by: Role,
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for Rotate {
    type Aggregate = ApiKey;

    fn decide(&self, api_key: &ApiKey) -> Decision<ApiKey> {
        let key = api_key.usable(self.at)?;
        if !self.by.may(Permission::ApiKeysManage) {
            return Err(Refusal::RoleTooLow);
        }
        check_scopes(&key.scopes, self.by)?;
        if key.secret == self.secret {
            return Ok(Vec::new());
        }
        let latest = self.at + TimeDelta::days(MAX_OVERLAP_DAYS);
        if !(self.at..=latest).contains(&self.previous_expires_at) {
            return Err(Refusal::OverlapOutOfBounds);
        }
        Ok(vec![ApiKeyEvent::Rotated(Rotated {
            secret: self.secret,
            previous_expires_at: self.previous_expires_at,
            at: self.at,
        })])
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::super::events::Created;
    use super::super::super::fixtures::{at, created, days, digest, revoked, rotated};
    use super::*;
    use crate::kernel::testing::given;

    fn command() -> Rotate {
        Rotate {
            secret: digest(2),
            previous_expires_at: days(1),
            by: Role::Admin,
            at: at(1),
        }
    }

    #[test]
    fn rotates() {
        given(&[created()]).when(&command()).then(&[rotated()]);
    }

    #[test]
    fn ends_the_old_secret_at_once_or_within_a_week() {
        let rotate = |until| Rotate {
            previous_expires_at: until,
            ..command()
        };
        let key = given::<ApiKey>(&[created()]).state();
        assert!(rotate(at(1)).decide(&key).is_ok());
        assert!(rotate(at(1) + TimeDelta::days(7)).decide(&key).is_ok());
        let refusal = Refusal::OverlapOutOfBounds;
        given(&[created()]).when(&rotate(at(0))).refuses(&refusal);
        let late = rotate(at(2) + TimeDelta::days(7));
        given(&[created()]).when(&late).refuses(&refusal);
    }

    #[test]
    fn changes_nothing_when_it_is_the_secret() {
        given(&[created(), rotated()]).when(&command()).then(&[]);
    }

    #[test]
    fn refuses_to_hand_an_admin_the_key_of_an_owner() {
        let ApiKeyEvent::Created(created) = created() else {
            panic!("not created")
        };
        let scopes = BTreeSet::from([Permission::TenantClose]);
        let past = [ApiKeyEvent::Created(Created { scopes, ..created })];
        let refusal = Refusal::ScopeAboveYours(Permission::TenantClose);
        given(&past).when(&command()).refuses(&refusal);
        let owner = Rotate {
            by: Role::Owner,
            ..command()
        };
        given(&past).when(&owner).then(&[rotated()]);
    }

    #[test]
    fn refuses_a_role_that_may_not_have_keys() {
        let command = Rotate {
            by: Role::Manager,
            ..command()
        };
        given(&[created()])
            .when(&command)
            .refuses(&Refusal::RoleTooLow);
    }

    #[test]
    fn refuses_an_expired_revoked_or_unknown_key() {
        let late = Rotate {
            at: days(31),
            previous_expires_at: days(31),
            ..command()
        };
        given(&[created()]).when(&late).refuses(&Refusal::Expired);
        given(&[created(), revoked()])
            .when(&command())
            .refuses(&Refusal::Revoked);
        given(&[]).when(&command()).refuses(&Refusal::Unknown);
    }
}

//! Gives a program access.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::super::events::{ApiKeyEvent, Created};
use super::super::format::Kid;
use super::super::limits::NAME;
use super::super::state::check_scopes;
use super::super::{ApiKey, Refusal};
use crate::kernel::{ApiKeyId, Command, Decision, Digest, MemberId};
use crate::tenancy::access::{Permission, Role};
use crate::tenancy::network::Network;

/// Creates a key, which may do no more than whoever creates it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Create {
    /// The new key, also the stream.
    pub api_key_id: ApiKeyId,
    /// Its public part.
    pub kid: Kid,
    /// The SHA-256 of its whole text.
    pub secret: Digest,
    /// What it is called.
    pub name: String,
    /// What it may be used for.
    pub scopes: BTreeSet<Permission>,
    /// From when on it opens nothing; none for a key that does not expire.
    pub expires_at: Option<DateTime<Utc>>,
    /// From where it may be used; empty is from everywhere.
    pub networks: Vec<String>,
    /// Who creates it.
    pub creator: MemberId,
    /// What they are.
    pub by: Role,
    /// Whether the tenant's policy allows keys.
    pub keys_allowed: bool,
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for Create {
    type Aggregate = ApiKey;

    fn decide(&self, api_key: &ApiKey) -> Decision<ApiKey> {
        if *api_key != ApiKey::Unknown {
            return Err(Refusal::Exists);
        }
        if !self.keys_allowed {
            return Err(Refusal::NotAllowed);
        }
        if !self.by.may(Permission::ApiKeysManage) {
            return Err(Refusal::RoleTooLow);
        }
        if self.scopes.is_empty() {
            return Err(Refusal::ScopesMissing);
        }
        check_scopes(&self.scopes, self.by)?;
        if self.expires_at.is_some_and(|end| end <= self.at) {
            return Err(Refusal::ExpiresTooSoon);
        }
        Ok(vec![ApiKeyEvent::Created(Created {
            api_key_id: self.api_key_id,
            kid: self.kid.clone(),
            secret: self.secret,
            name: NAME.line(&self.name)?,
            scopes: self.scopes.clone(),
            expires_at: self.expires_at,
            networks: Network::parse_list("networks", &self.networks)?,
            creator: self.creator,
            at: self.at,
        })])
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{
        api_key, at, created, creator, days, digest, revoked, scopes,
    };
    use super::*;
    use crate::kernel::Refusal as _;
    use crate::kernel::testing::given;

    fn command() -> Create {
        Create {
            api_key_id: api_key(),
            kid: Kid::from_bits(7),
            secret: digest(1),
            name: " Shop ".to_owned(),
            scopes: scopes(),
            expires_at: Some(days(31)),
            networks: vec!["10.0.0.0/8".to_owned()],
            creator: creator(),
            by: Role::Admin,
            keys_allowed: true,
            at: at(0),
        }
    }

    #[test]
    fn creates() {
        given(&[]).when(&command()).then(&[created()]);
    }

    #[test]
    fn refuses_a_scope_above_ones_own_role() {
        let scopes = BTreeSet::from([Permission::ClientsRead, Permission::TenantClose]);
        let admins = Create {
            scopes: scopes.clone(),
            ..command()
        };
        let refusal = Refusal::ScopeAboveYours(Permission::TenantClose);
        given(&[]).when(&admins).refuses(&refusal);
        let owners = Create {
            scopes,
            by: Role::Owner,
            ..command()
        };
        assert!(owners.decide(&ApiKey::Unknown).is_ok());
    }

    #[test]
    fn refuses_a_role_that_may_not_have_keys() {
        for by in [Role::Manager, Role::Member, Role::Guest, Role::Client] {
            given(&[])
                .when(&Create { by, ..command() })
                .refuses(&Refusal::RoleTooLow);
        }
    }

    #[test]
    fn refuses_where_the_policy_does_not_allow_keys() {
        let command = Create {
            keys_allowed: false,
            ..command()
        };
        given(&[]).when(&command).refuses(&Refusal::NotAllowed);
    }

    #[test]
    fn refuses_a_key_that_could_do_nothing_or_never_be_used() {
        let scopeless = Create {
            scopes: BTreeSet::new(),
            ..command()
        };
        given(&[]).when(&scopeless).refuses(&Refusal::ScopesMissing);
        let expired = Create {
            expires_at: Some(at(0)),
            ..command()
        };
        given(&[]).when(&expired).refuses(&Refusal::ExpiresTooSoon);
        let unending = Create {
            expires_at: None,
            ..command()
        };
        assert!(unending.decide(&ApiKey::Unknown).is_ok());
    }

    #[test]
    fn refuses_fields_that_are_not_what_they_must_be() {
        let refused = |command: Create| command.decide(&ApiKey::Unknown).unwrap_err().field();
        assert_eq!(
            refused(Create {
                name: String::new(),
                ..command()
            }),
            "name"
        );
        let networks = vec!["10.0.0.0/33".to_owned()];
        assert_eq!(
            refused(Create {
                networks,
                ..command()
            }),
            "networks"
        );
        let many = Create {
            networks: vec!["::1".to_owned(); 101],
            ..command()
        };
        given(&[]).when(&many).refuses(&Refusal::TooManyNetworks);
    }

    #[test]
    fn refuses_an_id_that_is_in_use() {
        given(&[created()])
            .when(&command())
            .refuses(&Refusal::Exists);
        given(&[created(), revoked()])
            .when(&command())
            .refuses(&Refusal::Exists);
    }
}

//! Reactivate a client.

use chrono::{DateTime, Utc};

use crate::crm::client::{Client, ClientEvent, Reactivated, Status};
use crate::kernel::{Command, Decision};

/// Brings an inactive or archived client back.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reactivate {
    /// Now.
    pub at: DateTime<Utc>,
}

impl Command for Reactivate {
    type Aggregate = Client;

    fn decide(&self, client: &Client) -> Decision<Client> {
        match client.profile()?.status {
            Status::Active => Ok(vec![]),
            Status::Inactive | Status::Archived => {
                let reactivated = Reactivated { at: self.at };
                Ok(vec![ClientEvent::Reactivated(reactivated)])
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crm::client::Refusal;
    use crate::crm::client::fixtures::*;
    use crate::kernel::testing::given;

    #[test]
    fn brings_an_inactive_or_archived_client_back() {
        for before in [deactivated(), archived()] {
            let client = given(&[registered(), before])
                .when(&Reactivate { at: at() })
                .then(&[reactivated()]);
            assert!(client.facts().unwrap().may_take_documents());
            assert_eq!(client.profile().unwrap().status, Status::Active);
        }
    }

    #[test]
    fn reactivating_an_active_client_changes_nothing() {
        given(&[registered()])
            .when(&Reactivate { at: at() })
            .then(&[]);
    }

    #[test]
    fn refuses_an_unknown_client() {
        given(&[])
            .when(&Reactivate { at: at() })
            .refuses(&Refusal::Unknown);
    }
}

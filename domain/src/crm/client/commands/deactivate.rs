//! Deactivate a client.

use chrono::{DateTime, Utc};

use crate::crm::client::{Client, ClientEvent, Deactivated, Refusal, Status};
use crate::kernel::{Command, Decision};

/// Says that no business is expected with the client for now; forbids none.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Deactivate {
    /// Now.
    pub at: DateTime<Utc>,
}

impl Command for Deactivate {
    type Aggregate = Client;

    fn decide(&self, client: &Client) -> Decision<Client> {
        match client.profile()?.status {
            Status::Active => {
                let deactivated = Deactivated { at: self.at };
                Ok(vec![ClientEvent::Deactivated(deactivated)])
            }
            Status::Inactive => Ok(vec![]),
            Status::Archived => Err(Refusal::Archived),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crm::client::fixtures::*;
    use crate::kernel::testing::given;

    fn command(at: DateTime<Utc>) -> Deactivate {
        Deactivate { at }
    }

    #[test]
    fn deactivates_an_active_client() {
        let client = given(&[registered()])
            .when(&command(at()))
            .then(&[deactivated()]);
        assert_eq!(client.profile().unwrap().status, Status::Inactive);
    }

    #[test]
    fn deactivating_again_changes_nothing() {
        given(&[registered(), deactivated()])
            .when(&command(at()))
            .then(&[]);
    }

    #[test]
    fn refuses_an_unknown_or_archived_client() {
        given(&[]).when(&command(at())).refuses(&Refusal::Unknown);
        given(&[registered(), archived()])
            .when(&command(at()))
            .refuses(&Refusal::Archived);
    }
}

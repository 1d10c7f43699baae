//! Takes somebody who is erased off the list of those who get checkpoints.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::super::Tenant;
use super::super::events::{CheckpointRecipientsSet, TenantEvent};
use crate::kernel::{Command, Decision};

/// Leaves the others on the list. It follows from an erasure, so it is never refused, whatever the
/// tenant's status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForgetCheckpointRecipients {
    /// The list that is left, an identity that nothing else has.
    pub list_id: Uuid,
    /// Addresses in their compared form.
    pub addresses: Vec<String>,
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for ForgetCheckpointRecipients {
    type Aggregate = Tenant;

    fn decide(&self, tenant: &Tenant) -> Decision<Tenant> {
        let list = tenant
            .profile()
            .map_or(&[][..], |profile| &profile.checkpoint_recipients);
        let mut recipients = list.to_vec();
        recipients.retain(|email| !self.addresses.contains(&email.compared()));
        if recipients.len() == list.len() {
            return Ok(Vec::new());
        }
        Ok(vec![TenantEvent::CheckpointRecipientsSet(
            CheckpointRecipientsSet {
                list_id: self.list_id,
                recipients,
                at: self.at,
            },
        )])
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{
        at, checkpoint_recipients_set, closed, founded, recipients, suspended,
    };
    use super::*;
    use crate::kernel::testing::given;

    fn command(address: &str) -> ForgetCheckpointRecipients {
        ForgetCheckpointRecipients {
            list_id: Uuid::from_u128(14),
            addresses: vec![address.to_owned()],
            at: at(14),
        }
    }

    #[test]
    fn leaves_the_others_whatever_the_status() {
        let left = TenantEvent::CheckpointRecipientsSet(CheckpointRecipientsSet {
            list_id: Uuid::from_u128(14),
            recipients: recipients().split_off(1),
            at: at(14),
        });
        for past in [vec![], vec![suspended()], vec![closed()]] {
            let past = [vec![founded(), checkpoint_recipients_set()], past].concat();
            given(&past)
                .when(&command("ada@auditor.example"))
                .then(std::slice::from_ref(&left));
        }
    }

    #[test]
    fn changes_nothing_for_somebody_who_is_not_on_it() {
        let address = command("eve@elsewhere.example");
        given(&[founded(), checkpoint_recipients_set()])
            .when(&address)
            .then(&[]);
        given(&[]).when(&address).then(&[]);
    }
}

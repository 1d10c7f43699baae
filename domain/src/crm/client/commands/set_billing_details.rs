//! Set how a client is billed.

use chrono::{DateTime, Utc};

use crate::crm::client::{BillingDetails, BillingDetailsSet, Client, ClientEvent};
use crate::kernel::{Command, Decision};

/// Replaces all billing details. Documents that are already sent keep theirs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SetBillingDetails {
    /// The new ones; what is absent becomes absent.
    pub billing: BillingDetails,
    /// Now.
    pub at: DateTime<Utc>,
}

impl Command for SetBillingDetails {
    type Aggregate = Client;

    fn decide(&self, client: &Client) -> Decision<Client> {
        let old = &client.changeable()?.billing;
        let billing = self.billing.checked()?;
        if billing == *old {
            return Ok(vec![]);
        }
        let set = BillingDetailsSet {
            billing,
            at: self.at,
        };
        Ok(vec![ClientEvent::BillingDetailsSet(set)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crm::client::Refusal;
    use crate::crm::client::fixtures::*;
    use crate::kernel::Refusal as _;
    use crate::kernel::testing::given;

    fn set(billing: BillingDetails) -> SetBillingDetails {
        SetBillingDetails { billing, at: at() }
    }

    #[test]
    fn replaces_the_billing_details() {
        given(&[registered()])
            .when(&set(BillingDetails {
                city: Some(" London ".to_owned()),
                ..billing()
            }))
            .then(&[billing_set(billing())]);
        given(&[registered(), billing_set(billing())])
            .when(&set(BillingDetails::default()))
            .then(&[billing_set(BillingDetails::default())]);
    }

    #[test]
    fn setting_the_same_changes_nothing() {
        given(&[registered(), billing_set(billing())])
            .when(&set(billing()))
            .then(&[]);
        given(&[registered()])
            .when(&set(BillingDetails::default()))
            .then(&[]);
    }

    #[test]
    fn refuses_an_unknown_or_archived_client() {
        given(&[]).when(&set(billing())).refuses(&Refusal::Unknown);
        given(&[registered(), archived()])
            .when(&set(billing()))
            .refuses(&Refusal::Archived);
    }

    /// The field at fault, and what makes it so.
    type Fault = (&'static str, fn(&mut BillingDetails));

    #[test]
    fn refuses_malformed_details() {
        fn long() -> String {
            "x".repeat(201)
        }
        let client = given(&[registered()]).state();
        let faults: [Fault; 8] = [
            ("name", |it| it.name = Some(long())),
            ("addressLines", |it| {
                it.address_lines = vec!["x".to_owned(); 6];
            }),
            ("addressLines", |it| it.address_lines = vec![" ".to_owned()]),
            ("postalCode", |it| it.postal_code = Some(long())),
            ("city", |it| it.city = Some(long())),
            ("vatNumber", |it| it.vat_number = Some("<x>".to_owned())),
            ("vatNumber", |it| it.vat_number = Some(long())),
            ("paymentTermsDays", |it| it.payment_terms_days = Some(366)),
        ];
        for (field, fault) in faults {
            let mut billing = billing();
            fault(&mut billing);
            assert_eq!(set(billing).decide(&client).unwrap_err().field(), field);
        }
    }
}

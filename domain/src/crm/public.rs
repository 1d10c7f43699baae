//! What other contexts may know about clients.

pub use super::client::{BillingDetails, Status as ClientStatus};
pub use super::country::Country;
use crate::kernel::{ClientId, Currency};

/// The days a client is given to pay when nothing else was agreed.
pub const USUAL_PAYMENT_TERMS_DAYS: u16 = 30;

/// A client as a document sees it, looked up before the document's command decides.
#[derive(Debug, Clone, PartialEq)]
pub struct ClientFacts {
    /// Who.
    pub client_id: ClientId,
    /// The name it is known by.
    pub name: String,
    /// Whether business is done with it.
    pub status: ClientStatus,
    /// Where it is, if known.
    pub country: Option<Country>,
    /// How it is billed.
    pub billing: BillingDetails,
}

impl ClientFacts {
    /// Whether new documents may be made out to it.
    pub fn may_take_documents(&self) -> bool {
        match self.status {
            ClientStatus::Active | ClientStatus::Inactive => true,
            ClientStatus::Archived => false,
        }
    }

    /// The currency of its documents, if it has one of its own.
    pub fn currency(&self) -> Option<Currency> {
        self.billing.currency
    }

    /// Days from issue to due.
    pub fn payment_terms_days(&self) -> u16 {
        let agreed = self.billing.payment_terms_days;
        agreed.unwrap_or(USUAL_PAYMENT_TERMS_DAYS)
    }

    /// The billing details as a document shows them: name and country are filled in from the
    /// client's own where they are absent.
    pub fn billing_snapshot(&self) -> BillingDetails {
        let mut billing = self.billing.clone();
        billing.name.get_or_insert_with(|| self.name.clone());
        billing.country = billing.country.or_else(|| self.country.clone());
        billing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crm::client::fixtures::{country, facts};

    #[test]
    fn only_archived_clients_take_no_documents() {
        for (status, may) in [
            (ClientStatus::Active, true),
            (ClientStatus::Inactive, true),
            (ClientStatus::Archived, false),
        ] {
            let facts = ClientFacts { status, ..facts() };
            assert_eq!(facts.may_take_documents(), may);
        }
    }

    #[test]
    fn what_billing_leaves_out_is_filled_in() {
        let mut facts = facts();
        assert_eq!(facts.billing_snapshot(), facts.billing);
        assert_eq!(facts.payment_terms_days(), 14);
        facts.billing = BillingDetails::default();
        let snapshot = facts.billing_snapshot();
        assert_eq!(snapshot.name.as_deref(), Some("Ada Ltd"));
        assert_eq!(snapshot.country, Some(country("United Kingdom")));
        assert_eq!(facts.payment_terms_days(), USUAL_PAYMENT_TERMS_DAYS);
        assert_eq!(facts.currency(), None);
    }
}

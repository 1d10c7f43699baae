//! What happened to a client.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::billing::BillingDetails;
use super::details::Details;
use crate::crm::country::Country;
use crate::crm::fields::{FieldKey, FieldValue};
use crate::kernel::{Claim, ClientId, Email, Event, MemberId, NoteId, Patch, Personal, Realm};

/// The scope in which external ids are unique per tenant.
pub const EXTERNAL_ID: &str = "crm.client_external_id";

/// The facts of a client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ClientEvent {
    /// The client is known from now on.
    #[serde(rename = "crm.client.registered")]
    Registered(Registered),
    /// Some of its details changed.
    #[serde(rename = "crm.client.details_changed")]
    DetailsChanged(DetailsChanged),
    /// Some of its custom fields changed.
    #[serde(rename = "crm.client.custom_fields_set")]
    CustomFieldsSet(CustomFieldsSet),
    /// Its billing details were replaced.
    #[serde(rename = "crm.client.billing_details_set")]
    BillingDetailsSet(BillingDetailsSet),
    /// A note was added.
    #[serde(rename = "crm.client.note_added")]
    NoteAdded(NoteAdded),
    /// A note was taken back.
    #[serde(rename = "crm.client.note_withdrawn")]
    NoteWithdrawn(NoteWithdrawn),
    /// No business is expected for now.
    #[serde(rename = "crm.client.deactivated")]
    Deactivated(Deactivated),
    /// Business goes on.
    #[serde(rename = "crm.client.reactivated")]
    Reactivated(Reactivated),
    /// The record is put away.
    #[serde(rename = "crm.client.archived")]
    Archived(Archived),
    /// Who it was is not known any more.
    #[serde(rename = "crm.client.erased")]
    Erased(Erased),
}

impl Event for ClientEvent {
    fn claims(&self) -> Vec<Claim> {
        match self {
            Self::Registered(Registered { details, .. }) => {
                details.external_id.iter().map(|id| take(id)).collect()
            }
            // The old one is given back first, in case both compare alike.
            Self::DetailsChanged(changed) => {
                let released = changed.former_external_id.iter().map(|id| release(id));
                let taken = changed.external_id.value().into_iter().map(|id| take(id));
                released.chain(taken).collect()
            }
            Self::CustomFieldsSet(_)
            | Self::BillingDetailsSet(_)
            | Self::NoteAdded(_)
            | Self::NoteWithdrawn(_)
            | Self::Deactivated(_)
            | Self::Reactivated(_)
            | Self::Archived(_)
            | Self::Erased(_) => Vec::new(),
        }
    }

    fn personal(&self) -> Vec<Personal> {
        match self {
            Self::Registered(_) => DETAILS.to_vec(),
            Self::DetailsChanged(_) => CHANGED_DETAILS.to_vec(),
            Self::CustomFieldsSet(_) => vec![Personal::object("/values")],
            Self::BillingDetailsSet(_) => BillingDetails::PERSONAL.to_vec(),
            Self::NoteAdded(_) => vec![Personal::text("/text")],
            Self::Archived(_) => vec![Personal::optional("/reason")],
            Self::NoteWithdrawn(_)
            | Self::Deactivated(_)
            | Self::Reactivated(_)
            | Self::Erased(_) => Vec::new(),
        }
    }
}

/// What of a client's details is about somebody; the country is not, and figures need it.
const DETAILS: [Personal; 7] = [
    Personal::text("/details/name"),
    Personal::optional("/details/externalId"),
    Personal::optional("/details/email"),
    Personal::optional("/details/phone"),
    Personal::optional("/details/website"),
    Personal::optional("/details/company"),
    Personal::optional("/details/contact"),
];

/// The same where they change; a change that is gone reads as one to nothing.
const CHANGED_DETAILS: [Personal; 8] = [
    Personal::text("/name"),
    Personal::optional("/externalId"),
    Personal::optional("/formerExternalId"),
    Personal::optional("/email"),
    Personal::optional("/phone"),
    Personal::optional("/website"),
    Personal::optional("/company"),
    Personal::optional("/contact"),
];

fn take(external_id: &str) -> Claim {
    Claim::Take {
        realm: Realm::Tenant,
        scope: EXTERNAL_ID,
        value: external_id.to_owned(),
    }
}

fn release(external_id: &str) -> Claim {
    Claim::Release {
        realm: Realm::Tenant,
        scope: EXTERNAL_ID,
        value: external_id.to_owned(),
    }
}

/// The client is known from now on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Registered {
    /// Who.
    pub client_id: ClientId,
    /// What is known about it.
    pub details: Details,
    /// When.
    pub at: DateTime<Utc>,
}

/// Some details changed. An absent field stayed, a null one was cleared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DetailsChanged {
    /// The new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its identity in another system.
    #[serde(default, skip_serializing_if = "Patch::is_keep")]
    pub external_id: Patch<String>,
    /// The external id given up by this change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub former_external_id: Option<String>,
    /// Where mail reaches it.
    #[serde(default, skip_serializing_if = "Patch::is_keep")]
    pub email: Patch<Email>,
    /// Its telephone number.
    #[serde(default, skip_serializing_if = "Patch::is_keep")]
    pub phone: Patch<String>,
    /// Its web address.
    #[serde(default, skip_serializing_if = "Patch::is_keep")]
    pub website: Patch<String>,
    /// Its organisation.
    #[serde(default, skip_serializing_if = "Patch::is_keep")]
    pub company: Patch<String>,
    /// The person to talk to.
    #[serde(default, skip_serializing_if = "Patch::is_keep")]
    pub contact: Patch<String>,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Patch::is_keep")]
    pub country: Patch<Country>,
    /// When.
    pub at: DateTime<Utc>,
}

impl DetailsChanged {
    /// Makes the change on a state or on a row.
    pub fn apply(&self, details: &mut Details) {
        let old = std::mem::take(details);
        *details = Details {
            name: self.name.clone().unwrap_or(old.name),
            external_id: self.external_id.clone().apply(old.external_id),
            email: self.email.clone().apply(old.email),
            phone: self.phone.clone().apply(old.phone),
            website: self.website.clone().apply(old.website),
            company: self.company.clone().apply(old.company),
            contact: self.contact.clone().apply(old.contact),
            country: self.country.clone().apply(old.country),
        };
    }
}

/// Some custom fields changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CustomFieldsSet {
    /// By key: the new value, or null for a cleared one. Other fields stayed.
    pub values: BTreeMap<FieldKey, Patch<FieldValue>>,
    /// When.
    pub at: DateTime<Utc>,
}

/// The billing details were replaced.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BillingDetailsSet {
    /// All of the new ones.
    pub billing: BillingDetails,
    /// When.
    pub at: DateTime<Utc>,
}

/// A note was added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NoteAdded {
    /// Which note.
    pub note_id: NoteId,
    /// What it says.
    pub text: String,
    /// The member who wrote it; absent when a program did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<MemberId>,
    /// When.
    pub at: DateTime<Utc>,
}

/// A note was taken back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NoteWithdrawn {
    /// Which note.
    pub note_id: NoteId,
    /// When.
    pub at: DateTime<Utc>,
}

/// No business is expected for now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deactivated {
    /// When.
    pub at: DateTime<Utc>,
}

/// Business goes on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reactivated {
    /// When.
    pub at: DateTime<Utc>,
}

/// The record is put away.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Archived {
    /// Why, if somebody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

/// Who it was is not known any more: the key of its personal fields goes away with this.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Erased {
    /// When.
    pub at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::*;
    use super::*;
    use crate::kernel::testing::{erased_as, stored_as};

    const AT: &str = r#""at":"2024-03-01T09:30:00Z""#;

    fn frozen(event: &ClientEvent, name: &str, fields: &str) {
        let comma = if fields.is_empty() { "" } else { "," };
        stored_as(event, name, &format!("{{{fields}{comma}{AT}}}"));
    }

    #[test]
    fn stored_details_are_frozen() {
        let id = r#""clientId":"00000000-0000-0000-0000-00000000000c""#;
        frozen(
            &registered(),
            "crm.client.registered",
            &format!(r#"{id},"details":{{"name":"Ada Ltd"}}"#),
        );
        frozen(
            &registered_in_full(),
            "crm.client.registered",
            &format!(
                r#"{id},"details":{{"name":"Ada Ltd","externalId":"17850","email":"Ada@example.com","phone":"+44 20 1","website":"https://ada.example","company":"Ada Group","contact":"Ada","country":"United Kingdom"}}"#
            ),
        );
        let changed = details_changed(|changed| {
            changed.name = Some("Ada plc".to_owned());
            changed.external_id = Patch::Set("2".to_owned());
            changed.former_external_id = Some("1".to_owned());
            changed.email = Patch::Clear;
            changed.phone = Patch::Clear;
            changed.website = Patch::Set("https://a.example".to_owned());
            changed.company = Patch::Clear;
            changed.contact = Patch::Set("Bea".to_owned());
            changed.country = Patch::Set(country("EIRE"));
        });
        frozen(
            &changed,
            "crm.client.details_changed",
            r#""name":"Ada plc","externalId":"2","formerExternalId":"1","email":null,"phone":null,"website":"https://a.example","company":null,"contact":"Bea","country":"EIRE""#,
        );
        frozen(&details_changed(|_| {}), "crm.client.details_changed", "");
    }

    #[test]
    fn stored_fields_and_billing_are_frozen() {
        frozen(
            &custom_fields_set(&[
                ("size", Patch::Set(FieldValue::Text("12.5".to_owned()))),
                ("tier", Patch::Clear),
                ("vip", Patch::Set(FieldValue::Boolean(true))),
            ]),
            "crm.client.custom_fields_set",
            r#""values":{"size":"12.5","tier":null,"vip":true}"#,
        );
        frozen(
            &billing_set(billing()),
            "crm.client.billing_details_set",
            r#""billing":{"name":"Ada Ltd, Accounts","addressLines":["1 High Street"],"postalCode":"N1 1AA","city":"London","country":"United Kingdom","vatNumber":"GB 123","paymentTermsDays":14,"currency":"GBP"}"#,
        );
        frozen(
            &billing_set(BillingDetails::default()),
            "crm.client.billing_details_set",
            r#""billing":{}"#,
        );
    }

    #[test]
    fn stored_notes_and_statuses_are_frozen() {
        frozen(
            &note_added(1),
            "crm.client.note_added",
            r#""noteId":"00000000-0000-0000-0000-000000000001","text":"Prefers mail.","author":"00000000-0000-0000-0000-00000000000a""#,
        );
        frozen(
            &note_withdrawn(1),
            "crm.client.note_withdrawn",
            r#""noteId":"00000000-0000-0000-0000-000000000001""#,
        );
        frozen(&deactivated(), "crm.client.deactivated", "");
        frozen(&reactivated(), "crm.client.reactivated", "");
        frozen(
            &archived(),
            "crm.client.archived",
            r#""reason":"out of business""#,
        );
        frozen(&erased(), "crm.client.erased", "");
    }

    #[test]
    fn an_external_id_is_claimed_and_given_back() {
        assert_eq!(registered().claims(), []);
        assert_eq!(registered_in_full().claims(), [take("17850")]);
        let changed = details_changed(|changed| {
            changed.external_id = Patch::Set("2".to_owned());
            changed.former_external_id = Some("1".to_owned());
        });
        assert_eq!(changed.claims(), [release("1"), take("2")]);
        let cleared = details_changed(|changed| {
            changed.external_id = Patch::Clear;
            changed.former_external_id = Some("1".to_owned());
        });
        assert_eq!(cleared.claims(), [release("1")]);
        // An archived client keeps its external id.
        assert_eq!(archived().claims(), []);
    }
    #[test]
    fn erased_clients_keep_what_is_about_nobody() {
        let erased = |event: &ClientEvent, fields: &str| {
            erased_as(event, &format!("{{{fields},{AT}}}"));
        };
        erased(
            &registered_in_full(),
            r#""clientId":"00000000-0000-0000-0000-00000000000c","details":{"name":"erased","externalId":null,"email":null,"phone":null,"website":null,"company":null,"contact":null,"country":"United Kingdom"}"#,
        );
        let changed = details_changed(|changed| {
            changed.name = Some("Ada plc".to_owned());
            changed.external_id = Patch::Set("2".to_owned());
            changed.former_external_id = Some("1".to_owned());
            changed.email = Patch::Set(Email::parse("email", "a@b.example").unwrap());
            changed.phone = Patch::Set("1".to_owned());
            changed.website = Patch::Set("https://a.example".to_owned());
            changed.company = Patch::Set("Ada".to_owned());
            changed.contact = Patch::Set("Bea".to_owned());
            changed.country = Patch::Set(country("EIRE"));
        });
        erased(
            &changed,
            r#""name":"erased","externalId":null,"formerExternalId":null,"email":null,"phone":null,"website":null,"company":null,"contact":null,"country":"EIRE""#,
        );
        let set = custom_fields_set(&[("vip", Patch::Set(FieldValue::Boolean(true)))]);
        erased(&set, r#""values":{}"#);
        erased(
            &billing_set(billing()),
            r#""billing":{"name":null,"addressLines":[],"postalCode":null,"city":null,"country":"United Kingdom","vatNumber":null,"paymentTermsDays":14,"currency":"GBP"}"#,
        );
        erased(
            &note_added(1),
            r#""noteId":"00000000-0000-0000-0000-000000000001","text":"erased","author":"00000000-0000-0000-0000-00000000000a""#,
        );
        erased(&archived(), r#""reason":null"#);
    }
}

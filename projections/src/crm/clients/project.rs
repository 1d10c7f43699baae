//! How a client's row follows from its events.

use chrono::{DateTime, Utc};
use daybook_domain::crm::client::{
    BillingDetails, ClientEvent, CustomFieldsSet, Details, Registered, Status,
};
use daybook_domain::crm::fields::FieldValues;
use daybook_domain::crm::public::Country;
use daybook_domain::kernel::{ClientId, Email};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::engine::{Envelope, Fault, GONE, ReadModel, existing};

/// A client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClientRow {
    /// Which client.
    pub id: ClientId,
    /// Its identity in another system; unique within the tenant.
    pub external_id: Option<String>,
    /// That id in lower case, by which lists are searched.
    pub external_key: Option<String>,
    /// The name it is known by.
    pub name: String,
    /// The name in lower case, by which lists are ordered and searched.
    pub name_key: String,
    /// Where mail reaches it.
    pub email: Option<Email>,
    /// The address in lower case, by which lists are searched.
    pub email_key: Option<String>,
    /// Its telephone number.
    pub phone: Option<String>,
    /// Its web address.
    pub website: Option<String>,
    /// The organisation it belongs to.
    pub company: Option<String>,
    /// The person to talk to.
    pub contact: Option<String>,
    /// Where it is.
    pub country: Option<Country>,
    /// Whether business is done with it.
    pub status: Status,
    /// How it is billed.
    pub billing: BillingDetails,
    /// The custom fields that hold a value.
    pub custom_fields: FieldValues,
    /// How many notes there are.
    pub note_count: i64,
    /// The version of its stream, for `expectedVersion`.
    pub version: i64,
    /// When it was registered.
    pub created_at: DateTime<Utc>,
    /// When it changed last.
    pub updated_at: DateTime<Utc>,
    /// The tenant's position at which it was registered.
    pub created_position: i64,
    /// The tenant's position of its last event.
    pub position: i64,
}

/// The read model of clients.
#[derive(Debug)]
pub enum Clients {}

impl ReadModel for Clients {
    type Event = ClientEvent;
    type Row = ClientRow;
    type Key = ClientId;
    const TABLE: &'static str = "crm_clients";
    const KEY: &'static [&'static str] = &["id"];

    const SUBJECT: Option<&'static str> = Some("id");

    fn key(row: &ClientRow) -> ClientId {
        row.id
    }

    fn subject(row: &ClientRow) -> Option<Uuid> {
        Some(row.id.0)
    }

    /// The row itself goes with the client's own last event.
    fn forget(row: &mut Option<ClientRow>) {
        let Some(row) = row else { return };
        let country = row.country.take();
        row.set_details(Details {
            name: GONE.to_owned(),
            country,
            ..Details::default()
        });
        row.billing = BillingDetails::default();
        row.custom_fields = FieldValues::new();
    }

    fn keys(_: &ClientEvent, envelope: &Envelope) -> Vec<ClientId> {
        vec![ClientId(envelope.stream_id)]
    }

    fn creates(event: &ClientEvent) -> bool {
        matches!(event, ClientEvent::Registered(_))
    }

    fn apply(
        row: &mut Option<ClientRow>,
        id: &ClientId,
        event: &ClientEvent,
        envelope: &Envelope,
    ) -> Result<(), Fault> {
        if let ClientEvent::Registered(registered) = event {
            *row = Some(registered_row(*id, registered, envelope));
            return Ok(());
        }
        if let ClientEvent::Erased(_) = event {
            *row = None;
            return Ok(());
        }
        let row = existing(row)?;
        match event {
            ClientEvent::Registered(_) | ClientEvent::Erased(_) => {}
            ClientEvent::DetailsChanged(changed) => {
                let mut details = row.details();
                changed.apply(&mut details);
                row.set_details(details);
            }
            ClientEvent::CustomFieldsSet(set) => row.set_custom_fields(set),
            ClientEvent::BillingDetailsSet(set) => row.billing = set.billing.clone(),
            ClientEvent::NoteAdded(_) => row.note_count += 1,
            ClientEvent::NoteWithdrawn(_) => row.note_count -= 1,
            ClientEvent::Deactivated(_) => row.status = Status::Inactive,
            ClientEvent::Reactivated(_) => row.status = Status::Active,
            ClientEvent::Archived(_) => row.status = Status::Archived,
        }
        row.version = envelope.version;
        row.updated_at = envelope.recorded_at;
        row.position = envelope.position;
        Ok(())
    }
}

fn registered_row(id: ClientId, registered: &Registered, envelope: &Envelope) -> ClientRow {
    let mut row = ClientRow {
        id,
        external_id: None,
        external_key: None,
        name: String::new(),
        name_key: String::new(),
        email: None,
        email_key: None,
        phone: None,
        website: None,
        company: None,
        contact: None,
        country: None,
        status: Status::Active,
        billing: BillingDetails::default(),
        custom_fields: FieldValues::new(),
        note_count: 0,
        version: envelope.version,
        created_at: envelope.recorded_at,
        updated_at: envelope.recorded_at,
        created_position: envelope.position,
        position: envelope.position,
    };
    row.set_details(registered.details.clone());
    row
}

impl ClientRow {
    fn details(&mut self) -> Details {
        Details {
            name: std::mem::take(&mut self.name),
            external_id: self.external_id.take(),
            email: self.email.take(),
            phone: self.phone.take(),
            website: self.website.take(),
            company: self.company.take(),
            contact: self.contact.take(),
            country: self.country.take(),
        }
    }

    fn set_details(&mut self, details: Details) {
        self.name_key = details.name.to_lowercase();
        self.email_key = details.email.as_ref().map(Email::compared);
        self.external_key = details.external_id.as_ref().map(|id| id.to_lowercase());
        self.name = details.name;
        self.external_id = details.external_id;
        self.email = details.email;
        self.phone = details.phone;
        self.website = details.website;
        self.company = details.company;
        self.contact = details.contact;
        self.country = details.country;
    }

    fn set_custom_fields(&mut self, set: &CustomFieldsSet) {
        for (key, patch) in &set.values {
            let before = self.custom_fields.remove(key);
            if let Some(value) = patch.clone().apply(before) {
                self.custom_fields.insert(key.clone(), value);
            }
        }
    }
}

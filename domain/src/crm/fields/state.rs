//! The custom fields of a tenant, as a fold of their declarations.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::definition::{Definition, FieldKey};
use super::events::FieldSetEvent;
use super::refusal::Refusal;
use crate::kernel::{Aggregate, TenantId};

/// The most fields that are declared at a time.
pub const MAX_FIELDS: usize = 50;
/// The most fields that were ever declared, retired ones included.
pub const MAX_DECLARED: usize = 500;

/// The one stream that holds a tenant's custom fields.
pub fn stream_id(tenant: TenantId) -> Uuid {
    Uuid::new_v5(&tenant.0, b"crm.field_set")
}

/// The custom fields of a tenant's clients.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FieldSet {
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Entry {
    definition: Definition,
    retired: bool,
}

impl FieldSet {
    /// The fields that take values, in the order in which they were first declared.
    pub fn definitions(&self) -> impl Iterator<Item = &Definition> {
        self.entries
            .iter()
            .filter(|entry| !entry.retired)
            .map(|entry| &entry.definition)
    }

    /// The field that takes values under this key.
    pub fn declared(&self, key: &FieldKey) -> Option<&Definition> {
        self.definitions().find(|definition| definition.key == *key)
    }

    /// The field under this key, retired or not.
    pub fn ever_declared(&self, key: &FieldKey) -> Option<&Definition> {
        let entry = self.entries.iter().find(|e| e.definition.key == *key);
        entry.map(|entry| &entry.definition)
    }

    /// How many fields were ever declared.
    pub fn count_ever_declared(&self) -> usize {
        self.entries.len()
    }

    fn entry(&mut self, key: &FieldKey) -> Option<&mut Entry> {
        self.entries.iter_mut().find(|e| e.definition.key == *key)
    }
}

impl Aggregate for FieldSet {
    const NAME: &'static str = "crm.field_set";
    type Event = FieldSetEvent;
    type Refusal = Refusal;

    fn evolve(&mut self, event: FieldSetEvent) {
        match event {
            FieldSetEvent::Declared(declared) => {
                let entry = Entry {
                    definition: declared.definition(),
                    retired: false,
                };
                match self.entry(&declared.key) {
                    Some(old) => *old = entry,
                    None => self.entries.push(entry),
                }
            }
            FieldSetEvent::Retired(retired) => {
                if let Some(entry) = self.entry(&retired.key) {
                    entry.retired = true;
                }
            }
        }
    }
}

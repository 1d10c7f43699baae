//! What is kept about a client, and the limits of each field.

use serde::{Deserialize, Serialize};

use crate::crm::country::Country;
use crate::crm::web::web_address;
use crate::kernel::{Email, FieldError, Text};

/// Who a client is and how to reach it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Details {
    /// The name it is known by; a person's or an organisation's.
    pub name: String,
    /// Its identity in another system; unique within the tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Where mail reaches it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// Its telephone number, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    /// Its web address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    /// The organisation it belongs to, when the name is a person's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<String>,
    /// The person to talk to, when the name is an organisation's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<String>,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
}

type Read<T> = Result<T, FieldError>;

fn line(field: &'static str, max: usize, text: &str) -> Read<String> {
    Text { field, max }.line(text)
}

pub(super) fn name(text: &str) -> Read<String> {
    line("name", 200, text)
}

pub(super) fn external_id(text: &str) -> Read<String> {
    line("externalId", 100, text)
}

pub(super) fn email(text: &str) -> Read<Email> {
    Email::parse("email", text)
}

pub(super) fn phone(text: &str) -> Read<String> {
    line("phone", 40, text)
}

pub(super) fn website(text: &str) -> Read<String> {
    web_address("website", text)
}

pub(super) fn company(text: &str) -> Read<String> {
    line("company", 200, text)
}

pub(super) fn contact(text: &str) -> Read<String> {
    line("contact", 200, text)
}

pub(super) fn country(text: &str) -> Read<Country> {
    Country::parse("country", text)
}

/// Reads a field that may be absent.
pub(super) fn optional<T>(text: Option<&String>, read: fn(&str) -> Read<T>) -> Read<Option<T>> {
    text.map(|text| read(text)).transpose()
}

//! What a document needs to name a client.

use serde::{Deserialize, Serialize};

use crate::crm::country::Country;
use crate::kernel::{Currency, FieldError, Personal, Text};

/// The most days a client may be given to pay.
const MAX_TERMS_DAYS: u16 = 365;
/// The most lines of an address.
const MAX_ADDRESS_LINES: usize = 5;

/// How a client is billed. What is absent is taken from the client's details or left out of the
/// document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BillingDetails {
    /// The name on documents; absent when it is the client's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Street and whatever else precedes the city, in order; at most 5 lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub address_lines: Vec<String>,
    /// The postal code, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// The city.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city: Option<String>,
    /// The country of the address; absent when it is the client's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// The VAT identification number, as written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vat_number: Option<String>,
    /// Days from issue to due; absent for the usual ones, 0 for due on issue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_terms_days: Option<u16>,
    /// The currency of its documents, unless a document names another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
}

impl BillingDetails {
    /// What of them is about somebody, in an event's field `billing`. Country, terms and currency
    /// are not: figures and due dates need them.
    pub const PERSONAL: [Personal; 5] = [
        Personal::optional("/billing/name"),
        Personal::list("/billing/addressLines"),
        Personal::optional("/billing/postalCode"),
        Personal::optional("/billing/city"),
        Personal::optional("/billing/vatNumber"),
    ];

    /// The same details, trimmed and within their limits.
    ///
    /// # Errors
    /// The first field that is at fault.
    pub(super) fn checked(&self) -> Result<Self, FieldError> {
        let line = |field, max, text: &Option<String>| {
            let limits = Text { field, max };
            text.as_ref().map(|text| limits.line(text)).transpose()
        };
        let country = self.country.as_ref();
        let country = country.map(|country| Country::parse("country", country.as_str()));
        if self.payment_terms_days > Some(MAX_TERMS_DAYS) {
            return Err(FieldError::Malformed {
                field: "paymentTermsDays",
                expected: "a number of days from 0 to 365",
            });
        }
        Ok(Self {
            name: line("name", 200, &self.name)?,
            address_lines: self.checked_address()?,
            postal_code: line("postalCode", 20, &self.postal_code)?,
            city: line("city", 100, &self.city)?,
            country: country.transpose()?,
            vat_number: self.checked_vat_number()?,
            payment_terms_days: self.payment_terms_days,
            currency: self.currency,
        })
    }

    fn checked_address(&self) -> Result<Vec<String>, FieldError> {
        let field = "addressLines";
        if self.address_lines.len() > MAX_ADDRESS_LINES {
            return Err(FieldError::Malformed {
                field,
                expected: "a list of at most 5 lines",
            });
        }
        let limits = Text { field, max: 200 };
        self.address_lines
            .iter()
            .map(|text| limits.line(text))
            .collect()
    }

    fn checked_vat_number(&self) -> Result<Option<String>, FieldError> {
        let field = "vatNumber";
        let Some(text) = &self.vat_number else {
            return Ok(None);
        };
        let text = Text { field, max: 30 }.line(text)?;
        if text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || " .-/".contains(c))
        {
            return Ok(Some(text));
        }
        Err(FieldError::Malformed {
            field,
            expected: "a VAT number: letters, digits, spaces and . - /",
        })
    }
}

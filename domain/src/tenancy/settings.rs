//! How a tenant does business and how carefully.

use serde::{Deserialize, Serialize};

use crate::kernel::{Currency, Locale, TimeZone};

/// How a tenant does business, where nothing more particular says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Settings {
    /// The language of documents and mails.
    pub locale: Locale,
    /// By whose calendar a day begins.
    pub time_zone: TimeZone,
    /// The currency of new documents.
    pub currency: Currency,
    /// Who numbers invoices.
    pub number_style: NumberStyle,
    /// Days from an invoice to its due date; 0 is at once.
    pub payment_terms_days: u16,
}

impl Default for Settings {
    /// As a tenant begins: invoices are due after thirty days.
    fn default() -> Self {
        Self {
            locale: Locale::default(),
            time_zone: TimeZone::default(),
            currency: Currency::default(),
            number_style: NumberStyle::default(),
            payment_terms_days: USUAL_PAYMENT_TERMS_DAYS,
        }
    }
}

/// Who numbers invoices.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberStyle {
    /// The tenant, who gives each its number.
    #[default]
    Manual,
    /// Daybook, without gaps, when an invoice is sent.
    Gapless,
}

/// The payment terms of a tenant that has not said otherwise, in days.
const USUAL_PAYMENT_TERMS_DAYS: u16 = 30;
/// The longest payment terms, in days.
pub const MAX_PAYMENT_TERMS_DAYS: u16 = 365;

/// How carefully a tenant's members are let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecurityPolicy {
    /// How long a session lives without a refresh, in minutes.
    pub session_idle_minutes: u32,
    /// How long a session lives at all, in hours.
    pub session_absolute_hours: u32,
    /// The fewest characters of a member's password.
    pub password_min_length: u32,
    /// Whether programs may act with keys.
    pub allow_api_keys: bool,
}

/// A number of the policy that is out of bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfBounds {
    /// The field, in the API's spelling.
    pub field: &'static str,
    /// The least it may be.
    pub min: u32,
    /// The most it may be.
    pub max: u32,
}

impl Default for SecurityPolicy {
    /// A day idle, thirty days in all, passwords of eight characters, keys allowed.
    fn default() -> Self {
        Self {
            session_idle_minutes: 1_440,
            session_absolute_hours: 720,
            password_min_length: 8,
            allow_api_keys: true,
        }
    }
}

impl SecurityPolicy {
    /// Checks every number: 5 minutes to 30 days idle, 1 hour to 30 days in all and not less than
    /// idle, passwords of 8 to 128 characters.
    ///
    /// # Errors
    /// The first that is out of bounds.
    pub fn check(&self) -> Result<(), OutOfBounds> {
        let hours = self.session_absolute_hours;
        let bounds = [
            ("sessionAbsoluteHours", hours, 1, 720),
            (
                "sessionIdleMinutes",
                self.session_idle_minutes,
                5,
                hours.saturating_mul(60),
            ),
            ("passwordMinLength", self.password_min_length, 8, 128),
        ];
        for (field, value, min, max) in bounds {
            if !(min..=max).contains(&value) {
                return Err(OutOfBounds { field, min, max });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_within_its_own_bounds_by_default() {
        assert_eq!(SecurityPolicy::default().check(), Ok(()));
    }

    #[test]
    fn finds_every_number_that_is_out_of_bounds() {
        let policy = SecurityPolicy::default();
        let fault = |policy: SecurityPolicy| policy.check().map_err(|fault| fault.field);
        for hours in [0, 721, u32::MAX] {
            let policy = SecurityPolicy {
                session_absolute_hours: hours,
                ..policy
            };
            assert_eq!(fault(policy), Err("sessionAbsoluteHours"));
        }
        for minutes in [0, 4, 43_201] {
            let policy = SecurityPolicy {
                session_idle_minutes: minutes,
                ..policy
            };
            assert_eq!(fault(policy), Err("sessionIdleMinutes"));
        }
        for length in [7, 129] {
            let policy = SecurityPolicy {
                password_min_length: length,
                ..policy
            };
            assert_eq!(fault(policy), Err("passwordMinLength"));
        }
        let longest = SecurityPolicy {
            session_idle_minutes: 43_200,
            ..policy
        };
        assert_eq!(fault(longest), Ok(()));
    }

    #[test]
    fn ends_an_idle_session_no_later_than_any() {
        let policy = SecurityPolicy {
            session_idle_minutes: 61,
            session_absolute_hours: 1,
            ..SecurityPolicy::default()
        };
        let fault = OutOfBounds {
            field: "sessionIdleMinutes",
            min: 5,
            max: 60,
        };
        assert_eq!(policy.check(), Err(fault));
    }
}

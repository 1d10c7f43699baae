//! Changes how a tenant does business.

use chrono::{DateTime, Utc};

use super::super::events::{SettingsChanged, TenantEvent};
use super::super::{Refusal, Tenant};
use crate::kernel::{Command, Currency, Decision, FieldError, Locale, TimeZone};
use crate::tenancy::settings::{MAX_PAYMENT_TERMS_DAYS, NumberStyle, OutOfBounds, Settings};

/// Changes the settings that are given and keeps the others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeSettings {
    /// The language of documents and mails.
    pub locale: Option<String>,
    /// By whose calendar a day begins, by its IANA name.
    pub time_zone: Option<String>,
    /// The currency of new documents, by its ISO 4217 code.
    pub currency: Option<String>,
    /// Who numbers invoices.
    pub number_style: Option<NumberStyle>,
    /// Days from an invoice to its due date.
    pub payment_terms_days: Option<u16>,
    /// When.
    pub at: DateTime<Utc>,
}

impl ChangeSettings {
    fn read(&self, now: &Settings) -> Result<Settings, Refusal> {
        let mut settings = now.clone();
        if let Some(tag) = &self.locale {
            settings.locale = Locale::parse("locale", tag)?;
        }
        if let Some(name) = &self.time_zone {
            settings.time_zone = TimeZone::parse("timeZone", name)?;
        }
        if let Some(code) = &self.currency {
            let expected = "a currency code such as EUR";
            let malformed = |_| FieldError::Malformed {
                field: "currency",
                expected,
            };
            settings.currency = code.parse::<Currency>().map_err(malformed)?;
        }
        settings.number_style = self.number_style.unwrap_or(now.number_style);
        settings.payment_terms_days = self.payment_terms_days.unwrap_or(now.payment_terms_days);
        if settings.payment_terms_days > MAX_PAYMENT_TERMS_DAYS {
            let (field, max) = ("paymentTermsDays", u32::from(MAX_PAYMENT_TERMS_DAYS));
            return Err(OutOfBounds { field, min: 0, max }.into());
        }
        Ok(settings)
    }
}

impl Command for ChangeSettings {
    type Aggregate = Tenant;

    fn decide(&self, tenant: &Tenant) -> Decision<Tenant> {
        let now = &tenant.writable()?.settings;
        let settings = self.read(now)?;
        if settings == *now {
            return Ok(Vec::new());
        }
        Ok(vec![TenantEvent::SettingsChanged(SettingsChanged {
            settings,
            at: self.at,
        })])
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{
        at, founded, refuses_unless_active, settings, settings_changed,
    };
    use super::*;
    use crate::kernel::Refusal as _;
    use crate::kernel::testing::given;

    fn command() -> ChangeSettings {
        ChangeSettings {
            locale: Some("de-at".to_owned()),
            time_zone: Some("Europe/Vienna".to_owned()),
            currency: Some("GBP".to_owned()),
            number_style: Some(NumberStyle::Gapless),
            payment_terms_days: Some(30),
            at: at(6),
        }
    }

    #[test]
    fn changes_all_settings() {
        given(&[founded()])
            .when(&command())
            .then(&[settings_changed()]);
    }

    #[test]
    fn keeps_the_settings_that_are_not_given() {
        let command = ChangeSettings {
            payment_terms_days: Some(0),
            at: at(7),
            ..ChangeSettings::default()
        };
        let settings = Settings {
            payment_terms_days: 0,
            ..settings()
        };
        let event = TenantEvent::SettingsChanged(SettingsChanged {
            settings,
            at: at(7),
        });
        given(&[founded(), settings_changed()])
            .when(&command)
            .then(&[event]);
    }

    #[test]
    fn changes_nothing_when_it_is_so() {
        given(&[founded(), settings_changed()])
            .when(&command())
            .then(&[]);
        given(&[founded()])
            .when(&ChangeSettings::default())
            .then(&[]);
    }

    #[test]
    fn refuses_settings_that_are_none() {
        let tenant = given::<Tenant>(&[founded()]).state();
        let refused = |command: ChangeSettings| command.decide(&tenant).unwrap_err().field();
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            refused(ChangeSettings {
                locale: text("x"),
                ..command()
            }),
            "locale"
        );
        assert_eq!(
            refused(ChangeSettings {
                time_zone: text("x"),
                ..command()
            }),
            "timeZone"
        );
        assert_eq!(
            refused(ChangeSettings {
                currency: text("gbp"),
                ..command()
            }),
            "currency"
        );
        let late = ChangeSettings {
            payment_terms_days: Some(366),
            ..command()
        };
        assert_eq!(refused(late), "paymentTermsDays");
    }

    #[test]
    fn refuses_unless_the_tenant_is_active() {
        refuses_unless_active(&command(), &[founded()]);
    }
}

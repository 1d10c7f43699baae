//! Changes how a tenant looks.

use chrono::{DateTime, Utc};

use super::super::Tenant;
use super::super::brand::{Branding, Colour, LogoUrl};
use super::super::events::{Branded, TenantEvent};
use crate::kernel::{Command, Decision, Patch};

/// Changes the looks that are given; cleared ones become Daybook's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brand {
    /// An `https` address.
    pub logo_url: Patch<String>,
    /// As `#rrggbb`.
    pub primary_colour: Patch<String>,
    /// As `#rrggbb`.
    pub accent_colour: Patch<String>,
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for Brand {
    type Aggregate = Tenant;

    fn decide(&self, tenant: &Tenant) -> Decision<Tenant> {
        let now = &tenant.writable()?.brand;
        let logo = self
            .logo_url
            .try_map(|url| LogoUrl::parse("logoUrl", url))?;
        let primary = self
            .primary_colour
            .try_map(|text| Colour::parse("primaryColour", text))?;
        let accent = self
            .accent_colour
            .try_map(|text| Colour::parse("accentColour", text))?;
        let brand = Branding {
            logo_url: logo.apply(now.logo_url.clone()),
            primary_colour: primary.apply(now.primary_colour.clone()),
            accent_colour: accent.apply(now.accent_colour.clone()),
        };
        if brand == *now {
            return Ok(Vec::new());
        }
        Ok(vec![TenantEvent::Branded(Branded { brand, at: self.at })])
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::fixtures::{at, brand, branded, founded, refuses_unless_active};
    use super::*;
    use crate::kernel::Refusal as _;
    use crate::kernel::testing::given;

    fn set(text: &str) -> Patch<String> {
        Patch::Set(text.to_owned())
    }

    fn command() -> Brand {
        Brand {
            logo_url: set("https://cdn.example.com/logo.svg"),
            primary_colour: set("#1A2B3C"),
            accent_colour: Patch::Keep,
            at: at(2),
        }
    }

    #[test]
    fn brands() {
        given(&[founded()]).when(&command()).then(&[branded()]);
    }

    #[test]
    fn keeps_and_clears() {
        let command = Brand {
            logo_url: Patch::Clear,
            primary_colour: Patch::Keep,
            accent_colour: set("#ffffff"),
            at: at(2),
        };
        let brand = Branding {
            logo_url: None,
            accent_colour: Some(Colour::parse("accentColour", "#ffffff").unwrap()),
            ..brand()
        };
        let event = TenantEvent::Branded(Branded { brand, at: at(2) });
        given(&[founded(), branded()]).when(&command).then(&[event]);
    }

    #[test]
    fn changes_nothing_when_it_looks_so() {
        given(&[founded(), branded()]).when(&command()).then(&[]);
    }

    #[test]
    fn refuses_looks_that_are_none() {
        let tenant = given::<Tenant>(&[founded()]).state();
        let refused = |command: Brand| command.decide(&tenant).unwrap_err().field();
        assert_eq!(
            refused(Brand {
                logo_url: set("http://a.example/"),
                ..command()
            }),
            "logoUrl"
        );
        assert_eq!(
            refused(Brand {
                primary_colour: set("red"),
                ..command()
            }),
            "primaryColour"
        );
        assert_eq!(
            refused(Brand {
                accent_colour: set("blue"),
                ..command()
            }),
            "accentColour"
        );
    }

    #[test]
    fn refuses_unless_the_tenant_is_active() {
        refuses_unless_active(&command(), &[founded()]);
    }
}

//! Changes what a user is called and how they are spoken to.

use chrono::{DateTime, Utc};

use super::super::User;
use super::super::events::{ProfileUpdated, UserEvent};
use super::super::limits::NAME;
use crate::kernel::{Command, Decision, Locale, Patch, TimeZone};

/// Changes the fields that are given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateProfile {
    /// What to call the person; none keeps it.
    pub name: Option<String>,
    /// Their language; cleared, it follows the tenant.
    pub locale: Patch<String>,
    /// Their clock, by its IANA name; cleared, it follows the tenant.
    pub time_zone: Patch<String>,
    /// When.
    pub at: DateTime<Utc>,
}

impl Command for UpdateProfile {
    type Aggregate = User;

    fn decide(&self, user: &User) -> Decision<User> {
        let account = user.active()?;
        let name = match &self.name {
            Some(name) => NAME.line(name)?,
            None => account.name.clone(),
        };
        let locale = self.locale.try_map(|tag| Locale::parse("locale", tag))?;
        let zone = self
            .time_zone
            .try_map(|name| TimeZone::parse("timeZone", name))?;
        let locale = locale.apply(account.locale.clone());
        let time_zone = zone.apply(account.time_zone);
        if (&name, &locale, &time_zone) == (&account.name, &account.locale, &account.time_zone) {
            return Ok(Vec::new());
        }
        Ok(vec![UserEvent::ProfileUpdated(ProfileUpdated {
            name,
            locale,
            time_zone,
            at: self.at,
        })])
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::Refusal;
    use super::super::super::fixtures::{at, deactivated, signed_up};
    use super::*;
    use crate::kernel::FieldError;
    use crate::kernel::testing::given;

    fn set(text: &str) -> Patch<String> {
        Patch::Set(text.to_owned())
    }

    fn command() -> UpdateProfile {
        UpdateProfile {
            name: None,
            locale: set("en_gb"),
            time_zone: Patch::Keep,
            at: at(7),
        }
    }

    fn updated(name: &str, locale: Option<&str>) -> UserEvent {
        UserEvent::ProfileUpdated(ProfileUpdated {
            name: name.to_owned(),
            locale: locale.map(|tag| Locale::parse("locale", tag).unwrap()),
            time_zone: None,
            at: at(7),
        })
    }

    #[test]
    fn changes_the_given_fields_and_keeps_the_others() {
        let event = updated("Ada Lovelace", Some("en-GB"));
        given(&[signed_up()]).when(&command()).then(&[event]);
    }

    #[test]
    fn clears_a_field() {
        let command = UpdateProfile {
            name: Some(" Ada King ".to_owned()),
            locale: Patch::Clear,
            ..command()
        };
        let past = [signed_up(), updated("Ada Lovelace", Some("en-GB"))];
        given(&past)
            .when(&command)
            .then(&[updated("Ada King", None)]);
    }

    #[test]
    fn changes_nothing_when_it_is_so() {
        let past = [signed_up(), updated("Ada Lovelace", Some("en-GB"))];
        given(&past).when(&command()).then(&[]);
    }

    #[test]
    fn refuses_fields_that_are_not_what_they_must_be() {
        let refused = |command: UpdateProfile| {
            let decision = command.decide(&given::<User>(&[signed_up()]).state());
            let Err(Refusal::Field(error)) = decision else {
                panic!("{decision:?}")
            };
            error.field()
        };
        let nameless = UpdateProfile {
            name: Some(String::new()),
            ..command()
        };
        assert_eq!(refused(nameless), "name");
        assert_eq!(
            refused(UpdateProfile {
                locale: set("klingon"),
                ..command()
            }),
            "locale"
        );
        let mars = UpdateProfile {
            time_zone: set("Mars/Phobos"),
            ..command()
        };
        assert_eq!(refused(mars), "timeZone");
        let long = UpdateProfile {
            name: Some("x".repeat(101)),
            ..command()
        };
        let error = FieldError::TooLong {
            field: "name",
            max: 100,
        };
        given(&[signed_up()])
            .when(&long)
            .refuses(&Refusal::Field(error));
    }

    #[test]
    fn refuses_a_deactivated_or_unknown_user() {
        given(&[signed_up(), deactivated()])
            .when(&command())
            .refuses(&Refusal::Deactivated);
        given(&[]).when(&command()).refuses(&Refusal::Unknown);
    }
}

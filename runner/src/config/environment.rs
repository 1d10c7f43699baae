//! What is this installation for?

use super::source::{Setting, Source};

const NAME: Setting = Setting {
    key: "environment.name",
    variable: "DAYBOOK_ENV",
};

/// `[environment] name`
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Environment {
    /// Somebody tries it or builds on it: GraphiQL is there.
    #[default]
    Development,
    /// A business depends on it.
    Production,
}

impl Environment {
    pub(super) fn read(source: &mut Source) -> Self {
        let name = source.get(NAME, |text| match text {
            "development" => Ok(Self::Development),
            "production" => Ok(Self::Production),
            _ => Err(format!("is {text:?}; expected development or production")),
        });
        name.unwrap_or_default()
    }
}

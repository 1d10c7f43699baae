//! A change of a field that may be absent: leave it, clear it or set it.
//!
//! In stored JSON an omitted key keeps, `null` clears, a value sets, so that an event can say what
//! changed and nothing else.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What becomes of an optional field. In the API: left out, `null`, a value.
///
/// In an event write `#[serde(default, skip_serializing_if = "Patch::is_keep")]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// The field stays as it is.
    #[default]
    Keep,
    /// The field becomes empty.
    Clear,
    /// The field gets this value.
    Set(T),
}

impl<T> Patch<T> {
    /// Whether the field stays as it is.
    pub fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// The new value, if there is one.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Keep | Self::Clear => None,
        }
    }

    /// The field's value afterwards.
    pub fn apply(self, current: Option<T>) -> Option<T> {
        match self {
            Self::Keep => current,
            Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }

    /// The same patch with its value read by `read`.
    ///
    /// # Errors
    /// What `read` says about the value.
    pub fn try_map<'p, U, E>(
        &'p self,
        read: impl FnOnce(&'p T) -> Result<U, E>,
    ) -> Result<Patch<U>, E> {
        Ok(match self {
            Self::Keep => Patch::Keep,
            Self::Clear => Patch::Clear,
            Self::Set(value) => Patch::Set(read(value)?),
        })
    }
}

impl<T: PartialEq> Patch<T> {
    /// The same patch, or `Keep` when the field is already so.
    #[must_use]
    pub fn against(self, current: Option<&T>) -> Self {
        let already = match &self {
            Self::Keep => true,
            Self::Clear => current.is_none(),
            Self::Set(value) => current == Some(value),
        };
        if already { Self::Keep } else { self }
    }
}

impl<T> From<Option<T>> for Patch<T> {
    /// Sets or clears; never keeps.
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Clear, Self::Set)
    }
}

impl<T: Serialize> Serialize for Patch<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value().serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Change {
        #[serde(default, skip_serializing_if = "Patch::is_keep")]
        phone: Patch<String>,
    }

    #[test]
    fn an_omitted_key_keeps_and_null_clears() {
        for (json, phone) in [
            ("{}", Patch::Keep),
            (r#"{"phone":null}"#, Patch::Clear),
            (r#"{"phone":"1"}"#, Patch::Set("1".to_owned())),
        ] {
            let change = Change { phone };
            assert_eq!(serde_json::to_string(&change).unwrap(), json);
            assert_eq!(serde_json::from_str::<Change>(json).unwrap(), change);
        }
    }

    #[test]
    fn knows_what_is_already_so() {
        assert_eq!(Patch::Set(1).against(Some(&1)), Patch::Keep);
        assert_eq!(Patch::Set(2).against(Some(&1)), Patch::Set(2));
        assert_eq!(Patch::Clear.against(Some(&1)), Patch::Clear);
        assert_eq!(Patch::<i32>::Clear.against(None), Patch::Keep);
        assert_eq!(Patch::<i32>::Keep.against(None), Patch::Keep);
    }

    #[test]
    fn keeps_clears_and_sets() {
        assert_eq!(Patch::Keep.apply(Some(1)), Some(1));
        assert_eq!(Patch::Clear.apply(Some(1)), None);
        assert_eq!(Patch::Set(2).apply(None), Some(2));
    }

    #[test]
    fn reads_only_a_value() {
        let read = |text: &String| text.parse::<u8>();
        assert_eq!(Patch::Set("7".to_owned()).try_map(read), Ok(Patch::Set(7)));
        assert_eq!(Patch::Clear.try_map(read), Ok(Patch::Clear));
        assert!(Patch::Set("x".to_owned()).try_map(read).is_err());
    }
}

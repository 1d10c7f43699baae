//! A change of a field that may be absent: leave it, clear it or set it.

/// What becomes of an optional field. In the API: left out, `null`, a value.
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

#[cfg(test)]
mod tests {
    use super::*;

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

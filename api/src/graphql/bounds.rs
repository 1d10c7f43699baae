//! How many values one condition of a filter may name.

use crate::fault::{Code, Fault};

/// The most values of one condition.
const MOST: usize = 100;

/// The same values, when they are not too many.
///
/// # Errors
/// `BAD_USER_INPUT` for more than 100.
pub fn bounded<T>(values: Option<Vec<T>>) -> Result<Option<Vec<T>>, Fault> {
    if values.as_ref().is_some_and(|values| values.len() > MOST) {
        return Err(Fault::new(
            Code::BadUserInput,
            "a condition names at most 100 values",
        ));
    }
    Ok(values)
}

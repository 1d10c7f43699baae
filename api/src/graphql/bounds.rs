//! How are the conditions of a filter read, and how much may each of them say?

use async_graphql::ID;

use super::global_id::{GlobalId, decode_id};
use crate::fault::{Code, Fault};

/// The most values of one condition.
const MOST: usize = 100;
/// The longest text that is searched for, in bytes.
const LONGEST: usize = 200;

/// The values of a condition; empty when it is left out.
///
/// # Errors
/// `BAD_USER_INPUT` for more than 100.
pub fn converted<T, U: From<T>>(values: Option<Vec<T>>) -> Result<Vec<U>, Fault> {
    let values = bounded(values)?.unwrap_or_default();
    Ok(values.into_iter().map(U::from).collect())
}

/// The texts of a condition; empty when it is left out.
///
/// # Errors
/// `BAD_USER_INPUT` for more than 100, or for what no text can hold.
pub fn texts(values: Option<Vec<String>>) -> Result<Vec<String>, Fault> {
    let values = bounded(values)?.unwrap_or_default();
    values.iter().try_for_each(|text| storable(text))?;
    Ok(values)
}

/// The ids of a condition; none when it is left out.
///
/// # Errors
/// `BAD_USER_INPUT` for more than 100, or for the id of something else.
pub fn decoded<T: GlobalId>(ids: Option<Vec<ID>>) -> Result<Option<Vec<T>>, Fault> {
    let ids = bounded(ids)?;
    ids.map(|ids| ids.iter().map(decode_id).collect())
        .transpose()
}

/// The text that something begins with.
///
/// # Errors
/// `BAD_USER_INPUT` for more than 200 bytes, or for what no text can hold.
pub fn searched(text: Option<String>) -> Result<Option<String>, Fault> {
    if text.as_ref().is_some_and(|text| text.len() > LONGEST) {
        let text = "search for at most 200 bytes";
        return Err(Fault::new(Code::BadUserInput, text));
    }
    text.as_deref().map_or(Ok(()), storable)?;
    Ok(text)
}

/// Passes a text that the database can compare with: it has none with U+0000.
fn storable(text: &str) -> Result<(), Fault> {
    if text.contains('\0') {
        let text = "a condition holds U+0000, which no text here does";
        return Err(Fault::new(Code::BadUserInput, text));
    }
    Ok(())
}

fn bounded<T>(values: Option<Vec<T>>) -> Result<Option<Vec<T>>, Fault> {
    if values.as_ref().is_some_and(|values| values.len() > MOST) {
        let text = "a condition names at most 100 values";
        return Err(Fault::new(Code::BadUserInput, text));
    }
    Ok(values)
}

//! What an enum is called in its column.

use serde::Serialize;

/// The name under which serde stores a variant without contents; empty for anything else.
pub(crate) fn stored_name(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        Ok(_) | Err(_) => String::new(),
    }
}

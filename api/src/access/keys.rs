//! API keys, as they are made.

use daybook_domain::tenancy::api_key::Kid;
use daybook_domain::tenancy::api_key::format::{Environment, WrittenKey};

use super::tokens::random;
use crate::fault::Fault;

/// A new public part.
///
/// # Errors
/// When the operating system has no randomness to give.
pub fn mint_kid() -> Result<Kid, Fault> {
    Ok(Kid::from_bits(u64::from_le_bytes(random()?)))
}

/// A key with a new secret under a public part.
///
/// # Errors
/// When the operating system has no randomness to give.
pub fn mint_key(environment: Environment, kid: Kid) -> Result<WrittenKey, Fault> {
    let bits = u128::from_le_bytes(random()?);
    Ok(WrittenKey::compose(environment, kid, bits))
}

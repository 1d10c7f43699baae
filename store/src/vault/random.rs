//! Where do keys and nonces come from?

use rand::TryRng;
use rand::rngs::SysRng;

use super::VaultError;

/// Bytes for a key or a nonce.
///
/// # Errors
/// When there is no randomness.
pub fn random<const N: usize>() -> Result<[u8; N], VaultError> {
    let mut bytes = [0; N];
    let drawn = SysRng.try_fill_bytes(&mut bytes);
    drawn.map_err(|_| VaultError::NoRandomness)?;
    Ok(bytes)
}

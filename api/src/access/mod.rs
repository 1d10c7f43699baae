//! Who is asking, and what they may do.
//!
//! A caller is nobody, a signed-in user (in a tenant or in none yet) or a program with an API key.
//! What a caller may do is looked up in the one table of `daybook_domain::tenancy`; nothing else
//! decides about rights.

mod attempts;
mod authenticate;
mod backoff;
mod caller;
mod hashing;
mod keys;
mod logged;
mod network;
mod pace;
mod rights;
mod tokens;

pub use authenticate::{Authenticated, Presented};
pub use caller::{Caller, Scope, SignedIn, Standing, Who};
pub use hashing::{HashingError, PasswordHasher};
pub use keys::{mint_key, mint_kid};
pub use rights::RightsWatch;
pub(crate) use tokens::without_secrets;
pub use tokens::{SecretToken, digest_of, mint_salt, successor_of};

pub(crate) use attempts::Attempts;
pub(crate) use backoff::Backoff;
pub(crate) use logged::{log_actor, log_caller, log_correlation};
pub(crate) use network::network;
pub(crate) use pace::Pace;

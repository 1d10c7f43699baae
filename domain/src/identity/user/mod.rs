//! A person's account: from the sign-up to the deactivation.
//!
//! ```text
//! (unknown) ── SignUp ──► active ── Deactivate ──► deactivated
//!                           │
//!                           ├─ VerifyEmail, RequestEmailVerification
//!                           ├─ RequestPasswordReset ─► ResetPassword
//!                           └─ ChangePassword, UpgradePasswordHash, UpdateProfile
//! ```
//!
//! `Erase` works on every account, active or not: it closes it, and then nobody knows who it was.
//!
//! A new password, however it came about, ends every session that began before it (a change keeps
//! the session it was made in) and discards a pending reset token. [`User::admits`] tells at every
//! request, so that no list of sessions has to be walked first.

mod commands;
mod events;
#[cfg(test)]
mod fixtures;
mod limits;
mod refusal;
mod state;

pub use commands::{
    ChangePassword, Deactivate, Erase, RequestEmailVerification, RequestPasswordReset,
    ResetPassword, SignUp, UpdateProfile, UpgradePasswordHash, VerifyEmail,
};
pub use events::{
    Deactivated, EMAIL_SCOPE, EmailVerificationRequested, EmailVerified, Erased, PasswordChanged,
    PasswordHashUpgraded, PasswordReset, PasswordResetRequested, ProfileUpdated, RESET_TOKEN_SCOPE,
    SignedUp, UserEvent, VERIFICATION_TOKEN_SCOPE,
};
pub use limits::{RESET_MINUTES, VERIFICATION_HOURS};
pub use refusal::Refusal;
pub use state::{Account, PendingToken, User};

//! Who somebody is and how they prove it: accounts, passwords and sign-ins, platform-wide.
//!
//! # Language
//! - **user**: a person's account. It belongs to no tenant; a place in one is a *member*.
//! - **session**: one sign-in, from the password to the sign-out, on one device.
//! - **access token**: opens the API for ten minutes; **refresh token**: buys the next pair, once.
//! - **rotation**: the exchange of a refresh token for its **successor**; the one given away is the
//!   successor's **parent**, everything before it is **spent**. All of them are one **family**.
//! - **verification** and **reset** tokens: proofs of having read a mail, each good once.
//!
//! # Invariants
//! - Every stream of this context lies in [`TenantId::PLATFORM`](crate::kernel::TenantId::PLATFORM).
//! - An e-mail address, in lower case, has at most one user, and keeps it after deactivation.
//! - Of a token only the SHA-256 is kept, of a password only the argon2id hash: both are made at
//!   the edge. A verification or reset token is claimed platform-wide while it is good, so that
//!   its digest alone finds the user.
//! - Sign-in attempts are no events of a user: a stranger must not be able to lengthen a stream.

pub mod password;
pub mod session;
pub mod user;

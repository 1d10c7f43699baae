//! Privacy: what people agreed to, and what is kept of them.
//!
//! # Language
//! - **consent**: a client's agreement that its data is used for one purpose. Given in words that
//!   the client saw, and withdrawn as easily.
//! - **purpose**: what the data is used for, by a name that programs know: `newsletter`.
//! - **wording**: the text that was agreed to, as it was shown.
//! - **data subject**: a person about whom something is kept: a client, a member, a user.
//! - **term**: how many days something is kept that nobody works with any more.
//! - **hold**: a duty to keep what is known of a person; nobody erases it meanwhile.
//! - **erased**: the person is to be known no more. **forgotten**: that was carried out.
//!
//! # Invariants
//! - A client has at most one consent for a purpose; its history says who agreed to what, and when.
//! - What was agreed to is never changed: a new wording is a consent given anew.
//! - A consent can always be withdrawn, whatever became of the client since.
//! - Who is held is not erased, and who is erased is never known again.
//! - Once a person is erased, no event says anything about them.

pub mod consent;
pub mod data_subject;
pub mod retention;

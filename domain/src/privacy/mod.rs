//! Privacy: what people agreed to, and later what is kept of them.
//!
//! # Language
//! - **consent**: a client's agreement that its data is used for one purpose. Given in words that
//!   the client saw, and withdrawn as easily.
//! - **purpose**: what the data is used for, by a name that programs know: `newsletter`.
//! - **wording**: the text that was agreed to, as it was shown.
//!
//! # Invariants
//! - A client has at most one consent for a purpose; its history says who agreed to what, and when.
//! - What was agreed to is never changed: a new wording is a consent given anew.
//! - A consent can always be withdrawn, whatever became of the client since.

pub mod consent;

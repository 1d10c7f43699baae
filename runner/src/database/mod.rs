//! Where does this process get its PostgreSQL from?
//!
//! From whoever looks after the server that the configuration names; else from a private one in the
//! data directory, which is attached to when it runs and started when it does not. A process that
//! stays keeps an eye on it: killed, it is started again.

mod keeper;
mod provide;

pub(crate) use provide::postgres_options;
pub use provide::{Provided, provide};

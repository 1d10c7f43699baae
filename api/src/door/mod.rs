//! Daybook behind the transports: who a request is from, what it may spend, what it carries.

mod credentials;
mod gateway;
mod rate;
mod same_site;

pub use credentials::{ACCESS_COOKIE, REFRESH_COOKIE, bearer, cookie};
pub use gateway::Visitor;
pub use rate::RateLimits;
pub(crate) use same_site::{CROSS_SITE, is_same_site};

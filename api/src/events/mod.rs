//! The tenant's own log: its events as history and live.

mod event;
mod follow;
mod query;
mod shown;
mod subscription;

pub use event::{Event, EventConnection, EventEdge};
pub use follow::{Batch, follow_batches};
pub use query::EventsQuery;
pub use subscription::EventsSubscription;

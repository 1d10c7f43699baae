//! Accounts and their sessions. Their rows belong to the platform's own tenant: read them in a
//! transaction of [`TenantId::PLATFORM`](daybook_domain::kernel::TenantId::PLATFORM).

pub mod sessions;
pub mod users;

use std::sync::Arc;

use daybook_domain::identity::session::Session;
use daybook_domain::identity::user::User;

use crate::engine::{Definition, Projection};
use crate::past::Folds;

/// The projection of accounts.
pub const USERS: &str = "identity.users";
/// The projection of sessions.
pub const SESSIONS: &str = "identity.sessions";

/// The projections of this context.
pub fn projections() -> Vec<Arc<Projection>> {
    vec![
        Definition::of::<User>(USERS, 1)
            .table::<users::Users>()
            .build(),
        Definition::of::<Session>(SESSIONS, 1)
            .table::<sessions::Sessions>()
            .build(),
    ]
}

/// How the states of this context's aggregates follow from their events.
pub(crate) fn folds() -> Vec<Folds> {
    vec![Folds::of::<User>(), Folds::of::<Session>()]
}

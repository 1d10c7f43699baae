//! Which members a list shows, and in which order.

use async_graphql::{Enum, ID, InputObject};
use daybook_projections::list::Direction;
use daybook_projections::tenancy::members::{Filter, OrderBy};

use super::kinds::{MemberStatus, Role};
use crate::fault::Fault;
use crate::graphql::{OrderDirection, converted, decode_id, searched};

/// Which members are wanted: those that meet every condition that is given.
#[derive(Debug, Clone, Default, InputObject)]
pub struct MemberFilter {
    /// In one of these statuses.
    status_in: Option<Vec<MemberStatus>>,
    /// With one of these roles.
    role_in: Option<Vec<Role>>,
    /// Belonging to this client record.
    client_id: Option<ID>,
    /// Whose address begins with this text, in any case.
    search: Option<String>,
}

/// How a list of members is ordered.
#[derive(Debug, Clone, Copy, InputObject)]
pub struct MemberOrder {
    /// By what.
    field: MemberOrderField,
    /// In which direction.
    #[graphql(default_with = "OrderDirection::Ascending")]
    direction: OrderDirection,
}

/// What members can be ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "OrderBy")]
pub enum MemberOrderField {
    /// When they were invited, or founded the tenant.
    Created,
    /// Their address, in any case.
    Email,
}

impl MemberFilter {
    /// The read model's filter.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for a condition that is too long or holds an id of another kind.
    pub(super) fn read(self) -> Result<Filter, Fault> {
        Ok(Filter {
            statuses: converted(self.status_in)?,
            roles: converted(self.role_in)?,
            client: self.client_id.as_ref().map(decode_id).transpose()?,
            search: searched(self.search)?,
        })
    }
}

impl MemberOrder {
    /// The read model's order; by invitation when nothing is said.
    pub(super) fn read(order: Option<Self>) -> (OrderBy, Direction) {
        order.map_or((OrderBy::Created, Direction::Ascending), |order| {
            (order.field.into(), order.direction.into())
        })
    }
}

//! Which members a list shows, and in which order.

use async_graphql::{Enum, ID, InputObject};
use daybook_projections::list::Direction;
use daybook_projections::tenancy::members::{Filter, OrderBy};

use super::kinds::{MemberStatus, Role};
use crate::fault::{Code, Fault};
use crate::graphql::{OrderDirection, bounded, decode_id};

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
        if self.search.as_ref().is_some_and(|text| text.len() > 200) {
            return Err(Fault::new(
                Code::BadUserInput,
                "search for at most 200 bytes",
            ));
        }
        let statuses = bounded(self.status_in)?.unwrap_or_default();
        let roles = bounded(self.role_in)?.unwrap_or_default();
        Ok(Filter {
            statuses: statuses.into_iter().map(Into::into).collect(),
            roles: roles.into_iter().map(Into::into).collect(),
            client: self.client_id.as_ref().map(decode_id).transpose()?,
            search: self.search,
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

//! Which clients a list shows, and in which order.

use async_graphql::{Enum, ID, InputObject};
use chrono::{DateTime, Utc};
use daybook_projections::crm::clients::{Filter, OrderBy};
use daybook_projections::list::Direction;

use super::client::ClientStatus;
use super::sight::Sight;
use crate::fault::Fault;
use crate::graphql::{OrderDirection, Position, converted, decoded, searched, texts};

/// Which clients are wanted: those that meet every condition that is given.
#[derive(Debug, Clone, Default, InputObject)]
pub struct ClientFilter {
    /// Only these clients.
    id_in: Option<Vec<ID>>,
    /// In one of these statuses.
    status_in: Option<Vec<ClientStatus>>,
    /// Whose name, e-mail address or external id begins with this text, in any case.
    search: Option<String>,
    /// With one of these external ids, exactly.
    external_id_in: Option<Vec<String>>,
    /// In one of these countries, as they were named.
    country_in: Option<Vec<String>>,
    /// Registered at this moment or later.
    created_from: Option<DateTime<Utc>>,
    /// Registered before this moment.
    created_before: Option<DateTime<Utc>>,
    /// Changed after this position.
    changed_after: Option<Position>,
}

/// How a list of clients is ordered.
#[derive(Debug, Clone, Copy, InputObject)]
pub struct ClientOrder {
    /// By what.
    field: ClientOrderField,
    /// In which direction.
    #[graphql(default_with = "OrderDirection::Ascending")]
    direction: OrderDirection,
}

/// What clients can be ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "OrderBy")]
pub enum ClientOrderField {
    /// When they were registered.
    Created,
    /// When they changed last.
    Updated,
    /// Their name, in any case.
    Name,
}

impl ClientFilter {
    /// The read model's filter, narrowed to what the caller may see.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for a list that is too long or holds ids of another kind.
    pub(super) fn read(self, sight: Sight) -> Result<Filter, Fault> {
        let ids = match (sight, decoded(self.id_in)?) {
            (Sight::All, ids) => ids,
            (Sight::Own(Some(own)), None) => Some(vec![own]),
            (Sight::Own(Some(own)), Some(ids)) if ids.contains(&own) => Some(vec![own]),
            (Sight::Own(_), _) => Some(Vec::new()),
        };
        Ok(Filter {
            ids,
            statuses: converted(self.status_in)?,
            search: searched(self.search)?,
            external_ids: texts(self.external_id_in)?,
            countries: texts(self.country_in)?,
            created_from: self.created_from,
            created_before: self.created_before,
            changed_after: self.changed_after.map(|position| position.0),
        })
    }
}

impl ClientOrder {
    /// The read model's order; by registration when nothing is said.
    pub(super) fn read(order: Option<Self>) -> (OrderBy, Direction) {
        order.map_or((OrderBy::Created, Direction::Ascending), |order| {
            (order.field.into(), order.direction.into())
        })
    }
}

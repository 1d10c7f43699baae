//! Which documents a list shows, and in which order.

use async_graphql::{Enum, ID, InputObject};
use chrono::{DateTime, Utc};
use daybook_domain::invoicing::invoice::Status;
use daybook_domain::kernel::{ClientId, InvoiceId};
use daybook_projections::invoicing::invoices::{Filter, OrderBy};
use daybook_projections::list::Direction;

use super::kinds::{InvoiceKind, InvoiceStatus};
use crate::crm::Sight;
use crate::fault::Fault;
use crate::graphql::{
    CurrencyCode, Date, Decimal, OrderDirection, Position, converted, decoded, searched, texts,
};

/// Which documents are wanted: those that meet every condition that is given. An empty list is no
/// condition.
#[derive(Debug, Clone, Default, InputObject)]
pub struct InvoiceFilter {
    /// Only these documents.
    id_in: Option<Vec<ID>>,
    /// Of one of these kinds.
    kind_in: Option<Vec<InvoiceKind>>,
    /// In one of these statuses.
    status_in: Option<Vec<InvoiceStatus>>,
    /// Whether something is outstanding past the due date.
    overdue: Option<bool>,
    /// Made out to one of these clients.
    client_id_in: Option<Vec<ID>>,
    /// Whose number or client's name begins with this text, in any case.
    search: Option<String>,
    /// With one of these numbers, in any case.
    number_in: Option<Vec<String>>,
    /// In one of these currencies.
    currency_in: Option<Vec<CurrencyCode>>,
    /// Of a sale that belongs to one of these countries, as they were named.
    country_in: Option<Vec<String>>,
    /// Dated on this day or later.
    issued_from: Option<Date>,
    /// Dated on this day or earlier.
    issued_until: Option<Date>,
    /// Due on this day or later.
    due_from: Option<Date>,
    /// Due on this day or earlier.
    due_until: Option<Date>,
    /// Of this total or more, whatever the currency.
    total_from: Option<Decimal>,
    /// Of this total or less, whatever the currency.
    total_until: Option<Decimal>,
    /// Drafted at this moment or later.
    created_from: Option<DateTime<Utc>>,
    /// Drafted before this moment.
    created_before: Option<DateTime<Utc>>,
    /// Changed after this position.
    changed_after: Option<Position>,
}

/// How a list of documents is ordered.
#[derive(Debug, Clone, Copy, InputObject)]
pub struct InvoiceOrder {
    /// By what.
    field: InvoiceOrderField,
    /// In which direction.
    #[graphql(default_with = "OrderDirection::Ascending")]
    direction: OrderDirection,
}

/// What documents can be ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "OrderBy")]
pub enum InvoiceOrderField {
    /// When they were drafted.
    Created,
    /// When they changed last.
    Updated,
    /// Their number, in any case; those without one first.
    Number,
    /// The date they bear; those without one last.
    IssuedOn,
    /// When they are due; those that never are last.
    DueOn,
    /// Their total, whatever the currency.
    Total,
}

impl InvoiceFilter {
    /// The read model's filter, narrowed to what the caller may see.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for a list that is too long or holds ids of another kind.
    pub(super) fn read(self, sight: Sight) -> Result<Filter, Fault> {
        let filter = Filter {
            ids: decoded(self.id_in)?.filter(|ids| !ids.is_empty()),
            kinds: converted(self.kind_in)?,
            statuses: statuses(converted(self.status_in)?, self.overdue),
            clients: decoded(self.client_id_in)?.unwrap_or_default(),
            search: searched(self.search)?,
            numbers: texts(self.number_in)?,
            currencies: converted(self.currency_in)?,
            countries: texts(self.country_in)?,
            issued_from: self.issued_from.map(|date| date.0),
            issued_until: self.issued_until.map(|date| date.0),
            due_from: self.due_from.map(|date| date.0),
            due_until: self.due_until.map(|date| date.0),
            total_from: self.total_from.map(|total| total.0),
            total_until: self.total_until.map(|total| total.0),
            created_from: self.created_from,
            created_before: self.created_before,
            changed_after: self.changed_after.map(|position| position.0),
            ..Filter::default()
        };
        Ok(seen_by(sight, filter))
    }

    /// The documents of a client that the caller may see.
    pub(super) fn of_client(client_id: ClientId, sight: Sight) -> Filter {
        seen_by(
            sight,
            Filter {
                clients: vec![client_id],
                ..Filter::default()
            },
        )
    }

    /// The credit notes on an invoice that the caller may see.
    pub(super) fn crediting(invoice_id: InvoiceId, sight: Sight) -> Filter {
        seen_by(
            sight,
            Filter {
                credits: Some(invoice_id),
                ..Filter::default()
            },
        )
    }

    /// One document, if the caller may see it.
    pub(super) fn one_of(ids: Vec<InvoiceId>, sight: Sight) -> Filter {
        seen_by(
            sight,
            Filter {
                ids: Some(ids),
                ..Filter::default()
            },
        )
    }
}

impl InvoiceOrder {
    /// The read model's order; newest first when nothing is said.
    pub(super) fn read(order: Option<Self>) -> (OrderBy, Direction) {
        order.map_or((OrderBy::Created, Direction::Descending), |order| {
            (order.field.into(), order.direction.into())
        })
    }
}

/// A client in the portal sees what was sent to it, and nothing of what is being prepared.
fn seen_by(sight: Sight, mut filter: Filter) -> Filter {
    let Sight::Own(own) = sight else {
        return filter;
    };
    filter.only_sent = true;
    match own {
        Some(own) if filter.clients.is_empty() || filter.clients.contains(&own) => {
            filter.clients = vec![own];
        }
        Some(_) | None => filter.ids = Some(Vec::new()),
    }
    filter
}

/// The statuses that meet both conditions.
fn statuses(wanted: Vec<Status>, overdue: Option<bool>) -> Option<Vec<Status>> {
    const ALL: [Status; 6] = [
        Status::Draft,
        Status::Sent,
        Status::PartiallyPaid,
        Status::Paid,
        Status::Overdue,
        Status::Cancelled,
    ];
    if wanted.is_empty() && overdue.is_none() {
        return None;
    }
    let named = |status: &Status| wanted.is_empty() || wanted.contains(status);
    let fits = |status: &Status| overdue.is_none_or(|is| is == (*status == Status::Overdue));
    Some(
        ALL.into_iter()
            .filter(|status| named(status) && fits(status))
            .collect(),
    )
}

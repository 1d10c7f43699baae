//! How members are found.

use daybook_domain::kernel::{ClientId, MemberId, UserId};
use daybook_domain::tenancy::access::Role;
use daybook_store::{StoreError, TenantTx};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::project::{MemberRow, Members, Status};
use crate::engine::ReadModel;
use crate::list::{Column, Listed, Select};
use crate::past;
use crate::tenancy::MEMBERS;
use crate::text::stored_name;

const PLACE: (&str, &str) = (Members::TABLE, MEMBERS);

/// Which members are wanted; what is empty asks for nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// In one of these statuses.
    pub statuses: Vec<Status>,
    /// With one of these roles.
    pub roles: Vec<Role>,
    /// Belonging to this client record.
    pub client: Option<ClientId>,
    /// Whose address begins with this text, in any case.
    pub search: Option<String>,
}

/// What members are ordered by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderBy {
    /// When they were invited or joined.
    #[default]
    Created,
    /// Their address, in any case.
    Email,
}

impl Listed for Members {
    type Filter = Filter;
    type Order = OrderBy;
    const PROJECTION: &'static str = MEMBERS;

    fn id(row: &MemberRow) -> Uuid {
        row.id.0
    }

    fn column(order: OrderBy) -> Column<MemberRow> {
        match order {
            OrderBy::Created => Column::Integer("created_position", |row| row.created_position),
            OrderBy::Email => Column::Text("email_key", |row| &row.email_key),
        }
    }

    fn narrowed<'q, R: DeserializeOwned>(select: Select<'q, R>, filter: &Filter) -> Select<'q, R> {
        let statuses: Vec<String> = filter.statuses.iter().map(stored_name).collect();
        let roles: Vec<String> = filter.roles.iter().map(stored_name).collect();
        select
            .among("status", statuses)
            .among("role", roles)
            .only_some("client_id =", filter.client.map(|client| client.0))
            .beginning(&["email_key"], filter.search.as_deref())
    }
}

/// A member by its id.
///
/// # Errors
/// When the database is away.
pub async fn find(tx: &mut TenantTx, id: MemberId) -> Result<Option<MemberRow>, StoreError> {
    Ok(by_ids(tx, &[id]).await?.pop())
}

/// Members by their ids, in no order; unknown ids are left out.
///
/// # Errors
/// When the database is away.
pub async fn by_ids(tx: &mut TenantTx, ids: &[MemberId]) -> Result<Vec<MemberRow>, StoreError> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    if let Some(position) = past::unbuilt(tx, MEMBERS) {
        return past::rows::<Members>(tx, &ids, position).await;
    }
    Select::new(tx, PLACE).among("id", ids).fetch(tx).await
}

/// The member that a user is now; none when they are not a member.
///
/// # Errors
/// When the database is away.
pub async fn by_user(tx: &mut TenantTx, user: UserId) -> Result<Option<MemberRow>, StoreError> {
    let select = Select::new(tx, PLACE)
        .only("user_id =", user.0)
        .only("status =", stored_name(&Status::Active));
    select.fetch(tx).await.map(|mut rows| rows.pop())
}

//! What do the read models know about a person? Everything, for whoever has a right to all of it.

use daybook_domain::kernel::{ClientId, MemberId, UserId};
use daybook_store::{Acting, Actor, StoreError, TenantTx};
use serde::Serialize;
use uuid::Uuid;

use crate::crm::CLIENTS;
use crate::crm::clients::{ClientRow, Clients};
use crate::crm::notes::{NoteRow, Notes};
use crate::engine::{ReadModel, Row};
use crate::identity::sessions::{SessionRow, Sessions};
use crate::identity::users::{UserRow, Users};
use crate::identity::{SESSIONS, USERS};
use crate::invoicing::INVOICES;
use crate::invoicing::invoices::{InvoiceRow, Invoices};
use crate::invoicing::payments::{PaymentRow, Payments};
use crate::list::Select;
use crate::privacy::CONSENTS;
use crate::privacy::consents::{ConsentRow, Consents};
use crate::tenancy::MEMBERS;
use crate::tenancy::api_keys::{self, ApiKeyRow};
use crate::tenancy::members::{MemberRow, Members};

/// What is known about a client.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClientFile {
    /// The client; none when it is not there.
    pub client: Option<ClientRow>,
    /// What was noted about it.
    pub notes: Vec<NoteRow>,
    /// What it agreed to.
    pub consents: Vec<ConsentRow>,
    /// What was made out to it.
    pub invoices: Vec<InvoiceRow>,
    /// What it paid.
    pub payments: Vec<PaymentRow>,
}

impl ClientFile {
    /// The streams that say something about the client, besides its own.
    pub fn streams(&self) -> impl Iterator<Item = Uuid> {
        let consents = self.consents.iter().map(|row| row.id.0);
        consents.chain(self.invoices.iter().map(|row| row.id.0))
    }
}

/// What is known about a member.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MemberFile {
    /// The member; none when it is not there.
    pub member: Option<MemberRow>,
    /// The keys they created for programs, revoked ones too, the newest first. They are the tenant's, and
    /// tell no more here than who acts for the member.
    #[serde(skip)]
    pub api_keys: Vec<ApiKeyRow>,
}

impl MemberFile {
    /// The member as its user, while it had this place, and as its programs: who acts where it acts.
    pub fn acting(&self) -> Vec<Acting> {
        let member = self.member.as_ref();
        let user = member.and_then(|row| {
            Some(Acting {
                actor: Actor::User(row.user_id?),
                from: row.created_position,
                until: row.ended_at.map(|_| row.position),
            })
        });
        let keys = self.api_keys.iter();
        let keys = keys.map(|row| Acting::always(Actor::ApiKey(row.id)));
        user.into_iter().chain(keys).collect()
    }
}

/// What is known about a user.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserFile {
    /// The account; none when it is not there.
    pub user: Option<UserRow>,
    /// The sign-ins.
    pub sessions: Vec<SessionRow>,
}

/// Everything about a client of the tenant.
///
/// # Errors
/// When the database is away.
pub async fn client(tx: &mut TenantTx, id: ClientId) -> Result<ClientFile, StoreError> {
    let client = rows::<Clients>(tx, CLIENTS, id.0).await?;
    Ok(ClientFile {
        client: client.into_iter().next(),
        notes: rows::<Notes>(tx, CLIENTS, id.0).await?,
        consents: rows::<Consents>(tx, CONSENTS, id.0).await?,
        invoices: rows::<Invoices>(tx, INVOICES, id.0).await?,
        payments: rows::<Payments>(tx, INVOICES, id.0).await?,
    })
}

/// Everything about a member of the tenant.
///
/// # Errors
/// When the database is away.
pub async fn member(tx: &mut TenantTx, id: MemberId) -> Result<MemberFile, StoreError> {
    let member = rows::<Members>(tx, MEMBERS, id.0).await?;
    Ok(MemberFile {
        member: member.into_iter().next(),
        api_keys: api_keys::of_creator(tx, id).await?,
    })
}

/// Everything about a user, in a transaction of the platform's own tenant.
///
/// # Errors
/// When the database is away.
pub async fn user(tx: &mut TenantTx, id: UserId) -> Result<UserFile, StoreError> {
    let user = rows::<Users>(tx, USERS, id.0).await?;
    Ok(UserFile {
        user: user.into_iter().next(),
        sessions: rows::<Sessions>(tx, SESSIONS, id.0).await?,
    })
}

/// The rows of a read model that are about a data subject.
async fn rows<M: ReadModel<Row: Row>>(
    tx: &mut TenantTx,
    projection: &'static str,
    subject: Uuid,
) -> Result<Vec<M::Row>, StoreError> {
    let Some(column) = M::SUBJECT else {
        return Ok(Vec::new());
    };
    let select = Select::new(tx, (M::TABLE, projection));
    select.among(column, vec![subject]).fetch(tx).await
}

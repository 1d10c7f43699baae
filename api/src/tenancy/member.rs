//! A member as clients of the API see it.

use async_graphql::{ComplexObject, Context, ID, Result, SimpleObject};
use chrono::{DateTime, Utc};
use daybook_domain::identity::user::User;
use daybook_domain::kernel::{TenantId, UserId};
use daybook_projections::tenancy::members::MemberRow;
use daybook_store::AsOf;

use super::kinds::{MemberStatus, Role};
use crate::fault::Fault;
use crate::graphql::{Asking, Position, encode_id, nullable};

/// A user's place in the tenant, from the invitation on.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct Member {
    /// Its id.
    pub(crate) id: ID,
    /// The user; null before the invitation is accepted.
    user_id: Option<ID>,
    /// The address that was invited, or with which the user joined.
    email: String,
    /// What the member may do, was to do, or did.
    role: Role,
    /// The client record the member belongs to; null but for the role CLIENT.
    client_id: Option<ID>,
    /// Where the membership stands.
    status: MemberStatus,
    /// When the invitation was sent last; null for the founder.
    invited_at: Option<DateTime<Utc>>,
    /// Until when the invitation is good; null for the founder.
    invitation_expires_at: Option<DateTime<Utc>>,
    /// When the user joined; null before.
    joined_at: Option<DateTime<Utc>>,
    /// When the membership or the invitation ended; null before.
    ended_at: Option<DateTime<Utc>>,
    /// When the member was invited, or founded the tenant.
    created_at: DateTime<Utc>,
    /// When it changed last.
    updated_at: DateTime<Utc>,
    /// How many events it has, for `expectedVersion`.
    version: i64,
    /// The position of its last event in the tenant's log.
    position: Position,
    #[graphql(skip)]
    user: Option<UserId>,
    #[graphql(skip)]
    moment: Option<AsOf>,
}

#[ComplexObject]
impl Member {
    /// What the user is called; null before the invitation is accepted.
    async fn name(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        nullable(async {
            let Some(user) = self.user else {
                return Ok(None);
            };
            // From memory for users who are about.
            let store = Asking::of(ctx)?.api.store();
            let loaded = match self.moment.and_then(|moment| moment.recorded_at) {
                None => store.load::<User>(TenantId::PLATFORM, user).await,
                Some(at) => store.load_as_of::<User>(TenantId::PLATFORM, user, at).await,
            };
            let state = loaded.map_err(Fault::from)?.state;
            Ok(state.account().map(|account| account.name.clone()))
        })
        .await
    }
}

impl From<MemberRow> for Member {
    fn from(row: MemberRow) -> Self {
        Self {
            id: encode_id(row.id),
            user_id: row.user_id.map(encode_id),
            email: row.email.to_string(),
            role: row.role.into(),
            client_id: row.client_id.map(encode_id),
            status: row.status.into(),
            invited_at: row.invited_at,
            invitation_expires_at: row.invitation_expires_at,
            joined_at: row.joined_at,
            ended_at: row.ended_at,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
            position: Position(row.position),
            user: row.user_id,
            moment: None,
        }
    }
}

impl Member {
    /// A member as of a moment; none for now.
    pub(super) fn as_of(row: MemberRow, moment: Option<AsOf>) -> Self {
        Self {
            moment,
            ..Self::from(row)
        }
    }
}

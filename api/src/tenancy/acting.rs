//! What whoever acts may hand on: never more than they have.

use async_graphql::Result;
use daybook_domain::crm::client::Client;
use daybook_domain::kernel::{ClientId, MemberId};
use daybook_domain::tenancy::member::{Member, Refusal};
use daybook_domain::tenancy::public::{Permission, Role};
use daybook_store::Refused;

use crate::access::Scope;
use crate::fault::Fault;
use crate::graphql::{Call, Outcome, step_up};

/// Whether a role may be given to or taken from a member here, as far as a key's scopes say. What
/// the roles themselves say, the commands know.
///
/// A key with `members.manage` alone would otherwise lift somebody to what it was not given.
fn within_scopes(scope: &Scope, role: Role) -> bool {
    let Some(scopes) = &scope.scopes else {
        return true;
    };
    role.permissions()
        .filter(|permission| *permission != Permission::ProfileManage)
        .all(|permission| scopes.contains(&permission))
}

/// The first scope of a key that whoever acts was not given themselves; none for a person.
pub(super) fn beyond_scopes<'k>(
    scope: &Scope,
    mut wanted: impl Iterator<Item = &'k Permission>,
) -> Option<Permission> {
    let scopes = scope.scopes.as_ref()?;
    wanted.find(|scope| !scopes.contains(scope)).copied()
}

/// The refusal for a key that would hand on more than it was given: the role a member has or is
/// to have. None when it may go on.
///
/// # Errors
/// The log is away.
pub(crate) async fn above(
    call: &Call<'_>,
    member_id: MemberId,
    wanted: Option<Role>,
) -> Result<Option<Outcome>> {
    if call.scope.scopes.is_none() {
        return Ok(None);
    }
    let now = match &*call.look_up_now::<Member>(member_id).await? {
        Member::Invited(invitation) => Some(invitation.role),
        Member::Active(membership) => Some(membership.role),
        Member::Unknown | Member::Gone(_) => None,
    };
    let mut roles = now.into_iter().chain(wanted);
    if roles.all(|role| within_scopes(call.scope, role)) {
        return Ok(None);
    }
    let outcome = call.refuse::<Member>(member_id, Refusal::RoleAboveYours);
    Ok(Some(outcome.await?))
}

/// Asks for a password given just now where an owner is made, unmade or sent away: whoever finds a token
/// would otherwise be one for good.
///
/// # Errors
/// `STEP_UP_REQUIRED` when it was too long ago, `FORBIDDEN` for a program; the log is away.
pub(super) async fn step_up_for_owners(
    call: &Call<'_>,
    wanted: Option<Role>,
    present: Option<MemberId>,
) -> Result<()> {
    let is_owner = match present {
        Some(member_id) => match &*call.look_up_now::<Member>(member_id).await? {
            Member::Active(membership) => membership.role == Role::Owner,
            Member::Unknown | Member::Invited(_) | Member::Gone(_) => false,
        },
        None => false,
    };
    if is_owner || wanted == Some(Role::Owner) {
        step_up(call.asking)?;
    }
    Ok(())
}

/// The refusal for a client that there is not; none when there is one or none is named.
///
/// # Errors
/// The log is away.
pub(super) async fn no_such_client(
    call: &Call<'_>,
    client_id: Option<ClientId>,
) -> Result<Option<Refused>, Fault> {
    let Some(client_id) = client_id else {
        return Ok(None);
    };
    let client = call.look_up_now::<Client>(client_id).await?;
    Ok((*client == Client::Unknown).then(|| Refused {
        code: "CLIENT_NOT_FOUND",
        message: "there is no such client".to_owned(),
        field: "clientId",
    }))
}

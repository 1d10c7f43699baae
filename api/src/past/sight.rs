//! Whose history may a caller see?

use async_graphql::{Context, ID};
use daybook_domain::identity::session::SessionEvent;
use daybook_domain::kernel::{TenantId, UserId};
use daybook_domain::tenancy::public::Permission;
use daybook_projections::past::{Folds, folds};
use daybook_store::{Recorded, StoreError};
use uuid::Uuid;

use crate::fault::{Code, Fault};
use crate::graphql::{Asking, kind_of_stream};

/// What has a history in the tenant, and what it needs besides `audit.read`: all that is needed to
/// see every field of the thing itself. What is not listed is nobody's.
const IN_TENANT: [(&str, &[Permission]); 11] = [
    (
        "tenancy.tenant",
        &[
            Permission::TenantRead,
            Permission::TenantManage,
            Permission::TenantSecure,
        ],
    ),
    ("tenancy.member", &[Permission::MembersRead]),
    ("tenancy.api_key", &[Permission::ApiKeysManage]),
    ("crm.client", &[Permission::ClientsRead]),
    ("crm.field_set", &[Permission::ClientsRead]),
    ("invoicing.invoice", &[Permission::InvoicesRead]),
    ("privacy.consent", &[Permission::ConsentsRead]),
    ("privacy.data_subject", &[Permission::PrivacyManage]),
    ("privacy.retention", &[Permission::PrivacyManage]),
    ("audit.export", &[Permission::AuditRead]),
    ("audit.seal", &[Permission::AuditRead]),
];
const USER: &str = "identity.user";
const SESSION: &str = "identity.session";

/// A thing whose history may be seen.
pub(super) struct Seen {
    pub(super) folds: Folds,
    pub(super) tenant: TenantId,
    pub(super) stream_id: Uuid,
}

/// The thing that is meant; none for an account or session of somebody else.
///
/// # Errors
/// `BAD_USER_INPUT` for what is no id of a thing with a history, `FORBIDDEN`, or the database is
/// away.
pub(super) async fn seen(ctx: &Context<'_>, id: &ID) -> Result<Option<Seen>, Fault> {
    let asking = Asking::of(ctx)?;
    let (folds, stream_id) = read(id)?;
    let kind = folds.stream_type;
    let seen = |tenant| Seen {
        folds,
        tenant,
        stream_id,
    };
    if [USER, SESSION].contains(&kind) {
        let user = asking.caller.require_user()?.user_id;
        let is_own = kind == USER && stream_id == user.0
            || kind == SESSION && owner(asking, stream_id).await? == Some(user);
        return Ok(is_own.then(|| seen(TenantId::PLATFORM)));
    }
    let scope = asking.caller.require(Permission::AuditRead)?;
    let needed = IN_TENANT.iter().find(|(listed, _)| *listed == kind);
    let (_, needed) = needed.ok_or_else(Fault::internal)?;
    for permission in *needed {
        asking.caller.require(*permission)?;
    }
    Ok(Some(seen(scope.tenant)))
}

async fn owner(asking: &Asking, session: Uuid) -> Result<Option<UserId>, Fault> {
    let store = asking.api.store();
    let events = store.stream_until(TenantId::PLATFORM, session, 1).await?;
    let first = events.first().filter(|event| event.stream_type == SESSION);
    let first = first.map(Recorded::decode).transpose();
    Ok(match first.map_err(StoreError::from)? {
        Some(SessionEvent::Started(started)) => Some(started.user_id),
        _ => None,
    })
}

fn read(id: &ID) -> Result<(Folds, Uuid), Fault> {
    let parts = id.rsplit_once('_').filter(|(_, uuid)| uuid.len() == 32);
    let stream = parts.and_then(|(kind, uuid)| {
        let of_kind = |it: &Folds| kind_of_stream(it.stream_type) == kind;
        let found = folds().into_iter().find(of_kind);
        found.zip(Uuid::try_parse(uuid).ok())
    });
    stream.ok_or_else(|| {
        let text = "the id of a thing with a history is needed, like \"client_…\"";
        Fault::new(Code::BadUserInput, text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_aggregate_has_a_rule_and_an_id() {
        for folds in folds() {
            let listed = IN_TENANT.iter().any(|(kind, _)| *kind == folds.stream_type);
            let own = [USER, SESSION].contains(&folds.stream_type);
            assert!(listed != own, "{}", folds.stream_type);
            let kind = kind_of_stream(folds.stream_type);
            let id = ID(format!("{kind}_{}", Uuid::from_u128(7).simple()));
            let (found, uuid) = read(&id).unwrap();
            assert_eq!(
                (found.stream_type, uuid),
                (folds.stream_type, Uuid::from_u128(7))
            );
        }
        for bad in [
            "",
            "client",
            "client_7",
            "note_00000000000000000000000000000007",
        ] {
            assert!(read(&ID(bad.to_owned())).is_err(), "{bad}");
        }
    }
}

//! At which addresses was a person ever reached?
//!
//! What the person is known by where rows bear no identity: mails, lists of recipients. So whoever hands
//! those out and whoever takes them away must ask here. Read from the log while the key is still there;
//! afterwards there is nothing to be found, and nothing left to be found by.

use std::collections::BTreeSet;

use daybook_domain::crm::client::ClientEvent;
use daybook_domain::identity::user::UserEvent;
use daybook_domain::kernel::{CodecError, Email, TenantId};
use daybook_domain::privacy::data_subject::{Subject, SubjectKind};
use daybook_domain::tenancy::member::MemberEvent;
use daybook_store::{HistoryFilter, Recorded, Store, StoreError};

/// Every address that the person's own stream names, in its compared form.
///
/// # Errors
/// When the database is away.
pub async fn of(
    store: &Store,
    tenant: TenantId,
    subject: Subject,
) -> Result<BTreeSet<String>, StoreError> {
    let filter = HistoryFilter {
        stream_id: Some(subject.id),
        types: Vec::new(),
    };
    let mut addresses = BTreeSet::new();
    for event in store.whole_history(tenant, &filter).await? {
        match named(&event, subject.kind) {
            Ok(address) => addresses.extend(address),
            Err(error) => tracing::warn!(%error, "an event of a person is unreadable"),
        }
    }
    Ok(addresses)
}

/// The address that an event names.
fn named(event: &Recorded, kind: SubjectKind) -> Result<Option<String>, CodecError> {
    let address = match kind {
        SubjectKind::Client => match event.decode::<ClientEvent>()? {
            ClientEvent::Registered(it) => it.details.email,
            ClientEvent::DetailsChanged(it) => it.email.value().cloned(),
            ClientEvent::CustomFieldsSet(_)
            | ClientEvent::BillingDetailsSet(_)
            | ClientEvent::NoteAdded(_)
            | ClientEvent::NoteWithdrawn(_)
            | ClientEvent::Deactivated(_)
            | ClientEvent::Reactivated(_)
            | ClientEvent::Archived(_)
            | ClientEvent::Erased(_) => None,
        },
        SubjectKind::Member => match event.decode::<MemberEvent>()? {
            MemberEvent::Invited(it) => Some(it.email),
            MemberEvent::Joined(it) => Some(it.email),
            MemberEvent::InvitationRenewed(_)
            | MemberEvent::InvitationRevoked(_)
            | MemberEvent::RoleChanged(_)
            | MemberEvent::OwnershipReceived(_)
            | MemberEvent::OwnershipHandedOver(_)
            | MemberEvent::Removed(_)
            | MemberEvent::Left(_)
            | MemberEvent::Erased(_) => None,
        },
        SubjectKind::User => match event.decode::<UserEvent>()? {
            UserEvent::SignedUp(it) => Some(it.email),
            UserEvent::EmailVerificationRequested(_)
            | UserEvent::EmailVerified(_)
            | UserEvent::PasswordResetRequested(_)
            | UserEvent::PasswordReset(_)
            | UserEvent::PasswordChanged(_)
            | UserEvent::PasswordHashUpgraded(_)
            | UserEvent::ProfileUpdated(_)
            | UserEvent::Deactivated(_)
            | UserEvent::Erased(_) => None,
        },
    };
    Ok(address.as_ref().map(Email::compared))
}

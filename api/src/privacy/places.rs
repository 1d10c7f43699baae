//! In which tenants is there anything about the owner of an account?

use daybook_domain::identity::user::User;
use daybook_domain::kernel::{MemberId, TenantId, UserId};
use daybook_projections::tenancy::memberships;
use daybook_store::{Store, StoreError};

/// Every place that they have, had, or are asked to take: invitations count once their address is
/// proven to be theirs.
///
/// # Errors
/// The log is away.
pub(super) async fn of_account(
    store: &Store,
    user_id: UserId,
) -> Result<Vec<(TenantId, MemberId)>, StoreError> {
    let user = store.load_stored_now::<User>(TenantId::PLATFORM, user_id);
    let user = user.await?.state;
    let mut tx = store.dispatch_tx().await?;
    let proven = user
        .account()
        .filter(|account| account.email_verified_at.is_some());
    let found = match proven {
        Some(account) => {
            let address = account.email.compared();
            memberships::of_person(&mut tx, user_id, &address).await?
        }
        None => memberships::ever_of_user(&mut tx, user_id).await?,
    };
    tx.commit().await?;
    Ok(found)
}

//! In which tenants is there anything about the owner of an account?

use daybook_domain::identity::user::User;
use daybook_domain::kernel::{MemberId, TenantId, UserId};
use daybook_projections::tenancy::memberships;
use daybook_store::{Store, StoreError};

/// Every place that they have, had, or are asked to take: invitations that stand open count once their
/// address is proven to be theirs.
///
/// # Errors
/// The log is away.
pub(super) async fn of_account(
    store: &Store,
    user_id: UserId,
) -> Result<Vec<(TenantId, MemberId)>, StoreError> {
    let user = store.load_stored_now::<User>(TenantId::PLATFORM, user_id);
    let user = user.await?.state;
    let proven = user
        .account()
        .filter(|account| account.email_verified_at.is_some());
    let mut tx = store.dispatch_tx().await?;
    let mut found = memberships::ever_of_user(&mut tx, user_id).await?;
    if let Some(account) = proven {
        let address = account.email.compared();
        found.extend(memberships::invitations_to(&mut tx, &address).await?);
    }
    tx.commit().await?;
    Ok(found)
}

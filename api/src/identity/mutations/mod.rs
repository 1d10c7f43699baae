//! One file per mutation.

mod payload;
mod session_revoke;
mod sessions_revoke_others;
mod user_deactivate;
mod user_update_profile;

use async_graphql::MergedObject;

use session_revoke::SessionRevoke;
use sessions_revoke_others::SessionsRevokeOthers;
pub(crate) use user_deactivate::left_without_owner;

use user_deactivate::UserDeactivate;
use user_update_profile::UserUpdateProfile;

/// The context's mutations.
#[derive(Debug, Default, MergedObject)]
pub struct IdentityMutation(
    UserUpdateProfile,
    UserDeactivate,
    SessionRevoke,
    SessionsRevokeOthers,
);

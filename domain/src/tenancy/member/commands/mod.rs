//! What can be asked of a member, one file per command.

mod accept;
mod change_role;
mod erase;
mod found;
mod hand_over;
mod invite;
mod leave;
mod receive_ownership;
mod reinvite;
mod remove;
mod revoke_invitation;

pub use accept::Accept;
pub use change_role::ChangeRole;
pub use erase::{Erase, ErasedBy};
pub use found::Found;
pub use hand_over::HandOver;
pub use invite::Invite;
pub use leave::Leave;
pub use receive_ownership::ReceiveOwnership;
pub use reinvite::Reinvite;
pub use remove::Remove;
pub use revoke_invitation::RevokeInvitation;

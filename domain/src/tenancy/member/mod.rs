//! A user's place in a tenant, from the invitation to the end.
//!
//! ```text
//! (unknown) ── Invite ──► invited ── Accept ──► joined ── Remove, Leave ──► gone
//!     │                    │   ▲                 ▲  │
//!     │                    │   └ Reinvite        │  ├ ChangeRole
//!     │                    └ RevokeInvitation ─► gone ├ ReceiveOwnership
//!     └── Found (the first owner) ───────────────┘  └ HandOver
//! ```
//!
//! Ownership changes hands in two commands on two streams, in this order: the new owner *receives*
//! it, then the old one *hands it over*. If only the first happens, the tenant has two owners.
//!
//! `Erase` ends whatever there is of a member, and then who it was is not known any more.
//!
//! Two things are settled in the append: `tenancy.members` counts invited and joined members
//! against the plan, `tenancy.owners` never falls below one.

mod commands;
mod events;
#[cfg(test)]
mod fixtures;
mod limits;
mod refusal;
mod state;

pub use commands::{
    Accept, ChangeRole, Erase, ErasedBy, Found, HandOver, Invite, Leave, ReceiveOwnership,
    Reinvite, Remove, RevokeInvitation,
};
pub use events::{
    EMAIL_SCOPE, Erased, INVITATION_SCOPE, InvitationRenewed, InvitationRevoked, Invited, Joined,
    Left, MEMBERS_COUNT, MemberEvent, OWNERS_COUNT, OwnershipHandedOver, OwnershipReceived,
    Removed, RoleChanged, USER_SCOPE,
};
pub use limits::INVITATION_DAYS;
pub use refusal::Refusal;
pub use state::{Gone, Invitation, Member, Membership};

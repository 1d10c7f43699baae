//! What can be asked of a tenant, one file per command.

mod brand;
mod change_plan;
mod change_settings;
mod claim_domain;
mod close;
mod forget_checkpoint_recipients;
mod found;
mod reactivate;
mod release_domain;
mod rename;
mod set_checkpoint_recipients;
mod set_ip_allow_list;
mod set_security_policy;
mod suspend;
mod verify_domain;

pub use brand::Brand;
pub use change_plan::ChangePlan;
pub use change_settings::ChangeSettings;
pub use claim_domain::ClaimDomain;
pub use close::Close;
pub use forget_checkpoint_recipients::ForgetCheckpointRecipients;
pub use found::Found;
pub use reactivate::Reactivate;
pub use release_domain::ReleaseDomain;
pub use rename::Rename;
pub use set_checkpoint_recipients::SetCheckpointRecipients;
pub use set_ip_allow_list::SetIpAllowList;
pub use set_security_policy::SetSecurityPolicy;
pub use suspend::Suspend;
pub use verify_domain::VerifyDomain;

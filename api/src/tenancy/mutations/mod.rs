//! One file per mutation.

mod api_key_create;
mod api_key_revoke;
mod api_key_rotate;
mod invitation_accept;
mod inviting;
mod member_change_role;
mod member_invite;
mod member_leave;
mod member_reinvite;
mod member_remove;
mod member_revoke_invitation;
mod ownership_transfer;
mod payload;
mod tenant_brand;
mod tenant_change_plan;
mod tenant_change_settings;
mod tenant_close;
mod tenant_domain_claim;
mod tenant_domain_release;
mod tenant_domain_verify;
mod tenant_found;
mod tenant_reactivate;
mod tenant_rename;
mod tenant_set_checkpoint_recipients;
mod tenant_set_ip_allow_list;
mod tenant_set_security_policy;
mod tenant_suspend;

use async_graphql::MergedObject;

use api_key_create::ApiKeyCreate;
use api_key_revoke::ApiKeyRevoke;
use api_key_rotate::ApiKeyRotate;
use invitation_accept::InvitationAccept;
use member_change_role::MemberChangeRole;
use member_invite::MemberInvite;
use member_leave::MemberLeave;
use member_reinvite::MemberReinvite;
use member_remove::MemberRemove;
use member_revoke_invitation::MemberRevokeInvitation;
use ownership_transfer::OwnershipTransfer;
use tenant_brand::TenantBrand;
use tenant_change_plan::TenantChangePlan;
use tenant_change_settings::TenantChangeSettings;
use tenant_close::TenantClose;
use tenant_domain_claim::TenantDomainClaim;
use tenant_domain_release::TenantDomainRelease;
use tenant_domain_verify::TenantDomainVerify;
use tenant_found::TenantFound;
use tenant_reactivate::TenantReactivate;
use tenant_rename::TenantRename;
use tenant_set_checkpoint_recipients::TenantSetCheckpointRecipients;
use tenant_set_ip_allow_list::TenantSetIpAllowList;
use tenant_set_security_policy::TenantSetSecurityPolicy;
use tenant_suspend::TenantSuspend;

/// The context's mutations.
#[derive(Debug, Default, MergedObject)]
pub struct TenancyMutation(
    TenantFound,
    TenantRename,
    TenantBrand,
    TenantDomainClaim,
    TenantDomainVerify,
    TenantDomainRelease,
    TenantChangeSettings,
    TenantSetIpAllowList,
    TenantSetSecurityPolicy,
    TenantSetCheckpointRecipients,
    TenantChangePlan,
    TenantSuspend,
    TenantReactivate,
    TenantClose,
    MemberInvite,
    MemberReinvite,
    MemberRevokeInvitation,
    InvitationAccept,
    MemberChangeRole,
    MemberRemove,
    MemberLeave,
    OwnershipTransfer,
    ApiKeyCreate,
    ApiKeyRotate,
    ApiKeyRevoke,
);

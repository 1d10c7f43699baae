//! The context's enums.

use async_graphql::Enum;
use daybook_domain::tenancy::{access, plan, settings};
use daybook_projections::tenancy::{members, tenant};
use serde::Serialize;

/// What a member is to a tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Enum)]
#[graphql(remote = "access::Role")]
pub enum Role {
    /// The client portal: sees only what concerns its own client record.
    Client,
    /// Looks at the daily business.
    Guest,
    /// Does the daily business.
    Member,
    /// Answers for the daily business: sends documents, records payments, sees the revenue.
    Manager,
    /// Runs the tenant: members, keys, settings.
    Admin,
    /// Owns the tenant.
    Owner,
}

/// One thing that may be allowed; API keys have some of them as scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Enum)]
#[graphql(remote = "access::Permission")]
pub enum Permission {
    /// `profile.manage`: read and change one's own profile, sessions and memberships.
    ProfileManage,
    /// `tenant.read`: see the tenant's name, brand and settings.
    TenantRead,
    /// `tenant.manage`: rename and brand the tenant, change its settings, declare custom fields.
    TenantManage,
    /// `tenant.secure`: set domains, the IP allow-list and the security policy.
    TenantSecure,
    /// `tenant.close`: close the tenant.
    TenantClose,
    /// `ownership.transfer`: hand one's ownership over.
    OwnershipTransfer,
    /// `members.read`: see who is a member.
    MembersRead,
    /// `members.manage`: invite and remove members, change roles.
    MembersManage,
    /// `api_keys.manage`: see, create, rotate and revoke API keys.
    ApiKeysManage,
    /// `clients.read`: see every client.
    ClientsRead,
    /// `clients.write`: register and change clients.
    ClientsWrite,
    /// `own_client.read`: see the client record one belongs to.
    OwnClientRead,
    /// `invoices.read`: see every invoice.
    InvoicesRead,
    /// `invoices.write`: draft invoices and work on drafts.
    InvoicesWrite,
    /// `invoices.send`: send, cancel and credit invoices.
    InvoicesSend,
    /// `own_invoices.read`: see the invoices that were sent to the client one belongs to.
    OwnInvoicesRead,
    /// `payments.record`: record payments.
    PaymentsRecord,
    /// `revenue.read`: see what the business earns.
    RevenueRead,
    /// `consents.read`: see what clients agreed to.
    ConsentsRead,
    /// `consents.write`: record that clients agreed, or agree no more.
    ConsentsWrite,
    /// `privacy.manage`: see what was done with people's data; hold it, hand it out, say how long it
    /// is kept.
    PrivacyManage,
    /// `privacy.erase`: erase people, for ever.
    PrivacyErase,
    /// `events.read`: read the tenant's events, past and live.
    EventsRead,
    /// `audit.read`: read and export the audit trail.
    AuditRead,
}

/// What a tenant pays, and the limits that come with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Enum)]
#[graphql(remote = "plan::Plan")]
pub enum Plan {
    /// To try it out.
    Free,
    /// For a small team.
    Starter,
    /// For a business with automation.
    Professional,
    /// For a large business.
    Enterprise,
}

/// Who numbers invoices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Enum)]
#[graphql(remote = "settings::NumberStyle")]
pub enum NumberStyle {
    /// The tenant, who gives each its number.
    Manual,
    /// Daybook, without gaps, when an invoice is sent.
    Gapless,
}

/// Whether a tenant does business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Enum)]
#[graphql(remote = "tenant::Status")]
pub enum TenantStatus {
    /// It does.
    Active,
    /// Its business stands still: nobody reads or writes until it is reactivated.
    Suspended,
    /// It stopped using Daybook.
    Closed,
}

/// Where a membership stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Enum)]
#[graphql(remote = "members::Status")]
pub enum MemberStatus {
    /// Asked to join.
    Invited,
    /// May act.
    Active,
    /// The invitation was revoked.
    Revoked,
    /// Somebody ended the membership.
    Removed,
    /// The member ended it.
    Left,
}

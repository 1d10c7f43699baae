//! Who may do what: the one table of roles and permissions.

use std::fmt::{self, Display};
use std::str::FromStr;

use serde::de::IntoDeserializer;
use serde::de::value::Error as NameError;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What a member is to a tenant. Ordered: a greater role is above a smaller one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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

/// One thing that may be allowed. Its code (`clients.read`) is what API keys name as scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Permission {
    /// Read and change one's own profile, sessions and memberships.
    #[serde(rename = "profile.manage")]
    ProfileManage,
    /// See the tenant's name, brand and settings.
    #[serde(rename = "tenant.read")]
    TenantRead,
    /// Rename and brand the tenant, change its settings and declare custom fields.
    #[serde(rename = "tenant.manage")]
    TenantManage,
    /// Set domains, the IP allow-list, the security policy and who gets checkpoints by mail.
    #[serde(rename = "tenant.secure")]
    TenantSecure,
    /// Close the tenant.
    #[serde(rename = "tenant.close")]
    TenantClose,
    /// Hand one's ownership over.
    #[serde(rename = "ownership.transfer")]
    OwnershipTransfer,
    /// See who is a member.
    #[serde(rename = "members.read")]
    MembersRead,
    /// Invite and remove members, change roles.
    #[serde(rename = "members.manage")]
    MembersManage,
    /// See, create, rotate and revoke API keys.
    #[serde(rename = "api_keys.manage")]
    ApiKeysManage,
    /// See every client.
    #[serde(rename = "clients.read")]
    ClientsRead,
    /// Register and change clients.
    #[serde(rename = "clients.write")]
    ClientsWrite,
    /// See the client record one belongs to.
    #[serde(rename = "own_client.read")]
    OwnClientRead,
    /// See every invoice.
    #[serde(rename = "invoices.read")]
    InvoicesRead,
    /// Draft invoices and work on drafts.
    #[serde(rename = "invoices.write")]
    InvoicesWrite,
    /// Send, cancel and credit invoices: what binds the business.
    #[serde(rename = "invoices.send")]
    InvoicesSend,
    /// See the invoices that were sent to the client one belongs to.
    #[serde(rename = "own_invoices.read")]
    OwnInvoicesRead,
    /// Record payments.
    #[serde(rename = "payments.record")]
    PaymentsRecord,
    /// See what the business earns.
    #[serde(rename = "revenue.read")]
    RevenueRead,
    /// See what clients agreed to.
    #[serde(rename = "consents.read")]
    ConsentsRead,
    /// Record that clients agreed, or agree no more.
    #[serde(rename = "consents.write")]
    ConsentsWrite,
    /// See what was done with people's data; hold it, hand it out, say how long it is kept.
    #[serde(rename = "privacy.manage")]
    PrivacyManage,
    /// Erase people, for ever.
    #[serde(rename = "privacy.erase")]
    PrivacyErase,
    /// Read the tenant's events, past and live.
    #[serde(rename = "events.read")]
    EventsRead,
    /// Read and export the audit trail.
    #[serde(rename = "audit.read")]
    AuditRead,
}

const Y: bool = true;
const N: bool = false;

/// The table. A permission without a row is nobody's; a test finds it.
#[rustfmt::skip]
const TABLE: [(Permission, [bool; 6]); 24] = [
    //                                owner admin manager member guest client
    (Permission::ProfileManage,     [ Y,    Y,    Y,      Y,     Y,    Y ]),
    (Permission::TenantRead,        [ Y,    Y,    Y,      Y,     Y,    Y ]),
    (Permission::TenantManage,      [ Y,    Y,    N,      N,     N,    N ]),
    (Permission::TenantSecure,      [ Y,    Y,    N,      N,     N,    N ]),
    (Permission::TenantClose,       [ Y,    N,    N,      N,     N,    N ]),
    (Permission::OwnershipTransfer, [ Y,    N,    N,      N,     N,    N ]),
    (Permission::MembersRead,       [ Y,    Y,    Y,      Y,     N,    N ]),
    (Permission::MembersManage,     [ Y,    Y,    N,      N,     N,    N ]),
    (Permission::ApiKeysManage,     [ Y,    Y,    N,      N,     N,    N ]),
    (Permission::ClientsRead,       [ Y,    Y,    Y,      Y,     Y,    N ]),
    (Permission::ClientsWrite,      [ Y,    Y,    Y,      Y,     N,    N ]),
    (Permission::OwnClientRead,     [ Y,    N,    N,      N,     N,    Y ]),
    (Permission::InvoicesRead,      [ Y,    Y,    Y,      Y,     Y,    N ]),
    (Permission::InvoicesWrite,     [ Y,    Y,    Y,      Y,     N,    N ]),
    (Permission::InvoicesSend,      [ Y,    Y,    Y,      N,     N,    N ]),
    (Permission::OwnInvoicesRead,   [ Y,    N,    N,      N,     N,    Y ]),
    (Permission::PaymentsRecord,    [ Y,    Y,    Y,      N,     N,    N ]),
    (Permission::RevenueRead,       [ Y,    Y,    Y,      N,     N,    N ]),
    (Permission::ConsentsRead,      [ Y,    Y,    Y,      Y,     N,    N ]),
    (Permission::ConsentsWrite,     [ Y,    Y,    Y,      Y,     N,    N ]),
    (Permission::PrivacyManage,     [ Y,    Y,    N,      N,     N,    N ]),
    (Permission::PrivacyErase,      [ Y,    Y,    N,      N,     N,    N ]),
    (Permission::EventsRead,        [ Y,    Y,    N,      N,     N,    N ]),
    (Permission::AuditRead,         [ Y,    Y,    N,      N,     N,    N ]),
];

/// Not the name of a role or permission.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is neither a role nor a permission")]
pub struct UnknownName(String);

impl Role {
    /// Every role, from the one that may do most.
    pub const ALL: [Self; 6] = [
        Self::Owner,
        Self::Admin,
        Self::Manager,
        Self::Member,
        Self::Guest,
        Self::Client,
    ];

    /// Whether the role allows it.
    pub fn may(self, permission: Permission) -> bool {
        let row = TABLE.iter().find(|(listed, _)| *listed == permission);
        row.is_some_and(
            |(_, [owner, admin, manager, member, guest, client])| match self {
                Self::Owner => *owner,
                Self::Admin => *admin,
                Self::Manager => *manager,
                Self::Member => *member,
                Self::Guest => *guest,
                Self::Client => *client,
            },
        )
    }

    /// Whether somebody of this role may give `other` to a member, or take it away.
    pub fn may_grant(self, other: Self) -> bool {
        self.may(Permission::MembersManage) && other <= self
    }

    /// What the role allows, in the table's order.
    pub fn permissions(self) -> impl Iterator<Item = Permission> {
        Permission::all().filter(move |permission| self.may(*permission))
    }
}

impl Permission {
    /// Every permission, in the table's order.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|(permission, _)| *permission)
    }
}

impl Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

impl Display for Permission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(f)
    }
}

impl FromStr for Role {
    type Err = UnknownName;
    fn from_str(name: &str) -> Result<Self, UnknownName> {
        read(name)
    }
}

impl FromStr for Permission {
    type Err = UnknownName;
    fn from_str(code: &str) -> Result<Self, UnknownName> {
        read(code)
    }
}

fn read<'de, T: Deserialize<'de>>(name: &'de str) -> Result<T, UnknownName> {
    let unknown = |_: NameError| UnknownName(name.chars().take(64).collect());
    T::deserialize(IntoDeserializer::<NameError>::into_deserializer(name)).map_err(unknown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(role: Role) -> Vec<String> {
        role.permissions()
            .map(|permission| permission.to_string())
            .collect()
    }

    /// Serde's complaint about a wrong name lists every right one, so nothing can be forgotten.
    #[test]
    fn has_one_row_for_every_permission() {
        let complaint = serde_json::from_str::<Permission>("\"?\"")
            .unwrap_err()
            .to_string();
        let mut declared: Vec<&str> = complaint.split('`').skip(3).step_by(2).collect();
        let mut listed: Vec<String> = Permission::all().map(|p| p.to_string()).collect();
        declared.sort_unstable();
        listed.sort_unstable();
        assert_eq!(listed, declared);
    }

    #[test]
    fn lets_the_owner_do_everything() {
        assert!(Permission::all().all(|permission| Role::Owner.may(permission)));
    }

    #[test]
    fn lets_the_client_see_nothing_but_its_own() {
        let own = [
            "profile.manage",
            "tenant.read",
            "own_client.read",
            "own_invoices.read",
        ];
        assert_eq!(codes(Role::Client), own);
    }

    #[test]
    fn gives_each_role_what_is_listed() {
        let guest = [
            "profile.manage",
            "tenant.read",
            "clients.read",
            "invoices.read",
        ];
        assert_eq!(codes(Role::Guest), guest);
        let member = [
            "profile.manage",
            "tenant.read",
            "members.read",
            "clients.read",
            "clients.write",
            "invoices.read",
            "invoices.write",
            "consents.read",
            "consents.write",
        ];
        assert_eq!(codes(Role::Member), member);
        let manager = [
            "profile.manage",
            "tenant.read",
            "members.read",
            "clients.read",
            "clients.write",
            "invoices.read",
            "invoices.write",
            "invoices.send",
            "payments.record",
            "revenue.read",
            "consents.read",
            "consents.write",
        ];
        assert_eq!(codes(Role::Manager), manager);
        let not_the_admins = [
            "tenant.close",
            "ownership.transfer",
            "own_client.read",
            "own_invoices.read",
        ];
        let mut admin = codes(Role::Owner);
        admin.retain(|code| !not_the_admins.contains(&code.as_str()));
        assert_eq!(codes(Role::Admin), admin);
    }

    #[test]
    fn gives_a_greater_role_of_the_staff_everything_of_a_smaller_one() {
        let staff = [
            Role::Guest,
            Role::Member,
            Role::Manager,
            Role::Admin,
            Role::Owner,
        ];
        for pair in staff.windows(2) {
            assert!(pair[0] < pair[1]);
            assert!(
                pair[0]
                    .permissions()
                    .all(|permission| pair[1].may(permission))
            );
        }
    }

    #[test]
    fn lets_nobody_grant_above_their_own_role() {
        for granted in Role::ALL {
            assert!(Role::Owner.may_grant(granted));
            assert_eq!(Role::Admin.may_grant(granted), granted != Role::Owner);
            for role in [Role::Manager, Role::Member, Role::Guest, Role::Client] {
                assert!(!role.may_grant(granted), "{role} grants {granted}");
            }
        }
    }

    #[test]
    fn reads_what_it_writes() {
        for role in Role::ALL {
            assert_eq!(role.to_string().parse(), Ok(role));
        }
        for permission in Permission::all() {
            assert_eq!(permission.to_string().parse(), Ok(permission));
        }
        assert_eq!(
            "Owner".parse::<Role>(),
            Err(UnknownName("Owner".to_owned()))
        );
        assert!("clients.*".parse::<Permission>().is_err());
    }
}

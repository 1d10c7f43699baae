//! Which operations are whose?

/// How somebody is answered who asks for an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    /// They are let in; a rule may still say no.
    Open,
    /// They are known, and it is not theirs.
    Forbidden,
    /// They are not known.
    SignInFirst,
}

const Y: Door = Door::Open;
const N: Door = Door::Forbidden;
const U: Door = Door::SignInFirst;

/// Each operation of the schema, and how each of those in [`super::people`] is answered.
///
/// A key is one that its owner gave everything a key can have, or nothing but `clients.read`. What
/// asks for a password just given is no program's.
#[rustfmt::skip]
pub(super) const OPERATIONS: [(&str, [Door; super::people::PEOPLE]); 89] = [
    //                                            owner admin manager member guest client  key  reader newcomer nobody
    // Anybody at all: who may not see a thing is told that there is none.
    ("query node",                              [ Y,    Y,    Y,      Y,     Y,    Y,      Y,   Y,     Y,       Y ]),
    ("query nodes",                             [ Y,    Y,    Y,      Y,     Y,    Y,      Y,   Y,     Y,       Y ]),
    // A person's own: an account, its sessions, its places.
    ("query me",                                [ Y,    Y,    Y,      Y,     Y,    Y,      Y,   Y,     Y,       U ]),
    ("mutation invitationAccept",               [ Y,    Y,    Y,      Y,     Y,    Y,      N,   N,     Y,       U ]),
    ("mutation sessionRevoke",                  [ Y,    Y,    Y,      Y,     Y,    Y,      N,   N,     Y,       U ]),
    ("mutation sessionsRevokeOthers",           [ Y,    Y,    Y,      Y,     Y,    Y,      N,   N,     Y,       U ]),
    ("mutation tenantFound",                    [ Y,    Y,    Y,      Y,     Y,    Y,      N,   N,     Y,       U ]),
    ("mutation userDeactivate",                 [ Y,    Y,    Y,      Y,     Y,    Y,      N,   N,     Y,       U ]),
    ("mutation userUpdateProfile",              [ Y,    Y,    Y,      Y,     Y,    Y,      N,   N,     Y,       U ]),
    ("mutation memberLeave",                    [ Y,    Y,    Y,      Y,     Y,    Y,      N,   N,     N,       U ]),
    // The tenant.
    ("query tenant",                            [ Y,    Y,    Y,      Y,     Y,    Y,      Y,   N,     N,       U ]),
    ("mutation tenantBrand",                    [ Y,    Y,    N,      N,     N,    N,      Y,   N,     N,       U ]),
    ("mutation tenantChangePlan",               [ Y,    Y,    N,      N,     N,    N,      Y,   N,     N,       U ]),
    ("mutation tenantChangeSettings",           [ Y,    Y,    N,      N,     N,    N,      Y,   N,     N,       U ]),
    ("mutation tenantRename",                   [ Y,    Y,    N,      N,     N,    N,      Y,   N,     N,       U ]),
    ("mutation tenantDomainClaim",              [ Y,    Y,    N,      N,     N,    N,      Y,   N,     N,       U ]),
    ("mutation tenantDomainRelease",            [ Y,    Y,    N,      N,     N,    N,      Y,   N,     N,       U ]),
    ("mutation tenantDomainVerify",             [ Y,    Y,    N,      N,     N,    N,      Y,   N,     N,       U ]),
    ("mutation tenantSetCheckpointRecipients",  [ Y,    Y,    N,      N,     N,    N,      Y,   N,     N,       U ]),
    ("mutation tenantSetIpAllowList",           [ Y,    Y,    N,      N,     N,    N,      Y,   N,     N,       U ]),
    ("mutation tenantSetSecurityPolicy",        [ Y,    Y,    N,      N,     N,    N,      Y,   N,     N,       U ]),
    ("mutation tenantReactivate",               [ Y,    N,    N,      N,     N,    N,      Y,   N,     N,       U ]),
    ("mutation tenantSuspend",                  [ Y,    N,    N,      N,     N,    N,      Y,   N,     N,       U ]),
    ("mutation ownershipTransfer",              [ Y,    N,    N,      N,     N,    N,      N,   N,     N,       U ]),
    ("mutation tenantClose",                    [ Y,    N,    N,      N,     N,    N,      N,   N,     N,       U ]),
    // Its members and keys.
    ("query member",                            [ Y,    Y,    Y,      Y,     N,    N,      Y,   N,     N,       U ]),
    ("query members",                           [ Y,    Y,    Y,      Y,     N,    N,      Y,   N,     N,       U ]),
    ("mutation memberChangeRole",               [ Y,    Y,    N,      N,     N,    N,      Y,   N,     N,       U ]),
    ("mutation memberInvite",                   [ Y,    Y,    N,      N,     N,    N,      Y,   N,     N,       U ]),
    ("mutation memberReinvite",                 [ Y,    Y,    N,      N,     N,    N,      Y,   N,     N,       U ]),
    ("mutation memberRemove",                   [ Y,    Y,    N,      N,     N,    N,      Y,   N,     N,       U ]),
    ("mutation memberRevokeInvitation",         [ Y,    Y,    N,      N,     N,    N,      Y,   N,     N,       U ]),
    ("query apiKeys",                           [ Y,    Y,    N,      N,     N,    N,      Y,   N,     N,       U ]),
    ("mutation apiKeyCreate",                   [ Y,    Y,    N,      N,     N,    N,      N,   N,     N,       U ]),
    ("mutation apiKeyRevoke",                   [ Y,    Y,    N,      N,     N,    N,      Y,   N,     N,       U ]),
    ("mutation apiKeyRotate",                   [ Y,    Y,    N,      N,     N,    N,      Y,   N,     N,       U ]),
    // Clients. In the portal one sees one's own.
    ("query client",                            [ Y,    Y,    Y,      Y,     Y,    Y,      Y,   Y,     N,       U ]),
    ("query clientFields",                      [ Y,    Y,    Y,      Y,     Y,    Y,      Y,   Y,     N,       U ]),
    ("query clients",                           [ Y,    Y,    Y,      Y,     Y,    Y,      Y,   Y,     N,       U ]),
    ("subscription clientsLive",                [ Y,    Y,    Y,      Y,     Y,    Y,      Y,   Y,     N,       U ]),
    ("mutation clientAddNote",                  [ Y,    Y,    Y,      Y,     N,    N,      Y,   N,     N,       U ]),
    ("mutation clientArchive",                  [ Y,    Y,    Y,      Y,     N,    N,      Y,   N,     N,       U ]),
    ("mutation clientChangeDetails",            [ Y,    Y,    Y,      Y,     N,    N,      Y,   N,     N,       U ]),
    ("mutation clientDeactivate",               [ Y,    Y,    Y,      Y,     N,    N,      Y,   N,     N,       U ]),
    ("mutation clientReactivate",               [ Y,    Y,    Y,      Y,     N,    N,      Y,   N,     N,       U ]),
    ("mutation clientRegister",                 [ Y,    Y,    Y,      Y,     N,    N,      Y,   N,     N,       U ]),
    ("mutation clientSetBillingDetails",        [ Y,    Y,    Y,      Y,     N,    N,      Y,   N,     N,       U ]),
    ("mutation clientSetCustomFields",          [ Y,    Y,    Y,      Y,     N,    N,      Y,   N,     N,       U ]),
    ("mutation clientWithdrawNote",             [ Y,    Y,    Y,      Y,     N,    N,      Y,   N,     N,       U ]),
    ("mutation clientFieldDeclare",             [ Y,    Y,    N,      N,     N,    N,      Y,   N,     N,       U ]),
    ("mutation clientFieldRetire",              [ Y,    Y,    N,      N,     N,    N,      Y,   N,     N,       U ]),
    // Documents. In the portal one sees what was sent to one.
    ("query invoice",                           [ Y,    Y,    Y,      Y,     Y,    Y,      Y,   N,     N,       U ]),
    ("query invoices",                          [ Y,    Y,    Y,      Y,     Y,    Y,      Y,   N,     N,       U ]),
    ("subscription invoicesLive",               [ Y,    Y,    Y,      Y,     Y,    Y,      Y,   N,     N,       U ]),
    ("query balances",                          [ Y,    Y,    Y,      Y,     Y,    N,      Y,   N,     N,       U ]),
    ("query receivables",                       [ Y,    Y,    Y,      Y,     Y,    N,      Y,   N,     N,       U ]),
    ("query revenue",                           [ Y,    Y,    Y,      N,     N,    N,      Y,   N,     N,       U ]),
    ("mutation invoiceAddLine",                 [ Y,    Y,    Y,      Y,     N,    N,      Y,   N,     N,       U ]),
    ("mutation invoiceChangeDetails",           [ Y,    Y,    Y,      Y,     N,    N,      Y,   N,     N,       U ]),
    ("mutation invoiceChangeLine",              [ Y,    Y,    Y,      Y,     N,    N,      Y,   N,     N,       U ]),
    ("mutation invoiceDraft",                   [ Y,    Y,    Y,      Y,     N,    N,      Y,   N,     N,       U ]),
    ("mutation invoiceRemoveLine",              [ Y,    Y,    Y,      Y,     N,    N,      Y,   N,     N,       U ]),
    ("mutation invoiceSetDueDate",              [ Y,    Y,    Y,      Y,     N,    N,      Y,   N,     N,       U ]),
    ("mutation invoiceSetTax",                  [ Y,    Y,    Y,      Y,     N,    N,      Y,   N,     N,       U ]),
    ("mutation invoiceCancel",                  [ Y,    Y,    Y,      N,     N,    N,      Y,   N,     N,       U ]),
    ("mutation invoiceCredit",                  [ Y,    Y,    Y,      N,     N,    N,      Y,   N,     N,       U ]),
    ("mutation invoiceIssue",                   [ Y,    Y,    Y,      N,     N,    N,      Y,   N,     N,       U ]),
    ("mutation invoiceMarkOverdue",             [ Y,    Y,    Y,      N,     N,    N,      Y,   N,     N,       U ]),
    ("mutation invoiceRecordPayment",           [ Y,    Y,    Y,      N,     N,    N,      Y,   N,     N,       U ]),
    ("mutation invoiceSend",                    [ Y,    Y,    Y,      N,     N,    N,      Y,   N,     N,       U ]),
    // What people agreed to, and what is done with their data.
    ("query consents",                          [ Y,    Y,    Y,      Y,     N,    N,      Y,   N,     N,       U ]),
    ("mutation consentGive",                    [ Y,    Y,    Y,      Y,     N,    N,      Y,   N,     N,       U ]),
    ("mutation consentWithdraw",                [ Y,    Y,    Y,      Y,     N,    N,      Y,   N,     N,       U ]),
    ("query dataSubject",                       [ Y,    Y,    N,      N,     N,    N,      Y,   N,     N,       U ]),
    ("query dataSubjects",                      [ Y,    Y,    N,      N,     N,    N,      Y,   N,     N,       U ]),
    ("query retention",                         [ Y,    Y,    N,      N,     N,    N,      Y,   N,     N,       U ]),
    ("mutation dataSubjectErase",               [ Y,    Y,    N,      N,     N,    N,      Y,   N,     N,       U ]),
    ("mutation dataSubjectExport",              [ Y,    Y,    N,      N,     N,    N,      Y,   N,     N,       U ]),
    ("mutation dataSubjectHold",                [ Y,    Y,    N,      N,     N,    N,      Y,   N,     N,       U ]),
    ("mutation dataSubjectRelease",             [ Y,    Y,    N,      N,     N,    N,      Y,   N,     N,       U ]),
    ("mutation retentionClear",                 [ Y,    Y,    N,      N,     N,    N,      Y,   N,     N,       U ]),
    ("mutation retentionSet",                   [ Y,    Y,    N,      N,     N,    N,      Y,   N,     N,       U ]),
    // What happened.
    ("query auditExport",                       [ Y,    Y,    N,      N,     N,    N,      Y,   N,     N,       U ]),
    ("query auditExports",                      [ Y,    Y,    N,      N,     N,    N,      Y,   N,     N,       U ]),
    ("query auditSeal",                         [ Y,    Y,    N,      N,     N,    N,      Y,   N,     N,       U ]),
    ("query events",                            [ Y,    Y,    N,      N,     N,    N,      Y,   N,     N,       U ]),
    ("query history",                           [ Y,    Y,    N,      N,     N,    N,      Y,   N,     N,       U ]),
    ("mutation auditExport",                    [ Y,    Y,    N,      N,     N,    N,      Y,   N,     N,       U ]),
    ("subscription events",                     [ Y,    Y,    N,      N,     N,    N,      Y,   N,     N,       U ]),
];

//! One file per mutation.

mod audit_export;

use async_graphql::MergedObject;

use audit_export::AuditExportRequest;

/// The context's mutations.
#[derive(Debug, Default, MergedObject)]
pub struct AuditMutation(AuditExportRequest);

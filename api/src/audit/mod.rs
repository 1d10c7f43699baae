//! The sealed history: `/audit/{tenant}/*` for proofs and archives, GraphQL to ask for archives.
//!
//! The tenant is named by its id or subdomain and is always the caller's own: any other is answered
//! as one that does not exist. Everything needs `audit.read`.

mod admission;
mod download;
mod error;
mod export;
mod filter;
mod mutations;
mod proofs;
mod query;
mod range;
mod routes;
mod seal;
mod tiles;

pub use download::archive_file;
pub use error::{AuditErrorCode, AuditUserError};
pub use export::{AuditExport, AuditExportState, exports_by_ids};
pub use filter::{AuditExportFilter, AuditExportsFilter};
pub use mutations::AuditMutation;
pub use query::AuditQuery;
pub use routes::routes;
pub use seal::AuditSeal;

//! Imports: how do documents of another system get into a tenant's log?
//!
//! A file is read twice. The first time finds out what there is: the columns, how dates are to be
//! read, and after which row each document is complete, because rows of one document may lie far
//! apart. The second time assembles documents and issues them, many at a time so that the log
//! commits them in groups.
//!
//! # Once
//! The ids of documents, their lines and their commands are derived from the tenant and the names in
//! the file, a client is known by its external id, which is unique in the tenant, and a command's
//! fingerprint is the document's content. So repeating an import changes nothing, a stopped one is
//! continued by the same command, and a document that comes with another content than before is refused.
//!
//! # Memory
//! Held at any time: 2,000,000 rows whose documents are not complete (200 bytes each, and files in
//! order of their documents need hardly any), 50,000 lines on their way to the log, one row of
//! 64 KiB, 36 bytes per document and 150 per client of the file.
//!
//! # Refused rows
//! No row stops an import. What cannot be read or what a rule refuses goes with its line number, a
//! reason and its columns to the file of rejects; the rest of its document is imported. That document has
//! been issued then and stays as it is: a mended row needs a number of its own, and its reason says so.

mod assembly;
mod clients;
mod commands;
mod dates;
mod document;
mod error;
mod job;
mod mapping;
mod progress;
mod records;
mod rejects;
mod row;
mod run;
mod scan;
mod source;
mod trial;

pub use dates::DateOrder;
pub use error::ImportError;
pub use job::{Job, Options};
pub use mapping::{Column, Mapping};
pub use progress::{Meter, Phase, Progress, Report, Summary};
pub use run::run;
pub use source::encoding_named;

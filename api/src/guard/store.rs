//! Which documents are known already.

use std::sync::Arc;

use async_graphql::Variables;
use moka::sync::Cache;

use super::document::digest;
use super::{Document, Limits, Operation};
use crate::fault::{Code, Fault};

/// Checks documents and keeps those that passed, the most used ones first.
#[derive(Debug)]
pub struct Guard {
    pub(super) limits: Limits,
    pub(super) subscription_root: String,
    kept: Cache<[u8; 32], Arc<Document>>,
}

impl Guard {
    /// A guard with these limits over a schema whose subscription type has that name.
    pub fn new(limits: Limits, subscription_root: impl Into<String>) -> Self {
        let kept = Cache::builder()
            .max_capacity(limits.kept_bytes)
            .weigher(|_, document: &Arc<Document>| document.weight())
            .build();
        Self {
            limits,
            subscription_root: subscription_root.into(),
            kept,
        }
    }

    /// The limits in force.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The document with that text, measured.
    ///
    /// # Errors
    /// `PAYLOAD_TOO_LARGE`, `GRAPHQL_PARSE_FAILED`, `QUERY_TOO_COMPLEX`, `BAD_USER_INPUT` or
    /// `GRAPHQL_VALIDATION_FAILED`, as [`Limits`] and the grammar have it.
    pub fn document(&self, text: &str) -> Result<Arc<Document>, Fault> {
        if text.len() > self.limits.bytes {
            let text = format!("a document may have {} bytes", self.limits.bytes);
            return Err(Fault::new(Code::PayloadTooLarge, text));
        }
        let hash = digest(text);
        if let Some(document) = self.kept.get(&hash) {
            return Ok(document);
        }
        let document = Arc::new(Document::read(text, self)?);
        self.kept.insert(hash, Arc::clone(&document));
        Ok(document)
    }

    /// What running the operation with these variables costs, in points.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for a page size out of range, `QUERY_TOO_COMPLEX` above the limit.
    pub fn cost(
        &self,
        document: &Document,
        operation: &Operation,
        variables: &Variables,
    ) -> Result<u64, Fault> {
        document.cost(operation, (variables, &self.limits))
    }
}

//! What is a line of `events.ndjson`?

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::content::Content;
use crate::encoding::hash_from_base64;
use crate::leaf::Leaf;
use crate::tree::{Hash, leaf_hash};

/// An event with all that its leaf has digests of. The members are in the order of their names: the
/// line is canonical.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Line<'l> {
    #[serde(borrow)]
    pub(super) leaf: &'l RawValue,
    #[serde(borrow)]
    pub(super) payload: Content<'l>,
    #[serde(borrow)]
    pub(super) personal: Option<Content<'l>>,
    /// The hashes of the inclusion proof, in base64; null in a full archive.
    #[serde(borrow)]
    pub(super) proof: Option<Vec<Cow<'l, str>>>,
    #[serde(borrow)]
    pub(super) request: Content<'l>,
    /// The leaf hash that the tree has at this place, in base64.
    #[serde(borrow)]
    pub(super) sealed: Cow<'l, str>,
}

/// A line whose parts fit together.
#[derive(Debug)]
pub(super) struct Sound<'l> {
    pub(super) line: Line<'l>,
    pub(super) index: u64,
    /// The hash of the leaf that stands here.
    pub(super) hash: Hash,
    pub(super) proof: Option<Vec<Hash>>,
}

impl<'l> Line<'l> {
    /// Reads a line, without its line feed.
    pub(super) fn read(bytes: &'l [u8]) -> Result<Self, String> {
        let line: Self = serde_json::from_slice(bytes)
            .map_err(|error| format!("the line cannot be read: {error}"))?;
        let mut again = Vec::with_capacity(bytes.len());
        let written = serde_json::to_writer(&mut again, &line);
        if written.is_err() || again != bytes {
            return Err("the line is not in canonical form (RFC 8785)".to_owned());
        }
        Ok(line)
    }

    /// The leaf, whose spelling must be canonical.
    pub(super) fn leaf(&self) -> Result<Leaf<'l>, String> {
        Leaf::read(self.leaf.get().as_bytes()).map_err(|error| error.to_string())
    }

    /// Compares what stands in the line with the digests in its leaf, and the leaf with the hash
    /// that was sealed.
    pub(super) fn checked(self, leaf: &Leaf<'_>) -> Result<Sound<'l>, String> {
        fits("payload", &self.payload, &leaf.payload_hash)?;
        fits("request", &self.request, &leaf.request_hash)?;
        match (&self.personal, &leaf.personal_hash) {
            (None, None) => {}
            (Some(personal), Some(digest)) => fits("personal", personal, digest)?,
            (Some(_), None) | (None, Some(_)) => {
                return Err("either the event or its leaf has no personal fields".to_owned());
            }
        }
        let hash = leaf_hash(self.leaf.get().as_bytes());
        let sealed = hash_from_base64(&self.sealed);
        if sealed != Some(hash) {
            return Err("the event is not the one that was sealed here".to_owned());
        }
        let proof = self.proof.iter().flatten();
        let hashes = proof.map(|text| hash_from_base64(text)).collect();
        let hashes: Option<Vec<_>> = hashes;
        let hashes = hashes.ok_or_else(|| "a hash of the proof cannot be read".to_owned())?;
        Ok(Sound {
            index: leaf.index().map_err(|error| error.to_string())?,
            hash,
            proof: self.proof.is_some().then_some(hashes),
            line: self,
        })
    }
}

fn fits(what: &str, content: &Content<'_>, digest: &str) -> Result<(), String> {
    let bytes = content.bytes();
    let found = bytes.map(Sha256::digest);
    let mut expected = [0; 32];
    let read = hex::decode_to_slice(digest, &mut expected);
    if read.is_ok() && found.is_some_and(|found| found[..] == expected) {
        return Ok(());
    }
    Err(format!(
        "the {what} is not the one that the leaf has a digest of"
    ))
}

//! What does an archive say it is?

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::member::{Fingerprint, Member};
use crate::checkpoint::Checkpoint;
use crate::encoding::base64;

/// The version of the archive's form that is written and read here.
pub(super) const FORMAT: &str = "daybook-audit-archive/1";

/// Which events an archive has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// All of the checkpoint's tree: nothing can be missing.
    Full,
    /// Some of them, each with its proof of inclusion: that others were left out is no fault.
    Filtered,
}

/// `manifest.json`: what the archive says it is. Nobody signs it; all of it is checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The version of the archive's form.
    pub format: String,
    /// Whose events they are.
    pub tenant: String,
    /// The log, as in the checkpoint.
    pub origin: String,
    /// Which events there are.
    pub kind: Kind,
    /// What was asked for, in the words of whoever exported; null for everything.
    pub filter: Option<Value>,
    /// Who exported when, in the words of whoever exported; null if it is not told.
    pub exported: Option<Value>,
    /// How many events there are, a decimal number.
    pub count: String,
    /// The position of the first event, a decimal number; null if there is none.
    pub first: Option<String>,
    /// The position of the last event, a decimal number; null if there is none.
    pub last: Option<String>,
    /// The size of the checkpoint's tree, a decimal number.
    pub tree_size: String,
    /// The root of the checkpoint's tree, in base64.
    pub root: String,
    /// The length and digest of every other file.
    pub(super) members: BTreeMap<String, Fingerprint>,
}

impl Manifest {
    /// Reads one. Repeated and unknown members are refused.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        let manifest: Self = serde_json::from_slice(bytes)
            .map_err(|error| format!("manifest.json cannot be read: {error}"))?;
        if manifest.format != FORMAT {
            let format = &manifest.format;
            return Err(format!(
                "the archive is of the form {format:?}, not {FORMAT:?}"
            ));
        }
        let mut listed: Vec<_> = Member::LISTED.map(Member::name).into();
        listed.sort_unstable();
        if !manifest.members.keys().eq(listed.iter()) {
            return Err("manifest.json does not list the files that an archive has".to_owned());
        }
        Ok(manifest)
    }

    /// It is about the very tree of the checkpoint.
    pub(super) fn is_of(&self, checkpoint: &Checkpoint) -> bool {
        self.origin == checkpoint.origin
            && self.tree_size == checkpoint.size.to_string()
            && self.root == base64(&checkpoint.root)
    }
}

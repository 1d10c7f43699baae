//! Are the events those that were sealed, all of them, in their order?

use std::collections::BTreeMap;

use super::line::{Line, Sound};
use super::manifest::{Kind, Manifest};
use super::member::{Fingerprint, Fingerprinting};
use super::report::Finding;
use super::sheet;
use crate::tree::{Frontier, Hash, Head, verify_inclusion};

/// What is known of the events after those that came by. After the first fault nothing more is
/// looked at: what comes after it proves nothing.
#[derive(Debug)]
pub(super) struct Events<'m> {
    manifest: &'m Manifest,
    head: Head,
    /// The sizes of the checkpoints from outside, and the roots of our tree at those sizes.
    kept: BTreeMap<u64, Option<Hash>>,
    tree: Frontier,
    count: u64,
    first: Option<u64>,
    last: Option<u64>,
    sheet: Fingerprinting,
    fault: Option<Finding>,
}

impl<'m> Events<'m> {
    /// Before the first one. `kept` are the sizes of the checkpoints from outside.
    pub(super) fn new(
        manifest: &'m Manifest,
        head: Head,
        kept: impl IntoIterator<Item = u64>,
    ) -> Self {
        let tree = Frontier::default();
        let mut sheet = Fingerprinting::default();
        sheet.update(&sheet::header());
        Self {
            manifest,
            head,
            kept: kept
                .into_iter()
                .map(|size| (size, (size == 0).then(|| tree.root())))
                .collect(),
            tree,
            count: 0,
            first: None,
            last: None,
            sheet,
            fault: None,
        }
    }

    /// Takes in some lines.
    pub(super) fn take(&mut self, lines: &[u8]) {
        let mut rows = Vec::new();
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            if self.fault.is_some() {
                return;
            }
            self.fault = self.line(line, &mut rows).err();
        }
        self.sheet.update(&rows);
    }

    fn line(&mut self, bytes: &[u8], rows: &mut Vec<u8>) -> Result<(), Finding> {
        // Where events cannot be missing, the place of a line is its index.
        let here = (self.manifest.kind == Kind::Full).then_some(self.count);
        let unreadable = |text: String| Finding::tampered(here, text);
        let bytes = bytes.strip_suffix(b"\n");
        let bytes = bytes.ok_or_else(|| unreadable("the last line was cut".to_owned()))?;
        let line = Line::read(bytes).map_err(unreadable)?;
        let leaf = line.leaf().map_err(unreadable)?;
        let index = leaf
            .index()
            .map_err(|error| unreadable(error.to_string()))?;
        self.in_order(index)?;
        let bad = |text: String| Finding::tampered(Some(index), text);
        if leaf.tenant_id != self.manifest.tenant {
            return Err(bad(format!(
                "the event is of the tenant {}",
                leaf.tenant_id
            )));
        }
        if index >= self.head.size {
            let size = self.head.size;
            return Err(bad(format!(
                "the event is not among the {size} that were sealed"
            )));
        }
        let sound = line.checked(&leaf).map_err(bad)?;
        self.placed(&sound).map_err(bad)?;
        sheet::write_event(rows, &leaf, &sound.line);
        self.count += 1;
        self.first = self.first.or(Some(index));
        self.last = Some(index);
        Ok(())
    }

    fn in_order(&self, index: u64) -> Result<(), Finding> {
        let (here, position) = (self.count, index + 1);
        if self.manifest.kind == Kind::Filtered {
            if self.last.is_some_and(|last| index <= last) {
                let text = format!("position {position} comes again, or too late");
                return Err(Finding::tampered(Some(index), text));
            }
            return Ok(());
        }
        if index == here {
            return Ok(());
        }
        let text = format!("position {position} stands where {} should", here + 1);
        Err(Finding::tampered(Some(here), text))
    }

    /// The leaf is where the tree has it.
    fn placed(&mut self, sound: &Sound<'_>) -> Result<(), String> {
        match (self.manifest.kind, &sound.proof) {
            (Kind::Full, None) => {
                self.tree.append(sound.hash);
                if let Some(root) = self.kept.get_mut(&self.tree.size()) {
                    *root = Some(self.tree.root());
                }
                Ok(())
            }
            (Kind::Filtered, Some(proof)) => {
                verify_inclusion(sound.index, &sound.hash, &self.head, proof)
                    .map_err(|error| error.to_string())
            }
            (Kind::Full, Some(_)) | (Kind::Filtered, None) => {
                Err("filtered archives have proofs, and full ones have none".to_owned())
            }
        }
    }

    /// How many events came by without a fault.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// The root of the tree of the first `size` events, which is the size of a checkpoint from
    /// outside, if so many came by.
    pub(super) fn prefix_root(&self, size: u64) -> Option<Hash> {
        self.kept.get(&size).copied().flatten()
    }

    /// The first fault, if there was one.
    pub(super) fn fault(&self) -> Option<&Finding> {
        self.fault.as_ref()
    }

    /// What is wrong with all of them together, after the last.
    pub(super) fn whole(&self) -> Result<(), Finding> {
        let said = &self.manifest.count;
        match self.manifest.kind {
            Kind::Full if self.count < self.head.size => {
                let (count, size) = (self.count, self.head.size);
                let text = format!("the archive ends after {count} of {size} events");
                return Err(Finding::incomplete(Some(count), text));
            }
            Kind::Full if self.tree.root() != self.head.root => {
                let text = "the events lead to another root than the checkpoint's: they fit \
                    together, but are not those that were sealed";
                return Err(Finding::tampered(None, text));
            }
            Kind::Filtered if said.parse().is_ok_and(|said: u64| self.count < said) => {
                let text = format!("the archive has {} of {said} events", self.count);
                return Err(Finding::incomplete(None, text));
            }
            Kind::Full | Kind::Filtered => {}
        }
        let position = |index: Option<u64>| index.map(|index| (index + 1).to_string());
        let is_said = *said == self.count.to_string()
            && self.manifest.first == position(self.first)
            && self.manifest.last == position(self.last);
        if is_said {
            return Ok(());
        }
        let text = "manifest.json gives another number of events, or other positions";
        Err(Finding::tampered(None, text))
    }

    /// What `events.csv` must be.
    pub(super) fn sheet(&self) -> Fingerprint {
        self.sheet.clone().finish()
    }
}

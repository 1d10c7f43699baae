//! Does the archive agree with the checkpoints from outside, and if not, from where on?
//!
//! One root tells whether a history is another one, not where it begins to be. Several do: the largest
//! tree that fits and the smallest that does not have the first event that differs between them.

use std::collections::BTreeMap;

use super::events::Events;
use super::manifest::Kind;
use super::outside::{Outside, Witness, and_more};
use super::report::{Finding, Outcome, Place, Report};
use crate::checkpoint::Checkpoint;

/// What became of the checkpoints from outside, each list by size.
#[derive(Debug, Default)]
struct Verdicts<'w> {
    fit: Vec<&'w Witness>,
    differ: Vec<&'w Witness>,
    larger: Vec<&'w Witness>,
    untold: Vec<&'w Witness>,
}

impl Outside {
    /// Compares the archive with them.
    pub(super) fn compare(
        &self,
        ours: &Checkpoint,
        kind: Kind,
        (events, report): (&Events<'_>, &mut Report),
    ) {
        if self.witnesses.is_empty() && self.passed_over > 0 {
            let text = format!("no checkpoint from outside is of {}", ours.origin);
            report.findings.push(Finding::incomplete(None, text));
        }
        let (of_this, others): (Vec<_>, Vec<_>) = self
            .witnesses
            .iter()
            .partition(|it| it.checkpoint.origin == ours.origin);
        report.findings.extend(others.iter().map(|it| {
            let text = format!(
                "{} is of {}, the archive of {}: they cannot be compared",
                it.name, it.checkpoint.origin, ours.origin
            );
            Finding::incomplete(None, text)
        }));
        report.findings.extend(fork(&of_this));
        let verdicts = Verdicts::of(of_this, ours, events);
        report.checked.extend(verdicts.fitting());
        let findings = [
            verdicts.differing(),
            verdicts.too_large(ours.size),
            verdicts.not_told((ours.size, kind), events.count()),
        ];
        report.findings.extend(findings.into_iter().flatten());
    }
}

/// Two trees of one size.
fn fork(witnesses: &[&Witness]) -> Option<Finding> {
    let mut by_size: BTreeMap<u64, &Witness> = BTreeMap::new();
    for &witness in witnesses.iter().filter(|it| it.is_believed) {
        let size = witness.checkpoint.size;
        let first = by_size.entry(size).or_insert(witness);
        if first.checkpoint.root != witness.checkpoint.root {
            let text = format!(
                "{} and {} are both of {size} events and of different ones: two histories were signed",
                first.name, witness.name
            );
            return Some(Finding::tampered(None, text));
        }
    }
    None
}

impl<'w> Verdicts<'w> {
    fn of(mut witnesses: Vec<&'w Witness>, ours: &Checkpoint, events: &Events<'_>) -> Self {
        witnesses.sort_by_key(|it| it.checkpoint.size);
        let mut verdicts = Self::default();
        for witness in witnesses {
            let size = witness.checkpoint.size;
            let root = if size == ours.size {
                Some(ours.root)
            } else {
                events.prefix_root(size)
            };
            let list = match root {
                _ if size > ours.size => &mut verdicts.larger,
                None => &mut verdicts.untold,
                Some(root) if root == witness.checkpoint.root => &mut verdicts.fit,
                Some(_) => &mut verdicts.differ,
            };
            list.push(witness);
        }
        verdicts
    }

    fn fitting(&self) -> Option<String> {
        let last = self.fit.last()?;
        Some(format!(
            "the archive has the {} events of {}, as they were{}",
            last.checkpoint.size,
            last.name,
            and_more(self.fit.len() - 1)
        ))
    }

    fn differing(&self) -> Option<Finding> {
        let first = self.differ.first()?;
        let place = self.place();
        let text = format!(
            "the first {} events are not those of {}: history was rewritten{}{}",
            first.checkpoint.size,
            first.name,
            and_more(self.differ.len() - 1),
            place.map(as_far_as_told).unwrap_or_default()
        );
        Some(Finding {
            outcome: Outcome::Tampered,
            place,
            text,
        })
    }

    /// Where the first event is that differs. A single checkpoint names no place.
    fn place(&self) -> Option<Place> {
        let sizes = |list: &[&Witness]| -> Vec<u64> {
            let believed = list.iter().filter(|it| it.is_believed);
            let sizes = believed.map(|it| it.checkpoint.size);
            // Nothing differs in a tree of nothing.
            sizes.filter(|size| *size > 0).collect()
        };
        let (fit, differ) = (sizes(&self.fit), sizes(&self.differ));
        if fit.len() + differ.len() < 2 {
            return None;
        }
        let beyond = *differ.first()?;
        // Larger ones that fit are of the other one of two histories. Nothing fits always.
        let from = fit.into_iter().rfind(|size| *size < beyond).unwrap_or(0);
        let to = beyond.checked_sub(1)?;
        Some(Place { from, to })
    }

    fn too_large(&self, ours: u64) -> Option<Finding> {
        let last = self.larger.last()?;
        let text = format!(
            "{} is of {} events, the archive ends after {ours}{}",
            last.name,
            last.checkpoint.size,
            and_more(self.larger.len() - 1)
        );
        Some(Finding::incomplete(Some(ours), text))
    }

    fn not_told(&self, (ours, kind): (u64, Kind), count: u64) -> Option<Finding> {
        let last = self.untold.last()?;
        let size = last.checkpoint.size;
        let more = and_more(self.untold.len() - 1);
        Some(match kind {
            Kind::Filtered => Finding::incomplete(
                None,
                format!(
                    "a filtered archive cannot be compared with an older checkpoint{more}; ask the \
                     server for consistency?from={size}&to={ours}, or for a full archive"
                ),
            ),
            Kind::Full => Finding::incomplete(
                Some(count),
                format!(
                    "{} is of {size} events, more than could be checked{more}",
                    last.name
                ),
            ),
        })
    }
}

fn as_far_as_told(place: Place) -> String {
    match place.index() {
        Some(index) => format!(". The {index} events before are as they were"),
        None => format!(
            ". The first event that is another one has an index {place}: only a checkpoint of a size \
             between could tell more"
        ),
    }
}

//! A refusal that was found before the command could be made.

use daybook_domain::kernel::{Aggregate, Command, Decision};

/// Refuses on any state. It takes the way of every command, so that the repeat of one that went
/// through is told as a repeat, and a reused command id as one.
#[derive(Debug)]
pub(super) struct Refusing<A: Aggregate>(pub(super) A::Refusal);

impl<A: Aggregate> Command for Refusing<A> {
    type Aggregate = A;

    fn decide(&self, _state: &A) -> Decision<A> {
        Err(self.0.clone())
    }
}

//! A command that changes nothing.

use std::marker::PhantomData;

use daybook_domain::kernel::{Aggregate, Command, Decision};

/// Leaves any state as it is. It takes the way of every command, so that one that found nothing to do
/// is known when it is repeated, and finds nothing to do then either.
#[derive(Debug)]
pub(super) struct Leaving<A>(PhantomData<fn() -> A>);

impl<A> Leaving<A> {
    pub(super) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<A: Aggregate> Command for Leaving<A> {
    type Aggregate = A;

    fn decide(&self, _state: &A) -> Decision<A> {
        Ok(Vec::new())
    }
}

//! One execution and everybody who listens to it.

use std::sync::{Arc, PoisonError, RwLock};

use futures::future::BoxFuture;
use metrics::{Histogram, histogram};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::execution::{Execution, Item, Step};
use super::groups::{GroupKey, Groups};
use super::ring::{End, Found, Ring};
use crate::engine::LiveSettings;

/// A shared execution.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) key: GroupKey,
    ring: RwLock<Ring>,
    /// The head of the ring; readers wait for it to move.
    head: watch::Sender<u64>,
    /// How many results members are behind; looked up once, since each delivery is told to it.
    lag: Histogram,
    /// Cancelled when nobody listens any more.
    pub(super) abandoned: CancellationToken,
    /// Cancelled when what is kept may not be handed out any more.
    pub(super) outdated: CancellationToken,
}

impl Group {
    pub(super) fn new(key: GroupKey, from: u64, settings: LiveSettings) -> Self {
        Self {
            key,
            ring: RwLock::new(Ring::new(from, settings)),
            head: watch::Sender::new(0),
            lag: histogram!("daybook_subscription_lag_results"),
            abandoned: CancellationToken::new(),
            outdated: CancellationToken::new(),
        }
    }

    pub(super) fn has_ended(&self) -> bool {
        self.look(Ring::has_ended)
    }

    /// Runs until the resolver ends, nobody listens, or the caller it runs under loses its rights.
    pub(super) async fn drive(
        self: Arc<Self>,
        (mut execution, mut rights_end): (Execution, BoxFuture<'static, ()>),
        groups: Arc<Groups>,
    ) {
        let end = loop {
            tokio::select! {
                biased;
                () = self.abandoned.cancelled() => break End::Renew,
                () = self.outdated.cancelled() => break End::Renew,
                () = &mut rights_end => break End::Renew,
                step = execution.next() => match step {
                    Some(Step::Result(item)) => self.change(|ring| ring.push(item)),
                    Some(Step::Refused(errors)) => break End::Refused(errors),
                    None => break End::Complete,
                },
            }
        };
        // Whoever comes now starts a new group; whoever is here reads what is left, then the end.
        groups.forget(&self);
        self.change(|ring| ring.end(end));
    }

    fn look<T>(&self, read: impl FnOnce(&Ring) -> T) -> T {
        read(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn change(&self, write: impl FnOnce(&mut Ring)) {
        let head = {
            let mut ring = self.ring.write().unwrap_or_else(PoisonError::into_inner);
            write(&mut ring);
            ring.head()
        };
        self.head.send_replace(head);
    }
}

/// What a member gets next.
#[derive(Debug)]
pub(super) enum Heard {
    Item(Item),
    /// It fell out of the ring.
    Behind,
    Ended(End),
}

/// One listener's place in a group. Dropping it leaves the group.
#[derive(Debug)]
pub(super) struct Member {
    group: Arc<Group>,
    groups: Arc<Groups>,
    moved: watch::Receiver<u64>,
    place: u64,
    /// Whether it has reached the head since it joined.
    pub(super) is_level: bool,
}

impl Member {
    /// Takes a place at the head of the ring, and says up to which position everything is before
    /// it.
    pub(super) fn attach(group: Arc<Group>, groups: Arc<Groups>) -> (Self, u64) {
        let moved = group.head.subscribe();
        let (place, position) = group.look(|ring| (ring.head(), ring.position()));
        (
            Self {
                group,
                groups,
                moved,
                place,
                is_level: false,
            },
            position,
        )
    }

    /// Moves back to the first result after a position; false when some of those are gone.
    pub(super) fn seek(&mut self, position: u64) -> bool {
        let place = self.group.look(|ring| ring.place_after(position));
        if let Some(place) = place {
            self.place = place;
        }
        place.is_some()
    }

    /// Tells the metrics how many results are between this member and the head.
    pub(super) fn tell_lag(&self) {
        let behind = self.moved.borrow().saturating_sub(self.place);
        let behind = u32::try_from(behind).unwrap_or(u32::MAX);
        self.group.lag.record(f64::from(behind));
    }

    /// Waits for the next result.
    pub(super) async fn next(&mut self) -> Heard {
        loop {
            // Marked as seen before looking: a result that comes in between wakes us again.
            self.moved.mark_unchanged();
            match self.group.look(|ring| ring.read(self.place)) {
                Found::Item(item) => {
                    self.place = self.place.saturating_add(1);
                    return Heard::Item(item);
                }
                Found::Behind => return Heard::Behind,
                Found::Ended(end) => return Heard::Ended(end),
                Found::Nothing => self.is_level = true,
            }
            if self.moved.changed().await.is_err() {
                return Heard::Ended(End::Renew);
            }
        }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.groups.leave(&self.group);
    }
}

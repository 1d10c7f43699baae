//! How does a generation follow the log?

use std::time::Duration;

use daybook_store::Recorded;
use std::sync::Arc;

use super::batch::{Checkpoint, Desk, Lost};
use super::fault::Trouble;
use super::parking::Parked;
use super::positions::Positions;
use super::stored::Stored;

/// Events read at once.
const BATCH: usize = 5_000;
/// How long a checkpoint may stay behind events that are of no interest.
const IDLE: Duration = Duration::from_millis(100);

/// Follows the log under a lease.
#[derive(Debug)]
pub(super) struct Follower {
    desk: Desk,
    parked: Parked,
    /// What was read and posted.
    position: i64,
    /// What the checkpoint says; behind `position` by events of no interest only.
    saved: i64,
    /// Who is told; none while the generation is being built.
    told: Option<Positions>,
}

/// Where following ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reached {
    /// What was asked for.
    Head,
    /// The lease is somebody else's.
    Lost,
}

impl Follower {
    /// Starts where the lease's checkpoint stands.
    pub(super) async fn start(desk: Desk, told: Option<Positions>) -> Result<Self, Trouble> {
        let parked = desk.store.parked_at(&desk.lease.key).await?;
        let position = desk.lease.log_position;
        let follower = Self {
            desk,
            parked: Parked::all_of(parked),
            position,
            saved: position,
            told,
        };
        follower.tell();
        Ok(follower)
    }

    /// Follows for ever; returns when the lease is lost.
    pub(super) async fn follow(&mut self) -> Result<Lost, Trouble> {
        loop {
            let tail = self.desk.store.tail().clone();
            if self.saved < self.position {
                let more = tokio::time::timeout(IDLE, tail.past(self.position)).await;
                if more.is_err() && self.save().await? == Reached::Lost {
                    return Ok(Lost);
                }
                if more.is_err() {
                    continue;
                }
            } else {
                tail.past(self.position).await;
            }
            if self.batch().await? == Reached::Lost {
                return Ok(Lost);
            }
        }
    }

    /// Follows up to what is the log's end now.
    pub(super) async fn catch_up(&mut self) -> Result<Reached, Trouble> {
        let head = self.desk.store.tail().head();
        while self.position < head {
            if self.batch().await? == Reached::Lost {
                return Ok(Reached::Lost);
            }
        }
        self.save().await
    }

    /// Catches up and makes the generation live, at a moment at which it is not behind the live one.
    pub(super) async fn promote(&mut self) -> Result<Reached, Trouble> {
        loop {
            if self.catch_up().await? == Reached::Lost {
                return Ok(Reached::Lost);
            }
            if self.desk.store.promote(&self.desk.lease.key).await? {
                return Ok(Reached::Head);
            }
            // The live one was faster, by events this process has not been told of yet.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// How far it has read.
    pub(super) fn position(&self) -> i64 {
        self.position
    }

    async fn batch(&mut self) -> Result<Reached, Trouble> {
        let tail = self.desk.store.tail();
        let records = tail.after(self.position, BATCH).await?;
        let Some(to) = records.last().map(|record| record.log_position) else {
            return Ok(Reached::Head);
        };
        let projection = &self.desk.projection;
        let interesting = records.iter().filter(|r| projection.reads(&r.stream_type));
        let events: Vec<Stored<'_>> = interesting.map(stored).collect();
        if !events.is_empty() {
            let started = std::time::Instant::now();
            let checkpoint = Checkpoint::Move {
                from: self.saved,
                to,
            };
            let posted = self.desk.post(&events, checkpoint, &mut self.parked);
            if posted.await?.is_err() {
                return Ok(Reached::Lost);
            }
            metrics::histogram!("daybook_projection_batch_seconds", "projection" => projection.name())
                .record(started.elapsed());
            self.saved = to;
        }
        self.position = to;
        self.tell();
        Ok(Reached::Head)
    }

    /// Moves the checkpoint over events of no interest.
    async fn save(&mut self) -> Result<Reached, Trouble> {
        if self.saved < self.position {
            let checkpoint = Checkpoint::Move {
                from: self.saved,
                to: self.position,
            };
            let tx = self.desk.begin().await?;
            if self.desk.commit(tx, checkpoint).await?.is_err() {
                return Ok(Reached::Lost);
            }
            self.saved = self.position;
        }
        Ok(Reached::Head)
    }

    fn tell(&self) {
        let Some(told) = &self.told else { return };
        told.reached(self.desk.projection.name(), self.position);
    }
}

fn stored(record: &Arc<Recorded>) -> Stored<'_> {
    Stored::of(record)
}

//! `daybook up`: everything in one process.

use std::time::Instant;

use clap::Args;

use super::run::Given;
use super::serve::{Staying, stay};
use crate::app::{Duty, lock_data};
use crate::failure::Failure;
use crate::http::bind;

/// Starts PostgreSQL if `DATABASE_URL` names none, applies migrations, runs all readers and the
/// API, and stops all of it on Ctrl-C.
#[derive(Debug, Args)]
pub(super) struct Up {
    /// Found two small businesses to look at, and write how to get in to demo.json
    #[arg(long)]
    demo: bool,
}

impl Up {
    pub(super) async fn run(self, given: Given) -> Result<(), Failure> {
        let since = Instant::now();
        let mut lock = lock_data(&given.config.data.directory)?;
        let bound = bind(&given.config.listen.addresses)?;
        if let Some(address) = bound.addresses().first() {
            lock.note(&format!("http://{address}"));
        }
        stay(
            given,
            Staying {
                duty: Duty::Everything,
                bound: Some(bound),
                since,
                demo: self.demo,
            },
        )
        .await
    }
}

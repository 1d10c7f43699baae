//! `daybook work`: reads the log.

use std::time::Instant;

use clap::Args;

use super::run::Given;
use super::serve::{Staying, stay};
use crate::app::Duty;
use crate::failure::Failure;
use crate::http::bind;

/// Runs projections and reactors; any number of processes share the work of one database. Health
/// and metrics are at `DAYBOOK_WORK_LISTEN`, if that is set.
#[derive(Debug, Args)]
pub(super) struct Work {}

impl Work {
    pub(super) async fn run(self, given: Given) -> Result<(), Failure> {
        let since = Instant::now();
        let bound = match given.config.workers.listen {
            Some(address) => Some(bind(&[address])?),
            None => None,
        };
        stay(
            given,
            Staying {
                duty: Duty::Work,
                bound,
                since,
                demo: false,
            },
        )
        .await
    }
}

//! What can be done with a sealed history?

use clap::{Args, Subcommand};

use super::verify::Verify;
use crate::failure::Failure;

/// Proves and checks histories.
#[derive(Debug, Args)]
pub(in crate::command) struct Audit {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Check an archive without a database or a network
    Verify(Verify),
}

impl Audit {
    /// Needs no configuration.
    pub(in crate::command) fn run(self) -> Result<(), Failure> {
        match self.what {
            What::Verify(verify) => verify.run(),
        }
    }
}

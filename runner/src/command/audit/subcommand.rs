//! What can be done with the seal and with sealed histories?

use clap::{Args, Subcommand};

use super::export::Export;
use super::installed::Installed;
use super::verify::Verify;
use crate::command::run::Given;
use crate::failure::Failure;

/// Looks after the seal, proves and checks histories.
#[derive(Debug, Args)]
pub(in crate::command) struct Audit {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Check an archive without a database or a network
    Verify(Verify),
    /// Write a tenant's history into one file that can be checked without us
    Export(Box<Export>),
    #[command(flatten)]
    Installed(Installed),
}

impl Audit {
    /// Does what needs no configuration; what does is left to do.
    pub(in crate::command) fn begin(self) -> Result<Option<Self>, Failure> {
        match self.what {
            What::Verify(verify) => verify.run().map(|()| None),
            what @ (What::Export(_) | What::Installed(_)) => Ok(Some(Self { what })),
        }
    }

    pub(in crate::command) async fn run(self, given: Given) -> Result<(), Failure> {
        match self.what {
            What::Verify(verify) => verify.run(),
            What::Export(export) => export.run(given).await,
            What::Installed(installed) => installed.run(given).await,
        }
    }
}

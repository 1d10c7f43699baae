//! Who gives a command at the command line, and why?

use clap::Args;
use daybook_domain::kernel::{LONGEST_REFERENCE, is_reference};
use daybook_store::Origin;

/// What is kept of it with the events that follow, for ever.
#[derive(Debug, Clone, Default, Args)]
pub(super) struct GivenBy {
    /// Who gives this command, as auditors are to see it: a post or an account rather than a name, for
    /// it stays in the tenant's history
    #[arg(long, value_name = "WHO", value_parser = reference)]
    operator: Option<String>,
    /// Why: a reference such as a ticket's number, which stays there too
    #[arg(long, value_name = "REFERENCE", value_parser = reference)]
    reason: Option<String>,
}

impl GivenBy {
    /// Where a command comes from that is given this way.
    pub(super) fn origin(&self) -> Origin {
        Origin {
            operator: self.operator.clone(),
            reason: self.reason.clone(),
            ..Origin::default()
        }
    }

    /// Whether it is said who, and why.
    pub(super) fn is_whole(&self) -> bool {
        self.operator.is_some() && self.reason.is_some()
    }
}

fn reference(text: &str) -> Result<String, String> {
    if is_reference(text) {
        return Ok(text.to_owned());
    }
    Err(format!(
        "expected at most {LONGEST_REFERENCE} letters, digits, spaces and .:#/_-"
    ))
}

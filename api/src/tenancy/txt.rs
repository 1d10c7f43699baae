//! What the DNS says of a name: how a domain is proven.

use std::fmt::Debug;

use futures::future::BoxFuture;
use thiserror::Error;

/// The DNS gave no answer; the same look-up may work later.
#[derive(Debug, Clone, Error)]
#[error("the DNS did not answer: {0}")]
pub struct TxtUnavailable(pub String);

/// Looks up TXT records.
pub trait TxtLookup: Debug + Send + Sync {
    /// The TXT records of a name, each with its strings joined; empty when there are none or the
    /// name does not exist.
    fn txt<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Vec<String>, TxtUnavailable>>;
}

/// For an installation without DNS: no look-up is answered, so no domain can be proven.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoTxt;

impl TxtLookup for NoTxt {
    fn txt<'a>(&'a self, _name: &'a str) -> BoxFuture<'a, Result<Vec<String>, TxtUnavailable>> {
        let text = "this installation looks nothing up".to_owned();
        Box::pin(std::future::ready(Err(TxtUnavailable(text))))
    }
}

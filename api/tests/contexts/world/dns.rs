//! What does the DNS say, as far as a test has told it?

use std::collections::HashMap;
use std::future::ready;
use std::sync::Mutex;

use daybook_api::tenancy::{TxtLookup, TxtUnavailable};
use futures::future::BoxFuture;

/// TXT records by name. A look-up of any other name is not answered.
#[derive(Debug, Default)]
pub(super) struct Dns(Mutex<HashMap<String, Vec<String>>>);

impl Dns {
    pub(super) fn say(&self, name: &str, records: &[&str]) {
        let records = records.iter().map(ToString::to_string).collect();
        self.0.lock().unwrap().insert(name.to_owned(), records);
    }
}

impl TxtLookup for Dns {
    fn txt<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Vec<String>, TxtUnavailable>> {
        let known = self.0.lock().unwrap().get(name).cloned();
        let silence = || TxtUnavailable("no test has said anything of it".to_owned());
        Box::pin(ready(known.ok_or_else(silence)))
    }
}

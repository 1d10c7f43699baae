//! Is every event read that was ever stored?
//!
//! `samples/` holds stored events, one file for each aggregate, one line for each: type, version,
//! payload, as they are in the log. Lines are added when a shape is new, and never changed or taken
//! away: there are logs that hold it.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test stops at the first thing it does not expect"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use daybook_domain::audit::export::Export;
use daybook_domain::audit::seal::Seal;
use daybook_domain::crm::client::Client;
use daybook_domain::crm::fields::FieldSet;
use daybook_domain::identity::session::Session;
use daybook_domain::identity::user::User;
use daybook_domain::invoicing::invoice::Invoice;
use daybook_domain::kernel::{Aggregate, Encoded, Event, decode, encode, withhold};
use daybook_domain::privacy::consent::Consent;
use daybook_domain::privacy::data_subject::DataSubject;
use daybook_domain::privacy::retention::Retention;
use daybook_domain::tenancy::api_key::ApiKey;
use daybook_domain::tenancy::member::Member;
use daybook_domain::tenancy::tenant::Tenant;

/// A stored event.
#[derive(Debug, Clone, PartialEq)]
struct Sample {
    name: String,
    version: u16,
    payload: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn samples(stream_type: &str) -> Vec<Sample> {
    let file = root().join(format!("tests/samples/{stream_type}.txt"));
    let text =
        fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let sample = |line: &str| {
        let mut parts = line.splitn(3, ' ');
        let mut part = || parts.next().unwrap().to_owned();
        Sample {
            name: part(),
            version: part().parse().unwrap(),
            payload: part(),
        }
    };
    text.lines().map(sample).collect()
}

impl Sample {
    /// What it is read as, which is stored and erased like any other.
    fn read<E: Event>(&self) -> E {
        let event: E = decode(&self.name, self.version, self.payload.as_bytes())
            .unwrap_or_else(|error| panic!("{error}: {self:?}"));
        let now = encode(&event);
        let again: E = decode(&now.name, now.version, &now.payload).unwrap();
        assert_eq!(again, event, "{self:?}");
        let left = withhold(&encode(&event).payload, &event.personal()).payload;
        let left = decode::<E>(&encode(&event).name, event.version(), &left);
        assert!(left.is_ok(), "{left:?}");
        event
    }
}

/// Every type of event there is, as it is stored.
fn names<E: Event>() -> BTreeSet<String> {
    // Whoever reads a variant that is not there is told of those that are.
    let told = serde_json::from_str::<E>(r#"{"?":{}}"#).unwrap_err();
    let told = told.to_string();
    told.split('`')
        .skip(3)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// Types and versions that were written, or may be, and are not among the samples.
fn missing<E: Event>(samples: &[Sample]) -> BTreeSet<(String, u16)> {
    let read = samples.iter().map(|sample| encode(&sample.read::<E>()));
    let written = samples
        .iter()
        .map(|sample| (sample.name.clone(), sample.version));
    let there: BTreeSet<(String, u16)> = written.collect();
    let current: BTreeSet<(String, u16)> = read.map(|now| (now.name, now.version)).collect();
    let latest = |name: &String| {
        let versions = current.iter().filter(|(known, _)| known == name);
        versions.map(|(_, version)| *version).max().unwrap_or(1)
    };
    let names = names::<E>().into_iter();
    let needed = names.flat_map(|name| (1..=latest(&name)).map(move |it| (name.clone(), it)));
    needed.filter(|it| !there.contains(it)).collect()
}

/// Types that are written in a form today of which there is no sample: a field was added that may
/// be absent, and a line with it is to join the others.
fn outdated<E: Event>(samples: &[Sample]) -> BTreeSet<String> {
    let mut outdated = names::<E>();
    for sample in samples {
        let stored = Encoded {
            name: sample.name.clone(),
            version: sample.version,
            payload: sample.payload.clone().into_bytes(),
        };
        if encode(&sample.read::<E>()) == stored {
            outdated.remove(&sample.name);
        }
    }
    outdated
}

/// All samples are read, none is missing, and if one were, it would be noticed.
fn check<A: Aggregate>() -> String {
    let samples = samples(A::NAME);
    assert_eq!(
        missing::<A::Event>(&samples),
        BTreeSet::new(),
        "no sample of these"
    );
    assert_eq!(
        outdated::<A::Event>(&samples),
        BTreeSet::new(),
        "no sample of what is written now"
    );
    for sample in &samples {
        let of_it = |it: &&Sample| (&it.name, it.version) == (&sample.name, sample.version);
        let others = samples.iter().filter(|it| !of_it(it)).cloned();
        let others: Vec<Sample> = others.collect();
        let gone = missing::<A::Event>(&others);
        assert!(
            gone.contains(&(sample.name.clone(), sample.version)),
            "{sample:?}"
        );
        assert!(
            sample.name.starts_with(&format!("{}.", A::NAME)),
            "{sample:?}"
        );
    }
    A::NAME.to_owned()
}

/// The names of all aggregates, from the sources.
fn aggregates(folder: PathBuf, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            aggregates(path, found);
        } else if path.ends_with("state.rs") {
            let text = fs::read_to_string(&path).unwrap();
            let (_, after) = text.split_once("const NAME: &'static str = \"").unwrap();
            found.insert(after.split('"').next().unwrap().to_owned());
        }
    }
}

#[test]
fn every_version_of_every_event_that_was_ever_written_is_read() {
    let checked = [
        check::<User>(),
        check::<Session>(),
        check::<Tenant>(),
        check::<Member>(),
        check::<ApiKey>(),
        check::<Client>(),
        check::<FieldSet>(),
        check::<Invoice>(),
        check::<Consent>(),
        check::<DataSubject>(),
        check::<Retention>(),
        check::<Export>(),
        check::<Seal>(),
    ];
    let mut all = BTreeSet::new();
    aggregates(root().join("src"), &mut all);
    assert_eq!(BTreeSet::from(checked), all, "an aggregate without samples");
}

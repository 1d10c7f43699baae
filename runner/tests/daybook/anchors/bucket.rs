//! Checkpoints that are put into a bucket: the store is another one's, and checks signatures.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use daybook_domain::kernel::TenantId;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tempfile::TempDir;
use uuid::Uuid;

use super::web::{Mood, Web, tls};
use super::world::World;
use crate::smtp::certificate;

const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const BUCKET: &str = "daybook-anchors";

/// A store with an empty bucket, and where its objects lie.
struct Store {
    web: Web,
    root: TempDir,
    settings: Vec<(&'static str, String)>,
}

impl Store {
    fn new(is_encrypted: bool) -> Self {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join(BUCKET)).unwrap();
        let mut builder = S3ServiceBuilder::new(FileSystem::new(root.path()).unwrap());
        builder.set_auth(SimpleAuth::from_single(KEY, SECRET));
        let tls = is_encrypted.then(|| tls(&certificate()));
        let web = Web::store(builder.build(), tls);
        let scheme = if is_encrypted { "https" } else { "http" };
        let settings = vec![
            ("DAYBOOK_ANCHOR_S3_BUCKET", BUCKET.to_owned()),
            ("DAYBOOK_ANCHOR_S3_PREFIX", "books/acme".to_owned()),
            (
                "DAYBOOK_ANCHOR_S3_ENDPOINT",
                format!("{scheme}://localhost:{}", web.port),
            ),
            ("DAYBOOK_ANCHOR_S3_EVERY", "200ms".to_owned()),
            ("DAYBOOK_ANCHOR_TIMEOUT", "1s".to_owned()),
            ("DAYBOOK_ANCHOR_CA", certificate().display().to_string()),
            ("AWS_REGION", "eu-central-1".to_owned()),
            ("AWS_ACCESS_KEY_ID", KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET.to_owned()),
        ];
        Self {
            web,
            root,
            settings,
        }
    }

    fn with(mut self, name: &'static str, value: &str) -> Self {
        self.settings.retain(|(it, _)| *it != name);
        self.settings.push((name, value.to_owned()));
        self
    }

    fn settings(&self) -> Vec<(&str, &str)> {
        let settings = self.settings.iter();
        settings
            .map(|(name, value)| (*name, value.as_str()))
            .collect()
    }

    /// The objects of a tenant, by name.
    fn objects(&self, tenant: TenantId) -> BTreeMap<String, String> {
        let directory = self.root.path().join(BUCKET).join("books/acme");
        read(&directory.join(tenant.to_string()))
    }
}

fn read(directory: &Path) -> BTreeMap<String, String> {
    let Ok(entries) = fs::read_dir(directory) else {
        return BTreeMap::new();
    };
    let entries = entries.map(|entry| entry.unwrap());
    entries
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read_to_string(entry.path()).unwrap())
        })
        .collect()
}

#[tokio::test]
async fn each_checkpoint_is_an_object_and_names_sort_by_size() {
    let store = Store::new(true).with("AWS_SESSION_TOKEN", "lent/for+a=while");
    let world = World::new(&store.settings()).await;
    let mut newest = Vec::new();
    for n in 1..=11 {
        newest.push(world.sealed(n).await);
        world.has_everything("s3").await;
        world.grow(&format!("Acme {n}")).await;
    }
    newest.push(world.sealed(12).await);
    world.has_everything("s3").await;
    let objects = store.objects(world.tenant);
    let kept: Vec<&String> = objects.values().collect();
    assert_eq!(kept, newest.iter().collect::<Vec<_>>());
    let last = objects.keys().next_back().unwrap();
    assert!(last.starts_with("00000000000000000012-"), "{last}");
    assert_eq!(last.len(), 20 + 1 + 64);
    for seen in store.web.seen() {
        assert!(
            seen.target
                .contains("X-Amz-Security-Token=lent%2Ffor%2Ba%3Dwhile")
        );
        assert!(seen.target.contains("%2Feu-central-1%2Fs3%2Faws4_request"));
        let signed =
            "X-Amz-SignedHeaders=content-type%3Bhost%3Bif-none-match%3Bx-amz-checksum-sha256";
        assert!(seen.target.contains(signed), "{}", seen.target);
    }
    world.stop().await;
}

#[tokio::test]
async fn a_store_that_says_no_is_asked_again_until_it_takes_the_newest() {
    let store = Store::new(false).with("AWS_SECRET_ACCESS_KEY", "another");
    let world = World::new(&store.settings()).await;
    let reason = world.in_vain("s3").await;
    assert_eq!(
        reason,
        "the answer was 403 Forbidden (SignatureDoesNotMatch)"
    );
    assert!(store.objects(world.tenant).is_empty());
    let store = store.with("AWS_SECRET_ACCESS_KEY", SECRET);
    store
        .web
        .becomes(Mood::Says(403, "<Error><Code>AccessDenied</Code></Error>"));
    let mut world = world.again(&store.settings()).await;
    for (n, (mood, told)) in (2..).zip([
        (
            Mood::Says(403, "<Error><Code>AccessDenied</Code></Error>"),
            "(AccessDenied)",
        ),
        (Mood::Says(500, "not XML"), "500 Internal Server Error"),
        (
            Mood::Says(
                409,
                "<Error><Code>ConditionalRequestConflict</Code></Error>",
            ),
            "409",
        ),
        (Mood::Hangs, "no answer within 1s"),
    ]) {
        store.web.becomes(mood);
        world.grow(&format!("Acme {n}")).await;
        world.sealed(n).await;
        world.fails_with("s3", told).await;
        assert!(store.objects(world.tenant).is_empty());
    }
    // Nothing is forgotten over a restart.
    let newest = world.sealed(5).await;
    world = world.again(&store.settings()).await;
    store.web.becomes(Mood::Takes);
    world.has_everything("s3").await;
    let objects = store.objects(world.tenant);
    assert_eq!(objects.into_values().collect::<Vec<_>>(), [newest]);
    world.stop().await;
}

#[tokio::test]
async fn what_is_there_is_never_put_again_in_its_place() {
    let store = Store::new(false);
    let world = World::new(&store.settings()).await;
    let note = world.sealed(1).await;
    world.has_everything("s3").await;
    let asked = store.web.seen().len();
    // Offered again after a restart, it is found there: 412 is as good as yes.
    let world = world.again(&store.settings()).await;
    store
        .web
        .sees("another try", |_| store.web.seen().len() > asked)
        .await;
    world.grow("Acme Trading").await;
    world.sealed(2).await;
    world.has_everything("s3").await;
    let objects = store.objects(world.tenant);
    assert_eq!(objects.len(), 2);
    assert_eq!(objects.into_values().next().unwrap(), note);
    world.stop().await;
}

#[tokio::test]
async fn two_checkpoints_of_one_size_lie_side_by_side() {
    for (n, mood) in (520..).zip([Mood::Takes, Mood::KnowsNoCondition]) {
        let store = Store::new(false);
        store.web.becomes(mood.clone());
        let tenant = TenantId(Uuid::from_u128(n));
        let clock = daybook::clock::system;
        let world = World::of(tenant, &store.settings(), clock).await;
        let first = world.sealed(1).await;
        world.has_everything("s3").await;
        world.stop().await;
        // Somebody writes another history, signs it, and takes it to the same bucket.
        let other = World::of(tenant, &store.settings(), clock).await;
        let second = other.sealed(1).await;
        other.has_everything("s3").await;
        other.stop().await;
        let objects = store.objects(tenant);
        assert_eq!(objects.len(), 2, "{mood:?}");
        let size = |name: &String| name[..20].to_owned();
        assert_eq!(
            objects.keys().map(size).collect::<Vec<_>>(),
            ["00000000000000000001"; 2]
        );
        for note in [first, second] {
            assert!(objects.values().any(|kept| *kept == note), "{mood:?}");
        }
    }
}

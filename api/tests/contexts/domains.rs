//! Whose is a domain, and what proves it?

use serde_json::{Value, json};

use crate::world::{Person, World, command_id};

const CLAIM: &str = "tenantDomainClaim";
const VERIFY: &str = "tenantDomainVerify";
const RELEASE: &str = "tenantDomainRelease";

const BOOKS: &str = "books.acme.example";
/// Where the DNS says whose that is.
const RECORD: &str = "_daybook.books.acme.example";

fn of(domain: &str) -> Value {
    json!({ "domain": domain })
}

/// The same under the id of a command.
fn under(command_id: uuid::Uuid, domain: &str) -> Value {
    json!({ "commandId": command_id, "domain": domain })
}

impl Person<'_> {
    /// The tenant, with its domains.
    async fn with_domains(&self) -> Value {
        let query = "{ tenant { version domains { domain verifiedAt recordName recordValue } } }";
        self.sees(query).await["tenant"].clone()
    }

    async fn domains(&self) -> Value {
        self.with_domains().await["domains"].clone()
    }

    /// Claims a domain: what its record has to hold.
    async fn claims(&self, domain: &str) -> String {
        self.does(CLAIM, of(domain), "").await;
        let domains = self.domains().await;
        let mut domains = domains.as_array().unwrap().iter();
        let claimed = domains.find(|it| it["domain"] == domain).unwrap();
        claimed["recordValue"].as_str().unwrap().to_owned()
    }

    /// Whether it has proven the domain that the tests are about.
    async fn has_proven(&self) -> bool {
        let domains = self.domains().await;
        let mut domains = domains.as_array().unwrap().iter();
        domains.any(|it| it["domain"] == BOOKS && it["verifiedAt"].is_string())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claimed_domain_says_which_record_proves_it_and_no_other_record_does() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    let selection = "tenant { version domains { domain verifiedAt recordName recordValue } }";
    let claimed = owner
        .does(CLAIM, of(" Books.Acme.Example. "), selection)
        .await;
    let shown = &claimed["tenant"]["domains"];
    let value = shown[0]["recordValue"].as_str().unwrap();
    let token = value.strip_prefix("daybook-verification=").unwrap();
    assert!(token.len() >= 16, "{token}");
    let expected = json!([{
        "domain": BOOKS, "verifiedAt": null, "recordName": RECORD, "recordValue": value,
    }]);
    assert_eq!(
        (shown, owner.domains().await),
        (&expected, expected.clone())
    );
    // Claimed once more it is the same claim: its record may be on its way already.
    let again = owner.does(CLAIM, of(BOOKS), selection).await;
    assert_eq!(again["tenant"], claimed["tenant"]);
    // While the DNS does not answer nobody knows.
    assert_eq!(owner.fails(VERIFY, of(BOOKS)).await, "OVERLOADED");
    let longer = format!("{value}x");
    for records in [
        vec![],
        vec!["v=spf1 -all"],
        vec![token],
        vec!["daybook-verification="],
        vec![&longer, "v=spf1 -all"],
    ] {
        world.dns_says(RECORD, &records);
        let payload = owner.mutate(VERIFY, of(BOOKS), "tenant { name }").await;
        let error = &payload["userErrors"][0];
        assert_eq!(error["code"], "DOMAIN_NOT_PROVEN", "{records:?}");
        assert_eq!(error["path"], json!(["input", "domain"]));
        assert_eq!(payload["tenant"], Value::Null);
    }
    // Nor where the record stands elsewhere.
    world.dns_says(BOOKS, &[value]);
    let refused = owner.is_refused(VERIFY, of(BOOKS)).await;
    assert_eq!(refused, "DOMAIN_NOT_PROVEN");
    assert_eq!(owner.domains().await, expected);
    world.dns_says(RECORD, &["v=spf1 -all", value]);
    let verified = owner.does(VERIFY, of("BOOKS.acme.example"), selection);
    let verified = verified.await["tenant"].clone();
    assert!(verified["domains"][0]["verifiedAt"].is_string());
    assert_eq!(owner.with_domains().await, verified);
    // It stays the tenant's when the record goes, and claiming it changes nothing.
    world.dns_says(RECORD, &[]);
    for mutation in [VERIFY, CLAIM] {
        let again = owner.does(mutation, of(BOOKS), selection).await;
        assert_eq!(again["tenant"], verified, "{mutation}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_domain_belongs_to_the_first_who_proves_it_until_they_give_it_up() {
    let world = World::new().await;
    let (acme, zebra) = (world.owner("acme").await, world.owner("zebra").await);
    let (of_acme, of_zebra) = (acme.claims(BOOKS).await, zebra.claims(BOOKS).await);
    assert_ne!(of_acme, of_zebra);
    world.dns_says(RECORD, &[&of_acme]);
    let refused = zebra.is_refused(VERIFY, of(BOOKS)).await;
    assert_eq!(refused, "DOMAIN_NOT_PROVEN");
    world.dns_says(RECORD, &[&of_zebra, &of_acme]);
    acme.does(VERIFY, of(BOOKS), "").await;
    assert_eq!(zebra.is_refused(VERIFY, of(BOOKS)).await, "DOMAIN_TAKEN");
    // Who gives up a mere claim takes nothing from whom it belongs to.
    zebra.does(RELEASE, of(BOOKS), "").await;
    assert_eq!(zebra.domains().await, json!([]));
    let of_zebra = zebra.claims(BOOKS).await;
    world.dns_says(RECORD, &[&of_zebra]);
    assert_eq!(zebra.is_refused(VERIFY, of(BOOKS)).await, "DOMAIN_TAKEN");
    assert!(acme.has_proven().await && !zebra.has_proven().await);
    let selection = "tenant { domains { domain } }";
    let left = acme.does(RELEASE, of("Books.acme.example"), selection);
    assert_eq!(left.await["tenant"]["domains"], json!([]));
    assert_eq!(acme.domains().await, json!([]));
    assert_eq!(acme.is_refused(VERIFY, of(BOOKS)).await, "DOMAIN_NOT_FOUND");
    zebra.does(VERIFY, of(BOOKS), "").await;
    assert!(zebra.has_proven().await);
    // What proved it once proves it no more.
    let again = acme.claims(BOOKS).await;
    assert_ne!(again, of_acme);
    world.dns_says(RECORD, &[&of_acme]);
    assert_eq!(
        acme.is_refused(VERIFY, of(BOOKS)).await,
        "DOMAIN_NOT_PROVEN"
    );
    world.dns_says(RECORD, &[&again]);
    assert_eq!(acme.is_refused(VERIFY, of(BOOKS)).await, "DOMAIN_TAKEN");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_prove_a_domain_at_once_one_has_it() {
    let world = World::new().await;
    let (acme, zebra) = (world.owner("acme").await, world.owner("zebra").await);
    let (of_acme, of_zebra) = (acme.claims(BOOKS).await, zebra.claims(BOOKS).await);
    world.dns_says(RECORD, &[&of_acme, &of_zebra]);
    let (one, other) = tokio::join!(
        acme.mutate(VERIFY, of(BOOKS), ""),
        zebra.mutate(VERIFY, of(BOOKS), ""),
    );
    let refused = [&one, &other].map(|payload| payload["userErrors"][0]["code"].clone());
    assert!(
        refused.contains(&Value::Null) && refused.contains(&json!("DOMAIN_TAKEN")),
        "{refused:?}"
    );
    assert_ne!(acme.has_proven().await, zebra.has_proven().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_command_has_one_effect_and_another_under_its_id_has_none() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    let [claim, verify, release] = [command_id(), command_id(), command_id()];
    let selection = "tenant { domains { recordValue } } commit { position version replayed }";
    let repeats = async |mutation: &str, command: uuid::Uuid| {
        let payload = owner.does(mutation, under(command, BOOKS), selection).await;
        let replayed = payload["commit"]["replayed"].as_bool().unwrap();
        (replayed, payload["commit"]["position"].clone())
    };
    let claimed = repeats(CLAIM, claim).await;
    assert_eq!(repeats(CLAIM, claim).await, (true, claimed.1));
    let value = owner.claims(BOOKS).await;
    // A refusal leaves nothing behind: the same command goes through once the record is there.
    world.dns_says(RECORD, &[]);
    let refused = owner.is_refused(VERIFY, under(verify, BOOKS)).await;
    assert_eq!(refused, "DOMAIN_NOT_PROVEN");
    world.dns_says(RECORD, &[&value]);
    let verified = repeats(VERIFY, verify).await;
    assert!(!verified.0);
    world.dns_says(RECORD, &[]);
    assert_eq!(repeats(VERIFY, verify).await, (true, verified.1.clone()));
    let released = repeats(RELEASE, release).await;
    assert!(!released.0);
    // Nor does it do anything where it would do something by now.
    assert_eq!(repeats(VERIFY, verify).await, (true, verified.1));
    let anew = owner.claims(BOOKS).await;
    assert_ne!(anew, value);
    assert_eq!(repeats(RELEASE, release).await, (true, released.1));
    assert_eq!(owner.claims(BOOKS).await, anew);
    for (mutation, command) in [(CLAIM, claim), (VERIFY, verify), (RELEASE, release)] {
        let other = under(command, "shop.acme.example");
        let failed = owner.fails(mutation, other).await;
        assert_eq!(failed, "IDEMPOTENCY_KEY_REUSED", "{mutation}");
    }
    let other = under(claim, BOOKS);
    assert_eq!(owner.fails(VERIFY, other).await, "IDEMPOTENCY_KEY_REUSED");
}

#[tokio::test(flavor = "multi_thread")]
async fn takes_domain_names_alone_and_so_many_and_decides_on_what_was_seen() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    for bad in [
        "",
        "localhost",
        "10.0.0.1",
        "https://a.example",
        "a_b.example",
    ] {
        for mutation in [CLAIM, VERIFY, RELEASE] {
            let payload = owner.mutate(mutation, of(bad), "").await;
            let error = &payload["userErrors"][0];
            assert_eq!(error["code"], "FIELD_MALFORMED", "{mutation} {bad}");
            assert_eq!(error["path"], json!(["input", "domain"]));
        }
    }
    // Of what nobody claimed the DNS is not asked, and nothing is given up.
    assert_eq!(
        owner.is_refused(VERIFY, of(BOOKS)).await,
        "DOMAIN_NOT_FOUND"
    );
    let version = owner.with_domains().await["version"].clone();
    owner.does(RELEASE, of(BOOKS), "").await;
    assert_eq!(owner.with_domains().await["version"], version);
    for number in 0..20 {
        owner.claims(&format!("shop{number}.acme.example")).await;
    }
    assert_eq!(
        owner.is_refused(CLAIM, of(BOOKS)).await,
        "DOMAIN_LIMIT_REACHED"
    );
    // One that was claimed before is none more, and one that is given up makes room.
    owner.claims("shop0.acme.example").await;
    owner.does(RELEASE, of("shop0.acme.example"), "").await;
    owner.claims(BOOKS).await;
    assert_eq!(owner.domains().await.as_array().unwrap().len(), 20);
    let value = owner.claims(BOOKS).await;
    world.dns_says(RECORD, &[&value]);
    for mutation in [CLAIM, VERIFY, RELEASE] {
        let stale = json!({ "domain": BOOKS, "expectedVersion": version });
        let failed = owner.fails(mutation, stale).await;
        assert_eq!(failed, "VERSION_CONFLICT", "{mutation}");
    }
    assert!(!owner.has_proven().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_secure_the_tenant_have_to_do_with_domains_and_nobody_else_has() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    let value = owner.claims(BOOKS).await;
    world.dns_says(RECORD, &[&value]);
    let manager = owner.lets_join("manager", "MANAGER").await;
    let guest = owner.lets_join("guest", "GUEST").await;
    let scopes = json!({ "name": "till", "scopes": ["TENANT_READ", "TENANT_MANAGE"] });
    let made = owner.does("apiKeyCreate", scopes, "key").await;
    let key = world.with_token(made["key"].as_str().unwrap());
    let nobody = world.with_token("");
    for mutation in [CLAIM, VERIFY, RELEASE] {
        for who in [&manager.caller, &guest.caller, &key] {
            let failed = who.fails(mutation, of(BOOKS)).await;
            assert_eq!(failed, "FORBIDDEN", "{mutation}");
        }
        let failed = nobody.fails(mutation, of(BOOKS)).await;
        assert_eq!(failed, "UNAUTHENTICATED", "{mutation}");
    }
    assert_eq!(manager.domains().await, Value::Null);
    let admin = owner.lets_join("admin", "ADMIN").await;
    assert!(!admin.has_proven().await);
    admin.does(VERIFY, of(BOOKS), "").await;
    assert!(owner.has_proven().await);
    // Where business stands still nothing of it is done.
    let reason = json!({ "reason": "unpaid" });
    owner.does("tenantSuspend", reason, "").await;
    for mutation in [CLAIM, VERIFY, RELEASE] {
        let failed = admin.fails(mutation, of(BOOKS)).await;
        assert_eq!(failed, "FORBIDDEN", "{mutation}");
    }
}

//! Tenants: who gets in, as what, and who is put out.

use chrono::TimeDelta;
use daybook_domain::identity::user::{Deactivate, EMAIL_SCOPE};
use daybook_domain::kernel::TenantId;
use daybook_store::{Actor, Context, Fingerprint};
use futures::future::join_all;
use serde_json::{Value, json};

use crate::world::{Caller, PASSWORD, Person, Reply, Socket, World, command_id, moved, until};

const MEMBERS: &str = "{ members { totalCount nodes { id email role status } } }";

impl Person<'_> {
    /// A key with these scopes: the key itself and its id.
    async fn makes_key(&self, input: Value) -> (Caller<'_>, String) {
        let made = self
            .does("apiKeyCreate", input, "key apiKey { id kid }")
            .await;
        let key = self.world.with_token(made["key"].as_str().unwrap());
        (key, made["apiKey"]["id"].as_str().unwrap().to_owned())
    }

    /// Ends the account, and nothing else.
    async fn is_deactivated(&self) {
        let store = &self.world.store;
        let holder = store
            .platform_claim(EMAIL_SCOPE, &self.email)
            .await
            .unwrap();
        let (_, user_id) = holder.unwrap();
        let at = (moved::<6>().read)();
        let nothing = Fingerprint::of("test", &());
        let context = Context::new(Actor::Anonymous, command_id(), nothing, at);
        let done = store.execute(TenantId::PLATFORM, user_id, Deactivate { at }, context);
        done.await.unwrap();
    }
}

fn reads_clients(name: &str) -> Value {
    json!({ "name": name, "scopes": ["TENANT_READ", "CLIENTS_READ"] })
}

fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap()
}

/// Waits until a socket is told to go.
async fn is_closed(mut socket: Socket) -> u16 {
    loop {
        if let Err(code) = socket.receive().await {
            return code;
        }
    }
}

async fn socket(who: &Caller<'_>) -> Socket {
    let mut socket = Socket::open(who.world, &[]).await.unwrap();
    socket.init(json!({ "token": who.token })).await.unwrap();
    socket
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_for_one_address_and_one_role_and_works_once() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    let token = owner.invites("bob@example.com", "MANAGER").await;
    let accept = json!({ "token": token });
    let eve = world.newcomer("eve@example.com").await;
    let code = eve.is_refused("invitationAccept", accept.clone()).await;
    assert_eq!(code, "INVITATION_FOR_ANOTHER_ADDRESS");
    let bob = world.newcomer("bob@example.com").await;
    for altered in ["", "x", &token[1..], &token.to_uppercase()] {
        let code = bob
            .is_refused("invitationAccept", json!({ "token": altered }))
            .await;
        assert_eq!(code, "INVITATION_INVALID", "{altered}");
    }
    let role = json!({ "token": token, "role": "OWNER", "commandId": command_id() });
    assert_eq!(bob.fails("invitationAccept", role).await, "BAD_USER_INPUT");
    let joined = bob
        .does("invitationAccept", accept.clone(), "member { role status }")
        .await;
    assert_eq!(
        joined["member"],
        json!({ "role": "MANAGER", "status": "ACTIVE" })
    );
    for late in [&bob, &eve] {
        let code = late.is_refused("invitationAccept", accept.clone()).await;
        assert_eq!(code, "INVITATION_INVALID");
    }
    let bob = world.sign_in("bob@example.com", Some("acme")).await;
    assert_eq!(bob.signed_in["tenant"]["role"], "manager");
    let code = owner.is_refused(
        "memberInvite",
        json!({ "email": "bob@example.com", "role": "GUEST" }),
    );
    assert_eq!(code.await, "MEMBER_EMAIL_TAKEN");
    // What could not even stand on a letter is refused like any other address that is none.
    for (email, refusal) in [
        ("a\0b@example.com".to_owned(), "FIELD_CONTROL_CHARACTERS"),
        (
            format!("{}@example.com", "a".repeat(2_000)),
            "FIELD_TOO_LONG",
        ),
    ] {
        let invite = json!({ "email": email, "role": "GUEST" });
        assert_eq!(owner.is_refused("memberInvite", invite).await, refusal);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_ends_by_revocation_by_a_newer_one_and_by_time() {
    let clock = moved::<3>();
    let world = World::at(clock).await;
    let owner = world.owner("acme").await;
    let input = json!({ "email": "bob@example.com", "role": "MEMBER" });
    let invited = owner.does("memberInvite", input, "member { id }").await;
    let first = world.mailed_token("bob@example.com").await;
    let again = json!({ "memberId": invited["member"]["id"] });
    owner.does("memberReinvite", again.clone(), "").await;
    let second = world.mailed_token("bob@example.com").await;
    owner
        .does("memberRevokeInvitation", again, "member { status }")
        .await;
    let third = owner.invites("bob@example.com", "MEMBER").await;
    world.sign_up("bob@example.com").await;
    world.verify("bob@example.com").await;
    clock.on(TimeDelta::days(7));
    let bob = world.sign_in("bob@example.com", None).await;
    for (token, code) in [
        (first, "INVITATION_INVALID"),
        (second, "INVITATION_INVALID"),
        (third, "INVITATION_EXPIRED"),
    ] {
        let refused = bob
            .is_refused("invitationAccept", json!({ "token": token }))
            .await;
        assert_eq!(refused, code);
    }
    assert_eq!(
        bob.sees("{ me { memberships { role } } }").await["me"]["memberships"],
        json!([])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gives_a_role_above_their_own() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    let admin = owner.lets_join("admin", "ADMIN").await;
    let manager = owner.lets_join("manager", "MANAGER").await;
    let invite = |role: &str| json!({ "email": "new@example.com", "role": role });
    assert_eq!(
        admin.is_refused("memberInvite", invite("OWNER")).await,
        "ROLE_ABOVE_YOURS"
    );
    assert_eq!(
        manager.fails("memberInvite", invite("GUEST")).await,
        "FORBIDDEN"
    );
    let lift = json!({ "memberId": admin.member_id(), "role": "OWNER" });
    assert_eq!(
        admin.is_refused("memberChangeRole", lift).await,
        "ROLE_ABOVE_YOURS"
    );
    let put_down = json!({ "memberId": owner.member_id(), "role": "GUEST" });
    assert_eq!(
        admin.is_refused("memberChangeRole", put_down).await,
        "ROLE_ABOVE_YOURS"
    );
    let remove = json!({ "memberId": owner.member_id() });
    assert_eq!(
        admin.is_refused("memberRemove", remove).await,
        "ROLE_ABOVE_YOURS"
    );
    assert!(world.mails("new@example.com").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_owner_stays_also_when_both_go_at_once() {
    let world = World::new().await;
    let ada = world.owner("acme").await;
    let demote = json!({ "memberId": ada.member_id(), "role": "ADMIN" });
    assert_eq!(
        ada.is_refused("memberChangeRole", demote).await,
        "LAST_OWNER"
    );
    assert_eq!(ada.is_refused("memberLeave", json!({})).await, "LAST_OWNER");
    let remove = json!({ "memberId": ada.member_id() });
    assert_eq!(ada.is_refused("memberRemove", remove).await, "LAST_OWNER");
    assert_eq!(
        ada.is_refused("userDeactivate", json!({})).await,
        "LAST_OWNER"
    );
    let bob = ada.lets_join("bob", "OWNER").await;
    let (one, other) = tokio::join!(
        ada.mutate("memberLeave", json!({}), ""),
        bob.mutate("memberLeave", json!({}), ""),
    );
    let refused = [&one, &other].map(|payload| payload["userErrors"][0]["code"].clone());
    assert!(
        refused.contains(&Value::Null) && refused.contains(&json!("LAST_OWNER")),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_closes_their_account_leaves_and_one_owner_stays_who_can_sign_in() {
    let world = World::new().await;
    let ada = world.owner("acme").await;
    let bob = ada.lets_join("bob", "OWNER").await;
    let (key, _) = bob.makes_key(reads_clients("till")).await;
    assert!(key.is_let_in().await);
    let socket = socket(&key).await;
    bob.does("userDeactivate", json!({}), "user { email }")
        .await;
    assert!(!bob.is_let_in().await);
    assert!(!key.is_let_in().await);
    assert_eq!(is_closed(socket).await, 4403);
    let login = json!({ "email": bob.email, "password": PASSWORD });
    assert_eq!(
        world.rest("/auth/login", &login).await.problem(),
        (401, "INVALID_CREDENTIALS")
    );
    assert_eq!(
        ada.is_refused("userDeactivate", json!({})).await,
        "LAST_OWNER"
    );
    let members = ada
        .sees("{ members(filter: { statusIn: [ACTIVE] }) { nodes { email } } }")
        .await;
    assert_eq!(members["members"]["nodes"], json!([{ "email": ada.email }]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_is_taken_away_counts_on_the_next_request_and_on_open_sockets() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    let bob = owner.lets_join("bob", "MANAGER").await;
    assert!(bob.sees("{ revenue { period } }").await["revenue"].is_array());
    let first = socket(&bob).await;
    let change = json!({ "memberId": bob.member_id(), "role": "GUEST" });
    owner.does("memberChangeRole", change, "").await;
    assert_eq!(bob.error("{ revenue { period } }").await, "FORBIDDEN");
    assert_eq!(is_closed(first).await, 4403);
    assert_eq!(bob.sees("{ me { role } }").await["me"]["role"], "guest");
    let second = socket(&bob).await;
    owner
        .does("memberRemove", json!({ "memberId": bob.member_id() }), "")
        .await;
    assert!(!bob.is_let_in().await);
    assert_eq!(is_closed(second).await, 4403);
    let refresh = json!({ "refreshToken": bob.refresh });
    assert_eq!(
        world.rest("/auth/refresh", &refresh).await.problem(),
        (403, "NOT_A_MEMBER")
    );
    // Only the membership has ended: they are still somebody.
    assert_eq!(
        world.sign_in(&bob.email, None).await.signed_in["tenant"],
        Value::Null
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_may_what_its_scopes_and_its_creators_role_both_allow() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    let admin = owner.lets_join("admin", "ADMIN").await;
    let above = json!({ "name": "too much", "scopes": ["TENANT_CLOSE"] });
    assert_eq!(
        admin.is_refused("apiKeyCreate", above).await,
        "SCOPE_ABOVE_YOURS"
    );
    let scopes =
        json!({ "name": "till", "scopes": ["CLIENTS_READ", "MEMBERS_READ", "EVENTS_READ"] });
    let (key, key_id) = admin.makes_key(scopes).await;
    key.sees("{ clients { totalCount } members { totalCount } events { nodes { type } } }")
        .await;
    assert_eq!(key.error("{ tenant { name } }").await, "FORBIDDEN");
    let register = json!({ "name": "Bob" });
    assert_eq!(key.fails("clientRegister", register).await, "FORBIDDEN");
    for personal in ["userDeactivate", "memberLeave"] {
        assert_eq!(
            key.fails(personal, json!({})).await,
            "FORBIDDEN",
            "{personal}"
        );
    }
    assert_eq!(
        key.sees("{ me { user { email } } }").await["me"]["user"],
        Value::Null
    );
    let change = json!({ "memberId": admin.member_id(), "role": "GUEST" });
    owner.does("memberChangeRole", change, "").await;
    key.sees("{ clients { totalCount } }").await;
    assert_eq!(key.error("{ members { totalCount } }").await, "FORBIDDEN");
    owner
        .does("apiKeyRevoke", json!({ "apiKeyId": key_id }), "")
        .await;
    assert!(!key.is_let_in().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_dies_with_its_creators_membership_with_their_account_and_with_the_policy() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    let removed = owner.lets_join("removed", "ADMIN").await;
    let gone = owner.lets_join("gone", "ADMIN").await;
    let (of_removed, _) = removed.makes_key(reads_clients("one")).await;
    let (of_gone, _) = gone.makes_key(reads_clients("two")).await;
    let (of_owner, _) = owner.makes_key(reads_clients("three")).await;
    owner
        .does(
            "memberRemove",
            json!({ "memberId": removed.member_id() }),
            "",
        )
        .await;
    assert!(!of_removed.is_let_in().await);
    assert!(of_gone.is_let_in().await);
    gone.does("userDeactivate", json!({}), "").await;
    assert!(!of_gone.is_let_in().await);
    assert!(of_owner.is_let_in().await);
    // Also where only the account has ended, and the membership has not.
    let closed = owner.lets_join("closed", "ADMIN").await;
    let (of_closed, _) = closed.makes_key(reads_clients("five")).await;
    assert!(of_closed.is_let_in().await);
    let open = socket(&of_closed).await;
    closed.is_deactivated().await;
    assert!(!of_closed.is_let_in().await);
    assert_eq!(is_closed(open).await, 4403);
    let policy = json!({
        "allowApiKeys": false, "passwordMinLength": 8, "sessionIdleMinutes": 60,
        "sessionAbsoluteHours": 24,
    });
    owner.does("tenantSetSecurityPolicy", policy, "").await;
    assert!(!of_owner.is_let_in().await);
    let code = owner
        .is_refused("apiKeyCreate", reads_clients("four"))
        .await;
    assert_eq!(code, "API_KEYS_NOT_ALLOWED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_shown_once_and_ends_by_time_by_network_and_by_rotation() {
    let clock = moved::<4>();
    let world = World::at(clock).await;
    let owner = world.owner("acme").await;
    let now = (clock.read)();
    let in_an_hour = now + TimeDelta::hours(1);
    let repeated = command_id();
    let input = json!({
        "name": "till", "scopes": ["TENANT_READ"], "expiresAt": in_an_hour, "commandId": repeated,
    });
    let (key, key_id) = owner.makes_key(input.clone()).await;
    let repeat = owner
        .does(
            "apiKeyCreate",
            input,
            "key commit { replayed } apiKey { id }",
        )
        .await;
    assert_eq!(
        (&repeat["key"], &repeat["commit"]["replayed"]),
        (&Value::Null, &json!(true))
    );
    assert_eq!(id(&repeat["apiKey"]), key_id);
    let elsewhere = json!({ "name": "far", "scopes": ["TENANT_READ"], "networks": ["10.0.0.0/8"] });
    let (elsewhere, _) = owner.makes_key(elsewhere).await;
    assert!(!elsewhere.is_let_in().await);
    // One character off is no key, and the same answer as for a key that is not there.
    let last = if key.token.ends_with('a') { "b" } else { "a" };
    let mistyped = world.with_token(&[&key.token[..key.token.len() - 1], last].concat());
    assert!(!mistyped.is_let_in().await);
    let rotate = json!({ "apiKeyId": key_id, "previousExpiresAt": now + TimeDelta::minutes(5) });
    let rotated = owner.does("apiKeyRotate", rotate, "key").await;
    let new = world.with_token(rotated["key"].as_str().unwrap());
    assert!(key.is_let_in().await && new.is_let_in().await);
    clock.on(TimeDelta::minutes(5));
    assert!(!key.is_let_in().await && new.is_let_in().await);
    clock.on(TimeDelta::minutes(55));
    assert!(!new.is_let_in().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ends_the_worst_needs_a_password_given_just_now() {
    let clock = moved::<5>();
    let world = World::at(clock).await;
    let owner = world.owner("acme").await;
    let (_, key_id) = owner.makes_key(reads_clients("shop")).await;
    let mut tokens = owner.signed_in.clone();
    for _ in 0..2 {
        clock.on(TimeDelta::minutes(8));
        let refresh = json!({ "refreshToken": tokens["refreshToken"] });
        tokens = world.rest("/auth/refresh", &refresh).await.body;
    }
    let late = world.person(&json!(owner.email), tokens);
    for (mutation, input) in [
        ("apiKeyCreate", reads_clients("till")),
        ("tenantClose", json!({})),
        ("userDeactivate", json!({})),
        ("ownershipTransfer", json!({ "to": owner.member_id() })),
        ("apiKeyRotate", json!({ "apiKeyId": key_id })),
        (
            "memberInvite",
            json!({ "email": "eve@example.com", "role": "OWNER" }),
        ),
        (
            "memberChangeRole",
            json!({ "memberId": owner.member_id(), "role": "ADMIN" }),
        ),
        ("memberRemove", json!({ "memberId": owner.member_id() })),
    ] {
        assert_eq!(
            late.fails(mutation, input).await,
            "STEP_UP_REQUIRED",
            "{mutation}"
        );
    }
    // Whom they cannot make an owner they may invite all the same.
    let invite = json!({ "email": "bob@example.com", "role": "ADMIN" });
    late.does("memberInvite", invite, "member { id }").await;
    let again = world.sign_in(&owner.email, Some("acme")).await;
    again.makes_key(reads_clients("till")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_that_is_refused_or_repeated_counts_for_no_mail() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    let first = json!({ "email": "bob@example.com", "role": "MEMBER", "commandId": command_id() });
    owner
        .does("memberInvite", first.clone(), "member { id }")
        .await;
    for _ in 0..8 {
        let again = json!({ "email": "bob@example.com", "role": "MEMBER" });
        assert_eq!(
            owner.is_refused("memberInvite", again).await,
            "MEMBER_EMAIL_TAKEN"
        );
        let repeat = owner
            .does("memberInvite", first.clone(), "commit { replayed }")
            .await;
        assert_eq!(repeat["commit"]["replayed"], json!(true));
    }
    assert_eq!(world.mails("bob@example.com").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_seen_at_once_and_a_stale_version_changes_nothing() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    let seen = owner
        .sees("{ tenant { version settings { currency } } }")
        .await;
    let version = seen["tenant"]["version"].clone();
    let change = |days: i64| {
        json!({
            "currency": "EUR", "timeZone": "Europe/Vienna", "numberStyle": "GAPLESS",
            "paymentTermsDays": days, "expectedVersion": version,
        })
    };
    owner.does("tenantChangeSettings", change(14), "").await;
    let query = "{ tenant { settings { currency timeZone numberStyle paymentTermsDays } } }";
    let expected = json!({
        "currency": "EUR", "timeZone": "Europe/Vienna", "numberStyle": "GAPLESS",
        "paymentTermsDays": 14,
    });
    assert_eq!(owner.sees(query).await["tenant"]["settings"], expected);
    assert_eq!(
        owner.fails("tenantChangeSettings", change(30)).await,
        "VERSION_CONFLICT"
    );
    for bad in [
        json!({ "currency": "XYZW" }),
        json!({ "timeZone": "Mars/Olympus" }),
    ] {
        let reply = owner
            .mutation("tenantChangeSettings", bad.clone(), "")
            .await;
        assert!(
            !reply.body["data"]["tenantChangeSettings"]["commit"].is_object(),
            "{bad}"
        );
    }
    assert_eq!(owner.sees(query).await["tenant"]["settings"], expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_allow_list_lets_nobody_lock_themselves_out_and_nobody_else_in() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    let away = json!({ "networks": ["10.0.0.0/8"] });
    assert_eq!(
        owner.is_refused("tenantSetIpAllowList", away).await,
        "LOCKS_YOU_OUT"
    );
    let here = json!({ "networks": ["127.0.0.1/32", "10.0.0.0/8"] });
    owner.does("tenantSetIpAllowList", here, "").await;
    assert!(owner.is_let_in().await);
    let login = json!({ "email": owner.email, "password": PASSWORD, "tenant": "acme" });
    let reply = world.rest_from([127, 0, 0, 2], "/auth/login", &login).await;
    assert_eq!(reply.problem(), (403, "ADDRESS_NOT_ALLOWED"));
    let reply = world.rest_from([127, 0, 0, 1], "/auth/login", &login).await;
    assert_eq!(reply.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_gets_checkpoints_is_chosen_and_seen_by_those_who_secure_the_tenant() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    let list = json!(["Ada@auditor.example", "books@acme.example"]);
    let query = "{ tenant { checkpointRecipients } }";
    let shown = async |person: &Person<'_>| {
        person.sees(query).await["tenant"]["checkpointRecipients"].clone()
    };
    assert_eq!(shown(&owner).await, json!([]));
    let mutation = "tenantSetCheckpointRecipients";
    let answered = "tenant { checkpointRecipients }";
    let set = owner
        .does(mutation, json!({ "recipients": list }), answered)
        .await;
    assert_eq!(set["tenant"]["checkpointRecipients"], list);
    assert_eq!(shown(&owner).await, list);
    let bob = owner.lets_join("bob", "MANAGER").await;
    assert_eq!(shown(&bob).await, Value::Null);
    assert_eq!(
        bob.fails(mutation, json!({ "recipients": [] })).await,
        "FORBIDDEN"
    );
    for (recipients, code) in [
        (json!(["nobody"]), "FIELD_MALFORMED"),
        (
            json!(
                (0..11)
                    .map(|n| format!("a{n}@b.example"))
                    .collect::<Vec<_>>()
            ),
            "RECIPIENT_LIMIT_REACHED",
        ),
    ] {
        let input = json!({ "recipients": recipients });
        assert_eq!(owner.is_refused(mutation, input).await, code);
    }
    owner.does(mutation, json!({ "recipients": [] }), "").await;
    assert_eq!(shown(&owner).await, json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_hundred_invitations_at_once_the_last_place_takes_one() {
    let world = World::new().await;
    let founder = world.newcomer("ada@example.com").await;
    let input = json!({ "name": "Acme", "subdomain": "acme", "plan": "FREE" });
    founder.does("tenantFound", input, "").await;
    let owner = world.sign_in("ada@example.com", Some("acme")).await;
    let invite = |name: String| json!({ "email": format!("{name}@example.com"), "role": "GUEST" });
    for number in 0..8 {
        owner
            .does("memberInvite", invite(format!("early{number}")), "")
            .await;
    }
    let many =
        (0..100).map(|number| owner.mutate("memberInvite", invite(format!("late{number}")), ""));
    let payloads = join_all(many).await;
    let (went_through, refused): (Vec<_>, Vec<_>) = payloads
        .iter()
        .partition(|payload| payload["commit"].is_object());
    assert_eq!(went_through.len(), 1);
    let full = |payload: &&&Value| payload["userErrors"][0]["code"] == "MEMBER_LIMIT_REACHED";
    assert_eq!(refused.iter().filter(full).count(), 99);
    let seen = owner
        .sees("{ members { totalCount } tenant { usage { members } } }")
        .await;
    assert_eq!(seen["members"]["totalCount"], 10);
    assert_eq!(seen["tenant"]["usage"]["members"], 10);
    let mut mailed = 0;
    for number in 0..100 {
        mailed += world
            .mails(&format!("late{number}@example.com"))
            .await
            .len();
    }
    assert_eq!(mailed, 1);
    // A place that is given back is free again.
    let members = owner.sees(MEMBERS).await;
    let nodes = members["members"]["nodes"].as_array().unwrap();
    let invited = nodes
        .iter()
        .find(|node| node["status"] == "INVITED")
        .unwrap();
    let revoke = json!({ "memberId": invited["id"] });
    owner.does("memberRevokeInvitation", revoke, "").await;
    owner
        .does("memberInvite", invite("again".to_owned()), "")
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subdomain_has_one_tenant_and_who_owns_it_may_hand_it_over() {
    let world = World::new().await;
    let ada = world.owner("acme").await;
    let eve = world.newcomer("eve@example.com").await;
    let taken = json!({ "name": "Acme", "subdomain": "ACME" });
    assert_eq!(
        eve.is_refused("tenantFound", taken).await,
        "SUBDOMAIN_TAKEN"
    );
    let bob = ada.lets_join("bob", "MEMBER").await;
    let transfer = json!({ "to": bob.member_id() });
    let selection = "member { role } previousOwner { role }";
    let moved = ada.does("ownershipTransfer", transfer, selection).await;
    let roles = (&moved["member"]["role"], &moved["previousOwner"]["role"]);
    assert_eq!(roles, (&json!("OWNER"), &json!("ADMIN")));
    assert_eq!(ada.fails("tenantClose", json!({})).await, "FORBIDDEN");
    bob.does("tenantClose", json!({}), "tenant { status }")
        .await;
    assert_eq!(bob.error("{ clients { totalCount } }").await, "FORBIDDEN");
    bob.does("tenantReactivate", json!({}), "").await;
    bob.sees("{ clients { totalCount } }").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_without_a_tenant_takes_the_only_one_and_else_tells_which_there_are() {
    let world = World::new().await;
    let ada = world.newcomer("ada@example.com").await;
    assert_eq!(ada.signed_in["tenants"], json!([]));
    ada.founds("acme").await;
    let ada = world.sign_in("ada@example.com", None).await;
    assert_eq!(ada.tenant(), "acme");
    assert_eq!(ada.signed_in.get("tenants"), None);
    assert_eq!(
        ada.sees("{ tenant { subdomain } }").await["tenant"]["subdomain"],
        "acme"
    );
    let boss = world.owner("zebra").await;
    let token = boss.invites("ada@example.com", "GUEST").await;
    ada.does("invitationAccept", json!({ "token": token }), "")
        .await;
    let wrong = json!({ "email": "ada@example.com", "password": "seven green lantern" });
    let reply = world.rest("/auth/login", &wrong).await;
    assert_eq!((reply.status, reply.body.get("tenants")), (401, None));
    let ada = world.sign_in("ada@example.com", None).await;
    assert_eq!(ada.signed_in["tenant"], Value::Null);
    let choices = ada.signed_in["tenants"].as_array().unwrap();
    let shown = |at: usize| [&choices[at]["subdomain"], &choices[at]["role"]];
    assert_eq!(shown(0), ["acme", "owner"]);
    assert_eq!(shown(1), ["zebra", "guest"]);
    let switch = world.post("/auth/switch-tenant", &json!({ "tenant": "zebra" }));
    let reply = Reply::to(switch.bearer_auth(&ada.token)).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    let there = world.person(&json!("ada@example.com"), reply.body);
    assert_eq!(there.tenant(), "zebra");
    assert!(!ada.is_let_in().await);
    let stranger = world.post("/auth/switch-tenant", &json!({ "tenant": "nowhere" }));
    let stranger = Reply::to(stranger.bearer_auth(&there.token)).await;
    assert_eq!(stranger.problem(), (403, "NOT_A_MEMBER"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_only_tenant_that_lets_them_not_in_does_not_keep_anybody_from_signing_in() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    owner
        .does(
            "tenantSetIpAllowList",
            json!({ "networks": ["127.0.0.1"] }),
            "",
        )
        .await;
    let login = json!({ "email": owner.email, "password": PASSWORD });
    let reply = world.rest_from([127, 0, 0, 2], "/auth/login", &login).await;
    assert_eq!((reply.status, &reply.body["tenant"]), (200, &Value::Null));
    assert_eq!(reply.body["tenants"][0]["subdomain"], "acme");
    assert_eq!(
        world.rest("/auth/login", &login).await.body["tenant"]["subdomain"],
        "acme"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_asks_for_longer_passwords_gets_them_everywhere() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    let bob = owner.lets_join("bob", "MEMBER").await;
    bob.founds("bobs").await;
    let policy = json!({
        "allowApiKeys": true, "passwordMinLength": 24, "sessionIdleMinutes": 60,
        "sessionAbsoluteHours": 24,
    });
    owner.does("tenantSetSecurityPolicy", policy, "").await;
    let (short, long) = ("nine blue umbrellas", "nine blue umbrellas in the rain");
    let post = async |path: &str, who: &Person<'_>, body: Value| {
        Reply::to(world.post(path, &body).bearer_auth(&who.token)).await
    };
    let login = json!({ "email": bob.email, "password": PASSWORD, "tenant": "acme" });
    assert_eq!(
        world.rest("/auth/login", &login).await.problem(),
        (403, "PASSWORD_TOO_SHORT")
    );
    let here = world.sign_in(&bob.email, Some("bobs")).await;
    // Switching: by the password, since its hash does not tell how long it is.
    let switch = |password: Option<&str>| json!({ "tenant": "acme", "password": password });
    let path = "/auth/switch-tenant";
    assert_eq!(
        post(path, &here, switch(None)).await.problem(),
        (403, "PASSWORD_NEEDED")
    );
    let reply = post(path, &here, switch(Some(long))).await;
    assert_eq!(reply.problem(), (422, "CURRENT_PASSWORD_WRONG"));
    let reply = post(path, &here, switch(Some(PASSWORD))).await;
    assert_eq!(reply.problem(), (403, "PASSWORD_TOO_SHORT"));
    // Updating, while they act in the tenant that asks for less.
    let update = |new: &str| json!({ "currentPassword": PASSWORD, "newPassword": new });
    let path = "/auth/update-password";
    let reply = post(path, &here, update(short)).await;
    assert_eq!(
        (reply.problem(), &reply.body["field"]),
        ((422, "PASSWORD_TOO_SHORT"), &json!("newPassword"))
    );
    let reply = post(path, &here, update("acme acme acme acme acme acme")).await;
    assert_eq!(reply.problem(), (422, "PASSWORD_TOO_COMMON"));
    assert_eq!(post(path, &here, update(long)).await.status, 204);
    let reply = post("/auth/switch-tenant", &here, switch(Some(long))).await;
    assert_eq!(
        (reply.status, &reply.body["tenant"]["subdomain"]),
        (200, &json!("acme"))
    );
    // Resetting.
    world
        .rest("/auth/reset-password", &json!({ "email": bob.email }))
        .await;
    let token = world.mailed_token(&bob.email).await;
    let confirm = |password: &str| json!({ "token": token, "password": password });
    let path = "/auth/reset-password/confirm";
    let reply = world.rest(path, &confirm(short)).await;
    assert_eq!(reply.problem(), (422, "PASSWORD_TOO_SHORT"));
    let reply = world
        .rest(path, &confirm("seven green lanterns at night"))
        .await;
    assert_eq!(reply.status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tenant_its_members_and_keys_are_found_by_their_global_ids() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    let guest = owner.lets_join("guest", "GUEST").await;
    let stranger = world.owner("zebra").await;
    let (_, key_id) = owner.makes_key(reads_clients("till")).await;
    let tenant_id = owner.signed_in["tenant"]["id"].as_str().unwrap();
    let ids = [owner.member_id(), &key_id, tenant_id, stranger.member_id()];
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Member { email } \
                 ... on ApiKey { name } ... on Tenant { subdomain plan { name } } } }";
    let found = async |who: &Caller<'_>| {
        let reply = who.ask(query, json!({ "ids": ids })).await;
        reply.body["data"]["nodes"].clone()
    };
    let all = json!([
        { "__typename": "Member", "id": ids[0], "email": owner.email },
        { "__typename": "ApiKey", "id": ids[1], "name": "till" },
        { "__typename": "Tenant", "id": ids[2], "subdomain": "acme", "plan": { "name": "PROFESSIONAL" } },
        null,
    ]);
    assert_eq!(found(&owner).await, all);
    let little = json!([
        null, null,
        { "__typename": "Tenant", "id": ids[2], "subdomain": "acme", "plan": null },
        null,
    ]);
    assert_eq!(found(&guest).await, little);
    let own = json!([null, null, null, { "__typename": "Member", "id": ids[3], "email": stranger.email }]);
    assert_eq!(found(&stranger).await, own);
    assert_eq!(
        found(&world.with_token("")).await,
        json!([null, null, null, null])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_that_stands_still_shows_no_business_by_any_way() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    let input = json!({ "name": "Bob" });
    let made = owner.does("clientRegister", input, "client { id }").await;
    let client = id(&made["client"]).to_owned();
    let query = format!("{{ node(id: \"{client}\") {{ id }} }}");
    assert_eq!(owner.sees(&query).await["node"]["id"], client);
    owner
        .does("tenantSuspend", json!({ "reason": "unpaid" }), "")
        .await;
    assert_eq!(
        owner
            .error(&format!("{{ client(id: \"{client}\") {{ id }} }}"))
            .await,
        "FORBIDDEN"
    );
    assert_eq!(owner.sees(&query).await["node"], Value::Null);
    assert_eq!(
        owner
            .fails("clientRegister", json!({ "name": "Eve" }))
            .await,
        "FORBIDDEN"
    );
    owner.sees("{ tenant { status suspensionReason } }").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_ones_own_is_as_fresh_as_was_asked_for() {
    let world = World::new().await;
    let owner = world.owner("acme").await;
    for round in 0..20 {
        let input = json!({ "name": format!("Acme {round}") });
        let done = owner
            .does("tenantRename", input, "commit { position }")
            .await;
        let position = done["commit"]["position"].clone();
        let query = "{ me { memberships { tenantName } sessions { id } user { email } } }";
        let consistency = json!({ "consistency": { "minPosition": position } });
        let reply = owner
            .send(&json!({ "query": query, "extensions": consistency }))
            .await;
        let me = &reply.body["data"]["me"];
        assert_eq!(me["memberships"][0]["tenantName"], format!("Acme {round}"));
        assert!(me["sessions"].as_array().unwrap().len() >= 2);
    }
    // What nobody has written yet is not waited for without end.
    let fields = ["memberships { role }", "sessions { id }", "user { email }"];
    for field in fields {
        let query = format!("{{ me {{ {field} }} }}");
        let consistency = json!({ "minPosition": "999999", "timeoutMs": 50 });
        let body = json!({ "query": query, "extensions": { "consistency": consistency } });
        let reply = owner.send(&body).await;
        let code = &reply.body["errors"][0]["extensions"]["code"];
        assert_eq!(code, "CONSISTENCY_TIMEOUT", "{field}: {}", reply.body);
    }
    until("the server answers", || owner.is_let_in()).await;
}

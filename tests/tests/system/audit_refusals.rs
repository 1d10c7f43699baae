//! What is an auditor told of an event of which there is no proof?

use daybook::app::Duty;
use daybook_audit::proof::Proof;
use daybook_audit::tree::leaf_hash;
use daybook_domain::tenancy::public::Role;
use daybook_store::Recorded;
use daybook_tests::{Answer, Business, Setup, TestApp, run};

use crate::audit::{Auditor, events};
use crate::export::attack;

async fn proof_of(auditor: &Auditor, event: &Recorded) -> Answer {
    auditor
        .ask(&format!("proof?event={}", event.event_id))
        .await
}

/// Status and code of a refusal.
fn refusal(answer: &Answer) -> (u16, &str) {
    (
        answer.status,
        answer.body["code"].as_str().unwrap_or_default(),
    )
}

const BROKEN: (u16, &str) = (409, "SEAL_BROKEN");
const NOT_YET: (u16, &str) = (503, "NOT_SEALED_YET");

/// Whether the answer is a proof that holds for what was recorded.
async fn proves(auditor: &Auditor, event: &Recorded) -> bool {
    let answer = proof_of(auditor, event).await;
    let Ok(proof) = answer.text.parse::<Proof>() else {
        return false;
    };
    let leaf = leaf_hash(&daybook_store::leaf_of(event));
    let (origin, keys) = (auditor.checkpoint().await.origin, auditor.keys().await);
    answer.status == 200 && proof.verify(&leaf, &origin, &keys).is_ok()
}

#[test]
fn of_an_event_that_was_changed_past_all_rules_there_is_no_proof_and_of_the_others_there_is() {
    run(async {
        let app = TestApp::start().await;
        let business = Business::found(app.store(), &[Role::Owner]).await;
        for n in 0..12 {
            business.register(&format!("Client {n}")).await;
        }
        let auditor = Auditor::of(&app, &business).await;
        let recorded = events(&business).await;
        auditor.sealed(recorded.len() as u64).await;
        for event in &recorded {
            assert!(proves(&auditor, event).await, "{}", event.position);
        }
        // By whoever may do everything in the database, each in another way; the last one also puts
        // the leaf hash right that is kept beside the event.
        let mut last = recorded.last().unwrap().clone();
        last.event_type = "crm.client.archived".to_owned();
        let right = hex::encode(leaf_hash(&daybook_store::leaf_of(&last)));
        let with_hash =
            format!("event_type = 'crm.client.archived', leaf_hash = decode('{right}', 'hex')");
        let changes = [
            "payload = payload || '\\x20'",
            "actor = 'user:00000000-0000-4000-8000-000000000007'",
            "recorded_at = recorded_at - interval '1 microsecond'",
            "request = '{}'",
            "personal = null",
            &with_hash,
        ];
        let victims = &recorded[recorded.len() - changes.len()..];
        for (event, change) in victims.iter().zip(changes) {
            let change = format!(
                "update events set {change} where tenant_id = '{}' and position = {}",
                business.tenant_id, event.position
            );
            attack(&app.database, &change).await;
            let answer = proof_of(&auditor, event).await;
            assert_eq!(refusal(&answer), BROKEN, "{change}: {}", answer.text);
            let told = answer.body["detail"].as_str().unwrap();
            let position = format!("at position {} ", event.position);
            assert!(told.contains(&position), "{told}");
        }
        for event in &recorded[..recorded.len() - changes.len()] {
            assert!(proves(&auditor, event).await, "{}", event.position);
        }
        app.stop().await;
    });
}

#[test]
fn where_the_sealed_tree_was_changed_no_consistency_is_proved() {
    run(async {
        let app = TestApp::start().await;
        let business = Business::found(app.store(), &[Role::Owner]).await;
        let auditor = Auditor::of(&app, &business).await;
        let first = auditor.sealed(3).await;
        for n in 0..5 {
            business.register(&format!("Client {n}")).await;
        }
        let all = events(&business).await;
        let last = auditor.sealed(all.len() as u64).await;
        let consistency = format!("consistency?from={}&to={}", first.size, last.size);
        assert_eq!(auditor.ask(&consistency).await.status, 200);
        // The last hash of the leaves: no proof of inclusion of another leaf shows it alone.
        let change = format!(
            "update audit_tiles set hashes = substring(hashes for octet_length(hashes) - 32) \
               || sha256('another') where tenant_id = '{}' and level = 0",
            business.tenant_id
        );
        attack(&app.database, &change).await;
        let answer = auditor.ask(&consistency).await;
        assert_eq!(refusal(&answer), BROKEN, "{}", answer.text);
        let changed = proof_of(&auditor, all.last().unwrap()).await;
        assert_eq!(refusal(&changed), BROKEN, "{}", changed.text);
        app.stop().await;
    });
}

#[test]
fn what_is_not_sealed_yet_is_to_be_asked_for_again() {
    run(async {
        // Answers, and nobody seals.
        let setup = Setup::answering_alone().await;
        let app = setup.start().await;
        let business = Business::found(app.store(), &[Role::Owner]).await;
        let auditor = Auditor::of(&app, &business).await;
        let before = events(&business).await;
        let refused = async |path: &str| {
            let answer = auditor.ask(path).await;
            assert_eq!(refusal(&answer), NOT_YET, "{path}: {}", answer.text);
        };
        let first = format!("proof?event={}", before[0].event_id);
        for path in ["checkpoint", "keys", "consistency?from=1", &first] {
            refused(path).await;
        }
        // As soon as somebody seals there are proofs.
        let sealer = app.join(Duty::Everything).await;
        auditor.sealed(before.len() as u64).await;
        for event in &before {
            assert!(proves(&auditor, event).await, "{}", event.position);
        }
        sealer.stop().await;
        let sealed = auditor.checkpoint().await.size;
        business.register("After the sealer").await;
        let after = events(&business).await;
        assert!(after.len() as u64 > sealed);
        refused(&format!("proof?event={}", after.last().unwrap().event_id)).await;
        assert!(proves(&auditor, &before[0]).await);
        app.stop().await;
    });
}

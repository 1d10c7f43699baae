//! Does whoever waits for a big export see it come on?

use std::time::Duration;

use daybook_domain::tenancy::public::Role;
use daybook_tests::registrations::register;
use daybook_tests::{Business, TestApp, run, until};
use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection};

use crate::export::sealed;
use crate::export_requests::{ask, auditor, look};

/// Longer than whoever makes an archive takes to tell how far it is.
const A_LOOK: Duration = Duration::from_millis(2_300);

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap()
}

#[test]
fn the_progress_of_a_big_export_rises_to_the_end_and_says_what_it_is_of() {
    run(async {
        let app = TestApp::start().await;
        let business = Business::found(app.store(), &[Role::Owner]).await;
        for _ in 0..60 {
            register(&business.store, business.tenant_id, 300).await;
        }
        let auditor = auditor(&app.base, &business).await;
        let events = sealed(&business).await;
        // Not all of them: what is read is more than what is in the archive.
        let asked = ask(&auditor, json!({ "types": ["crm.*"] })).await;
        let mut holding = PgConnection::connect(&app.database).await.unwrap();
        let mut seen: Vec<(u64, u64, u64)> = Vec::new();
        let ready = loop {
            // The disk is slow: nobody reads events for a while, and then for a moment.
            let hold = "begin; lock table daybook.events in access exclusive mode";
            holding.execute(hold).await.unwrap();
            tokio::time::sleep(A_LOOK).await;
            holding.execute("commit").await.unwrap();
            let now = look(&auditor, &asked["id"]).await;
            if now["state"] == "READY" {
                break now;
            }
            assert!(["PENDING", "RUNNING"].contains(&now["state"].as_str().unwrap()));
            // Nothing before somebody took it up.
            if let Some(progress) = now["progress"].as_object() {
                let parts = ["read", "total", "events"].map(|name| number(&progress[name]));
                seen.push((parts[0], parts[1], parts[2]));
            }
        };
        let begun: Vec<_> = seen.iter().filter(|(_, total, _)| *total > 0).collect();
        assert!(seen.is_sorted(), "{seen:?}");
        for (read, total, kept) in &begun {
            assert!((events..events + 10).contains(total), "{seen:?}");
            assert!(kept <= read && read <= total, "{seen:?}");
        }
        let mut between: Vec<u64> = begun.iter().map(|(read, _, _)| *read).collect();
        between.retain(|read| (1..events).contains(read));
        between.dedup();
        assert!(between.len() > 1, "it does not come on: {seen:?}");
        // Ended, it has its archive in place of its progress.
        assert_eq!(ready["progress"], Value::Null);
        let count = number(&json!(ready["archive"]["count"].as_i64().unwrap()));
        assert!(count >= 60 * 300 && begun.iter().all(|(_, _, kept)| *kept <= count));
        until("the end", async || {
            look(&auditor, &asked["id"]).await["state"] == "READY"
        })
        .await;
        app.stop().await;
    });
}

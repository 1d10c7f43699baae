//! Is who was erased gone as well after the restore of a backup from before, whatever they were then?
//!
//! Somebody who was only invited, to whom mails are kept and who was to get checkpoints; and somebody
//! who was the last owner when the backup was made, whom no tenant can do without.

use daybook_domain::tenancy::public::Role;
use daybook_tests::{Business, TestApp, id_of, run, until};
use serde_json::{Value, json};

use crate::erasure::{Words, back_up, dump, erase, start_on};

const MEMBERS: &str = "{ members(first: 10) { nodes { id email role status } } }";

/// What the tenant's list says of a member.
fn find<'a>(members: &'a Value, id: &Value) -> Option<&'a Value> {
    let nodes = members["members"]["nodes"].as_array().unwrap();
    nodes.iter().find(|member| member["id"] == *id)
}

#[test]
fn an_invited_member_and_a_former_last_owner_stay_erased() {
    run(async {
        let app = TestApp::start().await;
        let mut business = Business::found(app.store(), &[Role::Owner]).await;
        business.add(Role::Admin).await;
        let owner = business.sign_in(&app.base, Role::Owner).await;
        let mut words = Words::default();
        let address = words.address("Invited");
        let invite = json!({ "email": address, "role": "MEMBER" });
        let invited = owner.mutate("memberInvite", invite, "member { id }").await;
        let invited = invited["member"]["id"].clone();
        let list = json!({ "recipients": [address, "auditor@example.com"] });
        let set = "tenantSetCheckpointRecipients";
        owner.mutate(set, list, "tenant { id }").await;
        let (app, backup) = back_up(app).await;
        let data = app.data.clone();
        let owner = business.sign_in(&app.base, Role::Owner).await;
        let of = |role| json!(id_of("member", business.members[&role].member_id));
        let to = json!({ "to": of(Role::Admin) });
        owner
            .mutate("ownershipTransfer", to, "userErrors { code }")
            .await;
        let successor = business.sign_in(&app.base, Role::Admin).await;
        erase(&successor, &invited).await;
        erase(&successor, &of(Role::Owner)).await;
        app.stop().await;
        assert!(!words.found_in(&dump(&backup).await).is_empty());

        let app = start_on(&backup, &data).await;
        let admin = business.sign_in(&app.base, Role::Admin).await;
        for id in [&invited, &of(Role::Owner)] {
            until("the erasure", async || {
                let status = "query($id: ID!) { dataSubject(id: $id) { status } }";
                let status = admin.data(status, json!({ "id": id })).await;
                status["dataSubject"]["status"] == "ERASED"
            })
            .await;
        }
        assert_eq!(words.found_in(&dump(&backup).await), [""; 0]);
        let recipients = "{ tenant { checkpointRecipients } }";
        let left = admin.data(recipients, json!({})).await;
        assert_eq!(
            left["tenant"]["checkpointRecipients"],
            json!(["auditor@example.com"])
        );
        // The tenant still has its owner, of whom nothing is known.
        let members = admin.data(MEMBERS, json!({})).await;
        let last_owner = find(&members, &of(Role::Owner)).unwrap();
        assert_eq!(last_owner["role"], "OWNER", "{members}");
        assert_eq!(last_owner["email"], "erased@erased.invalid", "{members}");
        app.stop().await;
    });
}

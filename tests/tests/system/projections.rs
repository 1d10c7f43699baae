//! Does `daybook projections` say of each read model how far it is?

use std::collections::BTreeMap;

use daybook_tests::{run, until};

use crate::export::attack;
use crate::stage::Stage;

/// What the program prints, by the name in the first column.
async fn listed(stage: &Stage) -> BTreeMap<String, Vec<String>> {
    let ended = stage.program(&["projections"]).await;
    assert_eq!(ended.code, Some(0), "{}", ended.text);
    let mut lines = ended.text.lines();
    let header: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
    let columns = "NAME VERSION GENERATION STATE POSITION LAG PARKED AT WORK";
    assert_eq!(header.join(" "), columns);
    let rows = lines.map(|line| {
        let mut cells = line.split_whitespace().map(str::to_owned);
        (cells.next().unwrap(), cells.collect())
    });
    rows.collect()
}

#[test]
fn each_is_listed_with_version_position_lag_and_parked_streams() {
    run(async {
        let mut stage = Stage::set(&["work", "serve"]).await;
        stage.rests().await;
        let head = stage.store.tail().head().to_string();
        let all = daybook_projections::all();
        // The worker gives a sign of how far it is now and then.
        until("every position", async || {
            let listed = listed(&stage).await;
            all.iter().all(|it| listed[it.name()][3] == head)
        })
        .await;
        let before = listed(&stage).await;
        for projection in &all {
            let version = projection.version().to_string();
            let expected = [&version, "1", "live", &head, "0", "0", "yes"];
            assert_eq!(before[projection.name()], expected, "{}", projection.name());
        }
        // Nobody reads any more, and something happens.
        stage.running.remove(0).kill();
        for _ in 0..3 {
            stage.business.register("Somebody").await;
        }
        let stopped = "update readers set heartbeat_at = null where name = 'crm.clients';
            insert into parked_streams select tenant_id, 'crm.clients', 1, stream_id, position,
              event_type, 'it cannot be read', now() from events where version = 1 limit 2";
        attack(&stage.url, stopped).await;
        let after = listed(&stage).await;
        let clients = &after["crm.clients"];
        assert_eq!(clients[2..], ["live", &head, "3", "2", "no"], "{clients:?}");
        assert_eq!(after["crm.fields"][2..5], ["live", &head, "3"]);
        assert_eq!(after["crm.fields"][5], "0");
        let parked = stage.program(&["projections", "parked"]).await;
        let told = parked
            .text
            .matches("crm.clients generation 1: tenant ")
            .count();
        assert_eq!(told, 2, "{}", parked.text);
        assert!(parked.text.contains("it cannot be read"), "{}", parked.text);
        stage.store.close().await;
    });
}

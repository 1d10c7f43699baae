//! Does a row say what became of an export?

use daybook_domain::audit::export::fixtures::{completed, expired, expiry, failed, requested};
use daybook_domain::audit::export::{Cause, Export};
use daybook_domain::crm::client::fixtures::at;
use daybook_domain::kernel::{ExportId, TenantId};

use super::*;
use crate::list::{self, Direction, OnlyOrder, Window};
use crate::testing::{World, id, row_after};

#[test]
fn a_row_follows_an_export_to_its_end() {
    let id = ExportId(id());
    let row = row_after::<Exports>(id, &[requested()]);
    assert_eq!((row.id, row.state), (id, ExportState::Pending));
    assert_eq!(
        (row.requested_by.as_str(), row.requested_at),
        ("anonymous", at())
    );
    assert!(row.filter.is_everything());
    let row = row_after::<Exports>(id, &[requested(), completed()]);
    assert_eq!((row.state, row.event_count), (ExportState::Ready, Some(7)));
    assert_eq!((row.bytes, row.expires_at), (Some(4_096), Some(expiry())));
    assert_eq!((row.version, row.position), (2, 2));
    let row = row_after::<Exports>(id, &[requested(), completed(), expired()]);
    assert_eq!(row.state, ExportState::Expired);
    assert!(row.sha256.is_some(), "what it was is kept");
    let row = row_after::<Exports>(id, &[requested(), failed(Cause::Altered, Some(4))]);
    assert_eq!(
        (row.state, row.cause),
        (ExportState::Failed, Some(Cause::Altered))
    );
    assert_eq!(
        (row.failed_position, row.reason.as_deref()),
        (Some(4), Some("it was so"))
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exports_are_found_by_state() {
    let world = World::new().await;
    let tenant = TenantId(id());
    for events in [
        vec![requested()],
        vec![requested(), completed()],
        vec![requested(), failed(Cause::DiskFull, None)],
    ] {
        world
            .happen::<Export>(tenant, ExportId(id()), &events)
            .await;
    }
    world.post(&crate::audit::projections()).await;
    let mut tx = world.tx(tenant).await;
    for (states, expected) in [
        (vec![], 3),
        (vec![ExportState::Ready], 1),
        (vec![ExportState::Ready, ExportState::Failed], 2),
        (vec![ExportState::Expired], 0),
    ] {
        let window = Window {
            first: 10,
            after: None,
            order: OnlyOrder,
            direction: Direction::Ascending,
        };
        let filter = Filter { states };
        let page = list::page::<Exports>(&mut tx, &filter, &window)
            .await
            .unwrap();
        assert_eq!(page.rows.len(), expected, "{filter:?}");
        let counted = list::count::<Exports>(&mut tx, &filter).await.unwrap();
        assert_eq!(usize::try_from(counted), Ok(expected));
        let ids: Vec<ExportId> = page.rows.iter().map(|row| row.id).collect();
        assert_eq!(by_ids(&mut tx, &ids).await.unwrap().len(), expected);
    }
}

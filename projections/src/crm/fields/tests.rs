//! Do rows of custom fields follow their declarations?

use daybook_domain::crm::fields::fixtures::{choice, declared, retired};
use daybook_domain::crm::fields::{FieldSet, Kind, stream_id};
use daybook_domain::kernel::TenantId;
use uuid::Uuid;

use super::*;
use crate::testing::{World, id, recorded, rows_after, try_rows_after};

#[test]
fn a_declaration_is_replaced_retired_and_revived() {
    let stream = Uuid::from_u128(1);
    let (first, second) = (
        declared("tier", choice(&["a"])),
        declared("tier", choice(&["a", "b"])),
    );
    let only = |events: &[_]| {
        let rows = rows_after::<Fields>(stream, events);
        assert_eq!(rows.len(), 1);
        rows.into_values().next().unwrap()
    };
    let row = only(&[first.clone(), second.clone()]);
    assert_eq!(row.kind, choice(&["a", "b"]));
    assert_eq!((row.created_position, row.position), (1, 2));
    let row = only(&[first.clone(), retired("tier")]);
    assert_eq!(row.retired_at, Some(recorded(2)));
    let row = only(&[first, retired("tier"), second]);
    assert_eq!((row.retired_at, row.created_position), (None, 1));
    assert!(try_rows_after::<Fields>(stream, &[retired("tier")]).is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fields_are_listed_in_order_of_declaration() {
    let world = World::new().await;
    let tenant = TenantId(id());
    let events = [
        declared("size", Kind::Number),
        declared("age", Kind::Date),
        retired("size"),
    ];
    world
        .happen::<FieldSet>(tenant, stream_id(tenant), &events)
        .await;
    world.post(&crate::crm::projections()).await;
    let fields = list(&mut world.tx(tenant).await).await.unwrap();
    let keys: Vec<_> = fields.iter().map(|row| row.key.as_str()).collect();
    assert_eq!(keys, ["size", "age"]);
    assert!(fields[0].retired_at.is_some());
    assert_eq!(fields[1].kind, Kind::Date);
}

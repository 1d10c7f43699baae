//! What became of shapes that are not written any more.

use chrono::NaiveDate;
use serde_json::Value;

const MARKED_OVERDUE: &str = "invoicing.invoice.marked_overdue";

/// A stored event of an older version in its current name and shape; `None` for current ones.
pub(super) fn upcast(name: &str, version: u16, payload: &Value) -> Option<(&'static str, Value)> {
    match (name, version) {
        (MARKED_OVERDUE, 1) => Some((MARKED_OVERDUE, with_the_day(payload.clone()))),
        _ => None,
    }
}

/// Version 1 had only the moment. Its day in UTC is the tenant's, or the one beside it; but it was
/// never before the day after the due date.
fn with_the_day(mut payload: Value) -> Value {
    let day = |field: &str| -> Option<NaiveDate> {
        let text = payload.get(field)?.as_str()?;
        text.get(..10)?.parse().ok()
    };
    let first = day("dueOn").and_then(|due_on| due_on.succ_opt());
    let marked_on = day("at").max(first);
    if let (Value::Object(fields), Some(day)) = (&mut payload, marked_on) {
        fields.insert("markedOn".to_owned(), Value::from(day.to_string()));
    }
    payload
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invoicing::invoice::InvoiceEvent;
    use crate::invoicing::invoice::fixtures::{day, overdue};
    use crate::kernel::testing::read_as;

    const CLIENT: &str = r#""clientId":"00000000-0000-0000-0000-00000000000c","currency":"GBP""#;

    /// Everything that was ever written of what has changed since, and how it is read today.
    fn samples() -> Vec<(u16, String, InvoiceEvent)> {
        let since = |at: &str| {
            format!(r#"{{"dueOn":"2024-03-15","outstanding":"18.36",{CLIENT},"at":"{at}"}}"#)
        };
        let marked = |at: &str, on: &str| {
            let InvoiceEvent::MarkedOverdue(mut marked) = overdue("18.36") else {
                panic!("the fixture is another event");
            };
            marked.at = at.parse().unwrap();
            marked.marked_on = day(on);
            InvoiceEvent::MarkedOverdue(marked)
        };
        let (usual, early) = ("2024-03-17T00:05:00Z", "2024-03-15T12:05:00Z");
        let now = since(usual).replacen(',', r#","markedOn":"2024-03-18","#, 1);
        vec![
            (1, since(usual), marked(usual, "2024-03-17")),
            (1, since(early), marked(early, "2024-03-16")),
            (2, now, marked(usual, "2024-03-18")),
        ]
    }

    #[test]
    fn every_version_that_was_ever_written_is_read() {
        for (version, payload, event) in samples() {
            read_as(&event, (MARKED_OVERDUE, version), &payload);
        }
    }

    #[test]
    fn there_is_a_sample_of_each_version() {
        use crate::kernel::Event as _;
        let versions: Vec<u16> = samples().iter().map(|sample| sample.0).collect();
        let current = overdue("1.00").version();
        assert!((1..=current).all(|version| versions.contains(&version)));
    }

    #[test]
    fn current_events_are_not_touched() {
        assert_eq!(upcast(MARKED_OVERDUE, 2, &Value::Null), None);
        assert_eq!(upcast("invoicing.invoice.sent", 1, &Value::Null), None);
    }
}

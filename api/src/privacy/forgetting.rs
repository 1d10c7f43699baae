//! What does this process still hold of somebody who was erased?
//!
//! Results of subscriptions, kept for whoever falls behind: they go when the person does. Who
//! listens begins anew at its position, from the log as it can be read now.

use daybook_domain::kernel::Aggregate;
use daybook_domain::privacy::data_subject::DataSubject;
use daybook_store::Tail;

/// Events looked at at once.
const PAGE: usize = 1_000;

/// Calls `forget` whenever something becomes of a data subject, for as long as it is polled.
pub(crate) async fn watch(tail: Tail, forget: impl Fn()) {
    let mut position = tail.head();
    loop {
        tail.past(position).await;
        match tail.after(position, PAGE).await {
            Ok(events) => {
                position = events.last().map_or(position, |event| event.log_position);
                if events.iter().any(|it| it.stream_type == DataSubject::NAME) {
                    forget();
                }
            }
            Err(error) => {
                // What cannot be read may have erased anybody.
                tracing::warn!(%error, "the log cannot be followed; kept results are dropped");
                forget();
                tokio::time::sleep(std::time::Duration::from_millis(250)).await;
            }
        }
    }
}

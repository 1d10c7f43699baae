//! The schema: what the contexts offer, merged.

use async_graphql::{MergedObject, MergedSubscription, Schema};

use crate::audit::{AuditMutation, AuditQuery};
use crate::crm::{CrmMutation, CrmQuery, CrmSubscription};
use crate::engine::harden;
use crate::events::{EventsQuery, EventsSubscription};
use crate::graphql::Strict;
use crate::identity::{IdentityMutation, IdentityQuery};
use crate::invoicing::{InvoicingMutation, InvoicingQuery, InvoicingSubscription};
use crate::node::NodeQuery;
use crate::past::HistoryQuery;
use crate::privacy::{PrivacyMutation, PrivacyQuery};
use crate::tenancy::{TenancyMutation, TenancyQuery};

/// What can be asked.
#[derive(Default, MergedObject)]
pub struct Query(
    IdentityQuery,
    TenancyQuery,
    CrmQuery,
    InvoicingQuery,
    PrivacyQuery,
    AuditQuery,
    EventsQuery,
    NodeQuery,
    HistoryQuery,
);

/// What can be done. Each mutation is one command, or several that go through together.
#[derive(Default, MergedObject)]
pub struct Mutation(
    IdentityMutation,
    TenancyMutation,
    CrmMutation,
    InvoicingMutation,
    PrivacyMutation,
    AuditMutation,
);

/// What can be watched. Each subscription can be resumed after a position.
#[derive(Default, MergedSubscription)]
pub struct Subscription(EventsSubscription, CrmSubscription, InvoicingSubscription);

/// The schema, with the library's own limits as a second net.
pub fn schema() -> Schema<Query, Mutation, Subscription> {
    let builder = Schema::build(
        Query::default(),
        Mutation::default(),
        Subscription::default(),
    );
    harden(builder.register_input_type::<Strict>()).finish()
}

/// The schema in the language of GraphQL, as `schema.graphql` holds it.
pub fn sdl() -> String {
    let options = async_graphql::SDLExportOptions::new()
        .include_specified_by()
        .sorted_fields();
    let mut text = schema().sdl_with_options(options.sorted_arguments().sorted_enum_items());
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use futures::StreamExt;

    use super::*;

    /// The GraphQL of the first page that anybody reads.
    const README: &str = include_str!("../../README.md");

    #[tokio::test]
    async fn what_the_readme_asks_is_in_the_schema() {
        let blocks: Vec<&str> = README.split("```graphql\n").skip(1).collect();
        assert!(blocks.len() >= 2, "a query and a subscription");
        for block in blocks {
            let text = block.split("```").next().unwrap();
            let answers: Vec<_> = schema().execute_stream(text).collect().await;
            let errors = answers.iter().flat_map(|answer| &answer.errors);
            // Without a caller each field fails, and says at which path. What the schema does not
            // know has none.
            let unknown: Vec<_> = errors.filter(|error| error.path.is_empty()).collect();
            assert!(unknown.is_empty(), "{unknown:?} in\n{text}");
        }
    }
}

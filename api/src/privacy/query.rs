//! Consents in lists.

use async_graphql::{Context, Object, Result};
use daybook_domain::tenancy::public::Permission;
use daybook_projections::list::Direction;
use daybook_projections::privacy::{CONSENTS, consents};

use super::consent::Consent;
use super::filter::ConsentFilter;
use crate::fault::Fault;
use crate::graphql::{AsOfInput, Asking, Connection, Listing, PageRequest};

/// The context's queries.
#[derive(Debug, Default)]
pub struct PrivacyQuery;

#[Object]
impl PrivacyQuery {
    /// What the tenant's clients agreed to, in the order in which it changed last. Needs
    /// `consents.read`.
    async fn consents(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from the front: 1 to 100; 50 when left out.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the back: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "Only those that meet every condition.")] filter: Option<ConsentFilter>,
        #[graphql(desc = "As of this moment of the past; now when left out.")] as_of: Option<
            AsOfInput,
        >,
    ) -> Result<Option<Connection<Consent>>> {
        let (asking, scope) = Asking::permitted(ctx, Permission::ConsentsRead)?;
        let page = PageRequest {
            first,
            after,
            last,
            before,
        };
        let listing = Listing::read(page, consents::OrderBy, Direction::Ascending)?;
        let filter = filter.unwrap_or_default().read()?;
        let moment = asking.moment(scope, as_of).await?;
        let mut tx = asking.list(scope, &[CONSENTS], moment).await?;
        let found = consents::list(&mut tx, &filter, &listing.window()).await;
        let found = found.map_err(Fault::from)?;
        let mut found = listing.places(found, consents::OrderBy::cursor_of);
        if ctx.look_ahead().field("totalCount").exists() {
            let count = consents::count(&mut tx, &filter).await;
            found = found.counting(count.map_err(Fault::from)?);
        }
        tx.commit().await.map_err(Fault::from)?;
        Ok(Some(found.converted(Consent::from)))
    }
}

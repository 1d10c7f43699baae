//! How is a list of a read model asked for and answered?

use async_graphql::Context;
use daybook_projections::list::{self, Direction, Listed};
use daybook_store::{AsOf, TenantTx};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::asking::Asking;
use super::connection::{Found, Listing};
use super::page::PageRequest;
use crate::access::Scope;
use crate::fault::Fault;

/// A list of a read model as it is asked for, by somebody who may.
#[derive(Debug)]
pub struct ListRequest<L: Listed> {
    /// Which page.
    pub page: PageRequest,
    /// In which order.
    pub order: (L::Order, Direction),
    /// Which rows.
    pub filter: L::Filter,
    /// As of which moment; none for now.
    pub moment: Option<AsOf>,
}

impl<L: Listed> ListRequest<L>
where
    L::Order: PartialEq + Serialize + DeserializeOwned,
{
    /// The page, from rows as fresh as was asked for, and counted where that is selected.
    ///
    /// # Errors
    /// A page that makes no sense, rows that are not there in time, or the database is away.
    pub async fn answer(
        self,
        ctx: &Context<'_>,
        from: (&Asking, &Scope),
    ) -> Result<Found<L::Row>, Fault> {
        let (tx, found) = self.open(ctx, from, &[]).await?;
        tx.commit().await?;
        Ok(found)
    }

    /// As [`Self::answer`], with the transaction in which what belongs to the rows can be read
    /// along, and `beside` the read models that it is in.
    ///
    /// # Errors
    /// As [`Self::answer`].
    pub async fn open(
        self,
        ctx: &Context<'_>,
        (asking, scope): (&Asking, &Scope),
        beside: &[&'static str],
    ) -> Result<(TenantTx, Found<L::Row>), Fault> {
        let (order, direction) = self.order;
        let listing = Listing::read(self.page, order, direction)?;
        let read_models = [&[L::PROJECTION], beside].concat();
        let mut tx = asking.list(scope, &read_models, self.moment).await?;
        let page = list::page::<L>(&mut tx, &self.filter, &listing.window()).await?;
        let mut found = listing.places(page, list::place::<L>);
        if ctx.look_ahead().field("totalCount").exists() {
            found = found.counting(list::count::<L>(&mut tx, &self.filter).await?);
        }
        Ok((tx, found))
    }
}

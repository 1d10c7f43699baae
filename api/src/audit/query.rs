//! Exports, one and many; the seal.

use async_graphql::{Context, ID, Object, Result};
use daybook_domain::audit::seal::{Seal, seal_id};
use daybook_domain::kernel::ExportId;
use daybook_domain::tenancy::public::Permission;
use daybook_projections::audit::exports::Exports;
use daybook_projections::list::{Direction, OnlyOrder};

use super::export::{AuditExport, exports_by_ids, shown};
use super::filter::AuditExportsFilter;
use super::seal::AuditSeal;
use crate::fault::Fault;
use crate::graphql::{
    AsOfInput, Asking, Connection, ListRequest, PageRequest, decode_id, nullable,
};

/// The context's queries.
#[derive(Debug, Default)]
pub struct AuditQuery;

#[Object]
impl AuditQuery {
    /// An export of the history, and how far it is; null when there is none with that id. Needs
    /// `audit.read`.
    async fn audit_export(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
        #[graphql(desc = "As of this moment of the past; now when left out.")] as_of: Option<
            AsOfInput,
        >,
    ) -> Option<Result<AuditExport>> {
        nullable(async {
            let (asking, scope) = Asking::permitted(ctx, Permission::AuditRead)?;
            let id: ExportId = decode_id(&id)?;
            let moment = asking.moment(scope, as_of).await?;
            let found = exports_by_ids(ctx, &[id], moment).await?;
            Ok(found.into_iter().next())
        })
        .await
    }

    /// The seal of the tenant's history. As of a moment of the past it tells what operators had done to
    /// it by then. Needs `audit.read`.
    async fn audit_seal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As of this moment of the past; now when left out.")] as_of: Option<
            AsOfInput,
        >,
    ) -> Option<Result<AuditSeal>> {
        nullable(async {
            let (asking, scope) = Asking::permitted(ctx, Permission::AuditRead)?;
            let (store, tenant) = (asking.api.store(), scope.tenant);
            let stream = seal_id(tenant);
            if let Some(moment) = asking.moment(scope, as_of).await? {
                let then = store.load_then::<Seal>(tenant, stream, moment).await;
                return Ok(Some(AuditSeal::then(&then.map_err(Fault::from)?.state)));
            }
            let seal = store.load::<Seal>(tenant, stream).await;
            let seal = seal.map_err(Fault::from)?.state;
            let now = AuditSeal::now(&seal, store.sealed(tenant)).await;
            Ok(Some(now.map_err(Fault::from)?))
        })
        .await
    }

    /// The exports of the tenant's history, in the order in which something happened to them last.
    /// Needs `audit.read`.
    async fn audit_exports(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from the front: 1 to 100; 50 when left out.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the back: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "Only those that meet every condition.")] filter: Option<
            AuditExportsFilter,
        >,
        #[graphql(desc = "As of this moment of the past; now when left out.")] as_of: Option<
            AsOfInput,
        >,
    ) -> Option<Result<Connection<AuditExport>>> {
        nullable(async {
            let (asking, scope) = Asking::permitted(ctx, Permission::AuditRead)?;
            let request = ListRequest::<Exports> {
                page: PageRequest::of((first, after), (last, before)),
                order: (OnlyOrder, Direction::Ascending),
                filter: filter.unwrap_or_default().read()?,
                moment: asking.moment(scope, as_of).await?,
            };
            let moment = request.moment;
            let found = request.answer(ctx, (asking, scope)).await?;
            let exports = shown((asking, scope), &found.rows, moment).await?;
            Ok(Some(found.shown(exports)))
        })
        .await
    }
}

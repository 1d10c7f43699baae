//! Consents and data subjects, one by one and in lists.

use async_graphql::{Context, ID, Object, Result};
use daybook_domain::kernel::TenantId;
use daybook_domain::privacy::data_subject::SubjectKind;
use daybook_domain::privacy::retention::{Retention, retention_id};
use daybook_domain::tenancy::public::Permission;
use daybook_projections::list::{Direction, OnlyOrder};
use daybook_projections::privacy::consents::Consents;
use daybook_projections::privacy::data_subjects::DataSubjects;

use super::consent::Consent;
use super::data_subject::{DataSubject, decode_subject};
use super::filter::{ConsentFilter, DataSubjectFilter};
use super::retention::{RetentionTerm, terms_of};
use super::subjects;
use crate::fault::Fault;
use crate::graphql::{AsOfInput, Asking, Connection, ListRequest, PageRequest, nullable};

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
    ) -> Option<Result<Connection<Consent>>> {
        nullable(async {
            let (asking, scope) = Asking::permitted(ctx, Permission::ConsentsRead)?;
            let request = ListRequest::<Consents> {
                page: PageRequest::of((first, after), (last, before)),
                order: (OnlyOrder, Direction::Ascending),
                filter: filter.unwrap_or_default().read()?,
                moment: asking.moment(scope, as_of).await?,
            };
            let found = request.answer(ctx, (asking, scope)).await?;
            Ok(Some(found.converted(Consent::from)))
        })
        .await
    }

    /// What was done with the data of a person, given the id of a client or a member; null when
    /// there never was one with that id. Needs `privacy.manage`. With the id of one's own user: what
    /// was done with one's account; that takes an instant as `asOf`, and no position.
    async fn data_subject(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The id of a client, of a member, or of one's own user.")] id: ID,
        #[graphql(desc = "As of this moment of the past; now when left out.")] as_of: Option<
            AsOfInput,
        >,
    ) -> Option<Result<DataSubject>> {
        nullable(async {
            let subject = decode_subject(&id)?;
            if subject.kind == SubjectKind::User {
                let asking = Asking::of(ctx)?;
                let user = asking.caller.require_user()?;
                if user.user_id.0 != subject.id {
                    return Ok(None);
                }
                if let Some(moment) = asking.moment_of_platform(as_of).await? {
                    let whose = (TenantId::PLATFORM, subject);
                    return Ok(subjects::seen_then(asking, whose, moment).await?);
                }
                let found = subjects::find(asking, TenantId::PLATFORM, subject).await?;
                return Ok(found.or_else(|| Some(DataSubject::untouched(subject))));
            }
            let (asking, scope) = Asking::permitted(ctx, Permission::PrivacyManage)?;
            match asking.moment(scope, as_of).await? {
                Some(moment) => {
                    let whose = (scope.tenant, subject);
                    Ok(subjects::seen_then(asking, whose, moment).await?)
                }
                None => Ok(subjects::seen(asking, scope, subject).await?),
            }
        })
        .await
    }

    /// The clients and members to whose data something was done, in the order in which that changed
    /// last. Needs `privacy.manage`.
    async fn data_subjects(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, from the front: 1 to 100; 50 when left out.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many, from the back: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
        #[graphql(desc = "Only those that meet every condition.")] filter: Option<
            DataSubjectFilter,
        >,
        #[graphql(desc = "As of this moment of the past; now when left out.")] as_of: Option<
            AsOfInput,
        >,
    ) -> Option<Result<Connection<DataSubject>>> {
        nullable(async {
            let (asking, scope) = Asking::permitted(ctx, Permission::PrivacyManage)?;
            let request = ListRequest::<DataSubjects> {
                page: PageRequest::of((first, after), (last, before)),
                order: (OnlyOrder, Direction::Ascending),
                filter: filter.unwrap_or_default().read()?,
                moment: asking.moment(scope, as_of).await?,
            };
            let found = request.answer(ctx, (asking, scope)).await?;
            Ok(Some(found.converted(DataSubject::from)))
        })
        .await
    }

    /// How long the tenant keeps what it no longer works with, by kind; what is not listed is kept
    /// until somebody erases it. Needs `privacy.manage`.
    async fn retention(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "As of this moment of the past; now when left out.")] as_of: Option<
            AsOfInput,
        >,
    ) -> Option<Result<Vec<RetentionTerm>>> {
        nullable(async {
            let (asking, scope) = Asking::permitted(ctx, Permission::PrivacyManage)?;
            let stream = retention_id(scope.tenant);
            let store = asking.api.store();
            let terms = match asking.moment(scope, as_of).await? {
                Some(moment) => {
                    store
                        .load_then::<Retention>(scope.tenant, stream, moment)
                        .await
                }
                None => store.load::<Retention>(scope.tenant, stream).await,
            };
            let terms = terms.map_err(Fault::from)?;
            Ok(Some(terms_of(&terms.state)))
        })
        .await
    }
}

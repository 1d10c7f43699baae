//! The tenant as clients of the API see it.

use async_graphql::{ComplexObject, Context, ID, Result, SimpleObject};
use chrono::{DateTime, Utc};
use daybook_domain::kernel::TenantId;
use daybook_domain::tenancy::public::{Permission, Role};
use daybook_domain::tenancy::tenant::{DomainClaim, DomainName};
use daybook_domain::tenancy::{settings, tenant};
use daybook_projections::tenancy::tenant::{TenantRow, current};
use daybook_store::TenantTx;

use super::kinds::{NumberStyle, TenantStatus};
use super::plan::{TenantPlan, TenantUsage};
use crate::access::Scope;
use crate::fault::Fault;
use crate::graphql::{Asking, CurrencyCode, Position, encode_id, nullable};

/// A business on the platform.
#[derive(Debug, Clone, SimpleObject)]
#[graphql(complex)]
pub struct Tenant {
    /// Its id.
    pub(crate) id: ID,
    /// What it is called.
    name: String,
    /// Its name in addresses, for good.
    subdomain: String,
    /// Whether it does business.
    status: TenantStatus,
    /// Why it is suspended; null when it is not.
    suspension_reason: Option<String>,
    /// How it looks.
    brand: TenantBrand,
    /// How it does business.
    settings: TenantSettings,
    /// What it pays and may use; null without `tenant.manage`.
    plan: Option<TenantPlan>,
    /// Its own domains, claimed and verified; null without `tenant.secure`.
    domains: Option<Vec<TenantDomain>>,
    /// From which networks members and keys may come, empty for everywhere; null without
    /// `tenant.secure`.
    ip_allow_list: Option<Vec<String>>,
    /// How members are let in; null without `tenant.secure`.
    security_policy: Option<SecurityPolicy>,
    /// When it was founded.
    created_at: DateTime<Utc>,
    /// When it changed last.
    updated_at: DateTime<Utc>,
    /// How many events it has, for `expectedVersion`.
    version: i64,
    /// The position of its last event in the tenant's log.
    position: Position,
    #[graphql(skip)]
    tenant_id: TenantId,
    #[graphql(skip)]
    sight: TenantSight,
    #[graphql(skip)]
    is_past: bool,
}

/// How a tenant looks; what is null is Daybook's own.
#[derive(Debug, Clone, SimpleObject)]
pub struct TenantBrand {
    /// Where the logo lies.
    logo_url: Option<String>,
    /// The colour of headings and buttons, as `#rrggbb`.
    primary_colour: Option<String>,
    /// The colour that sets things off, as `#rrggbb`.
    accent_colour: Option<String>,
}

/// How a tenant does business, where nothing more particular says otherwise.
#[derive(Debug, Clone, SimpleObject)]
pub struct TenantSettings {
    /// The language of documents and mails, as a BCP 47 tag.
    locale: String,
    /// By whose calendar a day begins, by its IANA name.
    time_zone: String,
    /// The currency of new documents.
    currency: CurrencyCode,
    /// Who numbers invoices.
    number_style: NumberStyle,
    /// Days from an invoice to its due date; 0 is at once.
    payment_terms_days: u16,
}

/// A domain of the tenant's own.
#[derive(Debug, Clone, SimpleObject)]
pub struct TenantDomain {
    /// The domain.
    domain: String,
    /// Since when it is the tenant's; null while that is not proven.
    verified_at: Option<DateTime<Utc>>,
    /// Where the TXT record stands that proves it.
    record_name: String,
    /// What that record has to hold.
    record_value: String,
}

/// How carefully members are let in.
#[derive(Debug, Clone, SimpleObject)]
pub struct SecurityPolicy {
    /// How long a session lives without a refresh, in minutes.
    session_idle_minutes: u32,
    /// How long a session lives at all, in hours.
    session_absolute_hours: u32,
    /// The fewest characters of a member's password.
    password_min_length: u32,
    /// Whether programs may act with keys.
    allow_api_keys: bool,
}

/// How much of the tenant a caller sees.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct TenantSight {
    manages: bool,
    secures: bool,
}

impl TenantSight {
    /// From a place in the tenant.
    pub(super) fn of(scope: &Scope) -> Self {
        Self {
            manages: scope.may(Permission::TenantManage),
            secures: scope.may(Permission::TenantSecure),
        }
    }

    /// By a person's role in it.
    pub(super) fn of_role(role: Role) -> Self {
        Self {
            manages: role.may(Permission::TenantManage),
            secures: role.may(Permission::TenantSecure),
        }
    }
}

#[ComplexObject]
impl Tenant {
    /// How much it uses of what its plan limits; null without `tenant.manage`, and for a moment of
    /// the past.
    async fn usage(&self, ctx: &Context<'_>) -> Option<Result<TenantUsage>> {
        nullable(async {
            if !self.sight.manages || self.is_past {
                return Ok(None);
            }
            let store = Asking::of(ctx)?.api.store();
            let usage = TenantUsage::of(store, self.tenant_id).await;
            Ok(Some(usage.map_err(Fault::from)?))
        })
        .await
    }

    /// Who gets the checkpoints of its history by mail, empty for nobody; null without
    /// `tenant.secure`, and for a moment of the past: addresses are forgotten once they are off the
    /// list.
    async fn checkpoint_recipients(&self, ctx: &Context<'_>) -> Option<Result<Vec<String>>> {
        if !self.sight.secures || self.is_past {
            return None;
        }
        Some(self.recipients(ctx).await)
    }
}

impl Tenant {
    async fn recipients(&self, ctx: &Context<'_>) -> Result<Vec<String>> {
        let store = Asking::of(ctx)?.api.store();
        let found = store.load::<tenant::Tenant>(self.tenant_id, self.tenant_id.0);
        let found = found.await.map_err(Fault::from)?;
        let recipients = found.state.profile().map(|profile| {
            let recipients = profile.checkpoint_recipients.iter();
            recipients.map(ToString::to_string).collect()
        });
        Ok(recipients.unwrap_or_default())
    }

    /// The transaction's own tenant, as far as it is seen; none when the read model lacks it.
    ///
    /// # Errors
    /// When the database is away.
    pub(super) async fn current(
        tx: &mut TenantTx,
        sight: TenantSight,
    ) -> Result<Option<Self>, Fault> {
        let is_past = tx.moment().is_some();
        let found = current(tx).await?.map(|row| Self::shown(row, sight));
        Ok(found.map(|tenant| Self { is_past, ..tenant }))
    }

    fn shown(row: TenantRow, sight: TenantSight) -> Self {
        let domains = row.domains.iter().map(TenantDomain::of).collect();
        let networks = row.ip_allow_list.iter().map(ToString::to_string).collect();
        Self {
            id: encode_id(row.id),
            name: row.name,
            subdomain: row.subdomain.to_string(),
            status: row.status.into(),
            suspension_reason: row.suspension_reason,
            brand: row.brand.into(),
            settings: row.settings.into(),
            plan: sight.manages.then(|| row.plan.into()),
            domains: sight.secures.then_some(domains),
            ip_allow_list: sight.secures.then_some(networks),
            security_policy: sight.secures.then(|| row.security.into()),
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
            position: Position(row.position),
            tenant_id: row.id,
            sight,
            is_past: false,
        }
    }
}

impl TenantDomain {
    fn of((domain, claim): (&DomainName, &DomainClaim)) -> Self {
        Self {
            domain: domain.to_string(),
            verified_at: claim.verified_at,
            record_name: domain.record_name(),
            record_value: DomainName::record_value(&claim.verification_token),
        }
    }
}

impl From<tenant::Branding> for TenantBrand {
    fn from(brand: tenant::Branding) -> Self {
        Self {
            logo_url: brand.logo_url.map(|url| url.to_string()),
            primary_colour: brand.primary_colour.map(|colour| colour.to_string()),
            accent_colour: brand.accent_colour.map(|colour| colour.to_string()),
        }
    }
}

impl From<settings::Settings> for TenantSettings {
    fn from(settings: settings::Settings) -> Self {
        Self {
            locale: settings.locale.as_str().to_owned(),
            time_zone: settings.time_zone.name().to_owned(),
            currency: CurrencyCode(settings.currency),
            number_style: settings.number_style.into(),
            payment_terms_days: settings.payment_terms_days,
        }
    }
}

impl From<settings::SecurityPolicy> for SecurityPolicy {
    fn from(policy: settings::SecurityPolicy) -> Self {
        Self {
            session_idle_minutes: policy.session_idle_minutes,
            session_absolute_hours: policy.session_absolute_hours,
            password_min_length: policy.password_min_length,
            allow_api_keys: policy.allow_api_keys,
        }
    }
}

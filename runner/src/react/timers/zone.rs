//! By whose calendar does a tenant's day begin, and may anything happen there now?

use daybook_domain::kernel::{TenantId, TimeZone};
use daybook_domain::tenancy::tenant::Tenant;
use daybook_store::{Store, StoreError};

/// A tenant's calendar, and whether it does business.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Calendar {
    pub(super) zone: TimeZone,
    /// A suspended or closed tenant changes nothing; its timers wait.
    pub(super) open: bool,
}

pub(super) async fn calendar(store: &Store, tenant: TenantId) -> Result<Calendar, StoreError> {
    let loaded = store.load::<Tenant>(tenant, tenant.0).await?;
    let profile = loaded.state.profile();
    Ok(Calendar {
        zone: profile.map(|it| it.settings.time_zone).unwrap_or_default(),
        open: match &*loaded.state {
            Tenant::Active(_) | Tenant::Unknown => true,
            Tenant::Suspended(_) | Tenant::Closed(_) => false,
        },
    })
}

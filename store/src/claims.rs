//! Who holds a claimed value: the consistent way from an e-mail address, a subdomain or a token's
//! hash to the stream behind it.

use daybook_domain::kernel::{Claim, Realm, TenantId};
use uuid::Uuid;

use crate::error::StoreError;
use crate::store::Store;

impl Store {
    /// The tenant and stream that hold a value in the whole installation, as of now.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn platform_claim(
        &self,
        scope: &str,
        value: &str,
    ) -> Result<Option<(TenantId, Uuid)>, StoreError> {
        let mut connection = self.log_connection().await?;
        find(&mut connection, TenantId::PLATFORM, scope, value).await
    }

    /// The stream that holds a value within the tenant, as of now.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn claim(
        &self,
        tenant: TenantId,
        scope: &str,
        value: &str,
    ) -> Result<Option<Uuid>, StoreError> {
        let mut tx = self.tenant_tx(tenant).await?;
        let found = find(tx.connection(), tenant, scope, value).await?;
        tx.commit().await?;
        Ok(found.map(|(_, stream_id)| stream_id))
    }

    /// Where one of the tenant's counters stands, as of now; 0 when it was never moved.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn counter(&self, tenant: TenantId, name: &str) -> Result<i64, StoreError> {
        let mut tx = self.tenant_tx(tenant).await?;
        let value: Option<i64> =
            sqlx::query_scalar("select value from counters where tenant_id = $1 and name = $2")
                .bind(tenant.0)
                .bind(name)
                .fetch_optional(tx.connection())
                .await?;
        tx.commit().await?;
        Ok(value.unwrap_or_default())
    }
}

/// Under which realm's tenant a value is kept, what kind of value it is, and the value.
pub(crate) type ClaimKey = (TenantId, &'static str, String);

/// What a stream of `tenant` takes or gives back.
pub(crate) fn claim_key(claim: &Claim, tenant: TenantId) -> ClaimKey {
    let (Claim::Take {
        realm,
        scope,
        value,
    }
    | Claim::Release {
        realm,
        scope,
        value,
    }) = claim;
    (realm_tenant(*realm, tenant), *scope, value.clone())
}

fn realm_tenant(realm: Realm, tenant: TenantId) -> TenantId {
    match realm {
        Realm::Tenant => tenant,
        Realm::Platform => TenantId::PLATFORM,
    }
}

async fn find(
    connection: &mut sqlx::PgConnection,
    tenant: TenantId,
    scope: &str,
    value: &str,
) -> Result<Option<(TenantId, Uuid)>, StoreError> {
    let row: Option<(Uuid, Uuid)> = sqlx::query_as(
        "select holder_tenant_id, stream_id from claims \
         where tenant_id = $1 and scope = $2 and value = $3",
    )
    .bind(tenant.0)
    .bind(scope)
    .bind(value)
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|(holder, stream)| (TenantId(holder), stream)))
}

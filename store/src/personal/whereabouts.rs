//! From where did somebody act in a tenant?

use std::collections::BTreeMap;
use std::net::IpAddr;

use chrono::{DateTime, Utc};
use daybook_domain::kernel::TenantId;
use serde::Serialize;
use uuid::Uuid;

use super::address::{Given, beginning};
use crate::error::StoreError;
use crate::store::Store;

/// Positions looked through at a time.
const STRETCH: i64 = 20_000;

/// A network address that somebody acted from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Whereabouts {
    /// The address.
    #[serde(rename = "address")]
    pub ip: IpAddr,
    /// When the first event was recorded that came from there.
    pub first_at: DateTime<Utc>,
    /// When the last one was.
    pub last_at: DateTime<Utc>,
    /// How many there are.
    pub events: u64,
}

impl Store {
    /// The network addresses from which a person acted in a tenant, the latest first. It looks through
    /// the tenant's whole log. Empty once the person is erased.
    ///
    /// # Errors
    /// When the database is away, or their key is under another master key.
    pub async fn whereabouts(
        &self,
        tenant: TenantId,
        subject: Uuid,
    ) -> Result<Vec<Whereabouts>, StoreError> {
        let (head, _) = self.tenant_head(tenant).await?;
        let mut found: BTreeMap<IpAddr, Whereabouts> = BTreeMap::new();
        let mut after = 0;
        while after < head {
            for (ip, at) in self.acted((tenant, subject), after).await? {
                let seen = found.entry(ip).or_insert(Whereabouts {
                    ip,
                    first_at: at,
                    last_at: at,
                    events: 0,
                });
                seen.last_at = at;
                seen.events += 1;
            }
            after += STRETCH;
        }
        let mut found: Vec<Whereabouts> = found.into_values().collect();
        found.sort_by_key(|it| std::cmp::Reverse((it.last_at, it.ip)));
        Ok(found)
    }

    /// From where, and when, in the next stretch of the log.
    async fn acted(
        &self,
        (tenant, subject): (TenantId, Uuid),
        after: i64,
    ) -> Result<Vec<(IpAddr, DateTime<Utc>)>, StoreError> {
        let needle = format!("\"address\":\"{}", beginning(subject));
        let mut tx = self.tenant_tx(tenant).await?;
        let rows: Vec<(Uuid, Vec<u8>, DateTime<Utc>)> = sqlx::query_as(
            "select command_id, request, recorded_at from events \
             where tenant_id = $1 and position > $2 and position <= $3 \
               and position($4::bytea in request) > 0 order by position",
        )
        .bind(tenant.0)
        .bind(after)
        .bind(after + STRETCH)
        .bind(needle.into_bytes())
        .fetch_all(tx.connection())
        .await?;
        tx.commit().await?;
        let commands = rows.iter().map(|(command_id, request, _)| Given {
            tenant,
            command_id: *command_id,
            request,
        });
        let commands: Vec<Given<'_>> = commands.collect();
        let addresses = self.subject_keys().addresses(&commands).await?;
        let acted = rows
            .iter()
            .zip(addresses)
            .filter_map(|((.., at), address)| {
                let address = address.filter(|address| address.of == subject)?;
                Some((address.ip, *at))
            });
        Ok(acted.collect())
    }
}

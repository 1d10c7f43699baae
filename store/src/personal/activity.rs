//! What did somebody do in a tenant, and from where?
//!
//! The actors of all events stand in an index of a few bytes for each hundred of them
//! (`events_actor`): what is read is what they did, and what lies around it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use chrono::{DateTime, Utc};
use daybook_domain::kernel::TenantId;
use futures::TryStreamExt;
use serde::Serialize;
use uuid::Uuid;

use super::address::Given;
use crate::error::StoreError;
use crate::execute::Actor;
use crate::store::Store;

/// Events held at once.
const CHUNK: usize = 2_000;

/// What somebody did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Activity {
    /// The network addresses they acted from, the latest first. None once they are erased.
    pub addresses: Vec<Whereabouts>,
    /// What they did, the latest first.
    #[serde(rename = "activity")]
    pub deeds: Vec<Deeds>,
}

/// A network address that somebody acted from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Whereabouts {
    /// The address.
    #[serde(rename = "address")]
    pub ip: IpAddr,
    /// How often, and when.
    #[serde(flatten)]
    pub times: Times,
}

/// Events of one type that somebody brought about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Deeds {
    /// The type, `context.aggregate.fact`.
    #[serde(rename = "type")]
    pub event_type: String,
    /// How often, and when.
    #[serde(flatten)]
    pub times: Times,
}

/// How many events, and within which time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Times {
    /// When the first one was recorded.
    pub first_at: DateTime<Utc>,
    /// When the last one was.
    pub last_at: DateTime<Utc>,
    /// How many there are.
    pub events: u64,
}

/// What was done, when, and the command, whose request may say from where.
type Row = (String, DateTime<Utc>, Uuid, Vec<u8>);

/// An activity that is being counted.
#[derive(Debug, Default)]
struct Counting {
    addresses: BTreeMap<IpAddr, Times>,
    deeds: BTreeMap<String, Times>,
}

impl Store {
    /// What a data subject of a tenant did there, in person and by programs: every event of these
    /// actors. Addresses are those that were kept for that subject.
    ///
    /// # Errors
    /// When the database is away, or the subject's key is under another master key.
    pub async fn activity(
        &self,
        (tenant, subject): (TenantId, Uuid),
        actors: &[Actor],
    ) -> Result<Activity, StoreError> {
        let mut counting = Counting::default();
        let mut tx = self.tenant_tx(tenant).await?;
        // One by one, and planned for each: for several at once the server reads all of the log.
        for actor in actors {
            let rows = sqlx::query_as(
                "select event_type, recorded_at, command_id, request from events \
                 where tenant_id = $1 and actor = $2",
            );
            let rows = rows.bind(tenant.0).bind(actor.to_string());
            let rows = rows.persistent(false).fetch(tx.connection());
            let mut chunks = rows.try_chunks(CHUNK);
            while let Some(chunk) = chunks.try_next().await.map_err(|error| error.1)? {
                self.count(&mut counting, (tenant, subject), &chunk).await?;
            }
        }
        tx.commit().await?;
        Ok(counting.told())
    }

    async fn count(
        &self,
        counting: &mut Counting,
        (tenant, subject): (TenantId, Uuid),
        rows: &[Row],
    ) -> Result<(), StoreError> {
        let commands = rows.iter().map(|(_, _, command_id, request)| Given {
            tenant,
            command_id: *command_id,
            request,
        });
        let commands: Vec<Given<'_>> = commands.collect();
        let addresses = self.subject_keys().addresses(&commands).await?;
        for ((event_type, at, ..), address) in rows.iter().zip(addresses) {
            if let Some(address) = address.filter(|address| address.of == subject) {
                let times = counting.addresses.entry(address.ip);
                times.or_insert_with(|| Times::none(*at)).count(*at);
            }
            match counting.deeds.get_mut(event_type) {
                Some(times) => times.count(*at),
                None => {
                    let mut times = Times::none(*at);
                    times.count(*at);
                    counting.deeds.insert(event_type.clone(), times);
                }
            }
        }
        Ok(())
    }
}

impl Counting {
    fn told(self) -> Activity {
        let addresses = self.addresses.into_iter();
        let mut addresses: Vec<Whereabouts> = addresses
            .map(|(ip, times)| Whereabouts { ip, times })
            .collect();
        addresses.sort_by_key(|it| std::cmp::Reverse((it.times.last_at, it.ip)));
        let deeds = self.deeds.into_iter();
        let mut deeds: Vec<Deeds> = deeds
            .map(|(event_type, times)| Deeds { event_type, times })
            .collect();
        // By type where the times are the same.
        deeds.sort_by_key(|it| std::cmp::Reverse(it.times.last_at));
        Activity { addresses, deeds }
    }
}

impl Times {
    /// None yet; the first will be at that time.
    fn none(at: DateTime<Utc>) -> Self {
        Self {
            first_at: at,
            last_at: at,
            events: 0,
        }
    }

    fn count(&mut self, at: DateTime<Utc>) {
        self.first_at = self.first_at.min(at);
        self.last_at = self.last_at.max(at);
        self.events += 1;
    }
}

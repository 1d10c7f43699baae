//! What did somebody do in a tenant, and from where?
//!
//! An index says for each few hundred events which actors may be among them (`events_actor`): what is
//! read is what they did, and what lies around it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use chrono::{DateTime, Utc};
use daybook_domain::kernel::TenantId;
use serde::Serialize;
use sqlx::Executor;
use uuid::Uuid;

use super::address::Given;
use crate::error::StoreError;
use crate::execute::Actor;
use crate::store::Store;

/// Events held at once.
const CHUNK: usize = 2_000;
/// Events that are looked at; whoever brought about more is a program, and is told of so many.
const MOST: usize = 500_000;
/// Actors that are looked for.
const MOST_ACTORS: usize = 100;

/// Somebody as they act in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acting {
    /// Who.
    pub actor: Actor,
    /// From this position of the tenant on; what they did before is not meant.
    pub from: i64,
    /// Up to this position; none where there is no end.
    pub until: Option<i64>,
}

/// What somebody did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Activity {
    /// The network addresses they acted from, the latest first. None once they are erased.
    pub addresses: Vec<Whereabouts>,
    /// What they did, the latest first.
    #[serde(rename = "activity")]
    pub deeds: Vec<Deeds>,
    /// Whether that is all: of a program with very many events, or of very many programs, it is not.
    #[serde(rename = "activityIsWhole")]
    pub is_whole: bool,
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

/// What was done, when, where in the log, and the command, whose request may say from where.
type Row = (String, DateTime<Utc>, i64, Uuid, Vec<u8>);

/// An activity that is being counted.
#[derive(Debug, Default)]
struct Counting {
    addresses: BTreeMap<IpAddr, Times>,
    deeds: BTreeMap<String, Times>,
    /// Events that were looked at.
    seen: usize,
}

impl Acting {
    /// For as long as the log is.
    pub fn always(actor: Actor) -> Self {
        Self {
            actor,
            from: 0,
            until: None,
        }
    }

    fn meant(&self, position: i64) -> bool {
        position >= self.from && self.until.is_none_or(|until| position <= until)
    }
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
        acting: &[Acting],
    ) -> Result<Activity, StoreError> {
        let mut counting = Counting::default();
        let fetch = format!("fetch {CHUNK} from acts");
        let mut tx = self.tenant_tx(tenant).await?;
        // One by one, and planned for each: for several at once the server reads all of the log.
        for acting in acting.iter().take(MOST_ACTORS) {
            tx.connection()
                .execute(cursor(tenant, &acting.actor).as_str())
                .await?;
            while counting.seen < MOST {
                let chunk: Vec<Row> = sqlx::query_as(&fetch).fetch_all(tx.connection()).await?;
                let ended = chunk.len() < CHUNK;
                counting.seen += chunk.len();
                let meant = chunk.into_iter().filter(|row| acting.meant(row.2));
                let meant: Vec<Row> = meant.collect();
                self.count(&mut counting, (tenant, subject), &meant).await?;
                if ended {
                    break;
                }
            }
            tx.connection().execute("close acts").await?;
        }
        tx.commit().await?;
        let is_whole = acting.len() <= MOST_ACTORS && counting.seen < MOST;
        Ok(counting.told(is_whole))
    }

    async fn count(
        &self,
        counting: &mut Counting,
        (tenant, subject): (TenantId, Uuid),
        rows: &[Row],
    ) -> Result<(), StoreError> {
        let commands = rows.iter().map(|(.., command_id, request)| Given {
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
    fn told(self, is_whole: bool) -> Activity {
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
        Activity {
            addresses,
            deeds,
            is_whole,
        }
    }
}

/// Opens a cursor over the events of an actor, planned for reading all of them. What is not fetched any
/// more, since whoever asked has gone, is not read. A statement of this kind binds no values; an actor
/// is an id or a name of ours, and neither text holds anything that could end a literal.
fn cursor(tenant: TenantId, actor: &Actor) -> String {
    format!(
        "set local cursor_tuple_fraction = 1; \
         declare acts no scroll cursor for \
           select event_type, recorded_at, position, command_id, request from events \
           where tenant_id = '{tenant}' and actor = '{actor}'"
    )
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

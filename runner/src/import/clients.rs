//! Which client is a party of the file?

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use daybook_domain::crm::client::{Client, EXTERNAL_ID};
use daybook_domain::crm::public::{ClientFacts, Country};
use daybook_domain::kernel::ClientId;
use daybook_store::{ExecuteError, Refused, Store, StoreError};
use tokio::sync::OnceCell;

use super::commands::{Desk, Ids, Party};
use super::trial::{Failed, Trial};

/// The clients that documents are made out to: found, or registered on first sight.
#[derive(Debug)]
pub(super) struct Clients {
    store: Store,
    desk: Desk,
    found: Mutex<HashMap<Party, Arc<OnceCell<ClientId>>>>,
    registered: AtomicU64,
}

/// Whether the tenant has a party.
enum Found {
    There(ClientId),
    /// It would be registered under these ids, after so many of it that were erased.
    Missing(Ids, u32),
}

impl Clients {
    pub(super) fn new(store: Store, desk: Desk) -> Self {
        Self {
            store,
            desk,
            found: Mutex::default(),
            registered: AtomicU64::new(0),
        }
    }

    /// How many were registered that were not there before.
    pub(super) fn registered(&self) -> u64 {
        self.registered.load(Ordering::Relaxed)
    }

    /// Whether the tenant has the party already, or can have it without a new identity.
    pub(super) async fn has(&self, party: &Party, trial: &Trial) -> Result<bool, Failed> {
        if self.cell(party).initialized() {
            return Ok(true);
        }
        let find = async || Ok(self.find(party).await?);
        Ok(match (party, trial.run(find).await?) {
            (_, Found::There(_)) | (Party::WalkIn(_), Found::Missing(_, 0)) => true,
            (Party::WalkIn(_) | Party::Known(_), Found::Missing(..)) => false,
        })
    }

    /// The client as of now.
    pub(super) async fn facts(
        &self,
        party: &Party,
        country: Option<&Country>,
        trial: &Trial,
    ) -> Result<ClientFacts, Failed> {
        let cell = self.cell(party);
        // One asks, the others wait for the answer; under the same ids however often it tries.
        let find = async || {
            let find = async || Ok(self.find(party).await?);
            match trial.run(find).await? {
                Found::There(client_id) => Ok(client_id),
                Found::Missing(ids, _) => {
                    let register = || self.register((party, ids), country);
                    trial.run(register).await
                }
            }
        };
        let client_id = *cell.get_or_try_init(find).await?;
        trial.run(|| self.load(client_id)).await
    }

    fn cell(&self, party: &Party) -> Arc<OnceCell<ClientId>> {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(found.entry(party.clone()).or_default())
    }

    async fn load(&self, client_id: ClientId) -> Result<ClientFacts, ExecuteError> {
        let tenant = self.desk.tenant;
        let client = self.store.load::<Client>(tenant, client_id).await?;
        client.state.facts().ok_or_else(|| {
            let message = format!("client {client_id} was erased while documents came in");
            ExecuteError::Refused(Refused {
                code: "CLIENT_ERASED",
                message,
                field: "",
            })
        })
    }

    async fn register(
        &self,
        (party, ids): (&Party, Ids),
        country: Option<&Country>,
    ) -> Result<ClientId, ExecuteError> {
        let client_id = ids.client_id;
        let (register, context) = self.desk.register((party, ids), country);
        let registered = self
            .store
            .batch(self.desk.tenant, context)
            .and_new(client_id, register)
            .execute()
            .await;
        match registered {
            Ok(receipt) => {
                let is_new = !receipt.replayed && !receipt.events.is_empty();
                self.registered
                    .fetch_add(u64::from(is_new), Ordering::Relaxed);
                Ok(client_id)
            }
            // Somebody else registered it between the look and the command.
            Err(ExecuteError::Refused(refused)) if refused.code == "EXTERNAL_ID_TAKEN" => {
                match self.find(party).await? {
                    Found::There(client_id) => Ok(client_id),
                    Found::Missing(..) => Err(ExecuteError::Refused(refused)),
                }
            }
            Err(error) => Err(error),
        }
    }

    async fn find(&self, party: &Party) -> Result<Found, StoreError> {
        let tenant = self.desk.tenant;
        match party {
            Party::Known(external_id) => {
                let holder = self.store.claim(tenant, EXTERNAL_ID, external_id).await?;
                let missing = || Found::Missing(party.ids(tenant, 0), 0);
                Ok(holder.map_or_else(missing, |it| Found::There(ClientId(it))))
            }
            Party::WalkIn(_) => {
                let mut erased = 0;
                loop {
                    let ids = party.ids(tenant, erased);
                    let client = self.store.load::<Client>(tenant, ids.client_id).await?;
                    if client.version == 0 {
                        return Ok(Found::Missing(ids, erased));
                    }
                    if client.state.facts().is_some() {
                        return Ok(Found::There(ids.client_id));
                    }
                    erased += 1;
                }
            }
        }
    }
}

//! The API's shared state: what every request can reach.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use daybook_domain::kernel::{Digest, TenantId};
use daybook_projections::engine::Positions;
use daybook_projections::past::Pasts;
use daybook_store::Store;
use moka::sync::Cache;
use uuid::Uuid;

use crate::access::{Attempts, Backoff, HashingError, PasswordHasher, RightsWatch, digest_of};
use crate::door::RateLimits;
use crate::tenancy::TxtLookup;

/// Mails about an account that strangers can cause: so many at once, then one at a time.
const MAILS_AT_ONCE: u32 = 5;
const MAIL_EVERY: Duration = Duration::from_secs(10 * 60);

/// Why a stranger causes a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Cause {
    /// Another password is asked for.
    Reset,
    /// An address is to be verified.
    Verification,
    /// Somebody signs up who has an account.
    SignUp,
    /// A tenant invites.
    Invitation,
}

/// Whose mails are counted together.
type Counted = (Cause, Digest);

/// What mails of that cause to an address are counted under.
fn counted(cause: Cause, email: &str) -> Counted {
    (cause, digest_of(&email.to_lowercase()))
}

/// How the API behaves.
#[derive(Debug, Clone)]
pub struct ApiOptions {
    /// Where clients reach us, without a slash at the end: `https://app.example.com`. Links in
    /// mails begin with it.
    pub public_url: String,
    /// GraphiQL is served and errors may say more: never on the internet.
    pub development: bool,
    /// Origins of web pages that may call us with cookies, exactly as browsers send them.
    pub origins: Vec<String>,
    /// Password hashes at a time; each takes 19 MiB.
    pub hashes_at_once: usize,
    /// Requests a minute for each user or key, in place of what the tenant's plan says.
    pub requests_per_minute: Option<NonZeroU32>,
    /// How long a mutation waits for its read model before it says `CONSISTENCY_TIMEOUT`.
    pub patience: Duration,
    /// Where archives of exports are kept, as the process that makes them has it.
    pub exports: PathBuf,
    /// Who looks up what proves a domain.
    pub txt: Arc<dyn TxtLookup>,
    /// What time it is.
    pub clock: fn() -> DateTime<Utc>,
}

impl ApiOptions {
    /// Whether a page of this origin may call us with cookies.
    pub(crate) fn trusts(&self, origin: &str) -> bool {
        self.origins.iter().any(|listed| listed == origin)
    }
}

/// The API behind all its ways in. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Api {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    store: Store,
    positions: Positions,
    pasts: Pasts,
    read_models: Vec<&'static str>,
    passwords: PasswordHasher,
    backoff: Backoff,
    mails: Attempts<Counted>,
    rights: RightsWatch,
    keys: Cache<String, (TenantId, Uuid)>,
    rates: RateLimits,
    options: ApiOptions,
}

impl Api {
    /// The API over a log and its read models.
    ///
    /// # Errors
    /// When argon2 refuses its parameters, which would be a bug.
    pub fn new(
        store: Store,
        positions: Positions,
        options: ApiOptions,
    ) -> Result<Self, HashingError> {
        let projections = daybook_projections::all();
        let builder = (mint_id(), options.clock);
        let inner = Inner {
            pasts: Pasts::new(&store, projections, builder),
            store,
            positions,
            read_models: daybook_projections::all()
                .iter()
                .map(|one| one.name())
                .collect(),
            passwords: PasswordHasher::new(options.hashes_at_once)?,
            backoff: Backoff::default(),
            mails: Attempts::new(MAILS_AT_ONCE, MAIL_EVERY),
            rights: RightsWatch::default(),
            keys: Cache::new(10_000),
            rates: RateLimits::new(options.requests_per_minute),
            options,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// The log.
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// How far the read models are.
    pub fn positions(&self) -> &Positions {
        &self.inner.positions
    }

    /// What was.
    pub fn pasts(&self) -> &Pasts {
        &self.inner.pasts
    }

    /// The names of all read models.
    pub(crate) fn read_models(&self) -> &[&'static str] {
        &self.inner.read_models
    }

    /// The password hasher.
    pub fn passwords(&self) -> &PasswordHasher {
        &self.inner.passwords
    }

    /// How often a password may be guessed.
    pub(crate) fn backoff(&self) -> &Backoff {
        &self.inner.backoff
    }

    /// Whether a stranger may cause one more mail to this address now. Each cause has its own count, so
    /// that nobody keeps another one's mails away.
    pub(crate) fn may_mail(&self, cause: Cause, email: &str) -> bool {
        let taken = self.inner.mails.take(&counted(cause, email));
        if taken.is_err() {
            tracing::warn!(
                ?cause,
                "a mail that a stranger asked for was not sent: too many to one address"
            );
        }
        taken.is_ok()
    }

    /// The mail was not sent after all.
    pub(crate) fn did_not_mail(&self, cause: Cause, email: &str) {
        self.inner.mails.give_back(&counted(cause, email));
    }

    /// Who is told when their rights may have changed. Its task must be running.
    pub fn rights(&self) -> &RightsWatch {
        &self.inner.rights
    }

    /// The buckets that requests are taken from.
    pub fn rates(&self) -> &RateLimits {
        &self.inner.rates
    }

    /// Which key a public part is of, for those that were used lately.
    pub(crate) fn known_keys(&self) -> &Cache<String, (TenantId, Uuid)> {
        &self.inner.keys
    }

    /// How it behaves.
    pub fn options(&self) -> &ApiOptions {
        &self.inner.options
    }

    /// What time it is.
    pub fn now(&self) -> DateTime<Utc> {
        (self.inner.options.clock)()
    }

    /// A new identity, for what no client names.
    pub fn mint_id(&self) -> Uuid {
        mint_id()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the API is the edge at which ids are minted"
)]
fn mint_id() -> Uuid {
    Uuid::now_v7()
}

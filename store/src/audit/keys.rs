//! What checkpoints are signed with: keys that rotate with overlap, sealed under the master key.
//!
//! A key belongs to the installation and signs for every tenant, each time under the name of that
//! tenant's log. The newest key always signs; the ones before it go on until their overlap ends.
//! Public halves are kept for ever, since what they signed is.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use daybook_audit::note::{KeyError, PublicKey, Signer};
use sha2::{Digest, Sha256};
use sqlx::{FromRow, PgConnection, PgPool};
use thiserror::Error;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::tx::SealTx;
use crate::error::StoreError;
use crate::execute::Origin;
use crate::store::Store;
use crate::tenant_tx::begin_whole;
use crate::vault::{MasterKey, VaultError, random};

/// One process at a time makes keys.
const LOCK: &str = "select pg_advisory_xact_lock(7306)";

/// A key that signs or signed; its public half.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownKey {
    /// Its identity here; notes know it by four bytes of a digest.
    pub key_id: Uuid,
    /// Ed25519, 32 bytes.
    pub public: [u8; 32],
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it stops signing beside its successor; none while it is the newest.
    pub signs_until: Option<DateTime<Utc>>,
}

/// The keys cannot be used.
#[derive(Debug, Error)]
pub enum KeyringError {
    /// They were sealed under another master key.
    #[error(
        "the master key does not open the keys of this database: it is not the one that they were \
         sealed under"
    )]
    WrongMasterKey,
    /// The database knows keys, and their private halves are gone.
    #[error(
        "the private halves of the signing keys are missing (schema keys): restore them from \
         their backup, or make a new key with `daybook audit keys rotate`"
    )]
    Lost,
    /// No randomness to make a key from.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// A stored key is none.
    #[error("a stored signing key is damaged: {0}")]
    Damaged(#[from] KeyError),
    /// The database is away.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for KeyringError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

/// The keys of an installation, opened.
pub struct Keyring {
    master: MasterKey,
    known: Vec<KnownKey>,
    /// Secrets by key, of those that may sign.
    secrets: Vec<(Uuid, [u8; 32])>,
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keyring")
            .field("known", &self.known)
            .finish_non_exhaustive()
    }
}

#[derive(FromRow)]
struct KeyRow {
    key_id: Uuid,
    public_key: Vec<u8>,
    created_at: DateTime<Utc>,
    signs_until: Option<DateTime<Utc>>,
}

impl Keyring {
    /// Opens the keys; makes the first one in a database that never had any.
    ///
    /// # Errors
    /// When the master key is another one, private halves are missing, or the database is away.
    pub async fn open(store: &Store, master: MasterKey) -> Result<Self, KeyringError> {
        let mut tx = store.seal_tx().await?;
        sqlx::query(LOCK).execute(tx.connection()).await?;
        let sealed: i64 = sqlx::query_scalar("select count(*) from keys.signing_keys")
            .fetch_one(tx.connection())
            .await?;
        let mut ring = Self {
            master,
            known: known(tx.connection()).await?,
            secrets: Vec::new(),
        };
        if ring.known.is_empty() && sealed == 0 {
            make(&mut tx, &ring.master, store.now()).await?;
            ring.known = known(tx.connection()).await?;
        }
        ring.unseal(tx.connection(), store.now()).await?;
        tx.commit().await?;
        Ok(ring)
    }

    /// Looks for keys that were made since, and forgets those whose overlap is over.
    pub(super) async fn refresh(
        &mut self,
        connection: &mut PgConnection,
        now: DateTime<Utc>,
    ) -> Result<(), KeyringError> {
        let known = known(connection).await?;
        let ended = |key: &KnownKey| !signs(key, now) && self.has_secret(key.key_id);
        if known != self.known || known.iter().any(ended) {
            self.known = known;
            self.unseal(connection, now).await?;
        }
        Ok(())
    }

    /// Keys that sign, by their identities: who made signers of them knows when to make new ones.
    pub(super) fn signing(&self) -> Vec<Uuid> {
        self.secrets.iter().map(|(key_id, _)| *key_id).collect()
    }

    /// Signers for a log, the newest key first.
    pub(super) fn signers(&self, origin: &str) -> Result<Vec<Signer>, KeyError> {
        let secrets = self.secrets.iter();
        secrets
            .map(|(_, secret)| Signer::try_new(origin, secret))
            .collect()
    }

    /// Every key that ever signed, the oldest first.
    pub(super) fn known(&self) -> &[KnownKey] {
        &self.known
    }

    fn has_secret(&self, key: Uuid) -> bool {
        self.secrets.iter().any(|(key_id, _)| *key_id == key)
    }

    async fn unseal(
        &mut self,
        connection: &mut PgConnection,
        now: DateTime<Utc>,
    ) -> Result<(), KeyringError> {
        let mut secrets = Vec::new();
        for key in self.known.iter().filter(|key| signs(key, now)) {
            let sealed: Option<Vec<u8>> =
                sqlx::query_scalar("select sealed from keys.signing_keys where key_id = $1")
                    .bind(key.key_id)
                    .fetch_optional(&mut *connection)
                    .await?;
            let sealed = sealed.ok_or(KeyringError::Lost)?;
            secrets.push((key.key_id, open(&self.master, key, &sealed)?));
        }
        if secrets.is_empty() {
            return Err(KeyringError::Lost);
        }
        secrets.reverse();
        self.secrets = secrets;
        Ok(())
    }
}

impl Store {
    /// Every key that ever signed, the oldest first; empty before the first start.
    ///
    /// # Errors
    /// When the database is away.
    pub async fn signing_keys(&self) -> Result<Vec<KnownKey>, StoreError> {
        let mut tx = self.seal_tx().await?;
        let known = known(tx.connection()).await?;
        tx.commit().await?;
        Ok(known)
    }

    /// Makes a new signing key. Those before it sign beside it for `overlap` at most: one that an
    /// earlier rotation gave less stops when that said, so nothing goes on signing after an overlap
    /// of zero. Sealers that run take it up with the next checkpoint. `by`: who had it made, and why,
    /// for [`Store::rotations_to_note`].
    ///
    /// # Errors
    /// When the master key is not the one of the keys that are there, or the database is away.
    pub async fn rotate_signing_key(
        &self,
        master: &MasterKey,
        overlap: Duration,
        by: &Origin,
    ) -> Result<KnownKey, KeyringError> {
        let now = self.now();
        let mut tx = self.seal_tx().await?;
        sqlx::query(LOCK).execute(tx.connection()).await?;
        let sealed: Vec<(Uuid, Vec<u8>)> =
            sqlx::query_as("select key_id, sealed from keys.signing_keys")
                .fetch_all(tx.connection())
                .await?;
        for key in known(tx.connection()).await? {
            if let Some((_, sealed)) = sealed.iter().find(|(key_id, _)| *key_id == key.key_id) {
                open(master, &key, sealed)?;
            }
        }
        let overlap = TimeDelta::from_std(overlap).unwrap_or(TimeDelta::MAX);
        let until = now.checked_add_signed(overlap);
        sqlx::query(
            "update audit_keys set signs_until = case when key_id = any ($2) \
               then least(signs_until, coalesce($1, 'infinity'::timestamptz)) \
               else clock_timestamp() end \
             where signs_until is null or signs_until > clock_timestamp()",
        )
        .bind(until)
        .bind(sealed.iter().map(|(key_id, _)| *key_id).collect::<Vec<_>>())
        .execute(tx.connection())
        .await?;
        let key = make(&mut tx, master, now).await?;
        sqlx::query(
            "update audit_keys set noted = false, operator = $2, reason = $3 where key_id = $1",
        )
        .bind(key.key_id)
        .bind(&by.operator)
        .bind(&by.reason)
        .execute(tx.connection())
        .await?;
        tx.commit().await?;
        Ok(key)
    }
}

/// The keys under the name of a log.
pub(super) fn named(keys: &[KnownKey], origin: &str) -> Result<Vec<PublicKey>, KeyError> {
    keys.iter()
        .map(|key| PublicKey::try_new(origin, &key.public))
        .collect()
}

/// Public halves, the oldest first.
pub(super) async fn known(connection: &mut PgConnection) -> Result<Vec<KnownKey>, StoreError> {
    let rows: Vec<KeyRow> = sqlx::query_as(
        "select key_id, public_key, created_at, signs_until from audit_keys \
         order by created_at, key_id",
    )
    .fetch_all(connection)
    .await?;
    let key = |row: KeyRow| {
        let public = row.public_key.try_into();
        let public = public.map_err(|_| StoreError::Broken("a public key has 32 bytes".into()))?;
        Ok(KnownKey {
            key_id: row.key_id,
            public,
            created_at: row.created_at,
            signs_until: row.signs_until,
        })
    };
    rows.into_iter().map(key).collect()
}

async fn make(
    tx: &mut SealTx,
    master: &MasterKey,
    now: DateTime<Utc>,
) -> Result<KnownKey, KeyringError> {
    let secret: [u8; 32] = random()?;
    // Its name does not matter here: the key is the same under every name.
    let public = Signer::try_new("daybook", &secret)?.public().bytes();
    let key = KnownKey {
        key_id: id_of(&public),
        public,
        created_at: now,
        signs_until: None,
    };
    let sealed = master.seal(&purpose(key.key_id), &secret)?;
    sqlx::query("insert into audit_keys (key_id, public_key, created_at) values ($1, $2, $3)")
        .bind(key.key_id)
        .bind(key.public.as_slice())
        .bind(key.created_at)
        .execute(tx.connection())
        .await?;
    sqlx::query("insert into keys.signing_keys (key_id, sealed, master_id) values ($1, $2, $3)")
        .bind(key.key_id)
        .bind(sealed)
        .bind(master.id().as_slice())
        .execute(tx.connection())
        .await?;
    Ok(key)
}

/// Puts the keys under the master key, those that it opens through another one; how many that were.
/// All at once: there are few.
///
/// # Errors
/// When one does not open, or the database is away.
pub(crate) async fn rewrap_signing_keys(
    pool: &PgPool,
    master: &MasterKey,
) -> Result<u64, KeyringError> {
    let mut tx = begin_whole(pool, "begin".to_owned()).await?;
    sqlx::query("set local synchronous_commit = on")
        .execute(&mut *tx)
        .await?;
    let rows: Vec<(Uuid, Vec<u8>)> = sqlx::query_as(
        "select key_id, sealed from keys.signing_keys \
         where master_id is distinct from $1 order by key_id for update",
    )
    .bind(master.id().as_slice())
    .fetch_all(&mut *tx)
    .await?;
    let mut done = 0;
    for (key_id, sealed) in rows {
        let secret = master.open(&purpose(key_id), &sealed).map(Zeroizing::new);
        let secret = secret.map_err(|_| KeyringError::WrongMasterKey)?;
        sqlx::query("update keys.signing_keys set sealed = $2, master_id = $3 where key_id = $1")
            .bind(key_id)
            .bind(master.seal(&purpose(key_id), &secret)?)
            .bind(master.id().as_slice())
            .execute(&mut *tx)
            .await?;
        done += 1;
    }
    tx.commit().await?;
    Ok(done)
}

/// The secret of a key, which must be the other half of the public one.
fn open(master: &MasterKey, key: &KnownKey, sealed: &[u8]) -> Result<[u8; 32], KeyringError> {
    let opened = master.open(&purpose(key.key_id), sealed);
    let opened = opened.map_err(|_| KeyringError::WrongMasterKey)?;
    let secret: [u8; 32] = opened
        .try_into()
        .map_err(|_| KeyringError::WrongMasterKey)?;
    let public = Signer::try_new("daybook", &secret)?.public().bytes();
    if public != key.public {
        return Err(KeyringError::WrongMasterKey);
    }
    Ok(secret)
}

fn signs(key: &KnownKey, now: DateTime<Utc>) -> bool {
    key.signs_until.is_none_or(|until| until > now)
}

fn purpose(key: Uuid) -> Vec<u8> {
    let mut purpose = b"daybook signing key v1\0".to_vec();
    purpose.extend(key.as_bytes());
    purpose
}

/// Half of the public key's digest.
fn id_of(public: &[u8; 32]) -> Uuid {
    let digest: [u8; 32] = Sha256::digest(public).into();
    let (half, _) = digest.split_at(16);
    let half = half.try_into().unwrap_or_default();
    uuid::Builder::from_custom_bytes(half).into_uuid()
}

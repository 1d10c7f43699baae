//! Password hashes: argon2id, at most so many at once, the same time for everybody.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::PasswordHash as Phc;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use daybook_domain::identity::password::PasswordHash;
use thiserror::Error;
use tokio::sync::Semaphore;
use zxcvbn::Score;

/// OWASP's second choice of parameters: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// How long a caller waits for a free place before being told to come back.
const PATIENCE: Duration = Duration::from_secs(3);

/// Hashes and checks passwords, a bounded number at a time.
#[derive(Debug, Clone)]
pub struct PasswordHasher {
    places: Arc<Semaphore>,
    /// Of a password nobody has: checked when there is no user, so that a stranger cannot tell.
    decoy: Arc<str>,
}

/// No hash was made.
#[derive(Debug, Error)]
pub enum HashingError {
    /// All places stayed busy.
    #[error("too many sign-ins at once; try again in a moment")]
    Busy,
    /// A bug: the parameters or a kept hash are not what argon2 takes.
    #[error("a password could not be hashed: {0}")]
    Broken(String),
}

impl PasswordHasher {
    /// A hasher that makes at most `at_once` hashes at a time.
    ///
    /// # Errors
    /// Never with the parameters of this module.
    pub fn new(at_once: usize) -> Result<Self, HashingError> {
        let decoy = hash(b"a password that nobody has")?;
        Ok(Self {
            places: Arc::new(Semaphore::new(at_once)),
            decoy: decoy.into(),
        })
    }

    /// A new hash.
    ///
    /// # Errors
    /// When all places stay busy.
    pub async fn hash(&self, password: &str) -> Result<PasswordHash, HashingError> {
        let password = password.as_bytes().to_vec();
        let text = self.run(move || hash(&password)).await?;
        Ok(PasswordHash::new(text))
    }

    /// Whether the password is the one of `kept`. Without a kept hash the answer is no, and takes
    /// as long.
    ///
    /// # Errors
    /// When all places stay busy.
    pub async fn verify(
        &self,
        password: &str,
        kept: Option<&PasswordHash>,
    ) -> Result<bool, HashingError> {
        let password = password.as_bytes().to_vec();
        let known = kept.is_some();
        let kept = kept.map_or_else(|| self.decoy.to_string(), |kept| kept.as_phc().to_owned());
        let right = self.run(move || verify(&password, &kept)).await?;
        Ok(right && known)
    }

    /// What an estimate of a password's strength says of it; `words` are those that somebody who
    /// knows the user would try. Bounded like hashes, for it takes about as long.
    ///
    /// # Errors
    /// When all places stay busy.
    pub async fn strength(
        &self,
        password: &str,
        words: Vec<String>,
    ) -> Result<Score, HashingError> {
        let password = password.to_owned();
        let estimate = move || {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            Ok(zxcvbn::zxcvbn(&password, &words).score())
        };
        self.run(estimate).await
    }

    /// Whether a kept hash was made with other parameters than today's.
    pub fn is_outdated(kept: &PasswordHash) -> bool {
        let current = format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}$");
        !kept.as_phc().starts_with(&current)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, HashingError> + Send + 'static,
    ) -> Result<T, HashingError> {
        let place = tokio::time::timeout(PATIENCE, self.places.clone().acquire_owned()).await;
        let Ok(Ok(place)) = place else {
            return Err(HashingError::Busy);
        };
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(place);
            done
        });
        done.await
            .map_err(|error| HashingError::Broken(error.to_string()))?
    }
}

fn argon2() -> Result<Argon2<'static>, HashingError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(broken)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(password: &[u8]) -> Result<String, HashingError> {
    Ok(argon2()?
        .hash_password(password)
        .map_err(broken)?
        .to_string())
}

/// With the parameters the kept hash names.
fn verify(password: &[u8], kept: &str) -> Result<bool, HashingError> {
    let kept = Phc::new(kept).map_err(broken)?;
    Ok(argon2()?.verify_password(password, &kept).is_ok())
}

fn broken(error: impl std::fmt::Display) -> HashingError {
    HashingError::Broken(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn knows_the_right_password_and_no_other() {
        let hasher = PasswordHasher::new(2).unwrap();
        let kept = hasher.hash("correct horse").await.unwrap();
        assert!(kept.as_phc().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(hasher.verify("correct horse", Some(&kept)).await.unwrap());
        assert!(!hasher.verify("correct horse ", Some(&kept)).await.unwrap());
        assert!(
            !hasher
                .verify("a password that nobody has", None)
                .await
                .unwrap()
        );
        assert!(!PasswordHasher::is_outdated(&kept));
    }
}

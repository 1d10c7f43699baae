//! Secrets handed to clients: how they are made, and what is kept of them.

use daybook_domain::identity::session::Salt;
use daybook_domain::kernel::{Digest, SessionId};
use rand::TryRng;
use rand::rngs::SysRng;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::fault::Fault;

/// The fewest characters of a run that may be a secret: 256 bits have 43 even in the densest form that
/// links take, and a UUID, which is none, has 36.
const SHORTEST_SECRET: usize = 40;
/// What stands where a secret was.
const LEFT_OUT: &str = "(left out)";

/// A secret of 256 random bits, shown to its owner once; Daybook keeps its digest.
///
/// A session's tokens begin with the session they are of, so that it is found without a search:
/// `018f….5c1d…`. The digest covers the whole text.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretToken(String);

impl std::fmt::Debug for SecretToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecretToken(…)")
    }
}

impl SecretToken {
    /// A new secret.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn mint() -> Result<Self, Fault> {
        Ok(Self(hex::encode(random::<32>()?)))
    }

    /// A new secret of a session.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn mint_for(session: SessionId) -> Result<Self, Fault> {
        Ok(Self::of_session(session, &hex::encode(random::<32>()?)))
    }

    /// The session that a token is of; none when its text does not name one.
    pub fn session(&self) -> Option<SessionId> {
        let (session, secret) = self.0.split_once('.')?;
        let session = Uuid::try_parse(session)
            .ok()
            .filter(|_| session.len() == 32)?;
        (secret.len() == 64).then_some(SessionId(session))
    }

    fn of_session(session: SessionId, secret: &str) -> Self {
        Self(format!("{}.{secret}", session.0.simple()))
    }

    /// A secret that came from a client.
    pub fn presented(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The secret itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub fn digest(&self) -> Digest {
        digest_of(&self.0)
    }
}

/// What is kept of a secret.
pub fn digest_of(secret: &str) -> Digest {
    Digest::new(Sha256::digest(secret).into())
}

/// A text that we wrote without the secrets in it, for readers who may know of it and not act by it. Told
/// by their form, so that a mail that is yet to be thought of hides its own as well.
pub(crate) fn without_secrets(text: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let mut told = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(from) = rest.find(is_part) {
        let (before, run) = rest.split_at(from);
        let (run, after) = run.split_at(run.find(|c| !is_part(c)).unwrap_or(run.len()));
        let is_secret = run.len() >= SHORTEST_SECRET;
        told.push_str(before);
        told.push_str(if is_secret { LEFT_OUT } else { run });
        rest = after;
    }
    told.push_str(rest);
    told
}

/// A new salt.
///
/// # Errors
/// When the operating system has no randomness to give.
pub fn mint_salt() -> Result<Salt, Fault> {
    Ok(Salt::new(random()?))
}

/// The token that follows `parent`: whoever holds only the parent or only the salt cannot compute
/// it, so that a lost answer can be given again without the successor ever being kept.
///
/// `purpose` separates the refresh token from the access token of the same pair.
pub fn successor_of(
    session: SessionId,
    parent: &SecretToken,
    salt: &Salt,
    purpose: &str,
) -> SecretToken {
    let mut hash = Sha256::new();
    hash.update(b"daybook token successor v1\0");
    hash.update(purpose);
    hash.update(b"\0");
    hash.update(salt.as_bytes());
    hash.update(parent.reveal());
    SecretToken::of_session(session, &hex::encode(hash.finalize()))
}

pub(super) fn random<const N: usize>() -> Result<[u8; N], Fault> {
    let mut bytes = [0; N];
    SysRng.try_fill_bytes(&mut bytes).map_err(|error| {
        tracing::error!(%error, "the operating system gives no randomness");
        Fault::internal()
    })?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_successor_depends_on_parent_salt_and_purpose() {
        let session = SessionId(Uuid::from_u128(5));
        let successor = |parent: &str, salt: [u8; 16], purpose: &str| {
            let parent = SecretToken::presented(parent);
            successor_of(session, &parent, &Salt::new(salt), purpose)
        };
        let one = successor("parent", [1; 16], "refresh");
        assert_eq!(one, successor("parent", [1; 16], "refresh"));
        assert_ne!(one, successor("parent", [2; 16], "refresh"));
        assert_ne!(one, successor("other", [1; 16], "refresh"));
        assert_ne!(one, successor("parent", [1; 16], "access"));
        assert_eq!(one.session(), Some(session));
    }

    #[test]
    fn names_its_session() {
        let session = SessionId(Uuid::from_u128(7));
        let token = SecretToken::mint_for(session).unwrap();
        assert_eq!(token.session(), Some(session));
        for bad in ["", ".", "x.y", "00000000000000000000000000000007.12"] {
            assert_eq!(SecretToken::presented(bad).session(), None, "{bad}");
        }
    }

    #[test]
    fn a_text_is_told_without_the_secrets_in_it() {
        let token = SecretToken::mint_for(SessionId(Uuid::from_u128(7))).unwrap();
        let (_, secret) = token.reveal().split_once('.').unwrap();
        let dense = "q7RfPz2mW0aXtYb4-q7RfPz2mW0aXtYb4_q7RfPz2mW";
        for secret in [secret, dense] {
            let text = format!("Für Zoë:\n\nhttps://a.example/x#token={secret}\n\nToken: {secret}");
            let told = without_secrets(&text);
            assert_eq!(
                told,
                "Für Zoë:\n\nhttps://a.example/x#token=(left out)\n\nToken: (left out)"
            );
        }
        let id = Uuid::from_u128(7).to_string();
        for harmless in ["", "é", "Grüße, Zoë.\n", id.as_str()] {
            assert_eq!(without_secrets(harmless), harmless);
        }
    }

    #[test]
    fn secrets_differ_and_hide() {
        let (a, b) = (SecretToken::mint().unwrap(), SecretToken::mint().unwrap());
        assert_ne!(a.reveal(), b.reveal());
        assert_eq!(a.digest(), digest_of(a.reveal()));
        assert!(!format!("{a:?}").contains(a.reveal()));
    }
}

//! How often a password may be guessed.
//!
//! Every guess is counted three times before its hash is even computed, and counts as none once it
//! turns out right:
//! - by address: whoever guesses at many accounts is slowed down;
//! - by account and address: whoever guesses at one account is slowed down sooner;
//! - by account: so are many who guess together, at 1,800 an hour. This one does not count where
//!   the right password came from before, so that strangers cannot lock an owner out.
//!
//! Known and unknown accounts are counted alike. The counts are this process's own and bounded: so
//! many processes, so many times the guesses; a restart forgets them.

use std::net::IpAddr;
use std::time::Duration;

use daybook_domain::kernel::Digest;
use moka::sync::Cache;

use super::attempts::Attempts;
use super::network::network;
use super::tokens::digest_of;

/// Places remembered from which an account's right password came.
const KNOWN: u64 = 100_000;
/// How long such a place is remembered without being used.
const REMEMBERED: Duration = Duration::from_secs(30 * 24 * 3_600);

/// Counts guesses.
#[derive(Debug, Clone)]
pub(crate) struct Backoff {
    by_address: Attempts<Option<IpAddr>>,
    by_place: Attempts<Place>,
    by_account: Attempts<Digest>,
    known: Cache<Place, ()>,
}

/// An account, by its address's hash, and the network its guess comes from.
type Place = (Digest, Option<IpAddr>);

/// A guess that was let through; a wrong one unless it is said to be right.
#[derive(Debug)]
#[must_use = "a guess that is dropped was wrong"]
pub(crate) struct Guess<'b> {
    backoff: &'b Backoff,
    place: Place,
    by_account: bool,
}

impl Default for Backoff {
    fn default() -> Self {
        Self {
            by_address: Attempts::new(30, Duration::from_secs(10)),
            by_place: Attempts::new(10, Duration::from_secs(30)),
            by_account: Attempts::new(100, Duration::from_secs(2)),
            known: Cache::builder()
                .max_capacity(KNOWN)
                .time_to_idle(REMEMBERED)
                .build(),
        }
    }
}

impl Backoff {
    /// Lets a guess at an account's password through.
    ///
    /// # Errors
    /// How long to wait.
    pub(crate) fn guess(&self, email: &str, peer: Option<IpAddr>) -> Result<Guess<'_>, Duration> {
        let network = peer.map(network);
        let place = (digest_of(&email.trim().to_lowercase()), network);
        self.by_address.take(&network)?;
        if let Err(wait) = self.by_place.take(&place) {
            self.by_address.give_back(&network);
            return Err(wait);
        }
        let by_account = !self.known.contains_key(&place);
        if by_account && let Err(wait) = self.by_account.take(&place.0) {
            self.by_address.give_back(&network);
            self.by_place.give_back(&place);
            return Err(wait);
        }
        Ok(Guess {
            backoff: self,
            place,
            by_account,
        })
    }
}

impl Guess<'_> {
    /// The password was right.
    pub(crate) fn was_right(self) {
        let Self {
            backoff,
            place,
            by_account,
        } = self;
        backoff.by_address.give_back(&place.1);
        backoff.by_place.give_back(&place);
        if by_account {
            backoff.by_account.give_back(&place.0);
        }
        backoff.known.insert(place, ());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(n: u8) -> Option<IpAddr> {
        Some(IpAddr::from([10, 0, 0, n]))
    }

    #[test]
    fn slows_a_stranger_down_and_not_the_owner() {
        let backoff = Backoff::default();
        let refused = (0..50).filter(|_| backoff.guess("ada@x.io", address(1)).is_err());
        assert_eq!(refused.count(), 40);
        backoff.guess("ada@x.io", address(2)).unwrap().was_right();
        assert!(backoff.guess("ADA@x.io ", address(1)).is_err());
    }

    #[test]
    fn slows_down_whoever_tries_many_accounts() {
        let backoff = Backoff::default();
        let through = (0..50).filter(|n| backoff.guess(&format!("{n}@x.io"), address(1)).is_ok());
        assert_eq!(through.count(), 30);
    }

    #[test]
    fn slows_down_many_who_try_one_account_but_not_where_the_owner_was_before() {
        let backoff = Backoff::default();
        backoff.guess("ada@x.io", address(200)).unwrap().was_right();
        let through = (0..150).filter(|n| backoff.guess("ada@x.io", address(*n)).is_ok());
        assert_eq!(through.count(), 100);
        assert!(backoff.guess("ada@x.io", address(201)).is_err());
        assert!(backoff.guess("ada@x.io", address(200)).is_ok());
    }

    #[test]
    fn right_passwords_are_not_counted() {
        let backoff = Backoff::default();
        for _ in 0..200 {
            backoff.guess("ada@x.io", address(1)).unwrap().was_right();
        }
    }
}

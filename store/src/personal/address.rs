//! From which network address did a command come?
//!
//! That is about the person who gave it, and so it is sealed under their key, as `docs/audit/format.md`
//! says; the member `address` of an event's request holds it in base64:
//!
//! ```text
//! form 2 │ subject 16 │ key 16 │ nonce 24 │ sealed 32
//! ```
//!
//! An address is sealed as 16 bytes, an IPv4 one mapped into IPv6: the length tells nothing of it.

use std::borrow::Cow;
use std::net::{IpAddr, Ipv6Addr};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use daybook_domain::kernel::TenantId;
use serde::Deserialize;
use uuid::Uuid;

use super::key::{DataKey, Owner};
use super::keyring::{Found, SubjectKeys};
use crate::error::StoreError;
use crate::execute::Address;
use crate::log::Recorded;
use crate::store::Store;
use crate::vault::{NONCE, VaultError, random};

/// The version of the form. Two bytes, so that the text begins with the same 24 characters wherever it
/// is about the same person.
const FORM: [u8; 2] = [0, 1];
/// Bytes before the nonce.
const HEAD: usize = 2 + 16 + 16;
/// Bytes of an address.
const ADDRESS: usize = 16;
/// Bytes of all of it, sealed with a tag.
const WHOLE: usize = HEAD + NONCE + ADDRESS + 16;

/// Seals an address for the events of a command; what their request says.
///
/// # Errors
/// When there is no randomness.
pub(crate) fn seal_address(
    address: Address,
    (tenant, command_id): (TenantId, Uuid),
    key: &DataKey,
) -> Result<String, VaultError> {
    let mut whole = Vec::with_capacity(WHOLE);
    whole.extend_from_slice(&FORM);
    whole.extend_from_slice(address.of.as_bytes());
    whole.extend_from_slice(key.id().as_bytes());
    let bound = bound((tenant, command_id), &whole);
    let nonce = random::<NONCE>()?;
    whole.extend_from_slice(&nonce);
    let from = whole.len();
    let ip = match address.ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped(),
        IpAddr::V6(ip) => ip,
    };
    whole.extend_from_slice(&ip.octets());
    key.seal(&nonce, (&mut whole, from), &bound)
        .ok_or(VaultError::DoesNotOpen)?;
    Ok(STANDARD.encode(whole))
}

/// What a sealed address is bound to: the command, and the head before it.
fn bound((tenant, command_id): (TenantId, Uuid), head: &[u8]) -> Vec<u8> {
    let purpose = b"daybook address v1\0".as_slice();
    [purpose, tenant.0.as_bytes(), command_id.as_bytes(), head].concat()
}

/// An address as an event's request has it.
struct Sealed {
    whole: Vec<u8>,
    subject: Uuid,
    key_id: Uuid,
}

impl Sealed {
    /// `None` where there is none, or of a form of another program.
    fn of(request: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Request<'r> {
            #[serde(borrow)]
            address: Option<Cow<'r, str>>,
        }
        let request: Request<'_> = serde_json::from_slice(request).ok()?;
        let whole = STANDARD.decode(request.address?.as_bytes()).ok()?;
        let ids = whole.strip_prefix(&FORM)?;
        let (subject, rest) = ids.split_first_chunk()?;
        let key_id = rest.first_chunk()?;
        (whole.len() == WHOLE).then_some(Self {
            subject: Uuid::from_bytes(*subject),
            key_id: Uuid::from_bytes(*key_id),
            whole: whole.clone(),
        })
    }

    fn open(&self, command: (TenantId, Uuid), key: &DataKey) -> Option<IpAddr> {
        let (head, rest) = self.whole.split_at_checked(HEAD)?;
        let (nonce, sealed) = rest.split_first_chunk()?;
        if key.id() != self.key_id {
            return None;
        }
        let opened = key.open(nonce, sealed, &bound(command, head))?;
        let bytes: [u8; ADDRESS] = opened.as_slice().try_into().ok()?;
        Some(IpAddr::from(Ipv6Addr::from(bytes)).to_canonical())
    }
}

impl Store {
    /// From where the command of each of these events came, in their order: none where it was not kept,
    /// and once the person who gave it is erased.
    ///
    /// # Errors
    /// When keys are needed and the database is away, or they are under another master key.
    pub async fn addresses(
        &self,
        events: &[&Recorded],
    ) -> Result<Vec<Option<Address>>, StoreError> {
        let given = events.iter().map(|event| Given {
            tenant: event.tenant,
            command_id: event.command_id,
            request: &event.request,
        });
        let given: Vec<Given<'_>> = given.collect();
        self.subject_keys().addresses(&given).await
    }
}

/// A command, as its events have it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Given<'r> {
    pub(super) tenant: TenantId,
    pub(super) command_id: Uuid,
    pub(super) request: &'r [u8],
}

impl SubjectKeys {
    pub(super) async fn addresses(
        &self,
        commands: &[Given<'_>],
    ) -> Result<Vec<Option<Address>>, StoreError> {
        let sealed = commands.iter().map(|it| Sealed::of(it.request));
        let sealed: Vec<Option<Sealed>> = sealed.collect();
        let mut owners: Vec<Owner> = Vec::with_capacity(commands.len());
        for (command, sealed) in commands.iter().zip(&sealed) {
            owners.extend(sealed.iter().map(|it| (command.tenant, it.subject)));
        }
        let found = self.find(owners).await?;
        let addresses = commands.iter().zip(sealed).map(|(command, sealed)| {
            let sealed = sealed?;
            let key = match found.get(&(command.tenant, sealed.subject)) {
                Some(Found::Key(key)) => key,
                Some(Found::Destroyed) => return None,
                Some(Found::Missing) | None => return damaged(command),
            };
            let ip = sealed.open((command.tenant, command.command_id), key);
            let of = sealed.subject;
            ip.map_or_else(|| damaged(command), |ip| Some(Address { ip, of }))
        });
        Ok(addresses.collect())
    }
}

/// The event is good without it.
fn damaged(command: &Given<'_>) -> Option<Address> {
    let Given {
        tenant, command_id, ..
    } = command;
    tracing::error!(%tenant, %command_id, "the network address of a command does not open");
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::{KEY, MasterKey};

    const TENANT: TenantId = TenantId(Uuid::from_u128(1));
    const SUBJECT: Uuid = Uuid::from_u128(2);
    const COMMAND: Uuid = Uuid::from_u128(3);

    fn key() -> DataKey {
        let master = MasterKey::new([1; KEY]);
        DataKey::draw(&master, (TENANT, SUBJECT)).unwrap().0
    }

    fn request(ip: &str, key: &DataKey) -> String {
        let address = Address {
            ip: ip.parse().unwrap(),
            of: SUBJECT,
        };
        let sealed = seal_address(address, (TENANT, COMMAND), key).unwrap();
        format!("{{\"address\":\"{sealed}\",\"route\":\"rest:/x\"}}")
    }

    #[test]
    fn opens_for_that_command_alone() {
        let key = key();
        for ip in ["203.0.113.7", "2001:db8::7", "0.0.0.0", "::"] {
            let sealed = Sealed::of(request(ip, &key).as_bytes()).unwrap();
            assert_eq!(sealed.subject, SUBJECT);
            let opened = sealed.open((TENANT, COMMAND), &key);
            assert_eq!(opened, Some(ip.parse().unwrap()), "{ip}");
            let other = Uuid::from_u128(9);
            assert_eq!(sealed.open((TENANT, other), &key), None);
            assert_eq!(sealed.open((TenantId(other), COMMAND), &key), None);
            assert_eq!(sealed.open((TENANT, COMMAND), &self::key()), None);
        }
    }

    /// The beginning of the text that says an address of that person.
    fn beginning(subject: Uuid) -> String {
        STANDARD.encode([FORM.as_slice(), subject.as_bytes()].concat())
    }

    #[test]
    fn says_nothing_but_whose_it_is() {
        let key = key();
        let (first, second) = (request("203.0.113.7", &key), request("2001:db8::7", &key));
        assert_eq!(first.len(), second.len());
        let begins = format!("{{\"address\":\"{}", beginning(SUBJECT));
        assert!(first.starts_with(&begins) && second.starts_with(&begins));
        assert_eq!(beginning(SUBJECT).len(), 24);
        let another = request("203.0.113.7", &key);
        assert_ne!(first, another, "one address is not seen to be another's");
    }

    #[test]
    fn what_is_none_is_passed_over() {
        let key = key();
        let good = request("203.0.113.7", &key);
        let sealed = Sealed::of(good.as_bytes()).unwrap();
        let shorter = STANDARD.encode(&sealed.whole[..WHOLE - 1]);
        let mut later = sealed.whole.clone();
        later[1] = 2;
        let later = STANDARD.encode(later);
        for text in ["", "no base64", "AAE=", &shorter, &later] {
            let request = format!("{{\"address\":\"{text}\"}}");
            assert!(Sealed::of(request.as_bytes()).is_none(), "{text}");
        }
        for request in ["{}", "", "{\"address\":null}", "{\"address\":7}"] {
            assert!(Sealed::of(request.as_bytes()).is_none(), "{request}");
        }
        let mut damaged = sealed.whole;
        for at in 0..WHOLE {
            damaged[at] ^= 1;
            let text = STANDARD.encode(&damaged);
            let request = format!("{{\"address\":\"{text}\"}}");
            let sealed = Sealed::of(request.as_bytes());
            let opened = sealed.and_then(|it| it.open((TENANT, COMMAND), &key));
            assert_eq!(opened, None, "byte {at}");
            damaged[at] ^= 1;
        }
    }
}

//! How are a few bytes sealed, so that without the key nobody reads or changes them?
//!
//! With XChaCha20-Poly1305, put together as draft-irtf-cfrg-xchacha-03 §2.3 says: `HChaCha20` makes of
//! the key and the nonce's first 16 bytes a key for this one message, and ChaCha20-Poly1305 (RFC 8439)
//! seals under that, with four zero bytes and the nonce's last 8. The latter is ring's, which
//! seals what an event has of a person in a fifth of the time of a cipher that has both parts in one.

use chacha20::{R20, hchacha};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use zeroize::{Zeroize, Zeroizing};

use super::KEY;

/// The length of a nonce, in bytes: long enough to be drawn at random.
pub(crate) const NONCE: usize = 24;
/// By how many bytes what is sealed is longer than what was to be.
pub(crate) const TAG: usize = 16;

/// What seals under one key. Its bytes are overwritten when it is dropped.
#[derive(Clone)]
pub(crate) struct Cipher([u8; KEY]);

impl Drop for Cipher {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl Cipher {
    pub(crate) const fn new(key: &[u8; KEY]) -> Self {
        Self(*key)
    }

    pub(crate) fn key(&self) -> &[u8; KEY] {
        &self.0
    }

    /// Seals what there is from there on, where it lies, and adds the tag. `None`: there is more to
    /// seal than can be, 256 GiB.
    pub(crate) fn seal(
        &self,
        nonce: &[u8; NONCE],
        (bytes, from): (&mut Vec<u8>, usize),
        aad: &[u8],
    ) -> Option<()> {
        let (key, nonce) = self.of_message(nonce)?;
        let text = bytes.get_mut(from..)?;
        let tag = key.seal_in_place_separate_tag(nonce, Aad::from(aad), text);
        bytes.extend_from_slice(tag.ok()?.as_ref());
        Some(())
    }

    /// `None`: it was sealed under another key or beside something else, or is damaged.
    pub(crate) fn open(
        &self,
        nonce: &[u8; NONCE],
        sealed: &[u8],
        aad: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        let (key, nonce) = self.of_message(nonce)?;
        let mut opened = Zeroizing::new(sealed.to_vec());
        let text = key.open_in_place(nonce, Aad::from(aad), &mut opened);
        let length = text.ok()?.len();
        opened.truncate(length);
        Some(opened)
    }

    /// The key and the nonce that this one message has in ChaCha20-Poly1305. That key opens nothing
    /// else; it is left on the stack.
    fn of_message(&self, nonce: &[u8; NONCE]) -> Option<(LessSafeKey, Nonce)> {
        let (first, rest) = nonce.split_first_chunk::<16>()?;
        let key = hchacha::<R20>((&self.0).into(), first.into());
        let key = UnboundKey::new(&CHACHA20_POLY1305, &key).ok()?;
        let mut short = [0; 12];
        short.get_mut(4..)?.copy_from_slice(rest);
        Some((LessSafeKey::new(key), Nonce::assume_unique_for_key(short)))
    }
}

#[cfg(test)]
mod tests {
    use chacha20poly1305::aead::{Aead, Payload};
    use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};

    use super::*;

    fn sealed(cipher: &Cipher, nonce: &[u8; NONCE], text: &[u8], aad: &[u8]) -> Vec<u8> {
        let mut bytes = b"before".to_vec();
        bytes.extend_from_slice(text);
        cipher.seal(nonce, (&mut bytes, 6), aad).unwrap();
        assert_eq!(bytes.len(), 6 + text.len() + TAG);
        bytes.split_off(6)
    }

    /// draft-irtf-cfrg-xchacha-03, appendix A.3.1.
    #[test]
    fn seals_what_the_draft_seals() {
        let key: [u8; KEY] = std::array::from_fn(|n| 0x80 + u8::try_from(n).unwrap());
        let nonce: [u8; NONCE] = std::array::from_fn(|n| 0x40 + u8::try_from(n).unwrap());
        let aad = hex::decode("50515253c0c1c2c3c4c5c6c7").unwrap();
        let text = b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip \
                     for the future, sunscreen would be it.";
        let expected = "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb\
                        731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452\
                        2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9\
                        21f9664c97637da9768812f615c68b13b52e\
                        c0875924c1c7987947deafd8780acf49";
        let sealed = sealed(&Cipher::new(&key), &nonce, text, &aad);
        assert_eq!(hex::encode(sealed), expected);
    }

    #[test]
    fn seals_and_opens_what_another_implementation_does() {
        for length in (0..300).chain([1_000, 4_096, 70_000]) {
            let byte = |n: usize| u8::try_from((n * 31 + length) % 251).unwrap();
            let key: [u8; KEY] = std::array::from_fn(byte);
            let nonce: [u8; NONCE] = std::array::from_fn(|n| byte(n + 7));
            let text: Vec<u8> = (0..length).map(byte).collect();
            let aad: Vec<u8> = (0..length % 97).map(byte).collect();
            let (ours, theirs) = (Cipher::new(&key), XChaCha20Poly1305::new((&key).into()));
            let payload = |msg| Payload { msg, aad: &aad };
            let sealed = sealed(&ours, &nonce, &text, &aad);
            let nonce_of_theirs = XNonce::from(nonce);
            let expected = theirs.encrypt(&nonce_of_theirs, payload(&text)).unwrap();
            assert_eq!(sealed, expected, "{length} bytes");
            assert_eq!(*ours.open(&nonce, &expected, &aad).unwrap(), text);
        }
    }

    #[test]
    fn opens_nothing_that_was_changed() {
        let (cipher, nonce) = (Cipher::new(&[1; KEY]), [2; NONCE]);
        let sealed = sealed(&cipher, &nonce, b"Ada", b"here");
        assert_eq!(*cipher.open(&nonce, &sealed, b"here").unwrap(), b"Ada");
        assert!(cipher.open(&nonce, &sealed, b"there").is_none());
        assert!(cipher.open(&[3; NONCE], &sealed, b"here").is_none());
        assert!(
            Cipher::new(&[4; KEY])
                .open(&nonce, &sealed, b"here")
                .is_none()
        );
        for at in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[at] ^= 1;
            assert!(
                cipher.open(&nonce, &damaged, b"here").is_none(),
                "byte {at}"
            );
            assert!(
                cipher.open(&nonce, &sealed[..at], b"here").is_none(),
                "{at} bytes"
            );
        }
    }
}

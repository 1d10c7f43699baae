//! Text that somebody vouches for: C2SP signed notes with Ed25519.
//!
//! A note is text, an empty line, and one line for each signature. A signature names its key by a
//! name and four bytes of a digest; those of keys that one does not know are passed over, so that
//! keys can rotate and others can sign too. Who only knows a note's text knows nothing: it is read
//! through [`Note::verify`].

mod key;
mod signed;

pub use key::{KeyError, PublicKey, Signer};
pub use signed::{Note, NoteError, Signature, sign};

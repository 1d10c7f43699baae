//! Which documents are allowed to run, and what they cost.
//!
//! The library's parser recurses without bound on nested lists and its checks walk fragments
//! without remembering them: 4 KB kill the process, 1 KB keeps it busy for minutes. So everything
//! is bounded here, in one pass over the bytes and one memoised walk over the tree, before the
//! library sees a document. What passes is kept by the hash of its text.

mod document;
mod facts;
mod lexer;
mod limits;
mod price;
mod root;
mod store;
#[cfg(test)]
mod tests;

pub use document::{Cursor, Document, Operation};
pub use limits::Limits;
pub use store::Guard;

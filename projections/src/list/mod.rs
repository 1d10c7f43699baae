//! How are rows read back: by key, filtered, in order, in pages?
//!
//! Every query names its tenant besides row-level security, and sees the live generation, or the one of the
//! past from which its transaction looks.
//! Pages follow a key: the value the list is ordered by, then the id, so that rows which come and
//! go never shift a page. What a list is ordered or filtered by is text in C collation, an integer,
//! an instant, a date or an id: under row-level security other types lose their index.

mod cursor;
mod error;
mod select;

pub(crate) use cursor::{Column, Order};
pub use cursor::{Cursor, Direction, MOST, Page, SortValue, Window};
pub use error::QueryError;
pub(crate) use select::{Select, read};

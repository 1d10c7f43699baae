//! How are rows read back: by key, filtered, in order, in pages?
//!
//! Every query names its tenant besides row-level security, and sees the live generation, or the one of the
//! past from which its transaction looks.
//! A read model says what it can be filtered and ordered by ([`Listed`]), and everything else is here.
//! Pages follow a key: the value the list is ordered by, then the id, so that rows which come and
//! go never shift a page. What a list is ordered or filtered by is text in C collation, an integer,
//! an instant, a date or an id: under row-level security other types lose their index.

mod cursor;
mod error;
mod listed;
mod select;

pub use cursor::{Cursor, Direction, MOST, Page, SortValue, Window};
pub use error::QueryError;
pub use listed::{Column, Listed, OnlyOrder, count, matching, page, place};
pub use select::Select;
pub(crate) use select::read;

//! The tree as files that never change: C2SP tlog-tiles of height 8.
//!
//! A tile holds up to 256 hashes of one level side by side. Those of level 0 are leaf hashes; each
//! hash of a level above is the root of a full tile below. A full tile never changes; the last one
//! of a level may be partial, and a wider one takes its place.

mod coordinates;
mod edge;
mod set;

pub use coordinates::{PathError, Tile, WIDTH, changed};
pub use edge::{Edge, EdgeError, Filled};
pub use set::{TileError, TileSet, tiles_of};

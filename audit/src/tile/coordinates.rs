//! Which tiles does a tree have, and what are they called?

use std::fmt::{self, Display, Formatter};
use std::str::FromStr;

use thiserror::Error;

use crate::encoding::decimal;
use crate::tree::Node;

/// Hashes in a full tile.
pub const WIDTH: u16 = 256;

/// Levels of a tree that one level of tiles spans.
pub(super) const HEIGHT: u8 = 8;

/// The highest level of tiles that a tree can have.
const HIGHEST: u8 = 63;

/// The place of a tile, and how wide it is. Its path is its `Display` and `FromStr`:
/// `tile/<level>/<index>` with the index in groups of three digits, all but the last with an `x`,
/// and `.p/<width>` at the end of a partial one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    level: u8,
    index: u64,
    width: u16,
}

/// A path that is none of a tile.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{path:?} is not the path of a tile, as in tile/0/x001/234 or tile/1/000.p/17")]
pub struct PathError {
    /// What was given.
    pub path: String,
}

impl Tile {
    /// A tile; `None` where there can be none: the level is above 63, or the width not in 1 to 256.
    pub fn try_new(level: u8, index: u64, width: u16) -> Option<Self> {
        let fits = level <= HIGHEST && (1..=WIDTH).contains(&width);
        fits.then_some(Self {
            level,
            index,
            width,
        })
    }

    /// 0 holds leaf hashes.
    pub fn level(&self) -> u8 {
        self.level
    }

    /// How many tiles of this level are to the left.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// How many hashes it holds, 1 to 256.
    pub fn width(&self) -> u16 {
        self.width
    }

    /// Less than 256 wide: a wider one will take its place.
    pub fn is_partial(&self) -> bool {
        self.width < WIDTH
    }

    /// Bytes of its contents.
    pub fn bytes(&self) -> usize {
        usize::from(self.width) * 32
    }

    /// The tile at this place in a tree of `size` leaves, as wide as it is there.
    pub fn in_tree(level: u8, index: u64, size: u64) -> Option<Self> {
        let before = index.checked_mul(u64::from(WIDTH))?;
        let width = hashes_at(level, size).checked_sub(before)?;
        let width = u16::try_from(width.min(u64::from(WIDTH))).ok()?;
        Self::try_new(level, index, width)
    }

    /// The tile that a node is read from in a tree of `size` leaves; `None` if it has no such node.
    pub fn holding(node: Node, size: u64) -> Option<Self> {
        let (start, count) = span_of(node)?;
        let tile = Self::in_tree(node.level / HEIGHT, start / u64::from(WIDTH), size)?;
        let end = start % u64::from(WIDTH) + count;
        (end <= u64::from(tile.width)).then_some(tile)
    }
}

/// Where a node's hashes are among all hashes of its level of tiles: the first, and how many.
pub(super) fn span_of(node: Node) -> Option<(u64, u64)> {
    let above = node.level % HEIGHT;
    let start = node.index.checked_mul(1 << above)?;
    Some((start, 1 << above))
}

/// How many hashes the tiles of a level have together.
pub(super) fn hashes_at(level: u8, size: u64) -> u64 {
    let shift = u32::from(level) * u32::from(HEIGHT);
    size.checked_shr(shift).unwrap_or(0)
}

/// The tiles that are new or wider when a tree grows from `from` to `to` leaves, from the lowest
/// level up and from left to right; none if it does not grow.
pub fn changed(from: u64, to: u64) -> Vec<Tile> {
    let width = u64::from(WIDTH);
    let levels = (0..=HIGHEST).take_while(|level| hashes_at(*level, to) > 0);
    let tiles = levels.flat_map(|level| {
        let (old, new) = (hashes_at(level, from), hashes_at(level, to));
        let places = (old / width)..new.div_ceil(width);
        let grown = places.filter(move |_| new > old);
        grown.filter_map(move |index| Tile::in_tree(level, index, to))
    });
    tiles.collect()
}

impl Display for Tile {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "tile/{}/", self.level)?;
        let digits = self.index.to_string();
        let padded = format!("{digits:0>width$}", width = digits.len().div_ceil(3) * 3);
        let groups = padded.len() / 3;
        for (n, digit) in padded.char_indices() {
            if n % 3 == 0 && n / 3 + 1 < groups {
                f.write_str("x")?;
            }
            write!(f, "{digit}")?;
            if n % 3 == 2 && n / 3 + 1 < groups {
                f.write_str("/")?;
            }
        }
        if self.is_partial() {
            write!(f, ".p/{}", self.width)?;
        }
        Ok(())
    }
}

impl FromStr for Tile {
    type Err = PathError;

    fn from_str(path: &str) -> Result<Self, PathError> {
        let tile = parsed(path).filter(|tile| tile.to_string() == path);
        tile.ok_or_else(|| PathError {
            path: path.to_owned(),
        })
    }
}

/// Lenient in the zeroes of the index: whoever calls compares with how the tile is written.
fn parsed(path: &str) -> Option<Tile> {
    let (level, rest) = path.strip_prefix("tile/")?.split_once('/')?;
    let (index, width) = match rest.split_once(".p/") {
        Some((index, width)) => (index, u16::try_from(decimal(width)?).ok()?),
        None => (rest, WIDTH),
    };
    let digits = index.chars().filter(|c| !matches!(c, 'x' | '/'));
    let index = digits.collect::<String>().parse().ok()?;
    Tile::try_new(u8::try_from(decimal(level)?).ok()?, index, width)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tile(level: u8, index: u64, width: u16) -> Tile {
        Tile::try_new(level, index, width).unwrap()
    }

    #[test]
    fn writes_paths_as_the_specification_does() {
        assert_eq!(tile(0, 1_234_067, 256).to_string(), "tile/0/x001/x234/067");
        assert_eq!(tile(1, 0, 17).to_string(), "tile/1/000.p/17");
        assert_eq!(tile(2, 1_000, 1).to_string(), "tile/2/x001/000.p/1");
    }

    #[test]
    fn reads_only_paths_that_it_writes() {
        for path in [
            "tile/0/1",
            "tile/0/01",
            "tile/0/x000/001",
            "tile/00/000",
            "tile/64/000",
            "tile/0/000.p/256",
            "tile/0/000.p/0",
            "tile/0/000.p/01",
            "tile/0/000/001",
            "tile/0/",
            "tile/0/x001",
            "/tile/0/000",
            "tile/0/+01",
            "tile/0/000.p/",
            "tile/0/000.p/1/2",
            "tile/entries/000",
            "tile/0/-01",
            "",
            "tile/0/x018/x446/x744/x073/x709/x551/616",
        ] {
            assert!(path.parse::<Tile>().is_err(), "{path}");
        }
    }

    #[test]
    fn has_the_tiles_of_the_specifications_examples() {
        let of = |size| changed(0, size);
        let large = of(70_000);
        let count = |level, partial| {
            let of_level = large.iter().filter(|it| it.level == level);
            of_level.filter(|it| it.is_partial() == partial).count()
        };
        assert_eq!((count(0, false), count(0, true)), (273, 1));
        assert_eq!((count(1, false), count(1, true)), (1, 1));
        assert_eq!(large.iter().filter(|it| it.level == 2).count(), 1);
        assert!(large.contains(&tile(0, 273, 112)));
        assert!(large.contains(&tile(1, 1, 17)));
        assert!(large.contains(&tile(2, 0, 1)));
        assert_eq!(of(256), [tile(0, 0, 256), tile(1, 0, 1)]);
        assert_eq!(of(0), []);
        assert_eq!(changed(300, 300), []);
    }

    proptest! {
        #[test]
        fn paths_go_both_ways(level in 0..=63_u8, index: u64, width in 1..=256_u16) {
            let tile = tile(level, index, width);
            prop_assert_eq!(tile.to_string().parse(), Ok(tile));
        }

        #[test]
        fn growth_in_steps_changes_what_growth_at_once_does(a in 0..200_000_u64, b in 0..3_000_u64) {
            let whole: std::collections::BTreeSet<_> = changed(0, a + b).into_iter().collect();
            let mut steps: std::collections::BTreeMap<_, _> =
                changed(0, a).into_iter().map(|it| ((it.level, it.index), it)).collect();
            steps.extend(changed(a, a + b).into_iter().map(|it| ((it.level, it.index), it)));
            prop_assert_eq!(steps.into_values().collect::<std::collections::BTreeSet<_>>(), whole);
        }
    }
}

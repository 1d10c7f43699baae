//! Does the tree agree with its definition, with itself, and with somebody else's?
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test's failure is a panic"
)]

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use daybook_audit::tile::{Edge, Filled, Tile, TileError, TileSet, changed, tiles_of};
use daybook_audit::tree::{
    Frontier, Hash, Head, Node, TreeError, VerifyError, consistency, consistency_nodes, empty_root,
    inclusion, inclusion_nodes, leaf_hash, node_hash, root_at, verify_consistency,
    verify_inclusion,
};
use proptest::prelude::*;
use sha2::Sha256;

/// The n-th leaf of every tree here.
fn leaf(n: u64) -> [u8; 8] {
    n.to_be_bytes()
}

fn leaves(size: u64) -> Vec<Hash> {
    (0..size).map(|n| leaf_hash(&leaf(n))).collect()
}

/// MTH of RFC 6962 §2.1, word for word.
fn by_definition(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let k = 1 << (leaves.len() - 1).ilog2();
            node_hash(&by_definition(&leaves[..k]), &by_definition(&leaves[k..]))
        }
    }
}

/// A tree of which every node can be computed.
struct Whole(Vec<Hash>);

impl Whole {
    fn of(size: u64) -> Self {
        Self(leaves(size))
    }

    fn node(&self, node: Node) -> Result<Hash, TreeError> {
        let from = usize::try_from(node.index << node.level).unwrap();
        Ok(by_definition(&self.0[from..from + (1 << node.level)]))
    }

    fn head(&self, size: u64) -> Head {
        let root = by_definition(&self.0[..usize::try_from(size).unwrap()]);
        Head { size, root }
    }
}

#[test]
fn every_small_tree_and_proof_is_as_the_definition_says() {
    let tree = Whole::of(70);
    let mut frontier = Frontier::default();
    for size in 0..=70 {
        let head = tree.head(size);
        assert_eq!(frontier.root(), head.root, "{size}");
        assert_eq!(root_at(size, |node| tree.node(node)), Ok(head.root));
        for index in 0..size {
            let proof = inclusion(index, size, |node| tree.node(node)).unwrap();
            let leaf = leaf_hash(&leaf(index));
            assert_eq!(verify_inclusion(index, &leaf, &head, &proof), Ok(()));
        }
        for from in 0..=size {
            let proof = consistency(from, size, |node| tree.node(node)).unwrap();
            let older = tree.head(from);
            assert_eq!(
                verify_consistency(&older, &head, &proof),
                Ok(()),
                "{from} {size}"
            );
        }
        if size < 70 {
            frontier.append(leaf_hash(&leaf(size)));
        }
    }
}

#[test]
fn somebody_elses_tree_agrees() {
    let mut theirs = MemoryBackedTree::<Sha256, [u8; 8]>::new();
    let mut ours = Frontier::default();
    let tree = Whole::of(200);
    let mut roots = Vec::new();
    for size in 0..=200_u64 {
        let root: Hash = (*theirs.root().as_bytes()).into();
        assert_eq!(ours.root(), root, "{size}");
        roots.push(theirs.root());
        theirs.push(leaf(size));
        ours.append(leaf_hash(&leaf(size)));
        let size = size + 1;
        for index in [0, size / 3, size / 2, size - 1] {
            let their_proof = theirs.prove_inclusion(usize::try_from(index).unwrap());
            if size <= 200 {
                let our_proof = inclusion(index, size, |node| tree.node(node)).unwrap();
                assert_eq!(
                    our_proof.concat(),
                    their_proof.as_bytes(),
                    "{index} of {size}"
                );
            }
        }
    }
    for from in 1..=200_u64 {
        let more = usize::try_from(201 - from).unwrap();
        let their_proof = theirs.prove_consistency(more);
        let whole = Whole::of(201);
        let our_proof = consistency(from, 201, |node| whole.node(node)).unwrap();
        assert_eq!(our_proof.concat(), their_proof.as_bytes(), "{from}");
    }
}

#[test]
fn refuses_proofs_of_what_is_not() {
    let tree = Whole::of(8);
    let read = |node| tree.node(node);
    let no_leaf = TreeError::NoLeaf { index: 8, size: 8 };
    assert_eq!(inclusion(8, 8, read), Err(no_leaf));
    assert_eq!(
        consistency(9, 8, read),
        Err(TreeError::Shrinks { from: 9, to: 8 })
    );
    let (old, new) = (tree.head(5), tree.head(8));
    let shrinks = Err(TreeError::Shrinks { from: 8, to: 5 }.into());
    assert_eq!(verify_consistency(&new, &old, &[]), shrinks);
    let fork = Head {
        size: 8,
        root: [1; 32],
    };
    let other = Err(VerifyError::OtherRoot { size: 8 });
    assert_eq!(verify_consistency(&new, &fork, &[]), other);
    let long = verify_consistency(&new, &new, &[[0; 32]]);
    assert_eq!(long, Err(VerifyError::Length { found: 1 }));
}

/// Grows a tree in steps, and keeps what a store of tiles would.
fn tiles_after(steps: &[u64]) -> (Edge, Vec<Filled>) {
    let mut edge = Edge::default();
    let mut kept: Vec<Filled> = Vec::new();
    for step in steps {
        let (from, to) = (edge.size(), edge.size() + step);
        let filled = edge.extend((from..to).map(|n| leaf_hash(&leaf(n))));
        let mut tiles: Vec<Tile> = filled.iter().map(|it| it.tile).collect();
        tiles.sort_unstable();
        assert_eq!(tiles, changed(from, to));
        kept.retain(|old| {
            let place = |it: &Filled| (it.tile.level(), it.tile.index());
            !filled.iter().any(|new| place(new) == place(old))
        });
        kept.extend(filled);
    }
    (edge, kept)
}

#[test]
fn tiles_grow_as_the_tree_does() {
    let (edge, kept) = tiles_after(&[0, 1, 254, 1, 1, 255, 65_000, 24, 1, 2_000]);
    let size = 67_537;
    assert_eq!(edge.size(), size);
    let mut frontier = Frontier::default();
    frontier.extend(leaves(size));
    assert_eq!(edge.frontier(), Ok(frontier));
    let mut set = TileSet::default();
    for filled in &kept {
        set.insert(filled.tile, &filled.hashes).unwrap();
    }
    let head = Head {
        size,
        root: edge.root().unwrap(),
    };
    assert_eq!(root_at(size, |node| set.node(node)), Ok(head.root));
    for index in [0, 1, 255, 256, 65_535, 65_536, 67_536] {
        let proof = inclusion(index, size, |node| set.node(node)).unwrap();
        let leaf = leaf_hash(&leaf(index));
        assert_eq!(verify_inclusion(index, &leaf, &head, &proof), Ok(()));
    }
    let again = Edge::read(size, |tile| {
        let found = kept.iter().find(|it| it.tile == tile);
        Ok::<_, daybook_audit::tile::EdgeError>(found.unwrap().hashes.clone())
    });
    assert_eq!(again, Ok(edge));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn proofs_from_fetched_tiles_hold(
        steps in prop::collection::vec(1..700_u64, 1..5),
        at in any::<prop::sample::Index>(),
        from in any::<prop::sample::Index>(),
    ) {
        let (edge, kept) = tiles_after(&steps);
        let size = edge.size();
        let head = Head { size, root: edge.root().unwrap() };
        let index = u64::try_from(at.index(usize::try_from(size).unwrap())).unwrap();
        let from = u64::try_from(from.index(usize::try_from(size).unwrap() + 1)).unwrap();
        let fetched = |nodes: &[Node]| {
            let mut set = TileSet::default();
            for tile in tiles_of(nodes, size).unwrap() {
                let filled = kept.iter().find(|it| it.tile == tile).unwrap();
                set.insert(tile, &filled.hashes).unwrap();
            }
            set
        };
        let set = fetched(&inclusion_nodes(index, size).unwrap());
        let proof = inclusion(index, size, |node| set.node(node)).unwrap();
        let leaf = leaf_hash(&leaf(index));
        prop_assert_eq!(verify_inclusion(index, &leaf, &head, &proof), Ok(()));

        let set = fetched(&consistency_nodes(from, size).unwrap());
        let proof = consistency(from, size, |node| set.node(node)).unwrap();
        let mut older = Frontier::default();
        older.extend(leaves(from));
        let older = Head { size: from, root: older.root() };
        prop_assert_eq!(verify_consistency(&older, &head, &proof), Ok(()));
    }

    #[test]
    fn no_changed_proof_holds(
        size in 2..300_u64,
        at in any::<prop::sample::Index>(),
        which in any::<prop::sample::Index>(),
        bit in 0..256_usize,
    ) {
        let tree = Whole::of(size);
        let head = tree.head(size);
        let index = u64::try_from(at.index(usize::try_from(size).unwrap())).unwrap();
        let hash = leaf_hash(&leaf(index));
        let proof = inclusion(index, size, |node| tree.node(node)).unwrap();
        let mut changed = proof.clone();
        let which = which.index(changed.len());
        changed[which][bit / 8] ^= 1 << (bit % 8);
        prop_assert!(verify_inclusion(index, &hash, &head, &changed).is_err());
        let mut short = proof.clone();
        short.remove(which);
        prop_assert!(verify_inclusion(index, &hash, &head, &short).is_err());
        let mut long = proof.clone();
        long.insert(which, hash);
        prop_assert!(verify_inclusion(index, &hash, &head, &long).is_err());
        let other = (index + 1) % size;
        prop_assert!(verify_inclusion(other, &hash, &head, &proof).is_err());
    }

    #[test]
    fn no_changed_growth_holds(
        to in 2..300_u64,
        from in any::<prop::sample::Index>(),
        which in any::<prop::sample::Index>(),
        bit in 0..256_usize,
    ) {
        let tree = Whole::of(to);
        let from = 1 + u64::try_from(from.index(usize::try_from(to).unwrap() - 1)).unwrap();
        let (older, newer) = (tree.head(from), tree.head(to));
        let proof = consistency(from, to, |node| tree.node(node)).unwrap();
        let mut changed = proof.clone();
        let which = which.index(changed.len());
        changed[which][bit / 8] ^= 1 << (bit % 8);
        prop_assert!(verify_consistency(&older, &newer, &changed).is_err());
        let mut short = proof.clone();
        short.remove(which);
        prop_assert!(verify_consistency(&older, &newer, &short).is_err());
        let fork = Head { size: from, root: leaf_hash(&older.root) };
        prop_assert!(verify_consistency(&fork, &newer, &proof).is_err());
    }
}

#[test]
fn says_which_node_is_missing() {
    let node = Node {
        level: 3,
        index: 40,
    };
    let missing = TileError::Missing {
        level: 3,
        index: 40,
    };
    assert_eq!(TileSet::default().node(node), Err(missing.clone()));
    assert_eq!(tiles_of(&[node], 300), Err(missing));
    let tile = Tile::in_tree(0, 1, 300).unwrap();
    assert_eq!((tile.width(), tile.bytes()), (44, 1_408));
    let mut set = TileSet::default();
    assert!(matches!(
        set.insert(tile, &[0; 33]),
        Err(TileError::Length(_))
    ));
}

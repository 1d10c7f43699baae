//! Do others understand what we sign and prove, and do they take no more and no less for it?
//!
//! `signed_note` and `tlog_tiles` come from Go's checksum database by way of Cloudflare, the checkpoints
//! of `sigstore` from its log of signatures, in Python: nothing of them is of the same origin as what is
//! tested here.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test's failure is a panic"
)]

use std::collections::HashMap;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use daybook_audit::checkpoint::Checkpoint;
use daybook_audit::note::{Note, PublicKey, Signer, sign};
use daybook_audit::testing::Twin;
use daybook_audit::tile::{Edge, Tile, TileSet, changed, tiles_of};
use daybook_audit::tree::{
    Frontier, Hash, Head, consistency, consistency_nodes, inclusion, inclusion_nodes, leaf_hash,
    verify_consistency, verify_inclusion,
};
use signed_note::{StandardSigner, StandardVerifier, Verifier, VerifierList};
use tlog_tiles::{HashReader, TileHashReader, TileReader};

const NAME: &str = "books.example/audit/01935f2a-7000-7000-8000-000000000001";
const OTHER: &str = "witness.example";

/// The same secret key as either of us has it.
fn keys(name: &str, secret: u8) -> (Signer, StandardSigner) {
    let ours = Signer::try_new(name, &[secret; 32]).unwrap();
    let written = STANDARD.encode([&[1][..], &[secret; 32]].concat());
    let id = hex::encode(ours.public().id());
    let theirs = format!("PRIVATE+KEY+{name}+{id}+{written}");
    (ours, StandardSigner::new(&theirs).unwrap())
}

/// The public half, from how we write it.
fn theirs(keys: &[PublicKey]) -> VerifierList {
    let verifier = |key: &PublicKey| -> Box<dyn Verifier> {
        let verifier = StandardVerifier::new(&key.to_string()).unwrap();
        assert_eq!(verifier.name(), key.name());
        assert_eq!(verifier.key_id().to_be_bytes(), key.id());
        Box::new(verifier)
    };
    VerifierList::new(keys.iter().map(verifier).collect())
}

/// The text that we take a note for when these keys count; none when we take it for nothing.
fn our_word(note: &[u8], keys: &[PublicKey]) -> Option<String> {
    let note: Note = std::str::from_utf8(note).ok()?.parse().ok()?;
    let (text, _) = note.verify(keys).ok()?;
    Some(text.to_owned())
}

/// The same of theirs.
fn their_word(note: &[u8], keys: &[PublicKey]) -> Option<String> {
    let note = signed_note::Note::from_bytes(note).ok()?;
    note.verify(&theirs(keys)).ok()?;
    Some(String::from_utf8(note.text().to_vec()).unwrap())
}

#[test]
fn both_sign_the_same_notes_and_believe_each_other() {
    let ((a, their_a), (b, their_b)) = (keys(NAME, 7), keys(OTHER, 8));
    let (stranger, _) = keys(NAME, 9);
    let [a_key, b_key, stranger] = [&a, &b, &stranger].map(|it| it.public().clone());
    for text in [
        "If you think cryptography is the answer to your problem,\nthen …\n",
        "one line\n",
        "an empty line\n\nin its middle\n",
        "books.example\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
    ] {
        let ours = sign(text, &[&a, &b]).unwrap().to_string();
        let mut note = signed_note::Note::new(text.as_bytes(), &[]).unwrap();
        note.add_sigs(&[&their_a, &their_b]).unwrap();
        assert_eq!(ours.as_bytes(), note.to_bytes(), "{text:?}");
        for known in [
            vec![a_key.clone()],
            vec![b_key.clone()],
            vec![a_key.clone(), b_key.clone()],
            vec![stranger.clone(), b_key.clone()],
        ] {
            assert_eq!(our_word(ours.as_bytes(), &known).as_deref(), Some(text));
            assert_eq!(their_word(ours.as_bytes(), &known).as_deref(), Some(text));
        }
        for nobody in [vec![], vec![stranger.clone()]] {
            assert_eq!(our_word(ours.as_bytes(), &nobody), None);
            assert_eq!(their_word(ours.as_bytes(), &nobody), None);
        }
    }
}

#[test]
fn a_changed_note_is_the_same_to_both() {
    let ((a, _), (b, _)) = (keys(NAME, 7), keys(OTHER, 8));
    let head = Head {
        size: 7,
        root: leaf_hash(b"root"),
    };
    let note = Checkpoint::new(NAME, head).sign(&[&a, &b]).unwrap();
    let note = note.to_string().into_bytes();
    let (mut believed, mut refused) = (0, 0);
    for known in [vec![a.public().clone()], vec![b.public().clone()]] {
        for place in 0..note.len() {
            for bit in 0..8 {
                let mut changed = note.clone();
                changed[place] ^= 1 << bit;
                let (ours, theirs) = (our_word(&changed, &known), their_word(&changed, &known));
                if changed[place] == 0x7f {
                    // No control character is part of a name: `format.md` goes further than C2SP.
                    assert_eq!(ours, None);
                    continue;
                }
                let shown = String::from_utf8_lossy(&changed);
                assert_eq!(ours, theirs, "byte {place}, bit {bit}: {shown}");
                believed += usize::from(ours.is_some());
                refused += usize::from(ours.is_none());
            }
            for cut in [&note[..place], &note[place..]] {
                let (ours, theirs) = (our_word(cut, &known), their_word(cut, &known));
                if place > 0 {
                    assert_eq!(ours, theirs, "cut at {place}");
                }
            }
        }
    }
    // What stands in the line of a key that does not count changes nothing, all else does.
    assert!(believed > 100 && refused > 2_000, "{believed} {refused}");
}

#[test]
fn a_checkpoint_says_the_same_to_both() {
    for size in [0, 1, 255, 256, 1 << 40, u64::MAX >> 1] {
        let root = leaf_hash(&size.to_be_bytes());
        let ours = Checkpoint::new(NAME, Head { size, root }).to_string();
        let theirs = tlog_tiles::Checkpoint::from_bytes(ours.as_bytes()).unwrap();
        assert_eq!((theirs.origin(), theirs.size()), (NAME, size));
        assert_eq!(theirs.hash().0, root);
        assert_eq!(theirs.to_bytes(), ours.as_bytes());
        let made = tlog_tiles::Checkpoint::new(NAME, size, tlog_tiles::Hash(root), "");
        let made = String::from_utf8(made.unwrap().to_bytes()).unwrap();
        assert_eq!(
            made.parse::<Checkpoint>().unwrap().head(),
            Head { size, root }
        );
    }
    let root = STANDARD.encode(leaf_hash(b"root"));
    let extended = format!("{NAME}\n7\n{root}\nmore\n");
    assert!(extended.parse::<Checkpoint>().is_ok());
    assert!(tlog_tiles::Checkpoint::from_bytes(extended.as_bytes()).is_ok());
    for text in [
        String::new(),
        format!("{NAME}\n7\n{root}"),
        format!("{NAME}\n7\n"),
        format!("\n7\n{root}\n"),
        format!("{NAME}\n07\n{root}\n"),
        format!("{NAME}\n+7\n{root}\n"),
        format!("{NAME}\n-7\n{root}\n"),
        format!("{NAME}\n0x7\n{root}\n"),
        format!("{NAME}\n18446744073709551616\n{root}\n"),
        format!("{NAME}\n7\n{}\n", &root[..43]),
        format!("{NAME}\n7\n{}\n", STANDARD.encode([7; 31])),
        format!("{NAME}\n7\n{}\n", STANDARD.encode([7; 33])),
        format!("{NAME}\n7\n{root}\n\n"),
        format!("{NAME}\n7\n{root}\n\nmore\n"),
    ] {
        assert!(text.parse::<Checkpoint>().is_err(), "{text:?}");
        let theirs = tlog_tiles::Checkpoint::from_bytes(text.as_bytes());
        assert!(theirs.is_err(), "{text:?}");
    }
}

#[test]
fn a_checkpoint_says_the_same_in_python() {
    let ((a, _), (b, _), (stranger, _)) = (keys(NAME, 7), keys(OTHER, 8), keys(NAME, 9));
    let known = [&a, &b, &stranger].map(|it| it.public().to_string());
    let notes = [1_u64, 255, 256, 1 << 40].map(|size| {
        let root = leaf_hash(&size.to_be_bytes());
        let note = Checkpoint::new(NAME, Head { size, root }).sign(&[&a, &b]);
        serde_json::json!({
            "note": note.unwrap().to_string(), "origin": NAME, "size": size, "root": hex::encode(root),
        })
    });
    let given = serde_json::json!({ "keys": known, "notes": notes });
    let program = r#"
import base64, json, sys
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sigstore._internal.rekor.checkpoint import SignedCheckpoint
from sigstore.errors import VerificationError

class Ring:
    def __init__(self, lines):
        parts = [line.split("+", 2) for line in lines]
        keys = [(bytes.fromhex(i), base64.b64decode(key)[1:]) for _, i, key in parts]
        self.keys = {i: Ed25519PublicKey.from_public_bytes(key) for i, key in keys}

    def verify(self, *, key_id, signature, data):
        try:
            self.keys[key_id].verify(signature, data)
        except InvalidSignature:
            raise VerificationError("it is not signed so")

def believes(text, key_id):
    try:
        SignedCheckpoint.from_text(text).signed_note.verify(ring, key_id)
        return True
    except VerificationError:
        return False

given = json.loads(sys.argv[1])
ring = Ring(given["keys"])
a, b, stranger = ring.keys
refused = 0
for case in given["notes"]:
    note = case["note"]
    theirs = SignedCheckpoint.from_text(note)
    said = theirs.checkpoint
    assert (said.origin, said.log_size, said.log_hash) == (case["origin"], case["size"], case["root"])
    assert [it.sig_hash for it in theirs.signed_note.signatures] == [a, b]
    assert believes(note, a) and believes(note, b) and not believes(note, stranger)
    for at in range(note.index("\n\n")):
        changed = note[:at] + chr(ord(note[at]) ^ 1) + note[at + 1:]
        assert not believes(changed, a) and not believes(changed, b), at
        refused += 1
print(len(given["notes"]), "agree", refused > 400)
"#;
    let twin = Twin::ready(Path::new(env!("CARGO_TARGET_TMPDIR")));
    let said = twin.run(program, &[&given.to_string()]);
    assert_eq!(said.trim(), "4 agree True");
}

/// All hashes of a growing tree, in their order.
#[derive(Default)]
struct Stored(Vec<tlog_tiles::Hash>);

impl HashReader for Stored {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<tlog_tiles::Hash>, tlog_tiles::Error> {
        let at = |index: &u64| self.0[usize::try_from(*index).unwrap()];
        Ok(indexes.iter().map(at).collect())
    }
}

impl Stored {
    fn append(&mut self, index: u64) {
        let hashes = tlog_tiles::stored_hashes(index, &index.to_be_bytes(), self).unwrap();
        self.0.extend(hashes);
    }
}

/// The tiles of a tree of ours, as a server has them.
struct Shelf(HashMap<(u8, u64), Vec<u8>>);

impl Shelf {
    fn of(size: u64) -> (Self, Edge) {
        let (mut edge, mut tiles) = (Edge::default(), HashMap::new());
        // Not in one go: what is there is replaced by what is wider.
        for step in [size / 3, size / 2, size] {
            let leaves = (edge.size()..step).map(|index| leaf_hash(&index.to_be_bytes()));
            for filled in edge.extend(leaves.collect::<Vec<_>>()) {
                let place = (filled.tile.level(), filled.tile.index());
                tiles.insert(place, filled.hashes);
            }
        }
        (Self(tiles), edge)
    }

    fn set(&self, tiles: impl IntoIterator<Item = Tile>) -> TileSet {
        let mut set = TileSet::default();
        for tile in tiles {
            set.insert(tile, &self.0[&(tile.level(), tile.index())])
                .unwrap();
        }
        set
    }
}

impl TileReader for Shelf {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let read = |tile: &tlog_tiles::Tile| {
            let hashes = &self.0[&(tile.level(), tile.level_index())];
            hashes[..usize::try_from(tile.width()).unwrap() * 32].to_vec()
        };
        Ok(tiles.iter().map(read).collect())
    }

    fn save_tiles(&self, _: &[tlog_tiles::Tile], _: &[Vec<u8>]) {}
}

fn bare(proof: Vec<tlog_tiles::Hash>) -> Vec<Hash> {
    proof.into_iter().map(|hash| hash.0).collect()
}

fn dressed(proof: &[Hash]) -> Vec<tlog_tiles::Hash> {
    proof.iter().copied().map(tlog_tiles::Hash).collect()
}

/// Whether a proof that one tree continues another holds, to us and to them.
fn continues(older: &Head, newer: &Head, proof: &[Hash]) -> (bool, bool) {
    let theirs = tlog_tiles::check_tree(
        &dressed(proof),
        newer.size,
        tlog_tiles::Hash(newer.root),
        older.size,
        tlog_tiles::Hash(older.root),
    );
    let ours = verify_consistency(older, newer, proof);
    (ours.is_ok(), theirs.is_ok())
}

#[test]
fn both_prove_growth_and_membership_alike_in_every_small_tree() {
    const MOST: u64 = 100;
    let (mut stored, mut ours) = (Stored::default(), Frontier::default());
    let mut heads = Vec::new();
    let (shelf, _) = Shelf::of(MOST);
    for size in 0..=MOST {
        let root = tlog_tiles::tree_hash(size, &stored).unwrap().0;
        assert_eq!(ours.root(), root, "{size}");
        heads.push(Head { size, root });
        stored.append(size);
        ours.append(leaf_hash(&size.to_be_bytes()));
    }
    let set = shelf.set(changed(0, MOST));
    for newer in &heads[1..] {
        for older in &heads[1..=usize::try_from(newer.size).unwrap()] {
            let (from, to) = (older.size, newer.size);
            let proof = consistency(from, to, |node| set.node(node)).unwrap();
            let theirs = tlog_tiles::prove_tree(to, from, &stored).unwrap();
            assert_eq!(proof, bare(theirs), "{from} {to}");
            assert_eq!(continues(older, newer, &proof), (true, true), "{from} {to}");
            // Of another past, of another present, and with a hash more, less or changed.
            let other = |head: &Head| Head {
                size: head.size,
                root: leaf_hash(b"other"),
            };
            assert_eq!(continues(&other(older), newer, &proof), (false, false));
            assert_eq!(continues(older, &other(newer), &proof), (false, false));
            let long = [proof.as_slice(), &[newer.root]].concat();
            assert_eq!(continues(older, newer, &long), (false, false));
            for at in 0..proof.len() {
                let mut changed = proof.clone();
                changed[at][31] ^= 1;
                assert_eq!(continues(older, newer, &changed), (false, false));
                let mut short = proof.clone();
                short.remove(at);
                assert_eq!(continues(older, newer, &short), (false, false));
            }
        }
        for index in 0..newer.size {
            let proof = inclusion(index, newer.size, |node| set.node(node)).unwrap();
            let theirs = tlog_tiles::prove_record(newer.size, index, &stored).unwrap();
            assert_eq!(proof, bare(theirs), "{index} of {}", newer.size);
        }
    }
}

#[test]
fn they_read_our_tiles_and_prove_from_them_what_we_prove() {
    let size = 70_001;
    let (shelf, edge) = Shelf::of(size);
    let root = edge.root().unwrap();
    let head = Head { size, root };
    // It refuses tiles that do not lead to the root.
    let reader = TileHashReader::new(size, tlog_tiles::Hash(root), &shelf);
    for (from, to) in [(0, 1), (0, 255), (255, 257), (256, 66_000), (0, size)] {
        let path = |tile: &tlog_tiles::Tile| tile.path().replacen("tile/8/", "tile/", 1);
        let mut theirs: Vec<String> = tlog_tiles::Tile::new_tiles(8, from, to)
            .iter()
            .map(path)
            .collect();
        let mut ours: Vec<String> = changed(from, to).iter().map(Tile::to_string).collect();
        theirs.sort();
        ours.sort();
        assert_eq!(ours, theirs, "{from} {to}");
    }
    for index in [0, 1, 255, 256, 65_535, 65_536, 69_999, 70_000] {
        let nodes = inclusion_nodes(index, size).unwrap();
        let set = shelf.set(tiles_of(&nodes, size).unwrap());
        let ours = inclusion(index, size, |node| set.node(node)).unwrap();
        let theirs = tlog_tiles::prove_record(size, index, &reader).unwrap();
        assert_eq!(ours, bare(theirs), "{index}");
        let leaf = leaf_hash(&index.to_be_bytes());
        assert_eq!(verify_inclusion(index, &leaf, &head, &ours), Ok(()));
        let (proof, whole) = (dressed(&ours), tlog_tiles::Hash(root));
        let checked = tlog_tiles::check_record(&proof, size, whole, index, tlog_tiles::Hash(leaf));
        assert!(checked.is_ok(), "{index}: {checked:?}");
    }
    let mut older = Frontier::default();
    for from in [1, 256, 65_536, 65_537, 70_000] {
        older.extend((older.size()..from).map(|index| leaf_hash(&index.to_be_bytes())));
        let nodes = consistency_nodes(from, size).unwrap();
        let set = shelf.set(tiles_of(&nodes, size).unwrap());
        let ours = consistency(from, size, |node| set.node(node)).unwrap();
        let theirs = tlog_tiles::prove_tree(size, from, &reader).unwrap();
        assert_eq!(ours, bare(theirs), "{from}");
        let before = Head {
            size: from,
            root: older.root(),
        };
        assert_eq!(continues(&before, &head, &ours), (true, true), "{from}");
    }
}

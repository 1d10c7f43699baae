//! Are our proofs proofs to others, in the order and in the text in which they are served?
//!
//! `pymerkle` and `proofbundle` are somebody else's, in Python; the latter reads the text of a proof as a
//! whole. No crate does, so in Rust the text is taken apart here as C2SP describes it, and each part goes to
//! `signed_note` or `tlog_tiles`.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test's failure is a panic"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use daybook_audit::note::{Note, Signer};
use daybook_audit::proof::Proof;
use daybook_audit::testing::{History, ORIGIN, Twin, signer};
use daybook_audit::tree::{Frontier, Hash, Node, TreeError, consistency, inclusion, leaf_hash};
use serde_json::{Value, json};
use signed_note::{StandardVerifier, VerifierList};

const SIZE: u64 = 37;

/// What a program of a few lines prints when it is given this.
fn python(program: &str, given: &Value) -> String {
    static TWIN: OnceLock<Twin> = OnceLock::new();
    let twin = TWIN.get_or_init(|| Twin::ready(Path::new(env!("CARGO_TARGET_TMPDIR"))));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("given.json");
    fs::write(&path, given.to_string()).unwrap();
    let said = twin.run(program, &[&path.display().to_string()]);
    said.trim().to_owned()
}

/// The hash of a whole part of a history's tree.
fn node(history: &History, node: Node) -> Result<Hash, TreeError> {
    let mut part = Frontier::default();
    let from = usize::try_from(node.index << node.level).unwrap();
    part.extend(history.sealed[from..].iter().take(1 << node.level).copied());
    Ok(part.root())
}

fn hex_of(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(hex::encode).collect()
}

fn leaves(history: &History) -> Vec<String> {
    let leaf = |row: &daybook_audit::testing::Row| String::from_utf8(row.leaf.to_bytes()).unwrap();
    history.rows.iter().map(leaf).collect()
}

/// Trees, paths and growth against both packages, the right way up and upside down.
const SAME: &str = r#"
import json, sys
from proofbundle import merkle
from pymerkle import InmemoryTree, InvalidProof, verify_inclusion
from pymerkle.proof import InclusionProof
given = json.load(open(sys.argv[1], encoding="utf-8"))
tree, leaves, roots, paths, growths, refused = InmemoryTree(algorithm="sha256"), [], [], 0, 0, 0

def holds(n, size, path):
    # Their own rule for this place says on which side each hash goes.
    rule = tree.prove_inclusion(n, size).rule
    proof = InclusionProof("sha256", True, size, n, rule, [tree.get_leaf(n), *path])
    try:
        verify_inclusion(tree.get_leaf(n), roots[size - 1], proof, index=n, size=size)
        return True
    except InvalidProof:
        return False

for leaf, case in zip(given["leaves"], given["cases"]):
    leaves.append(leaf.encode())
    tree.append_entry(leaves[-1])
    size, root = len(leaves), bytes.fromhex(case["root"])
    assert tree.get_root() == root == merkle.merkle_tree_hash(leaves), size
    roots.append(root)
    for n, path in enumerate(case["inclusion"], 1):
        path = [bytes.fromhex(it) for it in path]
        assert tree.prove_inclusion(n, size).path[1:] == path, (n, size)
        assert holds(n, size, path), (n, size)
        assert merkle.verify_inclusion(leaves[n - 1], n - 1, size, path, root), (n, size)
        paths += 1
        # Upside down it is none.
        if len(path) > 1:
            assert not holds(n, size, path[::-1]), (n, size)
            refused += 1
    for older, proof in enumerate(case["consistency"], 1):
        proof = [bytes.fromhex(it) for it in proof]
        assert merkle.consistency_proof(leaves, older) == proof, (older, size)
        before = roots[older - 1]
        assert merkle.verify_consistency(older, size, proof, before, root), (older, size)
        growths += 1
        if len(proof) > 1:
            assert not merkle.verify_consistency(older, size, proof[::-1], before, root), (older, size)
            refused += 1
        if older < size:
            other = merkle.leaf_hash(b"other")
            assert not merkle.verify_consistency(older, size, proof, other, root), (older, size)
            assert not merkle.verify_consistency(older, size, proof, before, other), (older, size)
print(paths, growths, refused > 1000)
"#;

#[test]
fn trees_and_proofs_are_the_same_in_python_in_their_order() {
    let history = History::of(SIZE);
    let mut tree = Frontier::default();
    let mut cases = Vec::new();
    for (size, leaf) in (1..).zip(&history.sealed) {
        tree.append(*leaf);
        let path = |index| inclusion(index, size, |it| node(&history, it)).unwrap();
        let growth = |from| consistency(from, size, |it| node(&history, it)).unwrap();
        cases.push(json!({
            "root": hex::encode(tree.root()),
            "inclusion": (0..size).map(|index| hex_of(&path(index))).collect::<Vec<_>>(),
            "consistency": (1..=size).map(|from| hex_of(&growth(from))).collect::<Vec<_>>(),
        }));
    }
    let given = json!({ "leaves": leaves(&history), "cases": cases });
    assert_eq!(python(SAME, &given), "703 703 True");
    assert!(inclusion::<TreeError>(SIZE, SIZE, |_| Ok([0; 32])).is_err());
}

/// The text of a proof as a server hands it out, signed by some keys.
fn text(history: &History, size: u64, index: u64, signers: &[&Signer]) -> String {
    let whole = usize::try_from(size).unwrap();
    let note = history.checkpoint(whole, signers[0]);
    let mut note: Note = note.to_string().parse().unwrap();
    for signer in &signers[1..] {
        note.add(signer.sign(note.unverified_text()));
    }
    let proof = Proof {
        extra: None,
        index,
        hashes: inclusion(index, size, |it| node(history, it)).unwrap(),
        checkpoint: note,
    };
    proof.to_string()
}

#[test]
fn the_text_of_a_proof_is_read_and_believed_in_python() {
    let history = History::of(SIZE);
    let keys = [1, 2, 3].map(|number| signer(number).public().to_string());
    let mut cases = Vec::new();
    for size in [1, 2, 3, 8, 37] {
        for index in 0..size {
            let text = text(&history, size, index, &[&signer(1), &signer(2)]);
            let proof: Proof = text.parse().unwrap();
            cases.push(json!({
                "text": text, "index": index, "size": size, "hashes": hex_of(&proof.hashes),
                "note": proof.checkpoint.to_string(),
            }));
        }
    }
    let given = json!({
        "leaves": leaves(&history), "origin": ORIGIN, "keys": keys, "cases": cases,
    });
    let program = r#"
import json, sys
from proofbundle.tlogproof import format_tlog_proof, parse_tlog_proof, verify_tlog_proof
given = json.load(open(sys.argv[1], encoding="utf-8"))
leaves, (a, b, stranger) = [it.encode() for it in given["leaves"]], given["keys"]

def holds(text, leaf, key=a, origin=given["origin"]):
    return verify_tlog_proof(text, leaf, key, expected_origin=origin)["ok"]

for case in given["cases"]:
    text, leaf = case["text"], leaves[case["index"]]
    said = parse_tlog_proof(text)
    hashes = [bytes.fromhex(it) for it in case["hashes"]]
    assert (said["index"], said["proof"], said["checkpoint"]) == (case["index"], hashes, case["note"])
    # What they write is what we write, to the byte.
    assert format_tlog_proof(case["index"], hashes, case["note"]) == text
    full = verify_tlog_proof(text, leaf, a)
    assert (full["origin"], full["tree_size"]) == (given["origin"], case["size"])
    assert holds(text, leaf) and holds(text, leaf, b)
    assert not holds(text, leaf, stranger) and not holds(text, leaf, a, "elsewhere.example")
    assert not holds(text, leaf + b" ")
    if len(hashes) > 1:
        other = format_tlog_proof(case["index"], hashes[::-1], case["note"])
        assert not holds(other, leaf)
print(len(given["cases"]), "agree")
"#;
    assert_eq!(python(program, &given), "51 agree");
}

#[test]
fn a_changed_text_proves_the_same_to_python_and_to_us() {
    let history = History::of(SIZE);
    let (index, leaf) = (19, history.rows[19].leaf.to_bytes());
    let text = text(&history, SIZE, index, &[&signer(1)]);
    let keys = [signer(1).public().clone()];
    let believed = |text: &str| {
        let proof = text.parse::<Proof>();
        proof.is_ok_and(|it| {
            it.index == index && it.verify(&leaf_hash(&leaf), ORIGIN, &keys).is_ok()
        })
    };
    assert!(believed(&text));
    let mut changed = BTreeMap::new();
    for place in 0..text.len() {
        for bit in 0..7 {
            let mut bytes = text.clone().into_bytes();
            bytes[place] ^= 1 << bit;
            if let Ok(other) = String::from_utf8(bytes) {
                let is_believed = believed(&other);
                changed.insert(other, is_believed);
            }
        }
    }
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    for at in 0..lines.len() {
        let without = [&lines[..at], &lines[at + 1..]].concat().concat();
        let twice = [&lines[..=at], &lines[at..]].concat().concat();
        for other in [without, twice] {
            let is_believed = believed(&other);
            changed.insert(other, is_believed);
        }
    }
    let given = json!({
        "changed": changed, "leaf": String::from_utf8(leaf.clone()).unwrap(), "origin": ORIGIN,
        "key": keys[0].to_string(), "index": index,
    });
    let program = r#"
import json, sys
from proofbundle.tlogproof import verify_tlog_proof
given = json.load(open(sys.argv[1], encoding="utf-8"))
leaf, refused = given["leaf"].encode(), 0
for text, ours in given["changed"].items():
    said = verify_tlog_proof(text, leaf, given["key"], expected_origin=given["origin"])
    theirs = said["ok"] and said["index"] == given["index"]
    assert theirs == ours, (theirs, ours, text)
    refused += not theirs
print(refused > 3000, len(given["changed"]) - refused)
"#;
    let same = changed.values().filter(|it| **it).count();
    assert_eq!(python(program, &given), format!("True {same}"));
}

/// A proof as C2SP has it: a first line, perhaps `extra`, the index, hashes, an empty line, a note.
fn taken_apart(text: &str) -> (u64, Vec<tlog_tiles::Hash>, &str) {
    let (head, note) = text.split_once("\n\n").unwrap();
    let mut lines = head.split('\n');
    assert_eq!(lines.next(), Some("c2sp.org/tlog-proof@v1"));
    let index = lines.next().unwrap().strip_prefix("index ").unwrap();
    let hash = |line| tlog_tiles::Hash(STANDARD.decode(line).unwrap().try_into().unwrap());
    (index.parse().unwrap(), lines.map(hash).collect(), note)
}

#[test]
fn each_part_of_the_text_is_believed_by_other_crates() {
    let history = History::of(SIZE);
    for size in [1, 2, 3, 8, 37] {
        for at in 0..size {
            let text = text(&history, size, at, &[&signer(1), &signer(2)]);
            let (index, hashes, note) = taken_apart(&text);
            assert_eq!(index, at);
            let note = signed_note::Note::from_bytes(note.as_bytes()).unwrap();
            let key = StandardVerifier::new(&signer(2).public().to_string()).unwrap();
            let (signed, _) = note
                .verify(&VerifierList::new(vec![Box::new(key)]))
                .unwrap();
            assert!(!signed.is_empty());
            let said = tlog_tiles::Checkpoint::from_bytes(note.text()).unwrap();
            assert_eq!((said.origin(), said.size()), (ORIGIN, size));
            let leaf = &history.rows[usize::try_from(at).unwrap()].leaf.to_bytes();
            let leaf = tlog_tiles::record_hash(leaf);
            let root = *said.hash();
            let holds = |hashes: &Vec<tlog_tiles::Hash>, index| {
                tlog_tiles::check_record(hashes, size, root, index, leaf).is_ok()
            };
            assert!(holds(&hashes, index), "{at} of {size}");
            assert!(
                !holds(&hashes, (index + 1) % size) || size == 1,
                "{at} of {size}"
            );
            let turned = hashes.iter().rev().copied().collect();
            assert!(!holds(&turned, index) || hashes.len() < 2, "{at} of {size}");
        }
    }
}

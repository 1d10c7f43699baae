//! What might a tenant's history look like?

use std::path::Path;

use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::archive::{Draft, Entry, Kind, Packed, Plan};
use crate::checkpoint::Checkpoint;
use crate::leaf::Leaf;
use crate::note::{Note, Signer};
use crate::tree::{Frontier, Hash, Head, Node, TreeError, inclusion, leaf_hash};

/// Whose history it is.
pub const TENANT: Uuid = Uuid::from_u128(0x0193_5f2a_7000_7000_8000_0000_0000_0001);

/// What the log is called.
pub const ORIGIN: &str = "books.example/audit/01935f2a-7000-7000-8000-000000000001";

/// How many events are written at once.
const PAGE: usize = 1_000;

/// An event as it stands in the log's table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The envelope, with the digests of the rest as they were at the append.
    pub leaf: Leaf<'static>,
    /// The payload.
    pub payload: Vec<u8>,
    /// The request.
    pub request: Vec<u8>,
    /// Encrypted personal fields.
    pub personal: Option<Vec<u8>>,
}

impl Row {
    /// Digests what is in the row now: what the log does when a leaf is rebuilt from its columns.
    pub fn digest(&mut self) {
        let digest = |bytes: &[u8]| hex::encode(Sha256::digest(bytes));
        self.leaf.payload_hash = digest(&self.payload).into();
        self.leaf.request_hash = digest(&self.request).into();
        self.leaf.personal_hash = self.personal.as_deref().map(digest).map(Into::into);
    }
}

/// The event with this index in every sample.
pub fn row(index: u64) -> Row {
    let id = |kind: u128| Uuid::from_u128(kind << 64 | u128::from(index)).to_string();
    let (seconds, micros) = (index / 1_000, index % 1_000);
    let payload = json!({
        "amount": { "currency": "EUR", "value": format!("{}.{:02}", index / 100, index % 100) },
        "client_id": id(9),
        "note": if index.is_multiple_of(10) { "=HYPERLINK(\"http://evil.example\")" } else { "ün\u{1}paid, \"yet\"" },
        "lines": [{ "text": "consulting", "quantity": "3" }, { "text": "travel", "quantity": "1" }],
    });
    let request = json!({
        "occurredAt": "2026-11-21T08:00:00.000001Z", "reason": "OPS-7: monthly run",
        "route": "graphql:invoiceSend",
    });
    let mut row = Row {
        leaf: Leaf {
            actor: format!("user:{}", id(1)).into(),
            causation_id: (index % 3 == 2).then(|| id(2).into()),
            command_id: id(3).into(),
            correlation_id: id(4).into(),
            event_id: id(5).into(),
            event_type: "invoicing.invoice.sent".into(),
            event_version: "1".into(),
            payload_hash: "".into(),
            personal_hash: None,
            position: (index + 1).to_string().into(),
            recorded_at: format!(
                "2026-11-21T08:{:02}:{:02}.{micros:06}Z",
                seconds / 60 % 60,
                seconds % 60
            )
            .into(),
            request_hash: "".into(),
            stream_id: id(6).into(),
            stream_type: "invoicing.invoice".into(),
            tenant_id: TENANT.to_string().into(),
            v: "1".into(),
            version: (index % 7 + 1).to_string().into(),
        },
        payload: payload.to_string().into_bytes(),
        request: request.to_string().into_bytes(),
        // Ciphertext is no UTF-8, as a rule.
        personal: (index % 5 == 4).then(|| vec![0xff, 0xfe, u8::try_from(index % 251).unwrap()]),
    };
    row.digest();
    row
}

/// A signer by its number.
pub fn signer(number: u8) -> Signer {
    Signer::try_new(ORIGIN, &[number; 32]).unwrap()
}

/// A log's rows beside the tree that was sealed over them; tests change the one or the other.
#[derive(Debug, Clone)]
pub struct History {
    /// What the table has.
    pub rows: Vec<Row>,
    /// What the tiles have: leaf hashes in the order of positions.
    pub sealed: Vec<Hash>,
}

impl History {
    /// So many events, sealed as they are.
    pub fn of(size: u64) -> Self {
        let rows = (0..size).map(row).collect();
        let mut history = Self {
            rows,
            sealed: Vec::new(),
        };
        history.seal();
        history
    }

    /// Seals what the rows say now.
    pub fn seal(&mut self) {
        let leaves = self.rows.iter().map(|row| leaf_hash(&row.leaf.to_bytes()));
        self.sealed = leaves.collect();
    }

    /// The signed checkpoint of the first so many leaves.
    pub fn checkpoint(&self, size: usize, signer: &Signer) -> Note {
        let mut tree = Frontier::default();
        tree.extend(self.sealed.iter().take(size).copied());
        let head = Head {
            size: tree.size(),
            root: tree.root(),
        };
        Checkpoint::new(ORIGIN, head).sign(&[signer]).unwrap()
    }

    /// The inclusion proof of a leaf in the whole tree.
    pub fn proof(&self, index: u64) -> Vec<Hash> {
        let size = u64::try_from(self.sealed.len()).unwrap();
        inclusion::<TreeError>(index, size, |node: Node| {
            let mut part = Frontier::default();
            let from = usize::try_from(node.index << node.level).unwrap();
            part.extend(self.sealed.iter().skip(from).take(1 << node.level).copied());
            Ok(part.root())
        })
        .unwrap()
    }

    /// Writes everything as a server would: the rows as they are now, against the sealed tree.
    pub fn export(&self, signer: &Signer, directory: &Path, to: &Path) -> Packed {
        let plan = self.plan(Kind::Full, signer);
        let mut draft = Draft::begin(directory, &plan).unwrap();
        for page in self.rows.chunks(PAGE) {
            self.append(&mut draft, page, &[]);
        }
        draft.pack(to).unwrap()
    }

    /// Writes every event whose index is in `indexes`, with proofs.
    pub fn export_some(
        &self,
        signer: &Signer,
        (directory, to): (&Path, &Path),
        indexes: &[u64],
    ) -> Packed {
        let mut plan = self.plan(Kind::Filtered, signer);
        plan.filter = Some(json!({ "indexes": indexes.len().to_string() }));
        let mut draft = Draft::begin(directory, &plan).unwrap();
        let at = |index: &u64| usize::try_from(*index).unwrap();
        let rows: Vec<_> = indexes
            .iter()
            .map(|it| self.rows.get(at(it)).unwrap().clone())
            .collect();
        let proofs: Vec<_> = indexes.iter().map(|index| self.proof(*index)).collect();
        self.append(&mut draft, &rows, &proofs);
        draft.pack(to).unwrap()
    }

    /// What an archive of this history is to hold.
    pub fn plan(&self, kind: Kind, signer: &Signer) -> Plan {
        Plan {
            tenant: TENANT,
            kind,
            filter: None,
            exported: Some(json!({ "by": "user:1", "at": "2026-11-21T09:00:00Z" })),
            checkpoint: self.checkpoint(self.sealed.len(), signer),
            keys: vec![signer.public().clone()],
        }
    }

    /// Adds rows to a draft; with no proofs for a full one.
    pub fn append(&self, draft: &mut Draft, rows: &[Row], proofs: &[Vec<Hash>]) {
        let leaves: Vec<_> = rows.iter().map(|row| row.leaf.to_bytes()).collect();
        let page = rows
            .iter()
            .zip(&leaves)
            .enumerate()
            .map(|(n, (row, leaf))| {
                let index = usize::try_from(row.leaf.index().unwrap()).unwrap();
                Entry {
                    leaf,
                    payload: &row.payload,
                    request: &row.request,
                    personal: row.personal.as_deref(),
                    // A row beyond the tree has no hash in it.
                    sealed: self.sealed.get(index).copied().unwrap_or_default(),
                    proof: proofs.get(n).map(Vec::as_slice),
                }
            });
        draft.append(&page.collect::<Vec<_>>()).unwrap();
    }
}

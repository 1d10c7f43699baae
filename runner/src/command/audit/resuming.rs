//! How does sealing go on where it had stopped?
//!
//! First the tenant's history says so, then it happens: whoever is interrupted in between gives the
//! same command again.

use daybook_audit::checkpoint::Checkpoint;
use daybook_audit::note::Note;
use daybook_domain::audit::seal::{Resume, Resumed, seal_id};
use daybook_domain::kernel::TenantId;
use daybook_store::audit::{Halt, Outside};
use daybook_store::{Actor, Context, ExecuteError, Fingerprint, Origin, Store};
use uuid::Uuid;

use crate::clock;
use crate::command::given_by::GivenBy;
use crate::failure::Failure;

/// The longest checkpoint that is kept in an event: many times one with a few signatures.
const MOST_BYTES: usize = 16 * 1024;

/// An operator's word that a tenant's sealing may go on.
pub(super) struct Resuming<'s> {
    pub(super) store: &'s Store,
    pub(super) tenant: TenantId,
    /// Whether what was signed is given up.
    pub(super) gives_up: bool,
    pub(super) given_by: GivenBy,
}

impl Resuming<'_> {
    pub(super) async fn run(self, outside: &Outside) -> Result<String, Failure> {
        let tenant = self.tenant;
        let halts = self.store.seal_halts().await?;
        let Some(halt) = halts.into_iter().find(|halt| halt.tenant == tenant) else {
            return Err(Failure::failed(format!(
                "sealing was not stopped for tenant {tenant}"
            )));
        };
        let given_up = self.gives_up.then(|| signed(outside, tenant));
        self.record(&halt, given_up).await?;
        if self.gives_up {
            let mark = halt.halted_at.format("%Y%m%dT%H%M%S").to_string();
            outside.set_aside(tenant, &mark).map_err(|error| {
                Failure::surroundings(format!("the last checkpoint cannot be put aside: {error}"))
            })?;
        }
        self.store.resume_seal(tenant).await?;
        Ok(format!(
            "sealing goes on for tenant {tenant} within seconds, unless the same is found again"
        ))
    }

    async fn record(&self, halt: &Halt, given_up: Option<String>) -> Result<(), Failure> {
        let at = clock::system();
        let what = if given_up.is_some() {
            "audit resume --give-up-history"
        } else {
            "audit resume"
        };
        let command = Resume {
            resumed: Resumed {
                halted_at: halt.halted_at,
                position: halt.position.unsigned_abs(),
                finding: halt.reason.clone(),
                given_up,
                at,
            },
            is_accounted: self.given_by.is_whole(),
        };
        // One halt is ended once; the aggregate knows which.
        let fingerprint = Fingerprint::of(what, &halt.halted_at);
        let context = Context::new(Actor::System("command_line"), mint(), fingerprint, at);
        let context = context.from(Origin {
            route: Some(format!("command_line:{what}")),
            ..self.given_by.origin()
        });
        let stream = seal_id(self.tenant);
        let recorded = self.store.execute(self.tenant, stream, command, context);
        match recorded.await {
            Ok(_) => Ok(()),
            Err(ExecuteError::Refused(refused)) => Err(Failure::surroundings(refused)),
            Err(error) => Err(error.into()),
        }
    }
}

/// The checkpoint that is kept outside; empty where there is none, or something else.
fn signed(outside: &Outside, tenant: TenantId) -> String {
    let kept = outside.last(tenant).ok().flatten();
    let is_checkpoint = |text: &String| {
        let note = text.parse::<Note>().ok();
        let read = |note: Note| note.unverified_text().parse::<Checkpoint>().is_ok();
        text.len() <= MOST_BYTES && note.is_some_and(read)
    };
    kept.filter(is_checkpoint).unwrap_or_default()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the command line is the edge at which this id is minted"
)]
fn mint() -> Uuid {
    Uuid::now_v7()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use daybook_audit::note::Signer;
    use daybook_audit::tree::{Head, empty_root};

    use super::*;

    #[test]
    fn what_is_given_up_is_a_checkpoint_or_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let outside = Outside::at(directory.path()).unwrap();
        let tenant = TenantId(Uuid::from_u128(7));
        assert_eq!(signed(&outside, tenant), "");
        let origin = format!("books.example/audit/{tenant}");
        let head = Head {
            size: 0,
            root: empty_root(),
        };
        let signer = Signer::try_new(&origin, &[1; 32]).unwrap();
        let note = Checkpoint::new(origin, head).sign(&[&signer]).unwrap();
        let note = note.to_string();
        let file = directory.path().join(tenant.to_string());
        fs::write(&file, &note).unwrap();
        assert_eq!(signed(&outside, tenant), note);
        for damaged in [b"no note".as_slice(), b"\xff\xfe", &note.as_bytes()[..40]] {
            fs::write(&file, damaged).unwrap();
            assert_eq!(signed(&outside, tenant), "");
        }
    }
}

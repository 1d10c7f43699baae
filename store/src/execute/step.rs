//! One command of a batch, with its aggregate's type put away.

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use daybook_domain::kernel::{Aggregate, Refusal as _};
use daybook_domain::kernel::{
    Command, Event, Personal, Settlement, Subject, TenantId, encode, withhold,
};
use futures::future::BoxFuture;
use uuid::Uuid;

use crate::cache::{Cached, Making};
use crate::error::{Refused, StoreError};
use crate::log::{Drawing, NewEvent, Recorded, Write};
use crate::store::{Loaded, Store};

/// A command that can be decided as often as races are lost.
pub(crate) trait Step: Send + Sync + fmt::Debug {
    fn stream_id(&self) -> Uuid;

    /// Decides on current state.
    fn decide<'s>(
        &'s self,
        store: &'s Store,
        tenant: TenantId,
        first_try: bool,
    ) -> BoxFuture<'s, Result<Decided, Undecided>>;

    /// The aggregate's own word for what could not be settled.
    fn unsettled(&self, settlement: &Settlement) -> Option<Refused>;
}

/// A decision: what to append, and how to remember the state once it is appended.
pub(crate) struct Decided {
    pub(crate) write: Write,
    pub(crate) remember: Remember,
}

/// Keeps the state after the appended events.
pub(crate) type Remember = Box<dyn FnOnce(&Store, &[Arc<Recorded>]) + Send>;

/// Why there is no decision.
#[derive(Debug)]
pub(crate) enum Undecided {
    Refused(Refused),
    Store(StoreError),
}

/// A command on a stream.
#[derive(Debug)]
pub(crate) struct CommandOn<C> {
    pub(crate) stream_id: Uuid,
    pub(crate) command: C,
    /// The stream's id was minted for this command: it is taken to be empty at the first try,
    /// which saves the load; the log's own constraint notices when it is not.
    pub(crate) new: bool,
}

impl<C: Command> Step for CommandOn<C> {
    fn stream_id(&self) -> Uuid {
        self.stream_id
    }

    fn decide<'s>(
        &'s self,
        store: &'s Store,
        tenant: TenantId,
        first_try: bool,
    ) -> BoxFuture<'s, Result<Decided, Undecided>> {
        Box::pin(async move {
            let making = store.cache().make(tenant, self.stream_id);
            let loaded = if self.new && first_try {
                Store::assume_new::<C::Aggregate>()
            } else {
                store
                    .load_for_write::<C::Aggregate>(tenant, self.stream_id, !first_try)
                    .await
                    .map_err(Undecided::Store)?
            };
            let events = self
                .command
                .decide(&loaded.state)
                .map_err(|refusal| Undecided::Refused(Refused::of(&refusal)))?;
            Ok(self.decided(tenant, making, loaded, events))
        })
    }

    fn unsettled(&self, settlement: &Settlement) -> Option<Refused> {
        let refusal =
            <C::Aggregate as daybook_domain::kernel::Aggregate>::Refusal::unsettled(settlement);
        refusal.map(|refusal| Refused::of(&refusal))
    }
}

impl<C: Command> CommandOn<C> {
    fn decided(
        &self,
        tenant: TenantId,
        making: Making,
        loaded: Loaded<C::Aggregate>,
        events: Vec<<C::Aggregate as daybook_domain::kernel::Aggregate>::Event>,
    ) -> Decided {
        let Loaded { state, version } = loaded;
        let stream_id = self.stream_id;
        let write = Write {
            stream_type: C::Aggregate::NAME,
            stream_id,
            expected: version,
            events: new_events(&*state, stream_id, &events),
        };
        let remember: Remember = Box::new(move |store, records| {
            let mine = records
                .iter()
                .filter(|record| record.stream_id == stream_id);
            let mut after = Arc::unwrap_or_clone(state);
            let mut at = version;
            for (event, record) in events.into_iter().zip(mine) {
                // What was drawn is known only from the record.
                let event = if event.draw().is_some() {
                    record.decode().ok()
                } else {
                    Some(event)
                };
                let Some(event) = event else {
                    return store.cache().evict(tenant, stream_id);
                };
                after.evolve(event);
                at = record.version;
            }
            if at == version {
                return;
            }
            store
                .snapshots()
                .offer(tenant, stream_id, (version, at), &after);
            let state: Arc<dyn Any + Send + Sync> = Arc::new(after);
            let cached = Cached { version: at, state };
            making.keep(cached);
        });
        Decided { write, remember }
    }
}

/// The events as they are to be appended, with whom their personal fields are about: what a field
/// does not say itself, the state before its event does, or the stream is that person's.
fn new_events<A: Aggregate>(before: &A, stream_id: Uuid, events: &[A::Event]) -> Vec<NewEvent> {
    let mut before = Cow::Borrowed(before);
    let mut new = Vec::with_capacity(events.len());
    for (index, event) in events.iter().enumerate() {
        let mut fields = event.personal();
        let stream = |field: &Personal| field.subject == Subject::Stream;
        if fields.iter().any(stream) {
            let subject = before.subject().unwrap_or(stream_id);
            for field in fields.iter_mut().filter(|field| stream(field)) {
                *field = field.of(subject);
            }
        }
        new.push(new_event(event, fields));
        if index + 1 < events.len() {
            before.to_mut().evolve(event.clone());
        }
    }
    new
}

fn new_event<E: Event>(event: &E, fields: Vec<Personal>) -> NewEvent {
    let drawing = event.draw().map(|draw| {
        let event = event.clone();
        let with = move |number| {
            let drawn = event.clone().drawn(number);
            (encode(&drawn), drawn.claims())
        };
        Drawing {
            series: draw.series,
            with: Box::new(with),
        }
    });
    let encoded = encode(event);
    let withheld = (!fields.is_empty()).then(|| withhold(&encoded.payload, &fields));
    NewEvent {
        withheld: withheld.filter(|withheld| !withheld.values.is_empty()),
        encoded,
        fields,
        claims: event.claims(),
        counts: event.counts(),
        drawing,
    }
}

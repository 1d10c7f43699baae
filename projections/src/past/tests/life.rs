//! A tenant in which everything happens that can happen, by the throw of dice.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Debug;

use daybook_domain::audit::export::Export;
use daybook_domain::audit::seal::{Seal, seal_id};
use daybook_domain::crm::client::Client;
use daybook_domain::crm::fields::{FieldSet, stream_id};
use daybook_domain::identity::session::Session;
use daybook_domain::identity::user::User;
use daybook_domain::invoicing::invoice::Invoice;
use daybook_domain::invoicing::invoice::fixtures::Dice;
use daybook_domain::kernel::{Aggregate, ClientId, InvoiceId, TenantId};
use daybook_domain::privacy::consent::{Consent, Purpose, consent_id};
use daybook_domain::privacy::data_subject::{DataSubject, Subject};
use daybook_domain::privacy::retention::{Retention, retention_id};
use daybook_domain::tenancy::api_key::ApiKey;
use daybook_domain::tenancy::member::Member;
use daybook_domain::tenancy::tenant::Tenant;
use daybook_store::{AsOf, Recorded, Store, TenantTx};
use futures::future::{BoxFuture, FutureExt};
use serde_json::{Value, json};
use uuid::Uuid;

use super::stories::{
    a_client, a_tenant, an_export, api_key, consents_of, custom_fields, data_subject, member,
    operations, paid_invoice, session, terms, user,
};
use crate::audit::exports;
use crate::chance::invoice_events;
use crate::crm::clients;
use crate::identity::users;
use crate::invoicing::{balances, invoices, lines, payments};
use crate::privacy::{consents, data_subjects};
use crate::tenancy::{api_keys, members, tenant};
use crate::testing::{World, id};

/// A thing to which something happens now and then.
pub(super) trait Story: Send + Sync {
    fn stream_type(&self) -> &'static str;
    fn stream(&self) -> Uuid;
    fn is_over(&self) -> bool;
    /// The next thing happens.
    fn go_on<'a>(&'a mut self, world: &'a World, tenant: TenantId) -> BoxFuture<'a, ()>;
    /// What rules go by now.
    fn now<'a>(&'a self, store: &'a Store, tenant: TenantId) -> BoxFuture<'a, Value>;
    /// What rules went by then: by the position, and by the instant.
    fn then<'a>(&'a self, store: &'a Store, whence: (TenantId, AsOf)) -> BoxFuture<'a, [Value; 2]>;
    /// What follows from a tenant's first events.
    fn folded(&self, events: &[Recorded]) -> Value;
}

struct Told<A: Aggregate> {
    stream: Uuid,
    ahead: VecDeque<A::Event>,
}

impl<A: Aggregate> Story for Told<A> {
    fn stream_type(&self) -> &'static str {
        A::NAME
    }

    fn stream(&self) -> Uuid {
        self.stream
    }

    fn is_over(&self) -> bool {
        self.ahead.is_empty()
    }

    fn go_on<'a>(&'a mut self, world: &'a World, tenant: TenantId) -> BoxFuture<'a, ()> {
        async move {
            let event = self.ahead.pop_front().expect("it is not over");
            world.happen::<A>(tenant, self.stream, &[event]).await;
        }
        .boxed()
    }

    fn now<'a>(&'a self, store: &'a Store, tenant: TenantId) -> BoxFuture<'a, Value> {
        async move {
            let loaded = store.load::<A>(tenant, self.stream).await.unwrap();
            json!([loaded.version, *loaded.state])
        }
        .boxed()
    }

    fn then<'a>(
        &'a self,
        store: &'a Store,
        (tenant, moment): (TenantId, AsOf),
    ) -> BoxFuture<'a, [Value; 2]> {
        async move {
            let position = store.load_then::<A>(tenant, self.stream, moment).await;
            let at = moment.recorded_at.expect("something had happened");
            let instant = store.load_as_of::<A>(tenant, self.stream, at).await;
            [position, instant].map(|loaded| {
                let loaded = loaded.unwrap();
                json!([loaded.version, *loaded.state])
            })
        }
        .boxed()
    }

    fn folded(&self, events: &[Recorded]) -> Value {
        let ours = events.iter().filter(|event| event.stream_id == self.stream);
        let ours: Vec<A::Event> = ours.map(|event| event.decode().unwrap()).collect();
        json!([ours.len(), A::fold(&ours)])
    }
}

/// A tenant.
pub(super) struct Life {
    pub(super) tenant: TenantId,
    pub(super) stories: Vec<Box<dyn Story>>,
}

/// Kinds of things that there are.
const KINDS: usize = 13;
/// As many exports may be open at once, and there are no more of them.
const EXPORTS: usize = 5;

impl Life {
    pub(super) fn new() -> Self {
        Self {
            tenant: TenantId(id()),
            stories: Vec::new(),
        }
    }

    /// Something happens: to something new, or to what is there.
    pub(super) async fn go_on(&mut self, world: &World, dice: &mut Dice) {
        let open: Vec<usize> = (0..self.stories.len())
            .filter(|at| !self.stories[*at].is_over())
            .collect();
        let at = if open.is_empty() || dice.below(3) == 0 {
            // Each kind once, and then as it comes.
            let begun = self.stories.len();
            let kind = if begun < KINDS {
                begun
            } else {
                dice.below(KINDS)
            };
            let story = self.begin(kind, dice);
            self.stories.push(story);
            begun
        } else {
            open[dice.below(open.len())]
        };
        self.stories[at].go_on(world, self.tenant).await;
    }

    pub(super) fn streams<I: From<Uuid>>(&self, stream_type: &str) -> Vec<I> {
        let ours = self
            .stories
            .iter()
            .filter(|it| it.stream_type() == stream_type);
        ours.map(|it| I::from(it.stream())).collect()
    }

    /// Whether there is something with that stream already.
    fn has(&self, stream: Uuid) -> bool {
        self.stories.iter().any(|it| it.stream() == stream)
    }

    fn begin(&self, kind: usize, dice: &mut Dice) -> Box<dyn Story> {
        let clients: Vec<ClientId> = self.streams(Client::NAME);
        let known = |dice: &mut Dice| clients[dice.below(clients.len())];
        let fresh = id();
        match kind {
            1 if !self.has(self.tenant.0) => told::<Tenant>(self.tenant.0, a_tenant(self.tenant)),
            2 if !self.has(stream_id(self.tenant)) => {
                told::<FieldSet>(stream_id(self.tenant), custom_fields())
            }
            3 if !self.has(retention_id(self.tenant)) => {
                told::<Retention>(retention_id(self.tenant), terms())
            }
            4 => told::<Member>(fresh, member(fresh)),
            5 => told::<ApiKey>(fresh, api_key(fresh)),
            6 => told::<User>(fresh, user(fresh)),
            7 => told::<Session>(fresh, session(fresh)),
            8 => {
                let client = known(dice);
                let is_first = self.streams::<Uuid>(Invoice::NAME).is_empty();
                let of = if is_first {
                    paid_invoice
                } else {
                    invoice_events
                };
                told::<Invoice>(fresh, of(dice, client))
            }
            9 => {
                let (client, purpose) = (known(dice), Purpose::parse("news").unwrap());
                let stream = consent_id(client, &purpose).0;
                if self.has(stream) {
                    return told::<Client>(fresh, a_client(fresh, dice));
                }
                told::<Consent>(stream, consents_of(client))
            }
            10 => {
                let subject = Subject::from(known(dice));
                if self.has(subject.stream().0) {
                    return told::<Client>(fresh, a_client(fresh, dice));
                }
                told::<DataSubject>(subject.stream().0, data_subject(subject, dice))
            }
            11 if self.streams::<Uuid>(Export::NAME).len() < EXPORTS => {
                told::<Export>(fresh, an_export(dice))
            }
            12 if !self.has(seal_id(self.tenant)) => {
                told::<Seal>(seal_id(self.tenant), operations())
            }
            _ => told::<Client>(fresh, a_client(fresh, dice)),
        }
    }

    /// What is shown of single things, whether they are there or not.
    pub(super) async fn things(&self, tx: &mut TenantTx) -> BTreeMap<&'static str, Vec<String>> {
        let clients: Vec<ClientId> = self.streams(Client::NAME);
        let invoices: Vec<InvoiceId> = self.streams(Invoice::NAME);
        let members = members::by_ids(tx, &self.streams(Member::NAME)).await;
        let keys = api_keys::by_ids(tx, &self.streams(ApiKey::NAME)).await;
        let consents = consents::by_ids(tx, &self.streams(Consent::NAME)).await;
        let people = data_subjects::by_ids(tx, &self.streams(DataSubject::NAME)).await;
        let exports = exports::by_ids(tx, &self.streams(Export::NAME)).await;
        let users = users::by_ids(tx, &self.streams(User::NAME)).await;
        let owed = balances::of_clients(tx, &clients).await;
        let lines = lines::of_invoices(tx, &invoices).await;
        let payments = payments::of_invoices(tx, &invoices).await;
        let payments = payments.map(Option::unwrap_or_default);
        let clients = clients::by_ids(tx, &clients).await;
        let invoices = invoices::by_ids(tx, &invoices).await;
        BTreeMap::from([
            ("client", shown(clients.unwrap())),
            ("invoice", shown(invoices.unwrap())),
            ("member", shown(members.unwrap())),
            ("key", shown(keys.unwrap())),
            ("consent", shown(consents.unwrap())),
            ("person", shown(people.unwrap())),
            ("export", shown(exports.unwrap())),
            ("user", shown(users.unwrap())),
            ("tenant", shown(tenant::current(tx).await.unwrap())),
            ("balance", shown(owed.unwrap())),
            ("line", shown(lines.unwrap())),
            ("payment", shown(payments.unwrap())),
        ])
    }

    /// Which kinds of aggregates it has.
    pub(super) fn kinds(&self) -> BTreeSet<&'static str> {
        self.stories.iter().map(|it| it.stream_type()).collect()
    }
}

/// Rows in an order of their own.
pub(super) fn shown<R: Debug>(rows: impl IntoIterator<Item = R>) -> Vec<String> {
    let mut shown: Vec<String> = rows.into_iter().map(|row| format!("{row:?}")).collect();
    shown.sort();
    shown
}

fn told<A: Aggregate>(stream: Uuid, ahead: Vec<A::Event>) -> Box<dyn Story> {
    Box::new(Told::<A> {
        stream,
        ahead: ahead.into(),
    })
}

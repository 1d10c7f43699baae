//! A business that grows by the throw of dice, and everything that is asked of it.

use std::collections::BTreeMap;
use std::time::Duration;

use daybook_domain::crm::client::{Client, ClientEvent};
use daybook_domain::invoicing::invoice::fixtures::Dice;
use daybook_domain::invoicing::invoice::{Invoice, InvoiceEvent};
use daybook_domain::kernel::{ClientId, InvoiceId, MemberId, TenantId, UserId};
use daybook_domain::tenancy::access::Role;
use daybook_domain::tenancy::member::{Member, MemberEvent, RoleChanged};
use daybook_store::{AsOf, TenantTx};
use uuid::Uuid;

use crate::chance::{client_events, invoice_events};
use crate::crm::CLIENTS;
use crate::crm::clients::{self, ClientRow, Clients};
use crate::crm::notes::{NoteRow, Notes};
use crate::invoicing::balances::{self, BalanceRow};
use crate::invoicing::invoices::{self, InvoiceRow, Invoices};
use crate::invoicing::revenue::{self, Figures, Grouping};
use crate::invoicing::{INVOICES, lines, payments, receivables};
use crate::list::{self, Window};
use crate::past::Pasts;
use crate::tenancy::MEMBERS;
use crate::tenancy::members::{self, MemberRow, Members};
use crate::tenancy::testing::{at, joined};
use crate::testing::{World, id, now};

/// What is built for [`lists`].
pub(super) const READ_MODELS: &[&str] = &[CLIENTS, INVOICES, MEMBERS];
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// A tenant whose things are at different stages.
pub(super) struct Business {
    pub(super) tenant: TenantId,
    pub(super) clients: Vec<ClientId>,
    pub(super) invoices: Vec<InvoiceId>,
    pub(super) members: Vec<MemberId>,
    ahead: Vec<(Uuid, Vec<InvoiceEvent>)>,
}

impl Business {
    pub(super) fn new() -> Self {
        Self {
            tenant: TenantId(id()),
            clients: Vec::new(),
            invoices: Vec::new(),
            members: Vec::new(),
            ahead: Vec::new(),
        }
    }

    /// Something happens.
    pub(super) async fn go_on(&mut self, world: &World, dice: &mut Dice) {
        match dice.below(6) {
            1 | 2 if !self.clients.is_empty() => self.draft(world, dice).await,
            3 if !self.ahead.is_empty() => self.proceed(world, dice).await,
            4 => self.join(world, dice).await,
            5 if !self.members.is_empty() => self.change_role(world, dice).await,
            _ => self.register(world, dice).await,
        }
    }

    async fn register(&mut self, world: &World, dice: &mut Dice) {
        let stream = id();
        let mut events = client_events(dice);
        if let ClientEvent::Registered(registered) = &mut events[0] {
            registered.client_id = ClientId(stream);
        }
        world.happen::<Client>(self.tenant, stream, &events).await;
        self.clients.push(ClientId(stream));
    }

    async fn draft(&mut self, world: &World, dice: &mut Dice) {
        let client = self.clients[dice.below(self.clients.len())];
        let mut events = invoice_events(dice, client);
        let rest = events.split_off(1);
        let stream = id();
        world.happen::<Invoice>(self.tenant, stream, &events).await;
        self.invoices.push(InvoiceId(stream));
        if !rest.is_empty() {
            self.ahead.push((stream, rest));
        }
    }

    async fn proceed(&mut self, world: &World, dice: &mut Dice) {
        let which = dice.below(self.ahead.len());
        let (stream, events) = &mut self.ahead[which];
        let next = events.remove(0);
        world.happen::<Invoice>(self.tenant, *stream, &[next]).await;
        if events.is_empty() {
            self.ahead.remove(which);
        }
    }

    async fn join(&mut self, world: &World, dice: &mut Dice) {
        let stream = id();
        let role = Role::ALL[dice.below(5)];
        let event = joined(MemberId(stream), UserId(id()), role);
        world.happen::<Member>(self.tenant, stream, &[event]).await;
        self.members.push(MemberId(stream));
    }

    async fn change_role(&mut self, world: &World, dice: &mut Dice) {
        let member = self.members[dice.below(self.members.len())];
        let event = MemberEvent::RoleChanged(RoleChanged {
            previous_role: Role::Guest,
            role: Role::ALL[dice.below(5)],
            client_id: None,
            at: at(9),
        });
        world.happen::<Member>(self.tenant, member, &[event]).await;
    }

    /// Where the log ends.
    pub(super) async fn head(&self, world: &World) -> AsOf {
        let (position, _) = world.store.tenant_head(self.tenant).await.unwrap();
        let moment = world.store.moment_of(self.tenant, position).await;
        moment.unwrap().expect("the head is there")
    }

    /// What is shown of single things, whether they are there or not.
    pub(super) async fn things(&self, tx: &mut TenantTx) -> Things {
        let mut clients = clients::by_ids(tx, &self.clients).await.unwrap();
        clients.sort_by_key(|row| row.id);
        let mut invoices = invoices::by_ids(tx, &self.invoices).await.unwrap();
        invoices.sort_by_key(|row| row.id);
        let mut members = members::by_ids(tx, &self.members).await.unwrap();
        members.sort_by_key(|row| row.id);
        Things {
            clients,
            invoices,
            members,
            balances: balances::of_clients(tx, &self.clients).await.unwrap(),
            lines: lines::of_invoices(tx, &self.invoices).await.unwrap(),
            payments: payments::of_invoices(tx, &self.invoices)
                .await
                .unwrap()
                .unwrap(),
        }
    }

    /// What lists and sums show.
    pub(super) async fn lists(&self, tx: &mut TenantTx) -> Lists {
        let mut noted = Vec::new();
        for client in &self.clients {
            let window = Window::default();
            noted.extend(list::page::<Notes>(tx, client, &window).await.unwrap().rows);
        }
        let range = revenue::Range::default();
        let month = Grouping::MonthAndCountry;
        let day = "2024-06-01".parse().unwrap();
        Lists {
            clients: list::page::<Clients>(tx, &clients::Filter::default(), &Window::default())
                .await
                .unwrap()
                .rows,
            invoices: list::page::<Invoices>(tx, &invoices::Filter::default(), &Window::default())
                .await
                .unwrap()
                .rows,
            invoice_count: list::count::<Invoices>(tx, &invoices::Filter::default())
                .await
                .unwrap(),
            members: list::page::<Members>(tx, &members::Filter::default(), &Window::default())
                .await
                .unwrap()
                .rows,
            notes: noted,
            owed: balances::of_tenant(tx).await.unwrap(),
            revenue: revenue::figures(tx, &range, month).await.unwrap(),
            receivables: receivables::by_age(tx, day, None).await.unwrap(),
        }
    }
}

/// What is shown of single things.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Things {
    pub(super) clients: Vec<ClientRow>,
    pub(super) invoices: Vec<InvoiceRow>,
    pub(super) members: Vec<MemberRow>,
    balances: Vec<BalanceRow>,
    lines: Vec<lines::LineRow>,
    payments: Vec<payments::PaymentRow>,
}

/// What lists and sums show.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Lists {
    clients: Vec<ClientRow>,
    invoices: Vec<InvoiceRow>,
    invoice_count: i64,
    members: Vec<MemberRow>,
    notes: Vec<NoteRow>,
    owed: Vec<BalanceRow>,
    revenue: Vec<Figures>,
    receivables: Vec<receivables::Aged>,
}

/// The past, as another process would have it.
pub(super) fn pasts(world: &World) -> Pasts {
    Pasts::new(&world.store, crate::all(), (id(), now))
}

/// Rows under generations of vantages, by table.
pub(super) async fn scratch_rows(world: &World) -> BTreeMap<&'static str, i64> {
    let mut admin = world.administrator().await;
    let mut found = BTreeMap::new();
    for projection in crate::all() {
        for table in projection.tables() {
            let count = format!("select count(*) from {table} where generation < 0");
            let rows = sqlx::query_scalar(&count).fetch_one(&mut admin).await;
            let rows = rows.unwrap();
            if rows > 0 {
                found.insert(*table, rows);
            }
        }
    }
    found
}

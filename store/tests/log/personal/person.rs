//! Somebody the log says things about, in every way there is.

use daybook_domain::kernel::{
    self, Aggregate, Claim, Command, Decision, Draw, Personal, Realm, Settlement, TenantId,
};
use daybook_store::{ExecuteError, Receipt, Store};
use serde::{Deserialize, Serialize};
use thiserror::Error;
use uuid::Uuid;

use crate::world::{id, run, run_as};

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) email: Option<String>,
    pub(crate) guardian: Option<Uuid>,
    pub(crate) friends: Vec<String>,
    pub(crate) words: Vec<Option<String>>,
    pub(crate) bills: Vec<(u64, Option<String>)>,
    pub(crate) steps: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Event {
    #[serde(rename = "test.person.met")]
    Met(Meet),
    #[serde(rename = "test.person.introduced")]
    Introduced(Introduce),
    #[serde(rename = "test.person.said")]
    Said(Say),
    #[serde(rename = "test.person.billed")]
    Billed(Billed),
    #[serde(rename = "test.person.walked")]
    Walked(Walk),
}

/// A name that must be there, an address that is claimed, and whose child it is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Meet {
    pub(crate) name: String,
    pub(crate) email: Option<String>,
    pub(crate) guardian: Option<Uuid>,
}
/// Two people in one event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Introduce {
    pub(crate) words: Option<String>,
    pub(crate) friend: Uuid,
    pub(crate) friend_name: String,
}
/// Words about the guardian where there is one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Say {
    pub(crate) words: Option<String>,
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Billed {
    pub(crate) number: u64,
    pub(crate) memo: Option<String>,
}
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Walk {
    pub(crate) steps: u64,
}
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Bill(pub(crate) &'static str);

impl kernel::Event for Event {
    fn personal(&self) -> Vec<Personal> {
        match self {
            Event::Met(_) => vec![Personal::text("/name"), Personal::optional("/email")],
            Event::Introduced(it) => vec![
                Personal::text("/friend_name").of(it.friend),
                Personal::optional("/words"),
            ],
            Event::Said(_) => vec![Personal::optional("/words")],
            Event::Billed(_) => vec![Personal::optional("/memo")],
            Event::Walked(_) => Vec::new(),
        }
    }

    fn claims(&self) -> Vec<Claim> {
        let Event::Met(Meet {
            email: Some(email), ..
        }) = self
        else {
            return Vec::new();
        };
        vec![Claim::Take {
            realm: Realm::Tenant,
            scope: "test.person_email",
            value: email.to_lowercase(),
        }]
    }

    fn draw(&self) -> Option<Draw> {
        matches!(self, Event::Billed(_)).then(|| Draw {
            series: "test.person_bills".to_owned(),
        })
    }

    fn drawn(self, number: u64) -> Self {
        match self {
            Event::Billed(billed) => Event::Billed(Billed { number, ..billed }),
            other => other,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Error)]
#[error("the address is taken")]
pub(crate) struct Taken;

impl kernel::Refusal for Taken {
    fn code(&self) -> &'static str {
        "TAKEN"
    }

    fn unsettled(_: &Settlement) -> Option<Self> {
        Some(Self)
    }
}

impl Aggregate for Person {
    const NAME: &'static str = "test.person";
    type Event = Event;
    type Refusal = Taken;

    fn subject(&self) -> Option<Uuid> {
        self.guardian
    }

    fn evolve(&mut self, event: Event) {
        match event {
            Event::Met(met) => {
                self.name = met.name;
                self.email = met.email;
                self.guardian = met.guardian;
            }
            Event::Introduced(it) => {
                self.friends.push(it.friend_name);
                self.words.push(it.words);
            }
            Event::Said(it) => self.words.push(it.words),
            Event::Billed(it) => self.bills.push((it.number, it.memo)),
            Event::Walked(walk) => self.steps += walk.steps,
        }
    }
}

impl Command for Meet {
    type Aggregate = Person;
    fn decide(&self, _: &Person) -> Decision<Person> {
        Ok(vec![Event::Met(self.clone())])
    }
}

impl Command for Introduce {
    type Aggregate = Person;
    fn decide(&self, _: &Person) -> Decision<Person> {
        Ok(vec![Event::Introduced(self.clone())])
    }
}

impl Command for Say {
    type Aggregate = Person;
    fn decide(&self, _: &Person) -> Decision<Person> {
        Ok(vec![Event::Said(self.clone())])
    }
}

impl Command for Bill {
    type Aggregate = Person;
    fn decide(&self, _: &Person) -> Decision<Person> {
        let memo = Some(self.0.to_owned());
        Ok(vec![Event::Billed(Billed { number: 0, memo }); 2])
    }
}

impl Command for Walk {
    type Aggregate = Person;
    fn decide(&self, _: &Person) -> Decision<Person> {
        Ok(vec![Event::Walked(self.clone())])
    }
}

/// What is never to be found again.
pub(crate) const NAME: &str = "Ada Lovelace-Quartermain";
pub(crate) const EMAIL: &str = "Ada.Quartermain@Example.org";
pub(crate) const WORDS: &str = "prefers the \"analytical\" engine — ünïcode";
pub(crate) const MEMO: &str = "memorandum of the quartermaster";

pub(crate) fn meet() -> Meet {
    Meet {
        name: NAME.to_owned(),
        email: Some(EMAIL.to_owned()),
        guardian: None,
    }
}

pub(crate) fn say(words: &str) -> Say {
    Say {
        words: Some(words.to_owned()),
    }
}

/// A person of a tenant, about whom everything is said that can be.
pub(crate) async fn known(store: &Store, tenant: TenantId) -> Uuid {
    let person = id();
    run(store, tenant, person, meet()).await.unwrap();
    run(store, tenant, person, say(WORDS)).await.unwrap();
    run(store, tenant, person, Bill(MEMO)).await.unwrap();
    run(store, tenant, person, Walk { steps: 7 }).await.unwrap();
    person
}

/// What is left of them.
pub(crate) fn erased() -> Person {
    Person {
        name: "erased".to_owned(),
        email: None,
        guardian: None,
        friends: Vec::new(),
        words: vec![None],
        bills: vec![(1, None), (2, None)],
        steps: 7,
    }
}

/// As they are until then.
pub(crate) fn whole() -> Person {
    Person {
        name: NAME.to_owned(),
        email: Some(EMAIL.to_owned()),
        guardian: None,
        friends: Vec::new(),
        words: vec![Some(WORDS.to_owned())],
        bills: vec![(1, Some(MEMO.to_owned())), (2, Some(MEMO.to_owned()))],
        steps: 7,
    }
}

/// As a store has them, whatever it has in memory.
pub(crate) async fn stored(store: &Store, tenant: TenantId, person: Uuid) -> Person {
    let loaded = store.load_stored_now::<Person>(tenant, person).await;
    (*loaded.unwrap().state).clone()
}

/// As a store has them in memory.
pub(crate) async fn held(store: &Store, tenant: TenantId, person: Uuid) -> Person {
    (*store.load::<Person>(tenant, person).await.unwrap().state).clone()
}

/// Says something under a command id, as often as it is called.
pub(crate) async fn say_as(
    store: &Store,
    place: (TenantId, Uuid),
    command_id: Uuid,
) -> Result<Receipt, ExecuteError> {
    run_as(store, place, command_id, say(WORDS)).await
}

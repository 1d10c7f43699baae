//! Which rules does the log have to settle? An account that uses all of them.

use daybook_domain::kernel::{
    self, Aggregate, Claim, Command, Count, Decision, Draw, Realm, Settlement,
};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How many accounts a tenant has.
pub(crate) const ACCOUNTS: &str = "test.accounts";
/// How many of them are owners.
pub(crate) const OWNERS: &str = "test.owners";
/// A counter that goes anywhere.
pub(crate) const TALLY: &str = "test.tally";
/// The series bills are numbered from.
pub(crate) const BILLS: &str = "test.bills";
/// Unique in the installation.
pub(crate) const EMAIL: &str = "test.email";
/// Unique in the tenant.
pub(crate) const TAG: &str = "test.tag";
/// The claim of a bill's number.
pub(crate) const BILL: &str = "test.bill";

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) open: bool,
    pub(crate) balance: i64,
    pub(crate) email: Option<String>,
    pub(crate) tag: Option<String>,
    pub(crate) owner: bool,
    pub(crate) bills: Vec<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Event {
    #[serde(rename = "test.account.opened")]
    Opened(Opened),
    #[serde(rename = "test.account.deposited")]
    Deposited(Amount),
    #[serde(rename = "test.account.withdrawn")]
    Withdrawn(Amount),
    #[serde(rename = "test.account.retagged")]
    Retagged(Retagged),
    #[serde(rename = "test.account.promoted")]
    Promoted(Nothing),
    #[serde(rename = "test.account.demoted")]
    Demoted(Nothing),
    #[serde(rename = "test.account.tallied")]
    Tallied(Tally),
    #[serde(rename = "test.account.billed")]
    Billed(Billed),
    #[serde(rename = "test.account.closed")]
    Closed(Closed),
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Nothing {}
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Opened {
    pub(crate) email: Option<String>,
    pub(crate) tag: Option<String>,
    pub(crate) most: Option<i64>,
}
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Amount {
    pub(crate) amount: i64,
}
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Retagged {
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
}
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tally {
    pub(crate) delta: i64,
    pub(crate) min: Option<i64>,
    pub(crate) max: Option<i64>,
}
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Billed {
    pub(crate) number: u64,
}
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Closed {
    pub(crate) email: Option<String>,
    pub(crate) tag: Option<String>,
}

impl kernel::Event for Event {
    fn claims(&self) -> Vec<Claim> {
        let email = |email: &Option<String>| take(Realm::Platform, EMAIL, email);
        let tag = |tag: &Option<String>| take(Realm::Tenant, TAG, tag);
        match self {
            Event::Opened(opened) => email(&opened.email).chain(tag(&opened.tag)).collect(),
            Event::Retagged(retagged) => release(Realm::Tenant, TAG, &retagged.from)
                .chain(tag(&retagged.to))
                .collect(),
            Event::Closed(closed) => release(Realm::Platform, EMAIL, &closed.email)
                .chain(release(Realm::Tenant, TAG, &closed.tag))
                .collect(),
            Event::Billed(billed) => {
                take(Realm::Tenant, BILL, &Some(billed.number.to_string())).collect()
            }
            Event::Deposited(_)
            | Event::Withdrawn(_)
            | Event::Promoted(_)
            | Event::Demoted(_)
            | Event::Tallied(_) => Vec::new(),
        }
    }

    fn counts(&self) -> Vec<Count> {
        let count = |name, delta, min, max| {
            vec![Count {
                name,
                delta,
                min,
                max,
            }]
        };
        match self {
            Event::Opened(opened) => count(ACCOUNTS, 1, None, opened.most),
            Event::Closed(_) => count(ACCOUNTS, -1, None, None),
            Event::Promoted(_) => count(OWNERS, 1, None, None),
            Event::Demoted(_) => count(OWNERS, -1, Some(1), None),
            Event::Tallied(tally) => count(TALLY, tally.delta, tally.min, tally.max),
            Event::Deposited(_) | Event::Withdrawn(_) | Event::Retagged(_) | Event::Billed(_) => {
                Vec::new()
            }
        }
    }

    fn draw(&self) -> Option<Draw> {
        matches!(self, Event::Billed(_)).then(|| Draw {
            series: BILLS.to_owned(),
        })
    }

    fn drawn(self, number: u64) -> Self {
        match self {
            Event::Billed(_) => Event::Billed(Billed { number }),
            other => other,
        }
    }
}

fn take(
    realm: Realm,
    scope: &'static str,
    value: &Option<String>,
) -> impl Iterator<Item = Claim> + use<> {
    value.clone().into_iter().map(move |value| Claim::Take {
        realm,
        scope,
        value,
    })
}

fn release(
    realm: Realm,
    scope: &'static str,
    value: &Option<String>,
) -> impl Iterator<Item = Claim> + use<> {
    value.clone().into_iter().map(move |value| Claim::Release {
        realm,
        scope,
        value,
    })
}

#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(crate) enum Refusal {
    #[error("the account is not open")]
    NotOpen,
    #[error("the account is open already")]
    AlreadyOpen,
    #[error("there is not enough on the account")]
    Insufficient,
    #[error("{scope} {value} is taken")]
    Taken { scope: &'static str, value: String },
    #[error("{name} is at its limit, {value}")]
    Limited { name: &'static str, value: i64 },
}

impl kernel::Refusal for Refusal {
    fn code(&self) -> &'static str {
        match self {
            Refusal::NotOpen => "NOT_OPEN",
            Refusal::AlreadyOpen => "ALREADY_OPEN",
            Refusal::Insufficient => "INSUFFICIENT",
            Refusal::Taken { .. } => "TAKEN",
            Refusal::Limited { .. } => "LIMITED",
        }
    }

    fn unsettled(settlement: &Settlement) -> Option<Self> {
        Some(match settlement.clone() {
            Settlement::Claimed { scope, value } => Refusal::Taken { scope, value },
            Settlement::Limited { name, value } => Refusal::Limited { name, value },
        })
    }
}

impl Aggregate for Account {
    const NAME: &'static str = "test.account";
    type Event = Event;
    type Refusal = Refusal;

    fn evolve(&mut self, event: Event) {
        match event {
            Event::Opened(opened) => {
                self.open = true;
                self.email = opened.email;
                self.tag = opened.tag;
            }
            Event::Deposited(Amount { amount }) => self.balance += amount,
            Event::Withdrawn(Amount { amount }) => self.balance -= amount,
            Event::Retagged(retagged) => self.tag = retagged.to,
            Event::Promoted(_) => self.owner = true,
            Event::Demoted(_) => self.owner = false,
            Event::Tallied(_) => {}
            Event::Billed(billed) => self.bills.push(billed.number),
            Event::Closed(_) => {
                self.open = false;
                self.email = None;
                self.tag = None;
            }
        }
    }
}

/// Opens an account, at most `most` of them in the tenant.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Open {
    pub(crate) email: Option<String>,
    pub(crate) tag: Option<String>,
    pub(crate) most: Option<i64>,
}
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Deposit(pub i64);
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Withdraw(pub i64);
/// Gives the tag back and takes another; nothing when it is the same.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Retag(pub Option<String>);
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Promote;
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Demote;
/// Moves the tally once per entry, on any account.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct TallyUp(pub Vec<Tally>);
/// Draws this many bills.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Bill(pub usize);
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Close;

impl Account {
    fn opened(&self) -> Result<&Self, Refusal> {
        self.open.then_some(self).ok_or(Refusal::NotOpen)
    }
}

impl Command for Open {
    type Aggregate = Account;
    fn decide(&self, account: &Account) -> Decision<Account> {
        if account.open {
            return Err(Refusal::AlreadyOpen);
        }
        Ok(vec![Event::Opened(Opened {
            email: self.email.clone(),
            tag: self.tag.clone(),
            most: self.most,
        })])
    }
}

impl Command for Deposit {
    type Aggregate = Account;
    fn decide(&self, account: &Account) -> Decision<Account> {
        account.opened()?;
        Ok(vec![Event::Deposited(Amount { amount: self.0 })])
    }
}

impl Command for Withdraw {
    type Aggregate = Account;
    fn decide(&self, account: &Account) -> Decision<Account> {
        if account.opened()?.balance < self.0 {
            return Err(Refusal::Insufficient);
        }
        Ok(vec![Event::Withdrawn(Amount { amount: self.0 })])
    }
}

impl Command for Retag {
    type Aggregate = Account;
    fn decide(&self, account: &Account) -> Decision<Account> {
        if account.opened()?.tag == self.0 {
            return Ok(Vec::new());
        }
        Ok(vec![Event::Retagged(Retagged {
            from: account.tag.clone(),
            to: self.0.clone(),
        })])
    }
}

impl Command for Promote {
    type Aggregate = Account;
    fn decide(&self, account: &Account) -> Decision<Account> {
        if account.opened()?.owner {
            return Ok(Vec::new());
        }
        Ok(vec![Event::Promoted(Nothing {})])
    }
}

impl Command for Demote {
    type Aggregate = Account;
    fn decide(&self, account: &Account) -> Decision<Account> {
        if !account.opened()?.owner {
            return Ok(Vec::new());
        }
        Ok(vec![Event::Demoted(Nothing {})])
    }
}

impl Command for TallyUp {
    type Aggregate = Account;
    fn decide(&self, _: &Account) -> Decision<Account> {
        Ok(self.0.iter().cloned().map(Event::Tallied).collect())
    }
}

impl Command for Bill {
    type Aggregate = Account;
    fn decide(&self, account: &Account) -> Decision<Account> {
        account.opened()?;
        Ok(vec![Event::Billed(Billed { number: 0 }); self.0])
    }
}

impl Command for Close {
    type Aggregate = Account;
    fn decide(&self, account: &Account) -> Decision<Account> {
        if account.opened()?.balance != 0 {
            return Err(Refusal::Insufficient);
        }
        Ok(vec![Event::Closed(Closed {
            email: account.email.clone(),
            tag: account.tag.clone(),
        })])
    }
}

//! Callers by name; what each may do follows from the name.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_graphql::parser::types::OperationType;
use async_graphql::{Name, Request, Response, Value, indexmap::IndexMap};
use daybook_api::fault::{Code, Fault};
use daybook_api::gateway::{Asked, Attached, Budget, Credentials, Gateway, Sharing, Throttled};
use futures::future::BoxFuture;
use uuid::Uuid;

use super::Log;

/// The caller's name.
#[derive(Debug, Clone)]
pub(crate) struct Person(pub String);

/// The position an answer must reflect.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MinPosition(pub Option<u64>);

pub(crate) struct Toy {
    pub(crate) log: Arc<Log>,
    pub(crate) spent: Mutex<HashMap<String, u64>>,
}

impl Gateway for Toy {
    type Caller = Person;

    async fn authenticate(&self, credentials: Credentials<'_>) -> Result<Person, Fault> {
        let header = credentials.headers.get("authorization");
        let bearer = header.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        let token = credentials
            .init
            .and_then(|init| init.get("token")?.as_str());
        assert!(credentials.peer.is_some());
        match bearer.or(token) {
            Some("bad") => Err(Fault::new(Code::Unauthenticated, "the token is not valid")),
            Some("barred") => Err(Fault::new(Code::Forbidden, "you may not come in")),
            Some("slow") => {
                tokio::time::sleep(Duration::from_millis(300)).await;
                Ok(Person("slow".to_owned()))
            }
            Some(name) => Ok(Person(name.to_owned())),
            None => Ok(Person("anyone".to_owned())),
        }
    }

    fn attach(&self, caller: &Person, asked: &Asked<'_>, request: Request) -> Attached {
        let request = request
            .data(caller.clone())
            .data(MinPosition(asked.consistency.min_position))
            .data(Arc::clone(&self.log));
        let log = Arc::clone(&self.log);
        let finish = Box::new(move |response: &mut Response| {
            let position = Value::from(log.head().to_string());
            let entry = IndexMap::from_iter([(Name::new("position"), position)]);
            response
                .extensions
                .insert("consistency".to_owned(), Value::Object(entry));
        });
        Attached { request, finish }
    }

    async fn charge(&self, caller: &Person, cost: u64) -> Result<Budget, Throttled> {
        let limit = if caller.0 == "poor" { 5 } else { 1_000_000 };
        let mut all = self.spent.lock().unwrap();
        let spent = all.entry(caller.0.clone()).or_default();
        let reset = Duration::from_millis(1_500);
        if *spent + cost > limit {
            let budget = Budget {
                limit,
                remaining: limit - *spent,
                reset,
            };
            return Err(Throttled {
                budget,
                retry_after: Duration::from_millis(2_500),
            });
        }
        *spent += cost;
        Ok(Budget {
            limit,
            remaining: limit - *spent,
            reset,
        })
    }

    fn time_limit(&self, _caller: &Person, _kind: OperationType) -> Duration {
        Duration::from_millis(700)
    }

    fn rights_end(&self, caller: &Person) -> BoxFuture<'static, ()> {
        let (name, mut revocations) = (caller.0.clone(), self.log.revocations());
        Box::pin(async move {
            let has_ended = revocations
                .wait_for(|revoked| revoked.contains(&name))
                .await
                .is_ok();
            if !has_ended {
                std::future::pending::<()>().await;
            }
        })
    }

    fn shelf(&self, caller: &Person) -> Uuid {
        Uuid::new_v5(&Uuid::NAMESPACE_OID, caller.0.as_bytes())
    }

    fn sharing(&self, caller: &Person, field: &str) -> Sharing {
        if caller.0 == "loner" || field == "ticks" {
            return Sharing::Alone;
        }
        Sharing::Shared {
            class: "class".to_owned(),
            has_opening: field == "items",
        }
    }

    fn position(&self, _caller: &Person) -> u64 {
        self.log.head()
    }
}

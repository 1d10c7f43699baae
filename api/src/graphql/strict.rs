//! Which values of scalars are refused before anything runs.
//!
//! The library checks the shape of every argument, with its variables, before it runs a document.
//! Of scalars it asks a function in its registry, which most have none of: they are parsed when
//! their field runs, and what is malformed becomes the error of a field whose neighbours have run.
//! A fault of the request is told instead of, not after, running it.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::registry::{MetaType, Registry};
use async_graphql::{InputType, InputValueResult, ScalarType, Value};
use chrono::{DateTime, Datelike, Utc};
use uuid::Uuid;

use super::scalar::{CurrencyCode, Date, Decimal, Position};

/// No type of its own: handed to the schema's builder, it gives every scalar a check that takes
/// what parsing takes. The registry is no official part of the library, whose version is pinned;
/// a test over HTTP tells when it has changed.
#[derive(Debug)]
pub(crate) struct Strict;

impl Strict {
    fn check<T: InputType + ScalarType>(registry: &mut Registry) {
        let scalar = registry.types.get_mut(&*<T as InputType>::type_name());
        if let Some(MetaType::Scalar { is_valid, .. }) = scalar {
            let parses = |value: &Value| <T as ScalarType>::parse(value.clone()).is_ok();
            *is_valid = Some(Arc::new(parses));
        }
    }
}

impl Strict {
    /// Instants have years of four digits (RFC 3339 §5.6), which the database has, too.
    fn check_instants(registry: &mut Registry) {
        let scalar = registry
            .types
            .get_mut(&*<DateTime<Utc> as InputType>::type_name());
        if let Some(MetaType::Scalar { is_valid, .. }) = scalar {
            let parses = |value: &Value| {
                let parsed = <DateTime<Utc> as ScalarType>::parse(value.clone());
                parsed.is_ok_and(|at| (1..=9_999).contains(&at.year()))
            };
            *is_valid = Some(Arc::new(parses));
        }
    }
}

impl InputType for Strict {
    type RawValueType = Self;

    fn type_name() -> Cow<'static, str> {
        <Uuid as InputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Self::check::<Uuid>(registry);
        Self::check_instants(registry);
        Self::check::<CurrencyCode>(registry);
        Self::check::<Date>(registry);
        Self::check::<Decimal>(registry);
        Self::check::<Position>(registry);
        Self::qualified_type_name()
    }

    fn parse(_: Option<Value>) -> InputValueResult<Self> {
        Ok(Self)
    }

    fn to_value(&self) -> Value {
        Value::Null
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }
}

//! What an operation costs, in points.
//!
//! The scale is Shopify's: a scalar 0, an object 1, a root field of a mutation 10, a list 2 and
//! its page times an entry. Introspection is free. Each fragment is priced once; sums saturate.

use std::collections::HashMap;

use async_graphql::parser::types::{
    ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet,
};
use async_graphql::{Name, Pos, Positioned, Variables};
use async_graphql_value::{ConstValue, Value};

use super::Limits;
use crate::fault::{Code, Fault};

/// The cost of an operation; `None` when it depends on variables and none are given.
///
/// # Errors
/// `BAD_USER_INPUT` for a page size out of range, `QUERY_TOO_COMPLEX` above the limit.
pub(super) fn price(
    document: &ExecutableDocument,
    operation: &OperationDefinition,
    (variables, limits): (Option<&Variables>, &Limits),
) -> Result<Option<u64>, Fault> {
    let mut till = Till {
        document,
        operation,
        variables,
        limits,
        priced: HashMap::new(),
        open: false,
    };
    let roots = u64::try_from(operation.selection_set.node.items.len()).unwrap_or(u64::MAX);
    let base = if operation.ty == OperationType::Mutation {
        roots.saturating_mul(10)
    } else {
        0
    };
    let price = till.set(&operation.selection_set.node)?;
    let cost = price.once.saturating_add(price.each).saturating_add(base);
    if cost > limits.cost {
        let text = format!(
            "the operation costs {cost} points, {} are allowed",
            limits.cost
        );
        return Err(Fault::new(Code::QueryTooComplex, text));
    }
    Ok((!till.open).then_some(cost))
}

/// The cost of a selection set: what its object costs, and what each entry of its list costs.
#[derive(Debug, Clone, Copy, Default)]
struct Price {
    once: u64,
    each: u64,
}

struct Till<'d> {
    document: &'d ExecutableDocument,
    operation: &'d OperationDefinition,
    variables: Option<&'d Variables>,
    limits: &'d Limits,
    priced: HashMap<&'d str, Price>,
    /// Whether a page size was met that only the variables know.
    open: bool,
}

impl<'d> Till<'d> {
    fn set(&mut self, set: &'d SelectionSet) -> Result<Price, Fault> {
        let mut sum = Price::default();
        for selection in &set.items {
            let price = match &selection.node {
                Selection::Field(field) => self.field(&field.node)?,
                Selection::InlineFragment(inline) => self.set(&inline.node.selection_set.node)?,
                Selection::FragmentSpread(spread) => {
                    self.fragment(spread.node.fragment_name.node.as_str())?
                }
            };
            sum.once = sum.once.saturating_add(price.once);
            sum.each = sum.each.saturating_add(price.each);
        }
        Ok(sum)
    }

    fn fragment(&mut self, name: &'d str) -> Result<Price, Fault> {
        if let Some(price) = self.priced.get(name) {
            return Ok(*price);
        }
        let Some(fragment) = self.document.fragments.get(name) else {
            return Ok(Price::default());
        };
        let price = self.set(&fragment.node.selection_set.node)?;
        self.priced.insert(name, price);
        Ok(price)
    }

    fn field(&mut self, field: &'d Field) -> Result<Price, Fault> {
        let name = field.name.node.as_str();
        if matches!(name, "__schema" | "__type") {
            return Ok(Price::default());
        }
        let page = self.page(field)?;
        if field.selection_set.node.items.is_empty() {
            return Ok(Price::default());
        }
        let inner = self.set(&field.selection_set.node)?;
        let object = inner.once.saturating_add(1);
        // `edges` is only the way to the nodes.
        let price = match (name, page, inner.each) {
            // Of a connection; with ids of its own it is a list like others.
            ("nodes", None, each) => Price {
                once: 0,
                each: object.saturating_add(each),
            },
            ("edges", None, each) => Price {
                once: 0,
                each: inner.once.max(1).saturating_add(each),
            },
            (_, None, 0) => Price {
                once: object,
                each: 0,
            },
            (_, Some(page), 0) => Price {
                once: list(page, object),
                each: 0,
            },
            (_, page, each) => {
                let page = page.unwrap_or(self.limits.default_page);
                Price {
                    once: inner.once.saturating_add(list(page, each)),
                    each: 0,
                }
            }
        };
        Ok(price)
    }

    /// The page a field asks for, or how many things it names; `None` when it does neither.
    fn page(&mut self, field: &'d Field) -> Result<Option<u64>, Fault> {
        let mut largest = None;
        for (name, value) in &field.arguments {
            match name.node.as_str() {
                "first" | "last" => largest = largest.max(self.page_size(value)?),
                "ids" => largest = largest.max(self.named(&value.node)),
                _ => {}
            }
        }
        Ok(largest)
    }

    /// How many entries a list of ids has, of those that may be named at once: its field refuses more.
    /// Another type is told by the library's rules.
    fn named(&mut self, value: &Value) -> Option<u64> {
        let length = match value {
            Value::List(ids) => ids.len(),
            Value::Variable(name) => match (self.variables, self.variable(name)) {
                (Some(_), Some(ConstValue::List(ids))) => ids.len(),
                (Some(_), _) => 1,
                (None, _) => {
                    self.open = true;
                    0
                }
            },
            Value::Null
            | Value::Number(_)
            | Value::String(_)
            | Value::Boolean(_)
            | Value::Binary(_)
            | Value::Enum(_)
            | Value::Object(_) => 1,
        };
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        Some(length.min(self.limits.page))
    }

    fn page_size(&mut self, value: &'d Positioned<Value>) -> Result<Option<u64>, Fault> {
        let number = match &value.node {
            Value::Number(number) => Some(number.clone()),
            Value::Variable(name) => match (self.variables, self.variable(name)) {
                // A null is the default page; another type is told by the library's rules.
                (Some(_), Some(ConstValue::Number(number))) => Some(number.clone()),
                (Some(_), _) => None,
                (None, _) => {
                    self.open = true;
                    return Ok(Some(0));
                }
            },
            Value::Null
            | Value::String(_)
            | Value::Boolean(_)
            | Value::Binary(_)
            | Value::Enum(_)
            | Value::List(_)
            | Value::Object(_) => None,
        };
        let Some(number) = number else {
            return Ok(None);
        };
        match number.as_u64() {
            Some(size) if size <= self.limits.page => Ok(Some(size)),
            Some(_) | None => Err(self.bad_page(value.pos)),
        }
    }

    fn variable(&self, name: &Name) -> Option<&'d ConstValue> {
        if let Some(value) = self.variables.and_then(|variables| variables.get(name)) {
            return Some(value);
        }
        let mut defined = self.operation.variable_definitions.iter();
        let definition = defined.find(|definition| definition.node.name.node == *name)?;
        definition
            .node
            .default_value
            .as_ref()
            .map(|value| &value.node)
    }

    fn bad_page(&self, pos: Pos) -> Fault {
        let text = format!("first and last go from 0 to {}", self.limits.page);
        Fault::new(Code::BadUserInput, text).at(pos)
    }
}

/// The cost of a list.
fn list(page: u64, entry: u64) -> u64 {
    page.saturating_mul(entry).saturating_add(2)
}

//! What is known of a document once it has passed.

use std::sync::Arc;

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{
    ExecutableDocument, OperationDefinition, OperationType, Selection,
};
use async_graphql::{Name, Pos, ServerError, Variables};
use async_graphql_value::{ConstValue, Value};
use sha2::{Digest, Sha256};

use super::facts::inspect;
use super::lexer::scan;
use super::price::price;
use super::root::{flatten, read_cursor};
use super::{Guard, Limits};
use crate::fault::{Code, Fault};

/// What one token comes to in the tree: names are shared strings, nodes have positions.
const TOKEN_BYTES: usize = 150;

/// A document within the limits, parsed once.
#[derive(Debug)]
pub struct Document {
    hash: [u8; 32],
    tree: ExecutableDocument,
    operations: Vec<Arc<Operation>>,
    weight: u32,
}

/// One operation of a document.
#[derive(Debug)]
pub struct Operation {
    name: Option<Name>,
    kind: OperationType,
    cost: Option<u64>,
    required: Vec<(Name, Pos)>,
    defaults: Vec<(Name, ConstValue)>,
    subscribed: Option<Subscribed>,
    has_one_field: bool,
}

/// What a subscription subscribes to.
#[derive(Debug)]
pub(super) struct Subscribed {
    pub(super) field: Name,
    pub(super) cursor: Cursor,
}

/// Where a subscription says from which position it resumes: the argument `after` of its field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cursor {
    /// Not at all: it begins where the field begins.
    Absent,
    /// As a literal of the document.
    Literal(Value),
    /// In this variable, which is used nowhere else.
    Variable(Name),
    /// In a variable that something else depends on too, so that two subscribers with different
    /// values are not after the same.
    Entangled(Name),
}

impl Document {
    /// Reads and measures a document.
    ///
    /// # Errors
    /// `GRAPHQL_PARSE_FAILED` when it is none, `QUERY_TOO_COMPLEX` beyond a limit,
    /// `BAD_USER_INPUT` for a literal page size out of range, `GRAPHQL_VALIDATION_FAILED` for what
    /// no schema could accept.
    pub(super) fn read(text: &str, guard: &Guard) -> Result<Self, Fault> {
        let limits = &guard.limits;
        let tokens = scan(text, limits)?;
        let mut tree = parse_query(text).map_err(|error| parse_fault(&error.into()))?;
        inspect(&tree, limits)?;
        flatten(&mut tree, &guard.subscription_root)?;
        let mut operations = Vec::with_capacity(tree.operations.iter().len());
        for (name, operation) in tree.operations.iter() {
            let kind = operation.node.ty;
            operations.push(Arc::new(Operation {
                name: name.cloned(),
                kind,
                required: required_variables(&operation.node),
                defaults: default_values(&operation.node),
                cost: price(&tree, &operation.node, (None, limits))?,
                has_one_field: matches!(
                    operation.node.selection_set.node.items.as_slice(),
                    [only] if matches!(only.node, Selection::Field(_))
                ),
                subscribed: (kind == OperationType::Subscription)
                    .then(|| read_cursor(&tree, &operation.node))
                    .flatten(),
            }));
        }
        let weight = u32::try_from(tokens.saturating_mul(TOKEN_BYTES)).unwrap_or(u32::MAX);
        Ok(Self {
            hash: digest(text),
            tree,
            operations,
            weight,
        })
    }

    /// Roughly how many bytes of memory the document takes.
    pub(super) fn weight(&self) -> u32 {
        self.weight
    }

    /// SHA-256 of the text.
    pub fn hash(&self) -> [u8; 32] {
        self.hash
    }

    /// The parsed document.
    pub fn tree(&self) -> &ExecutableDocument {
        &self.tree
    }

    /// The operation of that name, or the only one when no name is given.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` when no operation has the name, or several could be meant.
    pub fn operation(&self, name: Option<&str>) -> Result<&Arc<Operation>, Fault> {
        let found = match (name, self.operations.as_slice()) {
            (None, [only]) => Some(only),
            (None, _) => {
                let text = "the document has several operations: send operationName";
                return Err(Fault::new(Code::BadUserInput, text));
            }
            (Some(name), operations) => operations
                .iter()
                .find(|operation| operation.name.as_deref() == Some(name)),
        };
        found.ok_or_else(|| {
            Fault::new(
                Code::BadUserInput,
                "the document has no operation named operationName",
            )
        })
    }

    /// What running the operation with these variables costs, in points.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for a page size out of range, `QUERY_TOO_COMPLEX` above the limit.
    pub(super) fn cost(
        &self,
        operation: &Operation,
        (variables, limits): (&Variables, &Limits),
    ) -> Result<u64, Fault> {
        if let Some(cost) = operation.cost {
            return Ok(cost);
        }
        let name = operation.name.as_ref();
        let mut all = self.tree.operations.iter();
        let Some((_, found)) = all.find(|(candidate, _)| *candidate == name) else {
            return Ok(0);
        };
        let cost = price(&self.tree, &found.node, (Some(variables), limits))?;
        Ok(cost.unwrap_or_default())
    }
}

impl Operation {
    /// The operation's name; `None` for an anonymous one.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Query, mutation or subscription.
    pub fn kind(&self) -> OperationType {
        self.kind
    }

    /// Whether its only selection is one field, so that nothing else runs.
    pub fn has_one_field(&self) -> bool {
        self.has_one_field
    }

    /// The variables that must be sent and not be null, each with its place.
    pub fn required_variables(&self) -> &[(Name, Pos)] {
        &self.required
    }

    /// Adds the default of every variable that is not sent. The library does not look at them
    /// where a directive skips or includes something.
    pub fn add_defaults(&self, variables: &mut Variables) {
        for (name, value) in &self.defaults {
            if !variables.contains_key(name) {
                variables.insert(name.clone(), value.clone());
            }
        }
    }

    /// The field a subscription subscribes to; `None` for other operations.
    pub fn subscribed_field(&self) -> Option<&str> {
        self.subscribed
            .as_ref()
            .map(|subscribed| subscribed.field.as_str())
    }

    /// Where a subscription names its position; absent for other operations.
    pub fn cursor(&self) -> &Cursor {
        self.subscribed
            .as_ref()
            .map_or(&Cursor::Absent, |subscribed| &subscribed.cursor)
    }
}

fn required_variables(operation: &OperationDefinition) -> Vec<(Name, Pos)> {
    let all = operation.variable_definitions.iter();
    let required = all.filter(|variable| {
        !variable.node.var_type.node.nullable && variable.node.default_value.is_none()
    });
    required
        .map(|variable| (variable.node.name.node.clone(), variable.pos))
        .collect()
}

fn default_values(operation: &OperationDefinition) -> Vec<(Name, ConstValue)> {
    let all = operation.variable_definitions.iter();
    let defaults = all.filter_map(|variable| {
        let value = variable.node.default_value.as_ref()?;
        Some((variable.node.name.node.clone(), value.node.clone()))
    });
    defaults.collect()
}

/// SHA-256 of a document's text.
pub(super) fn digest(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// The parser draws the place over several lines; the position says the same.
fn parse_fault(error: &ServerError) -> Fault {
    let reason = error
        .message
        .lines()
        .rev()
        .find_map(|line| line.trim().strip_prefix("= "));
    let reason = reason.unwrap_or(&error.message).to_owned();
    let fault = Fault::new(Code::GraphqlParseFailed, reason);
    match error.locations.first() {
        Some(&location) => fault.at(location),
        None => fault,
    }
}

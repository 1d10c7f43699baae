//! What a subscription subscribes to.
//!
//! The library runs every field of a subscription's root and skips fragments there; the
//! specification allows one field, also behind fragments. So the root is brought to one field.

use std::collections::HashSet;

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, OperationDefinition, OperationType, Selection,
    SelectionSet,
};
use async_graphql::{Name, Positioned};
use async_graphql_value::Value;

use super::document::{Cursor, Subscribed};
use crate::fault::{Code, Fault};

/// Replaces the root of each subscription by the one field it comes down to. A fragment on
/// another type than `type_name` stays, so that the library's rules tell it.
///
/// # Errors
/// `GRAPHQL_VALIDATION_FAILED` when a subscription has more than one root field.
pub(super) fn flatten(tree: &mut ExecutableDocument, type_name: &str) -> Result<(), Fault> {
    let mut flat = Vec::new();
    for (name, operation) in tree.operations.iter() {
        if operation.node.ty == OperationType::Subscription {
            let mut root = Root {
                tree,
                type_name,
                field: None,
                rest: Vec::new(),
            };
            root.gather(&operation.node.selection_set.node)?;
            flat.push((name.cloned(), root.into_items()));
        }
    }
    if flat.is_empty() {
        return Ok(());
    }
    for (name, items) in flat {
        let operation = match (&mut tree.operations, name) {
            (DocumentOperations::Single(operation), _) => Some(operation),
            (DocumentOperations::Multiple(all), Some(name)) => all.get_mut(&name),
            (DocumentOperations::Multiple(_), None) => None,
        };
        if let Some(operation) = operation {
            operation.node.selection_set.node.items = items;
        }
    }
    drop_unused_fragments(tree);
    Ok(())
}

/// Reads the field and its cursor from a subscription whose root is flat.
pub(super) fn read_cursor(
    tree: &ExecutableDocument,
    operation: &OperationDefinition,
) -> Option<Subscribed> {
    let mut items = operation.selection_set.node.items.iter();
    let field = items.find_map(|selection| match &selection.node {
        Selection::Field(field) => Some(&field.node),
        Selection::FragmentSpread(_) | Selection::InlineFragment(_) => None,
    })?;
    let cursor = match field.get_argument("after").map(|value| &value.node) {
        None | Some(Value::Null) => Cursor::Absent,
        Some(Value::Variable(name)) if uses(tree, name) == 1 => Cursor::Variable(name.clone()),
        Some(Value::Variable(name)) => Cursor::Entangled(name.clone()),
        Some(value) => Cursor::Literal(value.clone()),
    };
    Some(Subscribed {
        field: field.name.node.clone(),
        cursor,
    })
}

struct Root<'d> {
    tree: &'d ExecutableDocument,
    type_name: &'d str,
    field: Option<Positioned<Field>>,
    rest: Vec<Positioned<Selection>>,
}

impl Root<'_> {
    fn gather(&mut self, set: &SelectionSet) -> Result<(), Fault> {
        for selection in &set.items {
            let (condition, inner) = match &selection.node {
                Selection::Field(field) => {
                    self.merge(field)?;
                    continue;
                }
                Selection::InlineFragment(inline) => {
                    let condition = inline.node.type_condition.as_ref();
                    (
                        condition.map(|on| &on.node.on.node),
                        &inline.node.selection_set.node,
                    )
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    let Some(fragment) = self.tree.fragments.get(name) else {
                        self.rest.push(selection.clone());
                        continue;
                    };
                    let condition = &fragment.node.type_condition.node.on.node;
                    (Some(condition), &fragment.node.selection_set.node)
                }
            };
            let fits = condition.is_none_or(|on| on.as_str() == self.type_name);
            if fits && selection.node.directives().is_empty() {
                self.gather(inner)?;
            } else if fits {
                let text = "the root of a subscription takes no directives";
                return Err(Fault::new(Code::GraphqlValidationFailed, text).at(selection.pos));
            } else {
                self.rest.push(selection.clone());
            }
        }
        Ok(())
    }

    fn merge(&mut self, field: &Positioned<Field>) -> Result<(), Fault> {
        let Some(first) = &mut self.field else {
            self.field = Some(field.clone());
            return Ok(());
        };
        let same = first.node.response_key().node == field.node.response_key().node
            && first.node.name.node == field.node.name.node
            && first.node.arguments == field.node.arguments;
        if !same {
            let text = "a subscription has one root field: send one operation for each";
            return Err(Fault::new(Code::GraphqlValidationFailed, text).at(field.pos));
        }
        let more = field.node.selection_set.node.items.iter().cloned();
        first.node.selection_set.node.items.extend(more);
        Ok(())
    }

    fn into_items(self) -> Vec<Positioned<Selection>> {
        let field = self.field.map(|field| {
            let pos = field.pos;
            Positioned::new(Selection::Field(field), pos)
        });
        field.into_iter().chain(self.rest).collect()
    }
}

/// A fragment whose content moved into the root would count as unused.
fn drop_unused_fragments(tree: &mut ExecutableDocument) {
    let mut used = HashSet::new();
    let mut queue: Vec<&SelectionSet> = Vec::new();
    queue.extend(
        tree.operations
            .iter()
            .map(|(_, one)| &one.node.selection_set.node),
    );
    while let Some(set) = queue.pop() {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => queue.push(&field.node.selection_set.node),
                Selection::InlineFragment(inline) => queue.push(&inline.node.selection_set.node),
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    let fragment = tree.fragments.get(name);
                    if let Some(fragment) = fragment.filter(|_| used.insert(name.clone())) {
                        queue.push(&fragment.node.selection_set.node);
                    }
                }
            }
        }
    }
    tree.fragments.retain(|name, _| used.contains(name));
}

/// How often the document uses a variable.
fn uses(tree: &ExecutableDocument, name: &Name) -> usize {
    let operations = tree
        .operations
        .iter()
        .map(|(_, one)| &one.node.selection_set.node);
    let fragments = tree
        .fragments
        .values()
        .map(|one| &one.node.selection_set.node);
    let mut queue: Vec<&SelectionSet> = operations.chain(fragments).collect();
    let mut count = 0;
    while let Some(set) = queue.pop() {
        for selection in &set.items {
            for directive in selection.node.directives() {
                count += uses_in(&directive.node.arguments, name);
            }
            match &selection.node {
                Selection::Field(field) => {
                    count += uses_in(&field.node.arguments, name);
                    queue.push(&field.node.selection_set.node);
                }
                Selection::InlineFragment(inline) => queue.push(&inline.node.selection_set.node),
                Selection::FragmentSpread(_) => {}
            }
        }
    }
    count
}

fn uses_in(arguments: &[(Positioned<Name>, Positioned<Value>)], name: &Name) -> usize {
    let mut queue: Vec<&Value> = arguments.iter().map(|(_, value)| &value.node).collect();
    let mut count = 0;
    while let Some(value) = queue.pop() {
        match value {
            Value::Variable(used) => count += usize::from(used == name),
            Value::List(values) => queue.extend(values),
            Value::Object(fields) => queue.extend(fields.values()),
            Value::Null
            | Value::Number(_)
            | Value::String(_)
            | Value::Boolean(_)
            | Value::Binary(_)
            | Value::Enum(_) => {}
        }
    }
    count
}

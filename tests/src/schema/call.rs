//! A call of an operation, composed from what the schema says about it.

use serde_json::{Map, Value, json};

use super::model::{Argument, Field, Kind, Schema, TypeRef};

/// How deep the selection goes below the operation's own object.
const DEPTH: usize = 4;
/// How deep input objects are followed.
const INPUT_DEPTH: usize = 5;

/// A place in an operation's arguments where an id is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slot {
    /// The operation.
    pub operation: String,
    /// The names on the way to it; a list on the way holds one element.
    pub path: Vec<String>,
}

/// One operation that is to be called.
#[derive(Debug, Clone)]
pub struct Call<'s> {
    schema: &'s Schema,
    /// Which root: 0 query, 1 mutation, 2 subscription.
    pub root: usize,
    /// The operation.
    pub field: &'s Field,
}

impl Slot {
    /// Its own name: the last of the path.
    pub fn name(&self) -> &str {
        self.path.last().unwrap()
    }
}

impl<'s> Call<'s> {
    /// Every operation.
    pub fn all(schema: &'s Schema) -> Vec<Self> {
        let operations = schema.operations();
        operations
            .map(|(root, field)| Self {
                schema,
                root,
                field,
            })
            .collect()
    }

    /// The document: it takes every argument as a variable of its name and selects what can be
    /// selected without arguments.
    pub fn document(&self) -> String {
        self.selecting(&self.selection(self.field.kind.core(), DEPTH))
    }

    /// The same that selects nothing but the answer's type: whatever goes wrong is the operation's
    /// own doing.
    pub fn bare_document(&self) -> String {
        self.selecting(" { __typename }")
    }

    fn selecting(&self, selection: &str) -> String {
        let kind = ["query", "mutation", "subscription"][self.root];
        let field = self.field;
        let declared: Vec<String> = field
            .args
            .iter()
            .map(|it| {
                let default = it.default_value.as_ref().map(|value| format!(" = {value}"));
                format!(
                    "${}: {}{}",
                    it.name,
                    it.kind.written(),
                    default.unwrap_or_default()
                )
            })
            .collect();
        let passed: Vec<String> = field
            .args
            .iter()
            .map(|it| format!("{0}: ${0}", it.name))
            .collect();
        let in_brackets = |list: Vec<String>| {
            if list.is_empty() {
                String::new()
            } else {
                format!("({})", list.join(", "))
            }
        };
        let (declared, passed) = (in_brackets(declared), in_brackets(passed));
        format!("{kind}{declared} {{ {}{passed}{selection} }}", field.name)
    }

    /// Whether a mutation's input has a field of that name.
    pub fn has_input(&self, name: &str) -> bool {
        let inputs = self.field.args.iter().filter(|it| it.name == "input");
        let mut fields = inputs.flat_map(|it| self.schema.core(&it.kind).input_fields.iter());
        fields.any(|fields| fields.iter().any(|field| field.name == name))
    }

    /// The places where an id is taken.
    pub fn slots(&self) -> Vec<Slot> {
        let mut slots = Vec::new();
        for argument in &self.field.args {
            self.find_slots(argument, Vec::new(), &mut slots);
        }
        slots
    }

    fn find_slots(&self, argument: &Argument, mut path: Vec<String>, slots: &mut Vec<Slot>) {
        path.push(argument.name.clone());
        let core = self.schema.core(&argument.kind);
        if core.name == "ID" {
            let operation = self.field.name.clone();
            slots.push(Slot { operation, path });
        } else if path.len() < INPUT_DEPTH {
            for inner in core.input_fields.iter().flatten() {
                self.find_slots(inner, path.clone(), slots);
            }
        }
    }

    /// The variables of a call that gives what is required, and whatever leads to the `probed`
    /// slot. `leaf` gives the value of a scalar by the names that lead to it and its type.
    pub fn variables(
        &self,
        probed: Option<&Slot>,
        leaf: &dyn Fn(&[String], &str) -> Value,
    ) -> Value {
        let probed = probed.map_or(&[][..], |slot| &slot.path[..]);
        self.members((&self.field.args, &[]), probed, leaf)
    }

    fn members(
        &self,
        (arguments, above): (&[Argument], &[String]),
        probed: &[String],
        leaf: &dyn Fn(&[String], &str) -> Value,
    ) -> Value {
        let mut members = Map::new();
        for argument in arguments {
            let leads = probed.first() == Some(&argument.name);
            let is_needed = argument.kind.is_required() && argument.default_value.is_none();
            if leads || is_needed {
                let path = [above, std::slice::from_ref(&argument.name)].concat();
                let rest = if leads { &probed[1..] } else { &[] };
                let value = self.value((&argument.kind, &path), rest, leaf);
                members.insert(argument.name.clone(), value);
            }
        }
        Value::Object(members)
    }

    fn value(
        &self,
        (kind, path): (&TypeRef, &[String]),
        probed: &[String],
        leaf: &dyn Fn(&[String], &str) -> Value,
    ) -> Value {
        let core = self.schema.core(kind);
        let one = match core.kind {
            Kind::Enum => json!(core.enum_values.as_ref().unwrap()[0].name),
            Kind::InputObject => {
                let fields = core.input_fields.as_ref().unwrap();
                self.members((fields, path), probed, leaf)
            }
            Kind::Scalar
            | Kind::Object
            | Kind::Interface
            | Kind::Union
            | Kind::List
            | Kind::NonNull => leaf(path, &core.name),
        };
        if kind.is_list() { json!([one]) } else { one }
    }

    /// What can be selected of a type without arguments, in braces; empty for what has no fields.
    fn selection(&self, name: &str, depth: usize) -> String {
        let kind = self.schema.named(name);
        let mut parts = vec!["__typename".to_owned()];
        match kind.kind {
            Kind::Object => {
                for field in kind.fields.iter().flatten() {
                    parts.extend(self.part(field, depth));
                }
            }
            Kind::Interface | Kind::Union => {
                for possible in kind.possible_types.iter().flatten() {
                    let of_it = self.selection(&possible.name, depth.min(1));
                    parts.push(format!("... on {} {of_it}", possible.name));
                }
            }
            Kind::Scalar | Kind::Enum | Kind::InputObject | Kind::List | Kind::NonNull => {
                return String::new();
            }
        }
        format!(" {{ {} }}", parts.join(" "))
    }

    fn part(&self, field: &Field, depth: usize) -> Option<String> {
        let core = self.schema.core(&field.kind);
        let is_leaf = matches!(core.kind, Kind::Scalar | Kind::Enum);
        // A list of a list costs more than a test is allowed.
        let is_page = core.name.ends_with("Connection");
        let needs = field
            .args
            .iter()
            .any(|it| it.kind.is_required() && it.default_value.is_none());
        let fits = is_leaf || (depth > 0 && !is_page);
        (fits && !needs).then(|| {
            let below = depth.saturating_sub(1);
            format!("{}{}", field.name, self.selection(&core.name, below))
        })
    }
}

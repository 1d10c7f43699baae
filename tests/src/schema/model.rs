//! The schema as introspection tells it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;

use crate::client::Client;

const INTROSPECTION: &str = "{ __schema {
  queryType { name } mutationType { name } subscriptionType { name }
  types { kind name description
    fields(includeDeprecated: true) { name description
      args { name description defaultValue type { ...R } } type { ...R } }
    inputFields { name description defaultValue type { ...R } }
    enumValues(includeDeprecated: true) { name description }
    possibleTypes { name } } } }
  fragment R on __Type { kind name ofType { kind name ofType { kind name ofType { kind name
    ofType { kind name } } } } }";

/// The whole schema.
#[derive(Debug, Clone)]
pub struct Schema {
    /// The types, by name; without introspection's own.
    pub types: BTreeMap<String, Type>,
    /// The root types that are there: query, mutation, subscription.
    pub roots: Vec<String>,
}

/// A type.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Type {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// What it says about itself.
    pub description: Option<String>,
    /// The fields of an object or interface.
    pub fields: Option<Vec<Field>>,
    /// The fields of an input object.
    pub input_fields: Option<Vec<Argument>>,
    /// The values of an enum.
    pub enum_values: Option<Vec<EnumValue>>,
    /// The objects an interface or union can be.
    pub possible_types: Option<Vec<Named>>,
}

/// Kinds of types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "GraphQL's own words")]
pub enum Kind {
    Scalar,
    Object,
    Interface,
    Union,
    Enum,
    InputObject,
    List,
    NonNull,
}

/// A field.
#[derive(Debug, Clone, Deserialize)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// What it says about itself.
    pub description: Option<String>,
    /// What it takes.
    pub args: Vec<Argument>,
    /// What it gives.
    #[serde(rename = "type")]
    pub kind: TypeRef,
}

/// An argument or the field of an input object.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Argument {
    /// Its name.
    pub name: String,
    /// What it says about itself.
    pub description: Option<String>,
    /// What it is when it is left out.
    pub default_value: Option<String>,
    /// What it takes.
    #[serde(rename = "type")]
    pub kind: TypeRef,
}

/// One value of an enum.
#[derive(Debug, Clone, Deserialize)]
pub struct EnumValue {
    /// Its name.
    pub name: String,
    /// What it says about itself.
    pub description: Option<String>,
}

/// The name of a type.
#[derive(Debug, Clone, Deserialize)]
pub struct Named {
    /// It.
    pub name: String,
}

/// A type as a field names it.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TypeRef {
    kind: Kind,
    name: Option<String>,
    of_type: Option<Box<TypeRef>>,
}

impl Schema {
    /// Asks a node for it.
    pub async fn of(client: &Client) -> Self {
        let mut data = client.data(INTROSPECTION, json!({})).await;
        let schema = &mut data["__schema"];
        let roots = ["queryType", "mutationType", "subscriptionType"];
        let roots = roots.map(|root| schema[root]["name"].as_str().unwrap().to_owned());
        let types: Vec<Type> = serde_json::from_value(schema["types"].take()).unwrap();
        let types = types.into_iter().filter(|it| !it.name.starts_with("__"));
        Self {
            types: types.map(|it| (it.name.clone(), it)).collect(),
            roots: roots.to_vec(),
        }
    }

    /// A type by its name.
    pub fn named(&self, name: &str) -> &Type {
        self.types
            .get(name)
            .unwrap_or_else(|| panic!("there is no type {name}"))
    }

    /// The type a reference leads to, without lists and non-nulls.
    pub fn core(&self, reference: &TypeRef) -> &Type {
        self.named(reference.core())
    }

    /// The operations: the root type's place in `roots`, and its field.
    pub fn operations(&self) -> impl Iterator<Item = (usize, &Field)> {
        let roots = self.roots.iter().enumerate();
        roots.flat_map(|(root, name)| {
            let fields = self.named(name).fields.iter().flatten();
            fields.map(move |field| (root, field))
        })
    }
}

impl TypeRef {
    /// The name at the core.
    pub fn core(&self) -> &str {
        match &self.of_type {
            Some(inner) => inner.core(),
            None => self.name.as_deref().unwrap(),
        }
    }

    /// Whether null is no value of it.
    pub fn is_required(&self) -> bool {
        self.kind == Kind::NonNull
    }

    /// Whether it is a list, required or not.
    pub fn is_list(&self) -> bool {
        match (self.kind, &self.of_type) {
            (Kind::List, _) => true,
            (Kind::NonNull, Some(inner)) => inner.is_list(),
            (_, _) => false,
        }
    }

    /// As it is written: `[ID!]!`.
    pub fn written(&self) -> String {
        match (self.kind, &self.of_type) {
            (Kind::NonNull, Some(inner)) => format!("{}!", inner.written()),
            (Kind::List, Some(inner)) => format!("[{}]", inner.written()),
            (_, _) => self.core().to_owned(),
        }
    }
}

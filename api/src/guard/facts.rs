//! How large a document is once its fragments are expanded.
//!
//! Each fragment is measured once, whatever the number of its spreads, and sums saturate: the
//! walk takes time linear in the text, however much the text would expand to.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{Directive, ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::{Pos, Positioned};

use super::Limits;
use crate::fault::{Code, Fault};

/// Passes a document whose operations stay within the limits.
///
/// # Errors
/// `QUERY_TOO_COMPLEX` beyond a limit; `GRAPHQL_VALIDATION_FAILED` for a fragment that spreads
/// itself or that no operation spreads.
pub(super) fn inspect(document: &ExecutableDocument, limits: &Limits) -> Result<(), Fault> {
    let mut walk = Walk {
        document,
        limits,
        measured: HashMap::new(),
        open: HashSet::new(),
        level: 0,
    };
    let mut all = Tally::default();
    for (_, operation) in document.operations.iter() {
        walk.directives(&operation.node.directives, operation.pos)?;
        for variable in &operation.node.variable_definitions {
            walk.directives(&variable.node.directives, variable.pos)?;
        }
        let tally = walk.set(&operation.node.selection_set)?;
        walk.check_operation(&tally, operation.pos)?;
        all = all.and(&tally);
    }
    // The library's rules visit every operation, also those that do not run.
    bound(all.fields, limits.fields, ("fields", Pos::default()))?;
    let unused = document
        .fragments
        .iter()
        .find(|(name, _)| !walk.measured.contains_key(name.as_str()));
    match unused {
        Some((name, fragment)) => {
            let text = format!("fragment \"{name}\" is never used: remove it");
            Err(Fault::new(Code::GraphqlValidationFailed, text).at(fragment.pos))
        }
        None => Ok(()),
    }
}

/// The size of a selection set, fragments expanded. Relative, so that it can be kept per fragment.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    /// Fields, spreads and inline fragments.
    fields: u32,
    aliases: u32,
    /// Fields on this level.
    own: u32,
    /// Fields below one another, introspection apart.
    depth: u32,
    /// Selection sets inside one another.
    nesting: u32,
    /// What it would be under `__schema` or `__type`.
    meta: Meta,
}

/// The size of a selection set read as introspection.
#[derive(Debug, Clone, Copy, Default)]
struct Meta {
    lists: u32,
    depth: u32,
    size: u64,
}

impl Tally {
    fn and(&self, other: &Self) -> Self {
        Self {
            fields: self.fields.saturating_add(other.fields),
            aliases: self.aliases.saturating_add(other.aliases),
            own: self.own.saturating_add(other.own),
            depth: self.depth.max(other.depth),
            nesting: self.nesting.max(other.nesting),
            meta: Meta {
                lists: self.meta.lists.max(other.meta.lists),
                depth: self.meta.depth.max(other.meta.depth),
                size: self.meta.size.saturating_add(other.meta.size),
            },
        }
    }

    /// The same behind one spread or inline fragment.
    fn spread(self) -> Self {
        Self {
            fields: self.fields.saturating_add(1),
            ..self
        }
    }
}

struct Walk<'d> {
    document: &'d ExecutableDocument,
    limits: &'d Limits,
    measured: HashMap<&'d str, Tally>,
    open: HashSet<&'d str>,
    /// Selection sets around the place of the walk; bounds its recursion.
    level: u32,
}

impl<'d> Walk<'d> {
    fn set(&mut self, set: &'d Positioned<SelectionSet>) -> Result<Tally, Fault> {
        self.level += 1;
        bound(
            self.level,
            self.limits.nesting,
            ("nested selections", set.pos),
        )?;
        let mut sum = Tally::default();
        for selection in &set.node.items {
            self.directives(selection.node.directives(), selection.pos)?;
            let tally = match &selection.node {
                Selection::Field(field) => self.field(field)?,
                Selection::InlineFragment(inline) => self.set(&inline.node.selection_set)?.spread(),
                Selection::FragmentSpread(spread) => {
                    self.fragment(&spread.node.fragment_name)?.spread()
                }
            };
            sum = sum.and(&tally);
        }
        self.level -= 1;
        sum.nesting = sum.nesting.saturating_add(1);
        Ok(sum)
    }

    fn field(&mut self, field: &'d Positioned<Field>) -> Result<Tally, Fault> {
        let inner = if field.node.selection_set.node.items.is_empty() {
            Tally::default()
        } else {
            self.set(&field.node.selection_set)?
        };
        let name = field.node.name.node.as_str();
        let is_meta = matches!(name, "__schema" | "__type");
        if is_meta {
            self.check_introspection(&inner.meta, field.pos)?;
        }
        let many = if META_LISTS.contains(&name) { 10 } else { 1 };
        Ok(Tally {
            fields: inner.fields.saturating_add(1),
            aliases: inner
                .aliases
                .saturating_add(u32::from(field.node.alias.is_some())),
            own: 1,
            depth: if is_meta {
                1
            } else {
                inner.depth.saturating_add(1)
            },
            nesting: inner.nesting,
            meta: Meta {
                lists: inner.meta.lists + u32::from(RECURSIVE_META_LISTS.contains(&name)),
                depth: inner.meta.depth.saturating_add(1),
                size: inner.meta.size.saturating_add(1).saturating_mul(many),
            },
        })
    }

    fn fragment(&mut self, name: &'d Positioned<async_graphql::Name>) -> Result<Tally, Fault> {
        let key = name.node.as_str();
        if let Some(tally) = self.measured.get(key).copied() {
            let reached = self.level.saturating_add(tally.nesting);
            bound(
                reached,
                self.limits.nesting,
                ("nested selections", name.pos),
            )?;
            return Ok(tally);
        }
        // A name without a fragment is told by the library's rules.
        let Some(fragment) = self.document.fragments.get(key) else {
            return Ok(Tally::default());
        };
        if !self.open.insert(key) {
            let text = format!("fragment \"{key}\" spreads itself");
            return Err(Fault::new(Code::GraphqlValidationFailed, text).at(name.pos));
        }
        self.directives(&fragment.node.directives, fragment.pos)?;
        let tally = self.set(&fragment.node.selection_set)?;
        self.open.remove(key);
        self.measured.insert(key, tally);
        Ok(tally)
    }

    fn directives(&self, list: &[Positioned<Directive>], pos: Pos) -> Result<(), Fault> {
        let count = u32::try_from(list.len()).unwrap_or(u32::MAX);
        let limit = u32::try_from(self.limits.directives).unwrap_or(u32::MAX);
        bound(count, limit, ("directives in one place", pos))
    }

    fn check_operation(&self, tally: &Tally, pos: Pos) -> Result<(), Fault> {
        let limits = self.limits;
        bound(tally.fields, limits.fields, ("fields", pos))?;
        bound(tally.aliases, limits.aliases, ("aliases", pos))?;
        bound(tally.own, limits.root_fields, ("root fields", pos))?;
        bound(tally.depth, limits.depth, ("levels of fields", pos))
    }

    fn check_introspection(&self, meta: &Meta, pos: Pos) -> Result<(), Fault> {
        let limits = self.limits;
        let lists = "lists of types inside one another in introspection";
        bound(meta.lists, limits.introspection_lists, (lists, pos))?;
        let depth = "levels of fields in introspection";
        bound(meta.depth, limits.introspection_depth, (depth, pos))?;
        if meta.size > limits.introspection_size {
            let text = "the introspection asks for too much: ask for less at a time";
            return Err(Fault::new(Code::QueryTooComplex, text).at(pos));
        }
        Ok(())
    }
}

fn bound(count: u32, limit: u32, (what, pos): (&str, Pos)) -> Result<(), Fault> {
    if count <= limit {
        return Ok(());
    }
    let fault = Fault::new(
        Code::QueryTooComplex,
        format!("at most {limit} {what} are allowed"),
    );
    Err(if pos == Pos::default() {
        fault
    } else {
        fault.at(pos)
    })
}

/// Lists of the introspection types: each multiplies what is below it.
const META_LISTS: [&str; 8] = [
    "types",
    "directives",
    "fields",
    "args",
    "inputFields",
    "interfaces",
    "possibleTypes",
    "enumValues",
];

/// The lists that lead from a type to types, and so can be nested for ever.
const RECURSIVE_META_LISTS: [&str; 4] = ["fields", "inputFields", "interfaces", "possibleTypes"];

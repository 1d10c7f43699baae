//! Where does a setting come from?
//!
//! An environment variable wins over the file, the file over the default. Nothing is refused at
//! once: faults are gathered, so that a person sees all of them in one run.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::fault::Fault;

/// How the names of our variables begin.
const OURS: &str = "DAYBOOK_";
/// The one that names no setting, but the file.
pub(super) const FILE: &str = "DAYBOOK_CONFIG";
/// Two letters that changed places are two edits.
const SLIPS: usize = 2;

/// The name a setting has in the file and in the environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Setting {
    /// `section.key`.
    pub(super) key: &'static str,
    /// The environment variable.
    pub(super) variable: &'static str,
}

/// What was said about the settings, before anybody understood it.
#[derive(Debug, Default)]
pub(super) struct Source {
    file: Option<PathBuf>,
    values: BTreeMap<String, String>,
    variables: BTreeMap<String, OsString>,
    known: BTreeSet<&'static str>,
    known_variables: BTreeSet<&'static str>,
    faults: Vec<Fault>,
}

/// The variables of this process.
pub(super) fn variables() -> BTreeMap<String, OsString> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .collect()
}

impl Source {
    pub(super) fn new(variables: BTreeMap<String, OsString>) -> Self {
        Self {
            variables,
            ..Self::default()
        }
    }

    /// Reads the file. One that was named must be there; one in its usual place need not.
    pub(super) fn read_file(&mut self, path: &Path, named: bool) {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if !named && is_absence(&error) => return,
            Err(error) => {
                return self.fault(
                    path.display().to_string(),
                    format!("cannot be read: {error}"),
                );
            }
        };
        self.file = Some(path.to_path_buf());
        match text.parse::<Table>() {
            Ok(table) => self.take_in(table),
            Err(error) => {
                let line = error.span().map_or(0, |span| line_of(&text, span.start));
                let place = format!("{}:{line}", path.display());
                self.fault(place, error.message().replace('\n', " "));
            }
        }
    }

    fn take_in(&mut self, table: Table) {
        for (section, value) in table {
            let Value::Table(keys) = value else {
                let text = "is not in a section; settings look like [listen] addresses = \"…\"";
                self.fault(section, text);
                continue;
            };
            for (key, value) in keys {
                let name = format!("{section}.{key}");
                match written(&value) {
                    Some(text) => drop(self.values.insert(name, text)),
                    None => self.fault(name, "must be text, a number, true, false or a list"),
                }
            }
        }
    }

    /// A variable that names no setting.
    pub(super) fn variable(&self, name: &str) -> Option<&OsString> {
        self.variables.get(name).filter(|value| !value.is_empty())
    }

    /// The setting as `parse` understands it; none when nothing was said, or nothing sensible.
    pub(super) fn get<T>(
        &mut self,
        setting: Setting,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        self.known.insert(setting.key);
        self.known_variables.insert(setting.variable);
        let (place, text) = match self.variable(setting.variable) {
            Some(value) => (setting.variable, value.to_str().map(str::to_owned)),
            None => (setting.key, Some(self.values.get(setting.key)?.clone())),
        };
        let Some(text) = text else {
            self.fault(place, "is not valid UTF-8");
            return None;
        };
        match parse(text.trim()) {
            Ok(value) => Some(value),
            Err(reason) => {
                self.fault(place, reason);
                None
            }
        }
    }

    pub(super) fn fault(&mut self, place: impl Into<String>, text: impl Into<String>) {
        self.faults.push(Fault {
            place: place.into(),
            text: text.into(),
        });
    }

    /// All that was wrong, with the keys of the file that nobody asked for, and variables that look like ours.
    pub(super) fn faults(mut self) -> Vec<Fault> {
        let file = self.file.as_deref().unwrap_or(Path::new("")).display();
        for key in self.values.keys() {
            if !self.known.contains(key.as_str()) {
                let near = nearest(key, &self.known);
                self.faults.push(Fault {
                    place: key.clone(),
                    text: format!("is not a setting (in {file}); did you mean {near}?"),
                });
            }
        }
        self.known_variables.insert(FILE);
        for (name, value) in &self.variables {
            let is_fine = value.is_empty() || self.known_variables.contains(name.as_str());
            if !is_fine && let Some(meant) = meant(name, &self.known_variables) {
                self.faults.push(Fault {
                    place: name.clone(),
                    text: format!("is not a setting; did you mean {meant}?"),
                });
            }
        }
        self.faults
    }
}

/// The variable that was meant by a name of none: the same without our prefix, or one that is so few edits
/// away. What else begins like ours may be another version's, or tell where a service called daybook is.
fn meant<'k>(name: &str, known: &BTreeSet<&'k str>) -> Option<&'k str> {
    let bare = name.strip_prefix(OURS)?;
    let same = known.get(bare).copied();
    same.or_else(|| {
        let near = nearest(name, known);
        (distance(name, near) <= SLIPS).then_some(near)
    })
}

fn is_absence(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

fn written(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Boolean(yes) => Some(yes.to_string()),
        Value::Array(items) => {
            let items: Option<Vec<String>> = items.iter().map(written).collect();
            Some(items?.join(","))
        }
        Value::Datetime(_) | Value::Table(_) => None,
    }
}

fn line_of(text: &str, byte: usize) -> usize {
    let before = text.get(..byte).unwrap_or(text);
    before.matches('\n').count() + 1
}

/// The known key that is the fewest edits away.
fn nearest<'k>(key: &str, known: &BTreeSet<&'k str>) -> &'k str {
    known
        .iter()
        .min_by_key(|candidate| distance(key, candidate))
        .copied()
        .unwrap_or_default()
}

/// Levenshtein's distance, one row at a time.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (i, a) in one.chars().enumerate() {
        let mut next = vec![i + 1];
        for ((b, above), diagonal) in other.chars().zip(row.iter().skip(1)).zip(&row) {
            let left = next.last().copied().unwrap_or_default();
            next.push(
                (above + 1)
                    .min(left + 1)
                    .min(diagonal + usize::from(a != b)),
            );
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

//! Rules of the house that a compiler does not know: sizes, headers, layers, contexts, paths.
#![expect(clippy::unwrap_used, reason = "a test's failure is a panic")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Lines of a file, its tests not counted.
const LONGEST_FILE: usize = 400;

const CRATES: [&str; 8] = [
    "postgres",
    "domain",
    "audit",
    "store",
    "projections",
    "api",
    "runner",
    "tests",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_path_buf()
}

/// Every Rust file of the workspace, with its path from the root and its text.
fn sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for name in CRATES {
        collect(&root().join(name), &mut found);
    }
    assert!(found.len() > 100, "the sources were not found");
    found
}

fn collect(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if !path.ends_with("target") {
                collect(&path, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path
                .strip_prefix(root())
                .unwrap()
                .to_string_lossy()
                .into_owned();
            found.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
}

/// The part of a file that is not its unit tests.
fn without_tests(text: &str) -> &str {
    text.split_once("\n#[cfg(test)]\nmod tests {")
        .map_or(text, |(code, _)| code)
}

#[track_caller]
fn none(rule: &str, offenders: &[String]) {
    assert!(
        offenders.is_empty(),
        "{rule}:\n  {}",
        offenders.join("\n  ")
    );
}

#[test]
fn files_are_short() {
    let long = sources()
        .into_iter()
        .filter(|(path, _)| !path.contains("/tests/"));
    let long = long.filter_map(|(path, text)| {
        let lines = without_tests(&text).lines().count();
        (lines > LONGEST_FILE).then(|| format!("{path}: {lines} lines"))
    });
    none(
        "a file has at most 400 lines without its tests",
        &long.collect::<Vec<_>>(),
    );
}

#[test]
fn every_file_says_what_it_answers() {
    let silent = sources()
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//!"));
    let silent: Vec<_> = silent.map(|(path, _)| path).collect();
    none(
        "a file begins with //! and the question it answers",
        &silent,
    );
}

#[test]
fn nothing_is_left_for_later() {
    // Written in halves, so that this file does not find itself.
    let marks = [
        concat!("TO", "DO"),
        concat!("FIX", "ME"),
        concat!("to", "do!("),
    ];
    let left = sources().into_iter();
    let left = left.filter(|(_, text)| marks.iter().any(|mark| text.contains(mark)));
    none(
        "nothing is left for later",
        &left.map(|(path, _)| path).collect::<Vec<_>>(),
    );
}

#[test]
fn the_domain_is_pure() {
    let impure = [
        "async fn", ".await", "tokio", "sqlx", "cqrs_es", "std::env", "std::fs", "use rand",
    ];
    none(
        "the domain decides and does nothing else",
        &naming("domain/src", &impure),
    );
}

#[test]
fn the_seal_is_checked_without_asking_anybody() {
    let ways_out = [
        "async fn",
        ".await",
        "tokio",
        "sqlx",
        "std::env",
        "std::net",
        "std::time",
        "use rand",
    ];
    none(
        "audit knows no database, network, clock or environment",
        &naming("audit/src", &ways_out),
    );
}

/// Files of a folder whose code has one of these words.
fn naming(folder: &str, words: &[&str]) -> Vec<String> {
    let files = sources()
        .into_iter()
        .filter(|(path, _)| path.starts_with(folder));
    let found = files.flat_map(|(path, text)| {
        let code: String = lines_of_code(&text);
        let hits = words.iter().filter(|word| code.contains(**word));
        hits.map(|word| format!("{path}: {word}"))
            .collect::<Vec<_>>()
    });
    found.collect()
}

#[test]
fn contexts_read_each_other_only_through_public() {
    let contexts = [
        "audit",
        "crm",
        "identity",
        "invoicing",
        "privacy",
        "tenancy",
    ];
    let mut found = Vec::new();
    for (path, text) in sources() {
        let Some(own) = contexts
            .iter()
            .find(|c| path.starts_with(&format!("domain/src/{c}/")))
        else {
            continue;
        };
        let code = lines_of_code(without_tests(&text));
        for other in contexts.iter().filter(|other| *other != own) {
            for (at, _) in code.match_indices(&format!("crate::{other}::")) {
                let rest = &code[at + "crate::".len() + other.len() + 2..];
                if !rest.starts_with("public") && !path.contains("fixtures") {
                    found.push(format!(
                        "{path}: crate::{other}::{}",
                        rest.split([':', ';', ' ']).next().unwrap()
                    ));
                }
            }
        }
    }
    none(
        "a context reads another only through its public module",
        &found,
    );
}

#[test]
fn cqrs_es_is_known_in_one_file() {
    let found = sources().into_iter().filter(|(path, _)| {
        !path.starts_with("tests/")
            && !path.starts_with("store/tests/")
            && path != "store/src/cqrs.rs"
    });
    let found = found.filter(|(_, text)| lines_of_code(text).contains("cqrs_es::"));
    none(
        "cqrs-es is known in store/src/cqrs.rs alone",
        &found.map(|(path, _)| path).collect::<Vec<_>>(),
    );
}

/// The library nulls the parent of a field whose error is around an option.
#[test]
fn a_field_that_may_be_null_is_null_alone_when_it_fails() {
    let mut found = Vec::new();
    let resolvers = sources()
        .into_iter()
        .filter(|(path, _)| path.starts_with("api/src"));
    for (path, text) in resolvers {
        for (at, _) in text.match_indices("-> Result<Option<") {
            let begin = text[..at].rfind("fn ").unwrap();
            let signature = &text[begin..at];
            if signature.contains("&self") && signature.contains("ctx: &Context<") {
                let name = signature.split('(').next().unwrap();
                found.push(format!("{path}: {name}"));
            }
        }
    }
    none(
        "a resolver that may give null gives Option<Result<…>>: see `nullable` in api/src/graphql",
        &found,
    );
}

#[test]
fn sql_stays_in_store_and_projections() {
    let found = sources().into_iter().filter(|(path, _)| {
        path.starts_with("api/src")
            || path.starts_with("domain/src")
            || path.starts_with("runner/src")
    });
    let found = found.filter(|(_, text)| lines_of_code(without_tests(text)).contains("sqlx::"));
    none(
        "SQL is in store and projections alone",
        &found.map(|(path, _)| path).collect::<Vec<_>>(),
    );
}

#[test]
fn paths_in_the_documents_exist() {
    let mut missing = Vec::new();
    for folder in ["docs", "docs/how-to", "docs/adr", "."] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "md") {
                missing.extend(missing_paths(&path));
            }
        }
    }
    none("a path named in a document exists", &missing);
}

#[test]
fn every_setting_is_in_the_operators_manual() {
    let manual = fs::read_to_string(root().join("docs/operating.md")).unwrap();
    let mut settings = BTreeSet::new();
    for (file, text) in sources() {
        let names = text.split("variable: \"DAYBOOK_").skip(1);
        let names = names.filter_map(|rest| rest.split('"').next());
        let is_configuration = file.starts_with("runner/src/config/");
        let names = names.filter(|_| is_configuration);
        settings.extend(names.map(|name| format!("DAYBOOK_{name}")));
    }
    assert!(
        settings.len() > 40,
        "settings are looked for in the wrong place"
    );
    let is_missing = |name: &&String| {
        let whole = format!("`{name}`");
        let shortened = name.rsplit_once('_').map(|(_, last)| format!("`…_{last}`"));
        !manual.contains(&whole) && !shortened.is_some_and(|it| manual.contains(&it))
    };
    let missing: Vec<String> = settings.iter().filter(is_missing).cloned().collect();
    none("documented in docs/operating.md", &missing);
}

#[test]
fn every_number_that_is_recorded_is_described() {
    let list = fs::read_to_string(root().join("runner/src/telemetry/catalogue.rs")).unwrap();
    let mut recorded = BTreeSet::new();
    for (_, text) in sources() {
        for kind in ["counter!(", "gauge!(", "histogram!("] {
            let names = text.split(kind).skip(1).map(str::trim_start);
            let names = names.filter_map(|rest| rest.strip_prefix("\"daybook_")?.split('"').next());
            recorded.extend(names.map(|name| format!("\"daybook_{name}\"")));
        }
    }
    assert!(recorded.len() > 20, "numbers are looked for in vain");
    recorded.retain(|name| !list.contains(name));
    let missing: Vec<String> = recorded.into_iter().collect();
    none("described in runner/src/telemetry/catalogue.rs", &missing);
}

#[test]
fn every_folder_is_in_the_code_map() {
    let map = fs::read_to_string(root().join("docs/ARCHITECTURE.md")).unwrap();
    let mut missing = Vec::new();
    for of_crate in CRATES {
        for entry in fs::read_dir(root().join(of_crate).join("src")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let folder = format!("{of_crate}/src/{name}");
            let is_context = root().join("domain/src").join(&name).is_dir() && name != "kernel";
            if path.is_dir() && !is_context && !map.contains(&format!("`{folder}`")) {
                missing.push(folder);
            }
        }
    }
    none("a folder is in the code map", &missing);
}

/// Paths in backquotes that begin with a folder of ours, unless they hold a placeholder.
fn missing_paths(document: &Path) -> Vec<String> {
    let text = fs::read_to_string(document).unwrap();
    let quoted = text.split('`').skip(1).step_by(2);
    let ours = quoted.filter(|quoted| {
        let first = quoted.split('/').next().unwrap_or_default();
        let folder = CRATES.contains(&first) || ["docs", "migrations", ".ci"].contains(&first);
        let plain = quoted
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c));
        folder && quoted.contains('/') && plain && !quoted.contains("YYYY")
    });
    let missing = ours.filter(|path| !root().join(path).exists());
    missing
        .map(|path| format!("{}: {path}", document.display()))
        .collect()
}

/// A text without its comments, so that a word in a sentence is not taken for code.
fn lines_of_code(text: &str) -> String {
    let code = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    code.collect::<Vec<_>>().join("\n")
}

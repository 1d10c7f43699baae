//! Which `daybook` a test starts, as an operator would.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::SystemTime;

/// The binary on a data directory with these settings, and of our own environment with nothing but
/// `PATH`.
pub fn daybook(data: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = daybook::testing::daybook(binary(), data, arguments);
    command.envs(variables.iter().copied());
    command
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code; none when a signal ended it.
    pub code: Option<i32>,
    /// What it printed, then what it complained of.
    pub text: String,
}

/// Runs a command to its end.
pub async fn finished(mut command: Command) -> Ended {
    let output = tokio::task::spawn_blocking(move || command.output().unwrap());
    let output = output.await.unwrap();
    let texts = [output.stdout, output.stderr].map(|it| String::from_utf8(it).unwrap());
    Ended {
        code: output.status.code(),
        text: texts.concat(),
    }
}

/// The binary, built where it is missing or older than what the test was built from.
fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(find_or_build)
}

fn find_or_build() -> PathBuf {
    let program = std::env::current_exe().unwrap();
    let deps = program.ancestors().find(|it| it.ends_with("deps")).unwrap();
    let profile = deps.parent().unwrap();
    let binary = profile.join("daybook");
    let is_current = written(&binary).is_some_and(|at| newest_library(deps) <= Some(at));
    if !is_current {
        build(profile);
    }
    binary
}

/// When the newest library of ours was built.
fn newest_library(deps: &Path) -> Option<SystemTime> {
    let files = std::fs::read_dir(deps)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let ours = files.filter(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with("libdaybook-") && name.ends_with(".rlib")
    });
    ours.filter_map(|path| written(&path)).max()
}

fn written(path: &Path) -> Option<SystemTime> {
    path.metadata().ok()?.modified().ok()
}

/// From the same selection of packages as the tests, so that nothing is built twice.
fn build(profile: &Path) {
    let target = profile.parent().unwrap();
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["build", "--bin", "daybook", "--target-dir"])
        .arg(target);
    if profile.ends_with("release") {
        cargo.arg("--release");
    }
    // What cargo says of the package of a running test is not for others: build scripts that look at
    // it, such as that of `ring`, would have everything built anew, each time one or the other ran.
    let of_this_package = [
        "CARGO_MANIFEST_",
        "CARGO_PKG_",
        "CARGO_CRATE_",
        "CARGO_BIN_",
    ];
    for (name, _) in std::env::vars() {
        if of_this_package.iter().any(|it| name.starts_with(it)) {
            cargo.env_remove(name);
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let built = cargo.current_dir(root).status().unwrap();
    assert!(built.success(), "the binary could not be built");
}

//! What does the Python verifier say?

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What `docs/audit/verify.py` and the tests beside it need.
const PACKAGES: [&str; 4] = [
    "cryptography==50.0.2",
    "proofbundle==6.3.1",
    "pymerkle==7.0.0",
    "sigstore==4.5.1",
];

/// A Python with the packages that the verifier needs.
#[derive(Debug, Clone)]
pub struct Twin {
    python: PathBuf,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The exit code.
    pub code: Option<i32>,
    /// What it printed.
    pub output: String,
}

impl Answer {
    fn of(output: &Output) -> Self {
        let text = [&output.stdout, &output.stderr].map(|it| String::from_utf8_lossy(it));
        Self {
            code: output.status.code(),
            output: text.concat(),
        }
    }

    /// The last line, which says what was found.
    pub fn result(&self) -> &str {
        self.output.trim_end().lines().last().unwrap_or_default()
    }
}

impl Twin {
    /// The one in a folder that outlives this run, such as `CARGO_TARGET_TMPDIR`: made where it is
    /// not there yet, from the package registry.
    pub fn ready(folder: &Path) -> Self {
        let home = folder.join("audit-twin");
        fs::create_dir_all(&home).unwrap();
        // Tests run at once, in several processes.
        let lock = File::create(home.join("lock")).unwrap();
        lock.lock().unwrap();
        let python = home.join("venv/bin/python");
        let stamp = home.join("packages");
        let wanted = PACKAGES.join("\n");
        if fs::read_to_string(&stamp).ok().as_deref() != Some(&wanted) {
            let venv = home.join("venv");
            run(Command::new("python3")
                .args(["-m", "venv", "--clear"])
                .arg(venv));
            let mut pip = Command::new(&python);
            pip.args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ]);
            run(pip.args(PACKAGES));
            fs::write(&stamp, wanted).unwrap();
        }
        Self { python }
    }

    /// Runs the verifier on an archive.
    pub fn verify(&self, archive: &Path, arguments: &[&str]) -> Answer {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/audit/verify.py");
        let mut command = Command::new(&self.python);
        Answer::of(
            &command
                .arg(script)
                .arg(archive)
                .args(arguments)
                .output()
                .unwrap(),
        )
    }

    /// Runs a program of a few lines, which must succeed; what it printed.
    pub fn run(&self, program: &str, arguments: &[&str]) -> String {
        run(Command::new(&self.python)
            .args(["-c", program])
            .args(arguments))
        .output
    }
}

fn run(command: &mut Command) -> Answer {
    let output = command.output();
    assert!(
        output.is_ok(),
        "the Python verifier is tested too: install python3 with venv ({command:?}: {output:?})"
    );
    let answer = Answer::of(&output.unwrap());
    assert_eq!(answer.code, Some(0), "{command:?}: {}", answer.output);
    answer
}

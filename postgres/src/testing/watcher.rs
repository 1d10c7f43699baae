//! Who stops a test's server when the test's process is gone?

use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

/// Waits for its standard input to close, then stops the server whose pid file lies in `$1/data`,
/// at most 10 s politely, and removes `$2`.
const SCRIPT: &str = r#"
read -r _
for signal in INT QUIT KILL; do
    read -r pid < "$1/data/postmaster.pid" || break
    kill -s $signal "$pid" || break
    tries=0
    while [ $tries -lt 100 ] && [ -e "$1/data/postmaster.pid" ] && kill -0 "$pid"; do
        tries=$((tries + 1))
        sleep 0.1
    done
done
rm -rf "$2"
"#;

/// A process that outlives us just long enough to clear up.
#[derive(Debug)]
pub(crate) struct Watcher {
    child: Child,
    pipe: Option<ChildStdin>,
}

impl Watcher {
    /// Begins to watch over the server in `server`, whose files all lie in `directory`.
    ///
    /// # Errors
    /// When there is no shell.
    pub(crate) fn spawn(server: &Path, directory: &Path) -> io::Result<Self> {
        let mut child = Command::new("/bin/sh")
            .args(["-c", SCRIPT, "watcher"])
            .arg(server)
            .arg(directory)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Not to be ended by the Ctrl-C that ends us.
            .process_group(0)
            .spawn()?;
        Ok(Self {
            pipe: child.stdin.take(),
            child,
        })
    }
}

impl Drop for Watcher {
    /// Lets it clear up now, and waits until it has.
    fn drop(&mut self) {
        drop(self.pipe.take());
        if let Err(error) = self.child.wait() {
            tracing::warn!(%error, "the watcher of a test server was lost");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::cluster::Cluster;
    use crate::testing::{options, template};

    #[test]
    fn stops_the_server_and_removes_its_files_when_the_pipe_closes() {
        let directory = template::temporary_directory().unwrap().keep();
        let options = options(&directory.join("pg"));
        let watcher = Watcher::spawn(&options.home.join("server"), &directory).unwrap();
        let mut cluster = Cluster::attach_or_start(options, &|_| ()).unwrap();
        assert!(directory.exists());
        drop(watcher);
        assert!(fs::symlink_metadata(&directory).is_err());
        assert!(cluster.has_ended());
    }
}

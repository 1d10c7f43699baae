//! What has to be remembered of the last start?

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::cluster::home::Home;
use crate::error::Error;

/// The last start; written before the server is spawned, so a start that is cut off left it too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// The port on 127.0.0.1.
    pub(crate) port: u16,
    /// The superuser that the cluster was made with.
    pub(crate) superuser: String,
    /// The directory of the Unix socket.
    pub(crate) socket_dir: PathBuf,
}

impl Record {
    /// Reads it; none if it is missing or damaged, for all it holds can be chosen again.
    pub(crate) fn read(home: &Home) -> Option<Self> {
        serde_json::from_slice(&fs::read(home.file("record.json")).ok()?).ok()
    }

    /// Writes it, whole or not at all.
    ///
    /// # Errors
    /// When the home cannot be written.
    pub(crate) fn write(&self, home: &Home) -> Result<(), Error> {
        let path = home.file("record.json");
        let parent = path.parent().unwrap_or(&path);
        let write = || {
            let mut file = tempfile::NamedTempFile::new_in(parent)?;
            file.write_all(&serde_json::to_vec_pretty(self)?)?;
            file.persist(&path)?;
            Ok(())
        };
        write().map_err(|source| Error::writing(&path, source))
    }
}

//! What may be chosen about a private server?

use std::path::PathBuf;

use crate::surroundings::Surroundings;

/// What a crash of the machine may cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Durability {
    /// Nothing that was committed.
    #[default]
    Full,
    /// Everything: nothing waits for the disk. For tests that measure something else.
    Off,
}

/// What to run, and where.
#[derive(Clone, Debug)]
pub struct Options {
    /// The directory that holds everything about the cluster; made if it is not there.
    pub home: PathBuf,
    /// Where fetched binaries are kept; several homes may share it.
    pub cache: PathBuf,
    /// Where to look for binaries.
    pub surroundings: Surroundings,
    /// The port on 127.0.0.1; 0 for any free one, which is remembered.
    pub port: u16,
    /// The name of the superuser when the cluster is made; later the cluster's own name holds.
    pub superuser: String,
    /// What a crash of the machine may cost.
    pub durability: Durability,
    /// A directory whose `data` and `password` are copied instead of making an empty cluster.
    pub(crate) template: Option<PathBuf>,
}

impl Options {
    /// A durable cluster in `home` on any free port, its superuser `daybook`, fetched binaries
    /// beside it in `home/binaries`.
    pub fn new(home: impl Into<PathBuf>, surroundings: Surroundings) -> Self {
        let home = home.into();
        Self {
            cache: home.join("binaries"),
            home,
            surroundings,
            port: 0,
            superuser: "daybook".to_owned(),
            durability: Durability::Full,
            template: None,
        }
    }
}

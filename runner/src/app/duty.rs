//! What is this process for?

/// Which part of the work a process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duty {
    /// All of it.
    Everything,
    /// Answers clients; others read the log.
    Api,
    /// Reads the log: projections and reactors; others answer clients.
    Work,
}

impl Duty {
    /// Whether it answers clients.
    pub fn answers(self) -> bool {
        match self {
            Self::Everything | Self::Api => true,
            Self::Work => false,
        }
    }

    /// Whether it reads the log.
    pub fn reads(self) -> bool {
        match self {
            Self::Everything | Self::Work => true,
            Self::Api => false,
        }
    }
}

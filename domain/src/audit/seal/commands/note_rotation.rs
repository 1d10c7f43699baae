//! Note that another key signs.

use crate::audit::seal::{KeyRotated, Seal, SealEvent};
use crate::kernel::{Command, Decision};

/// Records that another key signs from now on; each key once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteRotation {
    /// Which.
    pub rotated: KeyRotated,
}

impl Command for NoteRotation {
    type Aggregate = Seal;

    fn decide(&self, seal: &Seal) -> Decision<Seal> {
        if seal.keys.contains(&self.rotated.public_key) {
            return Ok(vec![]);
        }
        Ok(vec![SealEvent::KeyRotated(self.rotated.clone())])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::seal::fixtures::{key_rotated, rotation};
    use crate::kernel::testing::given;

    #[test]
    fn each_key_is_noted_once() {
        let rotated = rotation();
        let note = NoteRotation { rotated };
        given(&[]).when(&note).then(&[key_rotated()]);
        given(&[key_rotated()]).when(&note).then(&[]);
    }
}

//! What can be done with a seal, a file each.

mod note_rotation;
mod resume;

pub use note_rotation::NoteRotation;
pub use resume::Resume;

//! Personal fields against a real PostgreSQL: are they sealed, do they open, and are they gone?

mod attacks;
mod dump;
mod erasing;
mod fingerprints;
mod new_keys;
mod person;
mod rotation;
mod scrubbing;
mod sealing;

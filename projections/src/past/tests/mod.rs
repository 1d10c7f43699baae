//! Is the past what it was? Each file is one promise.

mod bounds;
mod business;
mod replaying;
mod same_as_then;

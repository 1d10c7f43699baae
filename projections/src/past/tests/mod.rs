//! Is the past what it was? Each file is one promise.

mod bounds;
mod business;
mod cost;
mod everything;
mod life;
mod replaying;
mod same_as_then;
mod stories;

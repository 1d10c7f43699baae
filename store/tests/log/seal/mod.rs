//! The seal against a real PostgreSQL: does it grow, does it hold, and what does it find?

mod attacks;
mod growth;
mod keys;
mod memory;
mod rollback;
mod sealing;

//! Tests and benchmarks of the whole system, from outside.
//!
//! `tests/` holds the tests, `benches/` the programs of `cargo bench`; see the benchmarks page of the docs.

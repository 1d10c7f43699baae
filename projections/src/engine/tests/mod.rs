//! Tests of the engine against a real server.

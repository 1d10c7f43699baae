//! Do checkpoints leave the operator's reach, whatever stands in the way?

mod bucket;
mod mail;
mod web;
mod webhook;
mod world;

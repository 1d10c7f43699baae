//! Do invoices of other systems come in whole, once, and with nothing lost in silence?

mod bad_input;
mod bad_luck;
mod december;
mod figures;
mod quirks;
mod read_models;
mod world;

//! Accounts and sign-ins: REST under `/auth/` for what happens before there is a token, GraphQL for
//! what a signed-in user does with their account.

mod entrance;
mod letters;
mod password;
mod rest;
mod sign_in;

pub use rest::routes;

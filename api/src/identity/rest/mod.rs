//! `/auth/*`: sign-up, sign-in and everything around passwords, as JSON over HTTP.
//!
//! One file per endpoint. What they share: [`asked`](asked) reads a request, [`Problem`] is every
//! answer but success (RFC 9457), `reply` writes the tokens. That other people's pages do not use a
//! visitor's cookies is [`door`](crate::door)'s.
//!
//! No answer, and no time an answer takes, tells whether an address has an account.

mod asked;
mod login;
mod logout;
mod problem;
mod proof;
mod refresh;
mod reply;
mod resend_verification;
mod reset_password;
mod reset_password_confirm;
mod routes;
mod signup;
mod switch_tenant;
mod update_password;
mod verify_email;

pub(crate) use problem::Problem;
pub(crate) use routes::dress;
pub use routes::routes;

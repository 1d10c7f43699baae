//! Who is asking.

use async_graphql::{Context, Object, Result};

use super::me::Me;
use crate::access::Who;
use crate::fault::{Code, Fault};
use crate::graphql::Asking;

/// The context's queries.
#[derive(Debug, Default)]
pub struct IdentityQuery;

#[Object]
impl IdentityQuery {
    /// The caller, as they are now, with what they may do now; account, sessions and places as of an
    /// instant, too. Needs to be signed in, or an API key.
    async fn me(&self, ctx: &Context<'_>) -> Result<Me> {
        if Asking::of(ctx)?.caller.who == Who::Nobody {
            let text = "sign in or send an API key";
            return Err(Fault::new(Code::Unauthenticated, text).into());
        }
        Ok(Me)
    }
}

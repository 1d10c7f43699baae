//! One file per mutation.

mod consent_give;
mod consent_withdraw;
mod payload;

use async_graphql::MergedObject;

use consent_give::ConsentGive;
use consent_withdraw::ConsentWithdraw;
use payload::ConsentPayload;

/// The context's mutations.
#[derive(Debug, Default, MergedObject)]
pub struct PrivacyMutation(ConsentGive, ConsentWithdraw);

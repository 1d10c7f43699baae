//! What the mutations that make a secret share: how long it is good, and how it travels.

use async_graphql::Error;
use chrono::{DateTime, TimeDelta, Utc};
use daybook_domain::kernel::MemberId;
use daybook_domain::tenancy::api_key::format::Environment;
use daybook_domain::tenancy::member::{INVITATION_DAYS, Member, Refusal};
use daybook_domain::tenancy::public::Role;
use daybook_domain::tenancy::tenant::Tenant;
use daybook_store::{ExecuteError, Mail, Receipt};

use crate::access::SecretToken;
use crate::api::{Api, Cause};
use crate::fault::{Code, Fault};
use crate::graphql::{Call, Outcome};
use crate::tenancy::letters::Invitation;

/// Which installation a key is made for.
pub(super) fn environment(call: &Call<'_>) -> Environment {
    if call.asking.api.options().development {
        Environment::Test
    } else {
        Environment::Live
    }
}

/// Until when an invitation that is mailed now is good.
pub(super) fn expires_at(call: &Call<'_>) -> DateTime<Utc> {
    call.at() + TimeDelta::days(INVITATION_DAYS)
}

/// One more mail that may go to an address. What is not sent is not counted.
pub(super) struct Postage<'c> {
    api: &'c Api,
    email: String,
}

/// Takes one more mail to an address, or says what became of the command that it is a repeat of.
///
/// # Errors
/// `THROTTLED`, so that nobody's mailbox is filled through us; the log is away.
pub(super) async fn postage<'c>(
    call: &Call<'c>,
    (member_id, email): (MemberId, &str),
) -> Result<Result<Postage<'c>, Outcome>, Error> {
    let (api, email) = (&call.asking.api, email.trim().to_owned());
    if api.may_mail(Cause::Invitation, &email) {
        return Ok(Ok(Postage { api, email }));
    }
    match call.refuse::<Member>(member_id, Refusal::Unknown).await? {
        Outcome::Done(receipt) => Ok(Err(Outcome::Done(receipt))),
        Outcome::Refused(_) => {
            let text = "too many mails went to this address lately; try again later";
            Err(Fault::new(Code::Throttled, text).into())
        }
    }
}

impl Postage<'_> {
    /// What became of the command that the mail was to go with.
    ///
    /// # Errors
    /// Every failure that is no refusal.
    pub(super) fn of(self, result: Result<Receipt, ExecuteError>) -> Result<Outcome, Error> {
        let is_sent = result.as_ref().is_ok_and(|receipt| !receipt.replayed);
        if !is_sent {
            self.api.did_not_mail(Cause::Invitation, &self.email);
        }
        Call::outcome(result)
    }
}

/// The mail that goes with the command that invites. A repeat sends none: its token was never stored.
///
/// # Errors
/// When the database is away.
pub(super) async fn mail(
    call: &Call<'_>,
    (email, role, token): (&str, Role, &SecretToken),
) -> Result<Mail, Fault> {
    let tenant = call.look_up::<Tenant>(call.scope.tenant).await?;
    let invitation = Invitation {
        email,
        tenant: tenant.profile().map_or("", |profile| &profile.name),
        role,
        expires_at: expires_at(call),
        public_url: &call.asking.api.options().public_url,
    };
    Ok(invitation.letter(token).with(&call.context()))
}

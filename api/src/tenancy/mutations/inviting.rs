//! What the mutations that make a secret share: how long it is good, and how it travels.

use chrono::{DateTime, TimeDelta, Utc};
use daybook_domain::tenancy::api_key::format::Environment;
use daybook_domain::tenancy::member::INVITATION_DAYS;
use daybook_domain::tenancy::public::Role;
use daybook_domain::tenancy::tenant::Tenant;
use daybook_store::Mail;

use crate::access::SecretToken;
use crate::fault::{Code, Fault};
use crate::graphql::Call;
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

/// Asks whether one more mail may go to an address now.
///
/// # Errors
/// `THROTTLED`, so that nobody's mailbox is filled through us.
pub(super) fn may_mail(call: &Call<'_>, email: &str) -> Result<(), Fault> {
    if call.asking.api.may_mail(email.trim()) {
        return Ok(());
    }
    let text = "too many mails went to this address lately; try again later";
    Err(Fault::new(Code::Throttled, text))
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

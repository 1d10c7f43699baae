//! What a document's commands need to know of the client and the tenant, looked up before they
//! decide.

use chrono::{DateTime, NaiveDate, Utc};
use daybook_domain::crm::client::{Client, Refusal};
use daybook_domain::crm::public::ClientFacts;
use daybook_domain::invoicing::invoice::Numbering;
use daybook_domain::kernel::ClientId;
use daybook_domain::tenancy::public::{NumberStyle, Settings};
use daybook_domain::tenancy::tenant::Tenant;

use crate::access::Scope;
use crate::fault::Fault;
use crate::graphql::{Asking, Call, Outcome};

/// The client as documents see it; what its billing leaves open is the tenant's custom. None when
/// the tenant has no such client.
pub(super) async fn client_facts(
    call: &Call<'_>,
    client_id: ClientId,
    settings: &Settings,
) -> Result<Option<ClientFacts>, Fault> {
    let client = call.look_up::<Client>(client_id).await?;
    Ok(client.facts().map(|mut facts| {
        facts
            .billing
            .payment_terms_days
            .get_or_insert(settings.payment_terms_days);
        facts.billing.currency.get_or_insert(settings.currency);
        facts
    }))
}

/// How the tenant does business.
pub(super) async fn settings(call: &Call<'_>) -> Result<Settings, Fault> {
    settings_of(call.asking, call.scope).await
}

/// The same where nothing is done.
pub(super) async fn settings_of(asking: &Asking, scope: &Scope) -> Result<Settings, Fault> {
    let store = asking.api.store();
    let tenant = store.load::<Tenant>(scope.tenant, scope.tenant).await?;
    Ok(tenant
        .state
        .profile()
        .map(|profile| profile.settings.clone())
        .unwrap_or_default())
}

/// How documents get their numbers.
pub(super) fn numbering(settings: &Settings) -> Numbering {
    match settings.number_style {
        NumberStyle::Manual => Numbering::Manual,
        NumberStyle::Gapless => Numbering::Gapless,
    }
}

/// The tenant's calendar day.
pub(super) fn today(settings: &Settings, at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&settings.time_zone.rules()).date_naive()
}

/// The outcome for a client the tenant does not have, in the words of the client's own rules.
///
/// # Errors
/// A reused command id, or the log is away.
pub(super) async fn refuse_client(
    call: &Call<'_>,
    client_id: ClientId,
) -> Result<Outcome, async_graphql::Error> {
    let outcome = call.refuse::<Client>(client_id, Refusal::Unknown).await?;
    Ok(match outcome {
        Outcome::Refused(refused) => Outcome::Refused(daybook_store::Refused {
            field: "clientId",
            ..refused
        }),
        done @ Outcome::Done(_) => done,
    })
}

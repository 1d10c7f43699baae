//! Set how a client is billed.

use async_graphql::{Context, ID, InputObject, Object, Result};
use daybook_domain::crm::client::{BillingDetails, Client, SetBillingDetails};
use daybook_domain::crm::public::Country;
use daybook_domain::kernel::ClientId;
use daybook_domain::tenancy::public::Permission;
use serde::Serialize;
use uuid::Uuid;

use super::ClientPayload;
use crate::graphql::{Call, CommandInput, CurrencyCode, decode_id};

/// Sets how a client is billed.
#[derive(Debug, Default)]
pub(super) struct ClientSetBillingDetails;

/// All of the new billing details: what is left out becomes absent.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct ClientSetBillingDetailsInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the client that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// The client.
    client_id: ID,
    /// The name on documents, at most 200 characters; absent when it is the client's.
    name: Option<String>,
    /// Street and whatever else precedes the city, in order; at most 5 lines of 200 characters.
    #[graphql(default)]
    address_lines: Vec<String>,
    /// The postal code, at most 20 characters.
    postal_code: Option<String>,
    /// The city, at most 100 characters.
    city: Option<String>,
    /// The country of the address, at most 60 characters; absent when it is the client's.
    country: Option<String>,
    /// The VAT identification number, at most 30 characters.
    vat_number: Option<String>,
    /// Days from issue to due, 0 to 365; absent for the tenant's usual terms.
    #[graphql(validator(minimum = 0, maximum = 365))]
    payment_terms_days: Option<u16>,
    /// The currency of its documents; absent for the tenant's.
    currency: Option<CurrencyCode>,
}

impl CommandInput for ClientSetBillingDetailsInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl ClientSetBillingDetails {
    /// Replaces all billing details of a client. Documents that are already sent keep theirs.
    /// Needs `clients.write`.
    async fn client_set_billing_details(
        &self,
        ctx: &Context<'_>,
        input: ClientSetBillingDetailsInput,
    ) -> Result<ClientPayload> {
        let call = Call::begin(
            ctx,
            "clientSetBillingDetails",
            Permission::ClientsWrite,
            &input,
        )?;
        let client_id: ClientId = decode_id(&input.client_id)?;
        let country = input
            .country
            .as_ref()
            .map(|text| Country::parse("country", text));
        let country = match country.transpose() {
            Ok(country) => country,
            Err(fault) => {
                let outcome = call.refuse::<Client>(client_id, fault.into()).await?;
                return ClientPayload::of(&call, ctx, client_id, outcome).await;
            }
        };
        let billing = BillingDetails {
            name: input.name,
            address_lines: input.address_lines,
            postal_code: input.postal_code,
            city: input.city,
            country,
            vat_number: input.vat_number,
            payment_terms_days: input.payment_terms_days,
            currency: input.currency.map(|code| code.0),
        };
        let command = SetBillingDetails {
            billing,
            at: call.at(),
        };
        let outcome = call.execute(client_id, command).await?;
        ClientPayload::of(&call, ctx, client_id, outcome).await
    }
}

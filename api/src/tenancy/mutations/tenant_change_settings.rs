//! Change how the tenant does business.

use async_graphql::{Context, InputObject, Object, Result};
use daybook_domain::tenancy::public::Permission;
use daybook_domain::tenancy::tenant::ChangeSettings;
use serde::Serialize;
use uuid::Uuid;

use super::payload::TenantPayload;
use crate::graphql::CurrencyCode;
use crate::graphql::{Call, CommandInput};
use crate::tenancy::kinds::NumberStyle;

/// Changes the settings.
#[derive(Debug, Default)]
pub(super) struct TenantChangeSettings;

/// What is left out stays.
#[derive(Debug, InputObject, Serialize)]
pub(super) struct TenantChangeSettingsInput {
    /// The command's own id: sending it again has no further effect.
    #[serde(skip)]
    command_id: Uuid,
    /// The version of the tenant that was seen; omit it to decide on whatever is current.
    #[serde(skip)]
    expected_version: Option<i64>,
    /// The language of documents and mails, as a BCP 47 tag.
    locale: Option<String>,
    /// By whose calendar a day begins, by its IANA name.
    time_zone: Option<String>,
    /// The currency of new documents, by its ISO 4217 code.
    currency: Option<CurrencyCode>,
    /// Who numbers invoices.
    number_style: Option<NumberStyle>,
    /// Days from an invoice to its due date, 0 to 365.
    payment_terms_days: Option<u16>,
}

impl CommandInput for TenantChangeSettingsInput {
    fn command_id(&self) -> Uuid {
        self.command_id
    }

    fn expected_version(&self) -> Option<i64> {
        self.expected_version
    }
}

#[Object]
impl TenantChangeSettings {
    /// Changes how the tenant does business. Needs `tenant.manage`.
    async fn tenant_change_settings(
        &self,
        ctx: &Context<'_>,
        input: TenantChangeSettingsInput,
    ) -> Result<TenantPayload> {
        let call = Call::begin(
            ctx,
            "tenantChangeSettings",
            Permission::TenantManage,
            &input,
        )?;
        let command = ChangeSettings {
            locale: input.locale,
            time_zone: input.time_zone,
            currency: input.currency.map(|currency| currency.0.code().to_owned()),
            number_style: input.number_style.map(Into::into),
            payment_terms_days: input.payment_terms_days,
            at: call.at(),
        };
        let outcome = call.execute(call.scope.tenant, command).await?;
        TenantPayload::of(&call, outcome).await
    }
}

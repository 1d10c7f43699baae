//! One file per mutation.

mod client_add_note;
mod client_archive;
mod client_change_details;
mod client_deactivate;
mod client_field_declare;
mod client_field_retire;
mod client_reactivate;
mod client_register;
mod client_set_billing_details;
mod client_set_custom_fields;
mod client_withdraw_note;
mod payload;

use async_graphql::MergedObject;

use client_add_note::ClientAddNote;
use client_archive::ClientArchive;
use client_change_details::ClientChangeDetails;
use client_deactivate::ClientDeactivate;
use client_field_declare::ClientFieldDeclare;
use client_field_retire::ClientFieldRetire;
use client_reactivate::ClientReactivate;
use client_register::ClientRegister;
use client_set_billing_details::ClientSetBillingDetails;
use client_set_custom_fields::ClientSetCustomFields;
use client_withdraw_note::ClientWithdrawNote;
use payload::{ClientFieldPayload, ClientPayload};

/// The context's mutations.
#[derive(Debug, Default, MergedObject)]
pub struct CrmMutation(
    ClientRegister,
    ClientChangeDetails,
    ClientSetCustomFields,
    ClientSetBillingDetails,
    ClientAddNote,
    ClientWithdrawNote,
    ClientDeactivate,
    ClientReactivate,
    ClientArchive,
    ClientFieldDeclare,
    ClientFieldRetire,
);

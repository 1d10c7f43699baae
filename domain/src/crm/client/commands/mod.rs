//! What can be done to a client: one file per command.

mod add_note;
mod archive;
mod change_details;
mod deactivate;
mod erase;
mod reactivate;
mod register;
mod set_billing_details;
mod set_custom_fields;
mod withdraw_note;

pub use add_note::AddNote;
pub use archive::Archive;
pub use change_details::ChangeDetails;
pub use deactivate::Deactivate;
pub use erase::Erase;
pub use reactivate::Reactivate;
pub use register::Register;
pub use set_billing_details::SetBillingDetails;
pub use set_custom_fields::SetCustomFields;
pub use withdraw_note::WithdrawNote;

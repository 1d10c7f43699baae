//! What can be asked of an account, one file per command.

mod change_password;
mod deactivate;
mod erase;
mod request_email_verification;
mod request_password_reset;
mod reset_password;
mod sign_up;
mod update_profile;
mod upgrade_password_hash;
mod verify_email;

pub use change_password::ChangePassword;
pub use deactivate::Deactivate;
pub use erase::Erase;
pub use request_email_verification::RequestEmailVerification;
pub use request_password_reset::RequestPasswordReset;
pub use reset_password::ResetPassword;
pub use sign_up::SignUp;
pub use update_profile::UpdateProfile;
pub use upgrade_password_hash::UpgradePasswordHash;
pub use verify_email::VerifyEmail;

//! One file per command.

mod give;
mod withdraw;

pub use give::Give;
pub use withdraw::Withdraw;

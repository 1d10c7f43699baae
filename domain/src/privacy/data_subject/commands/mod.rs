//! One file per command.

mod erase;
mod export;
mod forget;
mod hold;
mod release;

pub use erase::Erase;
pub use export::Export;
pub use forget::Forget;
pub use hold::Hold;
pub use release::Release;

//! Is the past what it was? Each file is one promise.

use daybook_domain::invoicing::invoice::fixtures::Dice;

mod bounds;
mod business;
mod cost;
mod everything;
mod life;
mod replaying;
mod same_as_then;
mod stories;

/// Dice that fall otherwise each time. A test that fails shows what they began with: in place of them,
/// `Dice` of that number falls the same way.
fn dice() -> Dice {
    let begun = crate::testing::id().as_u64_pair().1;
    eprintln!("the dice began with {begun:#x}");
    Dice(begun)
}

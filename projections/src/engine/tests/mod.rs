//! Does the engine keep its promises on a real server? Each file is one promise.

mod exactly_once;
mod parking;
mod rebuilding;
mod rolling_back;
mod sharing;
mod tally;
mod together;
mod waiting;

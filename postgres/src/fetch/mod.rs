//! Where do binaries come from when none are installed?

mod choice;

pub(crate) use choice::binaries;

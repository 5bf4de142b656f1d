//! (in the making)

pub mod key;

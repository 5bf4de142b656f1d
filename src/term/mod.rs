//! The terminal.

pub mod abilities;
mod csi;
mod encoder;
pub mod error;
pub mod input;
mod look;
pub mod parser;
pub mod screen;

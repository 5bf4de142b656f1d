//! The terminal.

mod csi;
pub mod input;
pub mod parser;

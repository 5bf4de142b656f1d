//! The program as people and scripts meet it: exit codes, what it says, how to mend it, and that no API key ever
//! shows up in what it writes.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail the test by panicking"
)]

mod account;
mod doctor;
mod harness;
mod serve;
mod terminal;
mod usage;

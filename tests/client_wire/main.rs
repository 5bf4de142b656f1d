//! The client against small servers on loopback that misbehave in every way the contract knows.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests and their helpers fail by panicking"
)]

mod calls;
mod failures;
mod session;
mod stub;

//! The client against small servers on loopback that misbehave in every way the contract knows.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests and their helpers fail by panicking"
)]

#[path = "client_wire/calls.rs"]
mod calls;
#[path = "client_wire/failures.rs"]
mod failures;
#[path = "client_wire/session.rs"]
mod session;
#[path = "client_wire/stub.rs"]
mod stub;

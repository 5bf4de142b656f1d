//! The sync engine against our own backend, which keeps the rules of quests and pays: everything is done once, whatever
//! becomes of its answer.

#![expect(clippy::unwrap_used, reason = "tests and their helpers fail by panicking")]

mod comments;
mod decisions;
mod desk;

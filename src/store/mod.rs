//! The state database, on its own thread: cached snapshot, outbox of decisions, drafts.
//!
//! Nobody else opens it. A decision is written and synced to disk before anyone is told that it is held, and every
//! step of its life goes through here, one at a time, inside a transaction.

mod news;

pub use news::{News, Snapshot};

//! The tokio side of the desk: it owns all HTTP, keeps the cache fresh, sends decisions and reads back unknown ones.
//!
//! ```text
//!  Order ─▶ conductor ─▶ plan, budget, connection, outbox, readbacks   what may be sent now (pure)
//!               │   ▲
//!      a task per request or delivery ─▶ ouro::Client, store::Store
//!               │   what came of it
//!               ▼
//!           publisher ─▶ News (only what changed), store's cache
//! ```
//!
//! - `plan`, `budget`, `backoff`, `pass`, `connection`, `window`, `progress`: pure; they read no clock and send nothing.
//! - `previews` (pure) says which asset is looked into next, `peek` looks, `save` writes one to the disk: on a lane of
//!   their own, behind everything else.
//! - `conductor` (with `reading`, `send`, `readback`, `check`): the one task that owns all of that. Every request runs in a
//!   task of its own and is known here by that task's id; an answer to nobody is logged, never applied.
//! - `engine`: the handle, with a runtime of its own.
//!
//! It never touches the app's state and never blocks it: facts go out as [`News`], wishes come in as [`Order`]. It
//! must never send a decision that the store did not hand out for sending, and never send one again that may have
//! arrived.

mod backoff;
mod budget;
mod check;
mod conductor;
mod connection;
mod engine;
mod errands;
mod news;
mod pass;
mod patience;
mod peek;
mod plan;
mod previews;
mod progress;
mod publish;
mod readback;
mod reading;
mod save;
mod send;
mod window;

pub use engine::{Engine, Options, Previews, Sink};
pub use news::{Balance, Gone, Link, News, Order, Question, Reviewed, Saving, Talk, Wish};
pub use progress::Progress;

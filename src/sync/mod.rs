//! The tokio side of the desk: it owns all HTTP, keeps the cache fresh, sends decisions and reads back unknown ones.
//!
//! It never touches the app's state and never blocks it: facts go out as [`News`], wishes come in as [`Order`].
//! What to fetch when is decided by pure functions, which read no clock.

mod backoff;
mod budget;
mod news;
mod pass;
mod plan;

pub use news::{Balance, Gone, Link, News, Order};

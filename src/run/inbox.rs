//! The one inbox of the loop.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use crate::domain::SafeText;
use crate::term::TermEvent;
use crate::{store, sync};

/// Anything that reaches the loop.
#[expect(clippy::large_enum_variant, reason = "messages pass one at a time and are never kept")]
pub(super) enum Inbound {
    /// From the terminal.
    Term(TermEvent),
    /// From the engine.
    Sync(sync::News),
    /// From the store.
    Store(store::News),
    /// The engine is up, or can't be.
    Engine(Result<sync::Engine, SafeText>),
}

/// An inbox, and the end that others post to.
pub(super) fn inbox() -> (Sender<Inbound>, Receiver<Inbound>) {
    channel()
}

/// A sink for one kind of news. Posting to a desk that has ended is not an error: nobody is there to tell.
pub(super) fn sink<T: 'static>(
    post: &Sender<Inbound>,
    wrap: fn(T) -> Inbound,
) -> Arc<dyn Fn(T) + Send + Sync> {
    let post = post.clone();
    Arc::new(move |news| {
        let _ = post.send(wrap(news));
    })
}

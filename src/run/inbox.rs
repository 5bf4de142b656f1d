//! The one inbox of the loop. What the terminal says comes before all news: a key never waits for what it did not ask
//! for. Among themselves, events and news keep their order.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::time::Duration;

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

/// What has come.
pub(super) struct Inbox {
    from: Receiver<Inbound>,
    events: VecDeque<TermEvent>,
    news: VecDeque<Inbound>,
}

/// Nobody can post any more, and all that was posted has been taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Closed;

impl Inbox {
    /// An inbox, and the end that others post to.
    pub(super) fn new() -> (Sender<Inbound>, Self) {
        let (post, from) = channel();
        (post, Self { from, events: VecDeque::new(), news: VecDeque::new() })
    }

    /// What the terminal said next.
    pub(super) fn event(&mut self) -> Result<Option<TermEvent>, Closed> {
        loop {
            match self.from.try_recv() {
                Ok(inbound) => self.sort(inbound),
                Err(TryRecvError::Disconnected) if self.events.is_empty() && self.news.is_empty() => {
                    return Err(Closed);
                }
                Err(_) => return Ok(self.events.pop_front()),
            }
        }
    }

    /// The next news.
    pub(super) fn news(&mut self) -> Option<Inbound> {
        self.news.pop_front()
    }

    /// Waits until something comes, or so long.
    pub(super) fn wait(&mut self, at_most: Duration) -> Result<(), Closed> {
        match self.from.recv_timeout(at_most) {
            Ok(inbound) => self.sort(inbound),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Err(Closed),
        }
        Ok(())
    }

    fn sort(&mut self, inbound: Inbound) {
        match inbound {
            Inbound::Term(event) => self.events.push_back(event),
            news => self.news.push_back(news),
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::term::Signal;

    #[test]
    fn the_terminal_comes_before_news_and_each_keeps_its_order() {
        let (post, mut inbox) = Inbox::new();
        let resize = |width| Inbound::Term(TermEvent::Signal(Signal::Resize(width, 1)));
        let budget = |used| Inbound::Sync(sync::News::Budget { used, limit: 9 });
        for inbound in [budget(1), budget(2), resize(3), budget(4), resize(5)] {
            post.send(inbound).ok().unwrap();
        }
        for expected in [3, 5] {
            let event = inbox.event().unwrap();
            assert!(matches!(event, Some(TermEvent::Signal(Signal::Resize(width, 1))) if width == expected));
        }
        assert!(inbox.event().unwrap().is_none());
        drop(post);
        for expected in [1, 2, 4] {
            assert!(inbox.event().unwrap().is_none(), "what was posted is taken before the end");
            let news = inbox.news();
            assert!(matches!(news, Some(Inbound::Sync(sync::News::Budget { used, .. })) if used == expected));
        }
        assert_eq!(inbox.event().err(), Some(Closed));
        assert_eq!(inbox.wait(Duration::ZERO), Err(Closed));
    }
}

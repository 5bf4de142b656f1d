//! What has been said in this session, newest first.

use crate::app::State;
use crate::app::key::Key;

use super::{Overlay, Scroll};

/// The overlay.
#[derive(Debug, Default)]
pub struct Messages {
    /// How far it is scrolled.
    pub scroll: Scroll,
}

impl Messages {
    /// Answers a key: scrolls, or closes.
    pub fn on_key(mut self, state: &mut State, key: Key) -> Option<Overlay> {
        let lines = state.notices.history().len();
        self.scroll.on_key(key, lines, state.height).then_some(Overlay::Messages(self))
    }
}

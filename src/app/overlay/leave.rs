//! Leave with unsent decisions?

use crate::app::key::Key;
use crate::app::{Effect, State};
use crate::domain::Timestamp;

use super::Overlay;

/// The overlay.
#[derive(Debug)]
pub struct Leave;

impl Leave {
    /// Answers a key.
    pub fn on_key(
        self,
        _state: &mut State,
        _key: Key,
        _now: Timestamp,
        _effects: &mut Vec<Effect>,
    ) -> Option<Overlay> {
        None
    }
}

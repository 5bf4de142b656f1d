//! What a dead session left.

use crate::app::key::Key;
use crate::app::{Effect, State};
use crate::domain::Timestamp;

use super::Overlay;

/// The overlay.
#[derive(Debug)]
pub struct Left;

impl Left {
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

//! Agree on a sum.

use crate::app::key::Key;
use crate::app::{Effect, State};
use crate::domain::Timestamp;

use super::Overlay;

/// The overlay.
#[derive(Debug)]
pub struct Ask;

impl Ask {
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

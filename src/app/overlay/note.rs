//! Write a note.

use crate::app::key::Key;
use crate::app::{Effect, State};
use crate::domain::{SafeText, Timestamp};

use super::Overlay;

/// The overlay.
#[derive(Debug)]
pub struct Note;

impl Note {
    /// Answers a key.
    pub fn on_key(
        self: Box<Self>,
        _state: &mut State,
        _key: Key,
        _now: Timestamp,
        _effects: &mut Vec<Effect>,
    ) -> Option<Overlay> {
        None
    }

    /// Takes pasted text in.
    pub fn paste(&mut self, _text: &SafeText) {}

    /// `$EDITOR` came back with this text.
    pub fn edited(&mut self, _text: &SafeText) {}
}

impl State {
    /// `$EDITOR` came back.
    pub(in crate::app) fn on_edited(&mut self, text: Result<String, SafeText>, now: Timestamp) {
        match (text, &mut self.overlay) {
            (Ok(text), Some(Overlay::Note(note))) => note.edited(&SafeText::block(&text)),
            (Ok(_), _) => {}
            (Err(why), _) => self.notices.fail(why, now),
        }
    }
}

//! Help: every key that acts here, place by place, and why one doesn't just now.

use crate::domain::SafeText;

use super::State;
use super::command::{Place, TABLE};
use super::context;
use super::key::Key;
use super::overlay::{Overlay, Scroll};

/// The overlay.
#[derive(Debug, Default)]
pub struct Help {
    /// How far it is scrolled.
    pub scroll: Scroll,
}

/// One line of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HelpLine {
    /// The place that the lines below are about.
    Place(&'static str),
    /// A command.
    Command {
        /// Its keys, as people write them.
        keys: SafeText,
        /// What it does.
        sentence: &'static str,
        /// Why it does nothing here and now.
        why_not: Option<SafeText>,
    },
}

impl Help {
    /// Answers a key: scrolls, or closes.
    pub fn on_key(mut self, state: &mut State, key: Key) -> Option<Overlay> {
        let lines = lines(state).len();
        self.scroll.on_key(key, lines, state.height).then_some(Overlay::Help(self))
    }
}

/// What it says, for the state under the overlay: the places that are active, the most special first.
#[must_use]
pub fn lines(state: &State) -> Vec<HelpLine> {
    let mut lines = Vec::new();
    for &place in context::places(state) {
        lines.push(HelpLine::Place(place.title()));
        lines.extend(of_place(state, place));
    }
    lines
}

fn of_place(state: &State, place: Place) -> impl Iterator<Item = HelpLine> {
    TABLE.iter().filter(move |row| row.place == place).map(|row| HelpLine::Command {
        keys: context::keys_text(state, row.command),
        sentence: row.sentence,
        why_not: context::applies(state, row.command).err(),
    })
}

//! Help: every key that acts here, place by place, and why one doesn't just now; `/` looks among all keys there are.

use crate::domain::SafeText;

use super::State;
use super::command::{Place, Row, TABLE};
use super::context;
use super::key::{Key, KeyCode};
use super::overlay::{Overlay, Scroll};

/// The overlay.
#[derive(Debug, Default)]
pub struct Help {
    /// How far it is scrolled.
    pub scroll: Scroll,
    /// What is looked for, among the keys of every place.
    pub query: Option<SafeText>,
    /// Whether letters go into it.
    pub typing: bool,
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
        if self.typing && !key.ctrl && !key.alt && self.writes(key) {
            return Some(Overlay::Help(self));
        }
        match key.code {
            KeyCode::Char('/') if !key.ctrl && !key.alt => {
                self.typing = true;
                self.query.get_or_insert_default();
            }
            KeyCode::Esc if self.query.is_some() => self = Self::default(),
            _ => {
                let lines = self.lines(state).len();
                return self.scroll.on_key(key, lines, state.height).then_some(Overlay::Help(self));
            }
        }
        Some(Overlay::Help(self))
    }

    /// Takes a key into what is looked for; `false` if it means something else.
    fn writes(&mut self, key: Key) -> bool {
        let query = self.query.clone().unwrap_or_default();
        match key.code {
            KeyCode::Char(letter) => self.look_for(&format!("{query}{letter}")),
            KeyCode::Backspace if query.is_empty() => *self = Self::default(),
            KeyCode::Backspace => {
                let mut letters: Vec<char> = query.as_str().chars().collect();
                letters.pop();
                self.look_for(&letters.into_iter().collect::<String>());
            }
            KeyCode::Enter => self.typing = false,
            _ => return false,
        }
        true
    }

    /// Pasted text is looked for, if something is; `false`: it is not wanted.
    pub fn paste(&mut self, text: &SafeText) -> bool {
        if self.typing {
            let query = self.query.clone().unwrap_or_default();
            self.look_for(&format!("{query}{text}"));
        }
        self.typing
    }

    fn look_for(&mut self, words: &str) {
        let short: String = words.chars().take(LONGEST).collect();
        self.query = Some(SafeText::line(&short));
        self.scroll = Scroll::default();
    }

    /// What it says: the keys that act here, or of all keys those that match.
    #[must_use]
    pub fn lines(&self, state: &State) -> Vec<HelpLine> {
        match &self.query {
            Some(query) if !query.as_str().trim().is_empty() => matching(state, query),
            _ => lines(state),
        }
    }
}

/// More is not looked for.
const LONGEST: usize = 40;

/// The keys of every place whose keys, name or sentence hold every word; a key by itself means that key.
fn matching(state: &State, query: &SafeText) -> Vec<HelpLine> {
    let query = query.as_str().trim();
    let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
    let mut lines = Vec::new();
    for place in Place::ALL {
        let matches = TABLE.iter().filter(|row| {
            let keys = context::keys_text(state, row.command);
            let said = format!("{} {} {}", row.id, row.title, row.sentence).to_lowercase();
            row.place == place
                && (keys.as_str().split(' ').any(|key| key == query)
                    || words.iter().all(|word| said.contains(word.as_str())))
        });
        let found: Vec<HelpLine> = matches.map(|row| line(state, row)).collect();
        if !found.is_empty() {
            lines.push(HelpLine::Place(place.title()));
            lines.extend(found);
        }
    }
    lines
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
    TABLE.iter().filter(move |row| row.place == place).map(|row| line(state, row))
}

fn line(state: &State, row: &Row) -> HelpLine {
    HelpLine::Command {
        keys: context::keys_text(state, row.command),
        sentence: row.sentence,
        why_not: context::applies(state, row.command).err(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::rig::Rig;

    fn found(rig: &Rig) -> Vec<String> {
        let Some(Overlay::Help(help)) = &rig.state.overlay else { panic!("{:?}", rig.state.overlay) };
        let lines = help.lines(&rig.state);
        let keys = lines.iter().filter_map(|line| match line {
            HelpLine::Command { keys, .. } => Some(keys.to_string()),
            HelpLine::Place(_) => None,
        });
        keys.collect()
    }

    #[test]
    fn words_and_keys_are_found_at_every_place() {
        let mut rig = Rig::new();
        rig.keys("? / s k i p p e d");
        assert_eq!(found(&rig), ["s"], "though the Items pane has not the focus");
        rig.keys("Esc / P");
        assert!(found(&rig).contains(&"P".to_owned()));
        rig.keys("Backspace x q z");
        assert!(found(&rig).is_empty());
        rig.keys("Esc");
        assert!(found(&rig).len() > 20, "all that act here again");
        rig.keys("q");
        assert!(rig.state.overlay.is_none() && !rig.state.leaving);
    }
}

//! The filter line: typed, or offered with what was pasted. Nothing is filtered before `Enter`.

use crate::app::command::Command;
use crate::app::context;
use crate::app::desk::Pane;
use crate::app::key::{Key, KeyCode};
use crate::app::log::filter::LogFilter;
use crate::app::queue::filter::{Filter as Expression, FilterError};
use crate::app::{Effect, State};
use crate::domain::{SafeText, TextLimit};

use super::Overlay;

/// The overlay.
#[derive(Debug, Default)]
pub struct Filter {
    /// What has been typed.
    text: String,
    /// Before which character the cursor stands.
    cursor: usize,
    /// Why the text is not understood, once `Enter` was pressed.
    error: Option<FilterError>,
    /// The text was pasted where nothing takes text: it waits for `f`.
    offered: bool,
    /// It is for the Log.
    log: bool,
}

impl Filter {
    /// To change the filter that is on, or to begin one.
    #[must_use]
    pub fn edit(text: &SafeText) -> Self {
        Self { text: text.as_str().to_owned(), cursor: text.as_str().chars().count(), ..Self::default() }
    }

    /// The same for the Log.
    #[must_use]
    pub fn edit_log(text: &SafeText) -> Self {
        Self { log: true, ..Self::edit(text) }
    }

    /// Whether it is for the Log.
    #[must_use]
    pub const fn is_log(&self) -> bool {
        self.log
    }

    /// With text that was pasted over the desk: never run as keys, taken as a filter only if that is wanted.
    #[must_use]
    pub fn offer(pasted: &SafeText) -> Self {
        Self { offered: true, ..Self::edit(pasted) }
    }

    /// What has been typed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Before which character the cursor stands.
    #[must_use]
    pub const fn cursor(&self) -> usize {
        self.cursor
    }

    /// Why the text is not understood, and where.
    #[must_use]
    pub const fn error(&self) -> Option<&FilterError> {
        self.error.as_ref()
    }

    /// Whether it waits for `f` to take what was pasted.
    #[must_use]
    pub const fn is_offered(&self) -> bool {
        self.offered
    }

    /// Answers a key.
    pub(super) fn on_key(
        mut self,
        state: &mut State,
        key: Key,
        effects: &mut Vec<Effect>,
    ) -> Option<Overlay> {
        if self.offered {
            return self.on_offer(state, key);
        }
        match (key.code, key.ctrl) {
            (KeyCode::Esc, _) | (KeyCode::Char('c'), true) => return None,
            (KeyCode::Enter, _) => return self.apply(state, effects),
            _ => self.write(key),
        }
        Some(Overlay::Filter(self))
    }

    fn on_offer(mut self, state: &mut State, key: Key) -> Option<Overlay> {
        if key.typed() == Some('f') {
            self.offered = false;
            return Some(Overlay::Filter(self));
        }
        if key.code == KeyCode::Esc {
            return None;
        }
        // More of what no hand typed may follow: only these two keys mean something.
        state
            .notices
            .tell("pasted text is never run as keys: f takes it as a filter, Esc drops it".into(), state.now);
        Some(Overlay::Filter(self))
    }

    fn apply(mut self, state: &mut State, effects: &mut Vec<Effect>) -> Option<Overlay> {
        let applied = if self.log {
            LogFilter::parse(&self.text).map(|filter| state.filter_log(filter, effects))
        } else {
            Expression::parse(&self.text).map(|filter| state.show_filtered(filter))
        };
        match applied {
            Ok(()) => None,
            Err(error) => {
                self.cursor = error.at.min(self.text.chars().count());
                self.error = Some(error);
                Some(Overlay::Filter(self))
            }
        }
    }

    /// Edits the line.
    pub(super) fn write(&mut self, key: Key) {
        let length = self.text.chars().count();
        match (key.code, key.ctrl) {
            (KeyCode::Left, _) | (KeyCode::Char('b'), true) => self.cursor = self.cursor.saturating_sub(1),
            (KeyCode::Right, _) | (KeyCode::Char('f'), true) => self.cursor = (self.cursor + 1).min(length),
            (KeyCode::Home, _) | (KeyCode::Char('a'), true) => self.cursor = 0,
            (KeyCode::End, _) | (KeyCode::Char('e'), true) => self.cursor = length,
            (KeyCode::Backspace, _) if self.cursor > 0 => self.cut(self.cursor - 1, self.cursor),
            (KeyCode::Delete, _) | (KeyCode::Char('d'), true) if self.cursor < length => {
                self.cut(self.cursor, self.cursor + 1);
            }
            (KeyCode::Char('u'), true) => self.cut(0, self.cursor),
            (KeyCode::Char('w'), true) => self.cut(self.word_start(), self.cursor),
            _ => {
                if let Some(character) = key.typed() {
                    self.insert(character.encode_utf8(&mut [0; 4]));
                }
            }
        }
    }

    /// Takes pasted text in at the cursor.
    pub fn paste(&mut self, text: &SafeText) {
        if !self.offered {
            self.insert(text.as_str());
        }
    }

    fn insert(&mut self, text: &str) {
        let at = self.byte(self.cursor);
        let written = format!("{}{text}{}", &self.text[..at], &self.text[at..]);
        let safe = SafeText::line_within(&written, TextLimit::NAME);
        let added = safe.as_str().chars().count().saturating_sub(self.text.chars().count());
        safe.as_str().clone_into(&mut self.text);
        self.cursor += added;
        self.error = None;
    }

    fn cut(&mut self, from: usize, to: usize) {
        let (start, end) = (self.byte(from), self.byte(to));
        self.text.replace_range(start..end, "");
        self.cursor = from;
        self.error = None;
    }

    fn word_start(&self) -> usize {
        let before: Vec<char> = self.text.chars().take(self.cursor).collect();
        let end = before.iter().rposition(|c| !c.is_whitespace()).map_or(0, |at| at + 1);
        before[..end].iter().rposition(|c| c.is_whitespace()).map_or(0, |at| at + 1)
    }

    fn byte(&self, character: usize) -> usize {
        self.text.char_indices().nth(character).map_or(self.text.len(), |(byte, _)| byte)
    }
}

impl State {
    /// Puts a filter on, or takes it off, and shows what is left.
    pub(in crate::app) fn show_filtered(&mut self, filter: Option<Expression>) {
        let is_on = filter.is_some();
        self.desk.set_filter(filter, self.now);
        self.desk.full = false;
        self.desk.set_focus(Pane::Pending);
        if is_on {
            let back = context::keys_text(self, Command::Back);
            let all = self.desk.queue.len_of(self.desk.queue.scope());
            let words = match self.desk.queue.visible_len() {
                0 => format!("nothing matches; {back} takes the filter off"),
                some => format!("{some} of {all} match; {back} takes the filter off"),
            };
            self.notices.tell(SafeText::line(&words), self.now);
        }
    }
}

//! The note editor. `Ctrl-s` decides with the note, `Ctrl-e` opens `$EDITOR`, `Esc` closes and keeps a draft.

use tui_textarea::{Input, Key as TextKey, TextArea};

use crate::domain::decision::{Bound, Subject, Verdict};
use crate::domain::{AssetId, EntryId, ItemId, SafeText, Timestamp};

use super::super::bulk::{What, Words};
use super::super::drafts::Unkept;
use super::super::key::{Key, KeyCode};
use super::super::past::Known;
use super::super::{Effect, State, reasons};
use super::Overlay;

/// Longest note that is sent, in bytes. Nothing documents a limit; beyond this a description is the better place.
pub const LONGEST: usize = 64 * 1024;

/// What the note goes with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// Accepting or rejecting an entry, in the version that was read.
    Review {
        /// Which way.
        verdict: Verdict,
        /// The entry.
        entry: EntryId,
        /// What was read of it.
        bound: Bound,
    },
    /// Accepting or rejecting many.
    ReviewMany {
        /// Which way.
        verdict: Verdict,
        /// The first of them: a draft is kept there.
        first: EntryId,
        /// All of them.
        entries: Vec<EntryId>,
    },
    /// Completing an item.
    Complete(ItemId),
    /// Commenting.
    Comment {
        /// The entry that it is written at.
        entry: EntryId,
        /// The asset that is commented.
        about: AssetId,
        /// Whether it asks the contributor, for whose answer the entry waits aside.
        ask: bool,
        /// What is known of an entry that is no longer in the queue.
        gone: Option<Box<Known>>,
    },
}

/// The open editor.
#[derive(Debug)]
pub struct Note {
    /// What the note goes with.
    pub purpose: Purpose,
    /// What it is about: `#3 Curie temps · bot-7`.
    pub label: SafeText,
    /// The text.
    pub text: TextArea<'static>,
    /// What was written since it was kept last.
    pub(in crate::app) unkept: Option<Unkept>,
}

impl Purpose {
    /// What the note is about.
    #[must_use]
    pub const fn subject(&self) -> Subject {
        match self {
            // What is written for many is kept on the first of them.
            Self::ReviewMany { first, .. } => Subject::Entry(*first),
            Self::Review { entry, .. } => Subject::Entry(*entry),
            Self::Complete(item) => Subject::Item(*item),
            Self::Comment { entry, .. } => Subject::Comment(*entry),
        }
    }
}

impl Note {
    /// An editor on this text, the cursor at its end.
    #[must_use]
    pub fn new(purpose: Purpose, label: SafeText, text: &str) -> Self {
        let mut note = Self { purpose, label, text: TextArea::default(), unkept: None };
        note.replace(text);
        note
    }

    /// Puts another text in, as `$EDITOR` returned it.
    pub fn replace(&mut self, text: &str) {
        let safe = SafeText::block(text);
        self.text = TextArea::from(safe.as_str().trim_end_matches('\n').lines().map(str::to_owned));
        self.text.move_cursor(tui_textarea::CursorMove::Bottom);
        self.text.move_cursor(tui_textarea::CursorMove::End);
    }

    /// `$EDITOR` came back with this text.
    pub fn edited(&mut self, text: &SafeText, now: Timestamp) {
        self.replace(text.as_str());
        self.touched(now);
    }

    /// Adds pasted text at the cursor.
    pub fn paste(&mut self, text: &SafeText, now: Timestamp) {
        self.text.insert_str(text.as_str());
        self.touched(now);
    }

    /// Puts a draft before what was written since the editor opened; the cursor stays at what is written.
    pub(in crate::app) fn put_before(&mut self, draft: &SafeText, now: Timestamp) {
        match self.written() {
            None => self.replace(draft.as_str()),
            // Kept already, and read back.
            Some(written) if written == *draft => {}
            Some(written) => {
                self.replace(&format!("{draft}\n{written}"));
                self.touched(now);
            }
        }
    }

    /// Something was written now.
    pub(in crate::app) fn touched(&mut self, now: Timestamp) {
        self.unkept = Some(Unkept::written(self.unkept, now));
    }

    /// The note, or `None` if nothing but white space was written.
    #[must_use]
    pub fn written(&self) -> Option<SafeText> {
        let text = SafeText::block(self.text.lines().join("\n").trim());
        (!text.is_empty()).then_some(text)
    }

    pub(super) fn on_key(
        mut self: Box<Self>,
        state: &mut State,
        key: Key,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Option<Overlay> {
        match key.code {
            KeyCode::Esc => {
                self.keep_draft(state, effects);
                None
            }
            KeyCode::Char('e') if key.ctrl => {
                effects.push(Effect::Edit(self.text.lines().join("\n")));
                Some(Overlay::Note(self))
            }
            KeyCode::Char('s') if key.ctrl => self.send(state, now, effects),
            _ => {
                if self.text.input(textarea_input(key)) {
                    self.touched(now);
                }
                Some(Overlay::Note(self))
            }
        }
    }

    fn send(
        self: Box<Self>,
        state: &mut State,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Option<Overlay> {
        let note = self.written();
        if note.as_ref().is_some_and(|note| note.as_str().len() > LONGEST) {
            state.notices.warn("the note is longer than 64 KiB: shorten it".into(), now);
            return Some(Overlay::Note(self));
        }
        match self.purpose.clone() {
            Purpose::Review { verdict: Verdict::Reject, .. }
            | Purpose::ReviewMany { verdict: Verdict::Reject, .. }
                if note.is_none() =>
            {
                state.notices.warn("a rejection needs a reason: say what to mend".into(), now);
                Some(Overlay::Note(self))
            }
            Purpose::Review { entry, .. } if self.has_holes() => Some(self.fill(entry, state, now)),
            Purpose::Review { verdict, entry, bound } => {
                // Kept until the decision is on disk: a refused key must not cost the words.
                self.keep_draft(state, effects);
                state.decide_as_read((entry, &bound), verdict, note, now, effects);
                None
            }
            Purpose::ReviewMany { verdict, entries, .. } => {
                self.keep_draft(state, effects);
                let words = note.map_or(Words::None, Words::Written);
                let subjects = entries.into_iter().map(Subject::Entry).collect();
                state.open_bulk(What::Review(verdict, words), subjects, now);
                None
            }
            Purpose::Comment { entry, about, ask, gone } => {
                let Some(text) = note else {
                    state.notices.warn("nothing is written yet: write a comment, or Esc leaves".into(), now);
                    return Some(Overlay::Note(self));
                };
                // Kept until it is on disk: a refused key must not cost the words.
                self.keep_draft(state, effects);
                match gone {
                    Some(known) => state.comment_on_gone(&known, about, text, now, effects),
                    None => state.comment((entry, about, ask), text, now, effects),
                }
                None
            }
            Purpose::Complete(item) => {
                self.keep_draft(state, effects);
                state.complete_with(item, note, now, effects);
                None
            }
        }
    }

    /// Whether it names something that is filled for each entry.
    fn has_holes(&self) -> bool {
        !reasons::placeholders_in(&self.text.lines().join("\n")).is_empty()
    }

    /// Fills what can be filled, and shows it: nothing is sent that was not read first.
    fn fill(mut self: Box<Self>, entry: EntryId, state: &mut State, now: Timestamp) -> Overlay {
        let facts = state.desk.queue.row(entry).map(|row| state.facts_of(&row)).unwrap_or_default();
        match reasons::fill_written(&self.text.lines().join("\n"), &facts) {
            Ok(text) => {
                self.replace(&text);
                self.touched(now);
                state.notices.tell("filled in: read it, then Ctrl-s sends it".into(), now);
            }
            Err(why) => state.notices.warn(SafeText::line(&why.to_string()), now),
        }
        Overlay::Note(self)
    }

    fn keep_draft(&self, state: &mut State, effects: &mut Vec<Effect>) {
        state.keep_draft(self.purpose.subject(), self.written(), effects);
    }
}

impl State {
    /// The act an open note is about to make, for its title.
    #[must_use]
    pub const fn note_purpose(purpose: &Purpose) -> &'static str {
        match purpose {
            Purpose::ReviewMany { verdict: Verdict::Accept, .. } => "accept all marked with a note",
            Purpose::ReviewMany { verdict: Verdict::Reject, .. } => "reject all marked with this reason",
            Purpose::Review { verdict: Verdict::Accept, .. } => "accept with a note",
            Purpose::Review { verdict: Verdict::Reject, .. } => "reject with this reason",
            Purpose::Complete(_) => "complete with a note",
            Purpose::Comment { ask: true, .. } => "ask the contributor and wait",
            Purpose::Comment { ask: false, .. } => "comment",
        }
    }
}

/// Our key as the text area reads it.
pub(super) fn textarea_input(key: Key) -> Input {
    let code = match key.code {
        KeyCode::Char(c) => TextKey::Char(c),
        KeyCode::Enter => TextKey::Enter,
        KeyCode::Esc => TextKey::Esc,
        KeyCode::Tab | KeyCode::BackTab => TextKey::Tab,
        KeyCode::Backspace => TextKey::Backspace,
        KeyCode::Delete => TextKey::Delete,
        KeyCode::Up => TextKey::Up,
        KeyCode::Down => TextKey::Down,
        KeyCode::Left => TextKey::Left,
        KeyCode::Right => TextKey::Right,
        KeyCode::Home => TextKey::Home,
        KeyCode::End => TextKey::End,
        KeyCode::PageUp => TextKey::PageUp,
        KeyCode::PageDown => TextKey::PageDown,
        KeyCode::Insert | KeyCode::F(_) => TextKey::Null,
    };
    Input { key: code, ctrl: key.ctrl, alt: key.alt, shift: false }
}

impl State {
    /// `$EDITOR` came back.
    pub(in crate::app) fn on_edited(&mut self, text: Result<String, SafeText>, now: Timestamp) {
        match (text, &mut self.overlay) {
            (Ok(text), Some(Overlay::Note(note))) => note.edited(&SafeText::block(&text), now),
            (Ok(_), _) => {}
            (Err(why), _) => self.notices.fail(why, now),
        }
    }
}

//! Drafts of notes: what was written and not sent is kept on every pause, and comes back on what it belongs to.

use std::time::Duration;

use crate::domain::decision::{Decision, Subject};
use crate::domain::{SafeText, Timestamp};

use super::overlay::Overlay;
use super::reader::Body;
use super::{Effect, State};

/// A pause in writing this long is used to keep what was written.
const PAUSE: Duration = Duration::from_millis(300);

/// Whoever writes without a pause has it kept this long after the first letter that was not.
const AT_LEAST: Duration = Duration::from_secs(2);

/// What was written and not kept yet: when it began and when it went on last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unkept {
    first: Timestamp,
    last: Timestamp,
}

impl Unkept {
    /// Something was written now.
    #[must_use]
    pub fn written(before: Option<Self>, now: Timestamp) -> Self {
        Self { first: before.map_or(now, |unkept| unkept.first), last: now }
    }

    /// When it is to be kept.
    #[must_use]
    pub fn due(self) -> Timestamp {
        (self.last + PAUSE).min(self.first + AT_LEAST)
    }
}

impl State {
    /// Keeps a draft, or drops it if nothing is left of it.
    pub(super) fn keep_draft(&mut self, subject: Subject, note: Option<SafeText>, effects: &mut Vec<Effect>) {
        if let Subject::Entry(entry) = subject
            && self.desk.reader.entry == Some(entry)
        {
            self.desk.reader.draft.clone_from(&note);
        }
        if let Subject::Comment(entry) = subject {
            self.judging.drafted(entry, note.clone());
        }
        effects.push(match note {
            Some(note) => Effect::SaveDraft(subject, note),
            None => Effect::DropDraft(subject),
        });
    }

    /// The note of a decision that came to nothing stays as a draft on what it was about.
    pub(super) fn keep_note_of(&mut self, decision: &Decision, effects: &mut Vec<Effect>) {
        if let Some(note) = decision.act.note().cloned() {
            self.keep_draft(decision.act.subject(), Some(note), effects);
        }
    }

    /// The draft on something as far as the reader knows it: `Err` if only the store does.
    pub(super) fn draft_of(&self, subject: Subject) -> Result<Option<SafeText>, ()> {
        let reader = &self.desk.reader;
        let known = match subject {
            Subject::Entry(entry) => {
                reader.entry == Some(entry) && matches!(reader.body, Body::Ready(_) | Body::Missing)
            }
            Subject::Item(_) | Subject::Comment(_) => false,
        };
        if known { Ok(reader.draft.clone()) } else { Err(()) }
    }

    /// The draft came that the open editor asked for.
    pub(super) fn learn_draft(&mut self, subject: Subject, draft: Option<&SafeText>, now: Timestamp) {
        if let (Some(Overlay::Note(note)), Some(draft)) = (&mut self.overlay, draft)
            && note.purpose.subject() == subject
        {
            note.put_before(draft, now);
        }
    }

    /// Keeps what is written in the open editor, once that is due or at once.
    pub(super) fn keep_written(&mut self, at_once: bool, now: Timestamp, effects: &mut Vec<Effect>) {
        let Some(Overlay::Note(note)) = &mut self.overlay else { return };
        if note.unkept.is_some_and(|unkept| at_once || unkept.due() <= now) {
            note.unkept = None;
            let (subject, written) = (note.purpose.subject(), note.written());
            self.keep_draft(subject, written, effects);
        }
    }

    /// When what is written is to be kept.
    pub(super) fn written_due(&self) -> Option<Timestamp> {
        match &self.overlay {
            Some(Overlay::Note(note)) => note.unkept.map(Unkept::due),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::Message;
    use crate::app::desk::Pane;
    use crate::app::rig::{Rig, entry_id, item_id};
    use crate::domain::decision::Answer;
    use crate::store;

    /// What is kept on a subject after all effects.
    fn kept(rig: &Rig, subject: Subject) -> Option<String> {
        let mut kept = None;
        for effect in &rig.effects {
            match effect {
                Effect::SaveDraft(of, note) if *of == subject => kept = Some(note.to_string()),
                Effect::DropDraft(of) if *of == subject => kept = None,
                _ => {}
            }
        }
        kept
    }

    fn entry(n: u8) -> Subject {
        Subject::Entry(entry_id(n))
    }

    #[test]
    fn what_is_written_is_kept_at_a_pause_and_only_then() {
        let mut rig = Rig::new();
        rig.keys("r n");
        rig.pass(200);
        rig.keys("o");
        rig.pass(200);
        assert_eq!(kept(&rig, entry(1)), None, "no pause yet");
        rig.pass(100);
        assert_eq!(kept(&rig, entry(1)).as_deref(), Some("no"));
        let effects = rig.effects.len();
        rig.pass(10_000);
        assert_eq!(rig.effects.len(), effects, "kept once, and nothing ticks");
        rig.keys("Backspace Backspace");
        rig.pass(300);
        assert_eq!(kept(&rig, entry(1)), None, "nothing is left of it");
    }

    #[test]
    fn writing_without_a_pause_is_kept_all_the_same() {
        let mut rig = Rig::new();
        rig.keys("r n");
        for _ in 0..20 {
            rig.pass(101);
            rig.keys("o");
        }
        let kept = kept(&rig, entry(1)).unwrap();
        assert!(kept.len() > 15, "{kept}");
    }

    #[test]
    fn an_editor_asks_for_the_draft_and_puts_it_before_what_was_typed_meanwhile() {
        let mut rig = Rig::new();
        rig.state.desk.set_focus(Pane::Items);
        rig.keys("c x");
        let item = Subject::Item(item_id(1));
        assert!(rig.effects.contains(&Effect::LoadDraft(item)));
        rig.take(Message::Store(store::News::Draft { subject: item, note: Some("begun".into()) }));
        rig.keys("y");
        rig.pass(300);
        assert_eq!(kept(&rig, item).as_deref(), Some("begun\nxy"));
    }

    #[test]
    fn the_draft_of_another_entry_is_not_put_in() {
        let mut rig = Rig::new();
        rig.keys("r n");
        rig.take(Message::Store(store::News::Draft { subject: entry(2), note: Some("other".into()) }));
        rig.pass(300);
        assert_eq!(kept(&rig, entry(1)).as_deref(), Some("n"));
    }

    #[test]
    fn a_note_is_dropped_once_it_is_recorded_and_comes_back_when_it_is_refused() {
        for keys in ["A w e l l Ctrl-s", "r n o Ctrl-s"] {
            let mut rig = Rig::new();
            rig.keys("4 j");
            rig.look();
            rig.keys(keys);
            assert_eq!(kept(&rig, entry(5)), None, "it is part of the decision now");
            let note = rig.stored[0].act.note().unwrap().to_string();
            rig.pass(5_000);
            let id = rig.stored[0].id;
            rig.send(id, Answer::Refused { words: "no".into(), look: false });
            assert_eq!(kept(&rig, entry(5)), Some(note));
        }
    }

    #[test]
    fn the_note_of_a_decision_that_could_not_be_written_stays() {
        let mut rig = Rig::new();
        rig.store_is_slow = true;
        rig.keys("r n o Ctrl-s");
        let id = rig.recorded()[0].id;
        rig.take(Message::Store(store::News::NotRecorded { id, words: "the disk is full".into() }));
        assert_eq!(kept(&rig, entry(1)).as_deref(), Some("no"));
    }

    #[test]
    fn the_note_of_a_completion_comes_back_too() {
        let mut rig = Rig::new();
        rig.state.desk.set_focus(Pane::Items);
        rig.keys("j c d Ctrl-s");
        let item = Subject::Item(item_id(2));
        if rig.stored.is_empty() {
            assert_eq!(kept(&rig, item).as_deref(), Some("d"), "kept while it is asked");
            rig.pass(300);
            rig.keys("Enter");
        }
        assert_eq!(kept(&rig, item), None);
        rig.keys("u");
        assert_eq!(kept(&rig, item).as_deref(), Some("d"));
    }

    #[test]
    fn an_end_from_outside_keeps_the_last_letters() {
        let mut rig = Rig::new();
        rig.keys("r n o");
        rig.take(Message::Terminate);
        let saved = rig.effects.iter().position(|effect| matches!(effect, Effect::SaveDraft(..)));
        let quit = rig.effects.iter().position(|effect| matches!(effect, Effect::Quit(_)));
        assert!(saved.is_some() && saved < quit, "{:?}", rig.effects);
    }
}

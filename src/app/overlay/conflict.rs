//! A conflict: what somebody else did beside what was meant. Theirs stays unless the server itself lets it be decided
//! anew; nothing is overridden by itself. `Enter` goes on; the note is posted as a comment with `c`, kept as a draft
//! with `d`, dropped with `x`; `o` accepts what they rejected, if the server allows that, through every gate.

use crate::domain::decision::{Act, Clash, Decision, Stage, Subject, Verdict};
use crate::domain::{EntryId, EntryStatus, Review, SafeText, Timestamp, age_text};

use super::super::elsewhere::Elsewhere;
use super::super::key::{Key, KeyCode};
use super::super::past::{Known, is_rejected};
use super::super::{Effect, State, decide};
use super::Overlay;

/// The open sheet.
#[derive(Debug, Clone, PartialEq)]
pub struct Conflict {
    /// What it is about: `#3 Curie temps · bot-7`.
    pub label: SafeText,
    /// What happened to it: who did what, and when.
    pub theirs: SafeText,
    /// The words that went with it.
    pub their_note: Option<SafeText>,
    /// What was meant.
    pub yours: SafeText,
    /// The words that were to go with it.
    pub your_note: Option<SafeText>,
    /// What is known of the entry; none of an item.
    known: Option<Known>,
    /// They rejected what was to be accepted.
    pub can_override: bool,
    subject: Subject,
    /// Since when it is open.
    pub(super) since: Timestamp,
}

impl Conflict {
    /// About a decision that came into conflict; none if it did not.
    #[must_use]
    pub fn of_decision(state: &State, decision: &Decision, now: Timestamp) -> Option<Self> {
        let Stage::Conflict(clash) = &decision.stage else { return None };
        let (theirs, their_note) = match clash {
            Clash::Decided(review) => reviewed(state, review, now),
            other => (SafeText::line(&decide::clash_words(other)), None),
        };
        Some(Self {
            label: decision.label.clone(),
            theirs,
            their_note,
            yours: SafeText::line(&decide::act_word(&decision.act)),
            your_note: decision.act.note().cloned(),
            known: Known::of_decision(decision),
            can_override: is_rejected(decision),
            subject: decision.act.subject(),
            since: now,
        })
    }

    /// About an entry that somebody decided, or took away, while it was read.
    #[must_use]
    pub fn on_read(state: &State, elsewhere: &Elsewhere, act: &Act, now: Timestamp) -> Self {
        let (theirs, their_note) = match &elsewhere.review {
            Some(review) => reviewed(state, review, now),
            None => (SafeText::from("gone: taken back, replaced, or closed with its item or quest"), None),
        };
        Self {
            label: state.label_of(&elsewhere.row),
            theirs,
            their_note,
            yours: SafeText::line(&decide::act_word(act)),
            your_note: act.note().cloned(),
            known: Some(Known::of_row(state, &elsewhere.row)),
            can_override: matches!(act, Act::Review { verdict: Verdict::Accept, .. })
                && elsewhere.review.as_ref().is_some_and(|review| review.status == EntryStatus::Rejected),
            subject: Subject::Entry(elsewhere.row.id),
            since: now,
        }
    }

    pub(super) fn on_key(
        self: Box<Self>,
        state: &mut State,
        key: Key,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Option<Overlay> {
        match key.code {
            KeyCode::Char('c' | 'd' | 'x') if self.your_note.is_none() => {
                state.notices.tell("no note of yours goes with it".into(), now);
                Some(Overlay::Conflict(self))
            }
            KeyCode::Char('c') => {
                let (Some(known), Some(note)) = (&self.known, &self.your_note) else {
                    state.notices.tell("only what is said of an entry can become a comment".into(), now);
                    return Some(Overlay::Conflict(self));
                };
                state.comment_instead(known, note, now, effects);
                state.go_on_from(self.subject);
                state.overlay.take()
            }
            KeyCode::Char('d') => {
                state.keep_draft(self.subject, self.your_note.clone(), effects);
                state.notices.tell("your note is kept as a draft".into(), now);
                state.go_on_from(self.subject);
                None
            }
            KeyCode::Char('x') => {
                state.keep_draft(self.subject, None, effects);
                state.notices.tell("your note is dropped".into(), now);
                state.go_on_from(self.subject);
                None
            }
            KeyCode::Char('o') if !self.can_override => {
                let words = "only what they rejected could be accepted instead: an acceptance stays";
                state.notices.tell(words.into(), now);
                Some(Overlay::Conflict(self))
            }
            KeyCode::Char('o') => {
                if let Some(known) = &self.known {
                    state.accept_instead(known, &self.theirs, now, effects);
                }
                state.overlay.take()
            }
            KeyCode::Enter | KeyCode::Esc | KeyCode::Char('n' | 'y') => {
                state.go_on_from(self.subject);
                None
            }
            _ => Some(Overlay::Conflict(self)),
        }
    }
}

/// `ravi accepted it 3s ago`, and the note.
fn reviewed(state: &State, review: &Review, now: Timestamp) -> (SafeText, Option<SafeText>) {
    let who = state.reviewer_name(review);
    let when = match review.at.map(|at| age_text(now.since(at))) {
        None => String::new(),
        Some(age) if age == "now" => " just now".to_owned(),
        Some(age) => format!(" {age} ago"),
    };
    let words = SafeText::line(&format!("{who} {} it{when}", review.status.word()));
    (words, Some(review.note.clone()).filter(|note| !note.as_str().trim().is_empty()))
}

impl State {
    /// Theirs stays: on to the next entry.
    fn go_on_from(&mut self, subject: Subject) {
        if let Subject::Entry(entry) = subject
            && self.desk.queue.cursor() == Some(entry)
        {
            let decisions = &self.decisions;
            let is_done = |at: EntryId| at == entry || decisions.is_open(Subject::Entry(at));
            self.desk.queue.advance(is_done);
        }
    }

    /// Opens the sheet if the entry was decided, or taken away, while it was read; `false` if it was not.
    pub(in crate::app) fn answered_elsewhere(&mut self, entry: EntryId, act: &Act, now: Timestamp) -> bool {
        let Some(elsewhere) = self.elsewhere.on(entry) else { return false };
        let conflict = Conflict::on_read(self, elsewhere, act, now);
        let alike = elsewhere.review.as_ref().is_some_and(
            |review| matches!(act, Act::Review { verdict, .. } if verdict.status() == review.status),
        );
        if alike {
            let words = format!("agreed: {} ({})", conflict.theirs, conflict.label);
            self.notices.tell(SafeText::line(&words), now);
            self.go_on_from(Subject::Entry(entry));
        } else {
            self.overlay = Some(Overlay::Conflict(Box::new(conflict)));
        }
        true
    }

    /// The verdict that a key means, for the sheet.
    pub(in crate::app) fn verdict_elsewhere(&mut self, verdict: Verdict, now: Timestamp) -> bool {
        let Some(entry) = self.desk.queue.cursor() else { return false };
        self.answered_elsewhere(entry, &Act::Review { entry, item: None, verdict, note: None }, now)
    }
}

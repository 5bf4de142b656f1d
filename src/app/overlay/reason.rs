//! The reason picker: a digit rejects with a saved reason, shown as it will be sent; any other letter begins one's own.

use crate::domain::decision::{Act, Bound, Subject, Verdict};
use crate::domain::{EntryId, SafeText, Timestamp};

use super::super::bulk::{What, Words};
use super::super::decide::Proposal;
use super::super::key::{Key, KeyCode};
use super::super::reasons::{Template, Unfilled};
use super::super::{Effect, State};
use super::Overlay;

/// The open picker.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// What is rejected: `#3 Curie temps · bot-7`.
    pub label: SafeText,
    /// The saved reasons in their fixed order, each as it is for this entry.
    pub choices: Vec<Choice>,
    target: Target,
}

/// What is rejected.
#[derive(Debug, Clone, PartialEq)]
enum Target {
    /// The entry, and the version that was read: what moves under the cursor meanwhile is not rejected.
    Entry(EntryId, Bound),
    /// All of these.
    Many(Vec<EntryId>),
}

/// A saved reason for one entry.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// The digit that picks it.
    pub digit: char,
    /// As it was saved.
    pub template: Template,
    /// As it will be sent, or why it can't be.
    pub filled: Result<SafeText, Unfilled>,
}

impl Reason {
    /// A picker for rejecting an entry.
    #[must_use]
    pub fn new(state: &State, proposal: &Proposal) -> Option<Self> {
        let Act::Review { entry, .. } = proposal.act else { return None };
        let facts = state.facts_of(&state.desk.queue.row(entry)?);
        let choice = |(digit, template): (char, &Template)| Choice {
            digit,
            template: template.clone(),
            filled: template.fill(&facts),
        };
        Some(Self {
            label: proposal.label.clone(),
            choices: ('1'..='9').zip(&state.settings.reasons).map(choice).collect(),
            target: Target::Entry(entry, proposal.bound.clone()),
        })
    }

    /// A picker for rejecting many: the reasons as they were saved, to be filled for each.
    #[must_use]
    pub fn for_many(state: &State, entries: Vec<EntryId>) -> Self {
        let choice = |(digit, template): (char, &Template)| Choice {
            digit,
            template: template.clone(),
            filled: Ok(template.text().clone()),
        };
        Self {
            label: SafeText::line(&format!("{} marked entries", entries.len())),
            choices: ('1'..='9').zip(&state.settings.reasons).map(choice).collect(),
            target: Target::Many(entries),
        }
    }

    pub(super) fn on_key(
        self,
        state: &mut State,
        key: Key,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Option<Overlay> {
        if key.ctrl || key.alt {
            return Some(Overlay::Reason(self));
        }
        match key.code {
            KeyCode::Esc => None,
            KeyCode::Char(digit @ '1'..='9') => self.pick(digit, state, now, effects),
            KeyCode::Enter => self.write(state, "", now, effects),
            KeyCode::Char(letter) if letter.is_alphabetic() => {
                self.write(state, letter.encode_utf8(&mut [0; 4]), now, effects)
            }
            _ => Some(Overlay::Reason(self)),
        }
    }

    fn pick(
        self,
        digit: char,
        state: &mut State,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Option<Overlay> {
        let Some(choice) = self.choices.iter().find(|choice| choice.digit == digit) else {
            state.notices.warn(SafeText::line(&format!("there is no reason {digit}: type one")), now);
            return Some(Overlay::Reason(self));
        };
        match (&choice.filled, &self.target) {
            (Ok(_), Target::Many(entries)) => {
                let subjects = entries.iter().copied().map(Subject::Entry).collect();
                let what = What::Review(Verdict::Reject, Words::Saved(choice.template.clone()));
                state.open_bulk(what, subjects, now);
                None
            }
            (Ok(filled), Target::Entry(entry, bound)) => {
                state.decisions.last_reason = Some((choice.template.clone(), filled.clone()));
                let read = (*entry, bound);
                state.decide_as_read(read, Verdict::Reject, Some(filled.clone()), now, effects);
                None
            }
            (Err(why), _) => {
                state.notices.warn(SafeText::line(&format!("reason {digit}: {why}")), now);
                Some(Overlay::Reason(self))
            }
        }
    }

    /// Opens the note editor for the same entry.
    fn write(
        self,
        state: &mut State,
        start: &str,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Option<Overlay> {
        match self.target {
            Target::Entry(entry, _) => state.open_note_on(entry, Verdict::Reject, start, now, effects),
            Target::Many(_) => state.open_note_on_marks(Verdict::Reject, start, now, effects),
        }
        // The editor is the overlay by now, or there are words why not.
        None
    }
}

//! The life of a decision, as one pure step.
//!
//! ```text
//!  key ─▶ Held (undo window) ─▶ Queued ─▶ Sending ─▶ Confirmed
//!            │ undo               │ undo     ├─▶ Refused   the server said no: the entry is back in the queue, the note kept
//!            ▼                    ▼          ├─▶ Conflict  someone else decided otherwise: shown, never overridden
//!         Undone               Undone       └─▶ Unknown   no answer: read back, then Confirmed, Conflict or Queued
//! ```
//!
//! The screen, the store and the sender all call [`Decision::step`] and nobody else moves a
//! decision on. The store thread calls it inside the transaction that writes the result, so there is one order of
//! steps however many ask at once. Accepting pays people: the one rule above all is that a decision whose request
//! may have reached the server is never sent again before it was read back.

mod act;
mod event;
mod stage;

use serde::{Deserialize, Serialize};

use super::{
    BatchId, Cost, DecisionId, EntryStatus, EvalStatus, ItemStatus, Money, QuestId, Review, SafeText,
    SessionId, Timestamp, Version,
};

pub use act::{Act, Bound, Subject, Verdict};
pub use event::{Answer, Check, Event, Found, NoStep};
pub use stage::{Clash, READ_BACK_AFTER, Settled, Stage, Want};

/// What is said of an evaluation of which nobody knows whether it ran.
const MAY_HAVE_RUN: &str =
    "no answer came, and the entry has changed: look at its score before you run it again";

/// The same of those of an item.
const RUNS_MAY_HAVE_BEGUN: &str =
    "no answer came, and the runs may have begun: look at the scores before you run it again";

/// The same of a comment.
const MAY_BE_WRITTEN: &str =
    "no answer came, and it may have been written: look at the thread before you write it again";

/// One decision of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Its id, made when the key was pressed.
    pub id: DecisionId,
    /// The run of the program that made it.
    pub session: SessionId,
    /// The act on several at once that it is part of, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<BatchId>,
    /// The quest it is about.
    pub quest: QuestId,
    /// What is to be done.
    pub act: Act,
    /// What the reviewer had before them.
    pub bound: Bound,
    /// What was shown as its cost before the key.
    pub cost: Cost,
    /// What it is called on the screen and in the log: `#3 Curie temps · bot-7`.
    pub label: SafeText,
    /// When the key was pressed.
    pub made_at: Timestamp,
    /// When its stage last changed.
    pub changed_at: Timestamp,
    /// How often it was sent.
    pub attempts: u32,
    /// Of an item that was scored again: how many runs the server began, as far as it said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began: Option<u32>,
    /// Where it is in its life.
    pub stage: Stage,
}

impl Decision {
    /// Moves on, or says why the event changes nothing. The decision is untouched when it does.
    pub fn step(&mut self, event: &Event, now: Timestamp) -> Result<(), NoStep> {
        let next = self.next(event, now)?;
        if matches!(next, Stage::Sending) {
            self.attempts = self.attempts.saturating_add(1);
        }
        if let Event::Answer(Answer::Began(runs)) | Event::ReadBack(Found::Runs(runs)) = event {
            self.began = Some(*runs);
        }
        self.stage = next;
        self.changed_at = now;
        Ok(())
    }

    /// Whether it may have spent what it costs, though nobody can say: runs that may have begun.
    #[must_use]
    pub fn may_have_spent(&self) -> bool {
        match &self.stage {
            Stage::Refused { words } => {
                self.act.runs() > 0 && [MAY_HAVE_RUN, RUNS_MAY_HAVE_BEGUN].contains(&words.as_str())
            }
            _ => false,
        }
    }

    /// Whether it may begin runs that cost something, and more of them than were shown: the server chooses what it scores
    /// again.
    #[must_use]
    pub const fn may_cost_more(&self) -> bool {
        matches!(self.act, Act::Rescore { free: false, .. })
    }

    /// What it spends: of runs, for those that were begun, once that is known.
    #[must_use]
    pub fn spends(&self) -> Option<Money> {
        let gross = self.cost.gross?;
        let (Some(began), runs @ 1..) = (self.began, self.act.runs()) else { return Some(gross) };
        let amount = i128::from(gross.amount) * i128::from(began) / i128::from(runs);
        Some(gross.with(i64::try_from(amount).unwrap_or(i64::MAX)))
    }

    fn next(&self, event: &Event, now: Timestamp) -> Result<Stage, NoStep> {
        match &self.stage {
            Stage::Held { until } => self.when_held(*until, event, now),
            Stage::Queued => self.when_queued(event, now),
            Stage::Sending => Self::when_sending(event, now),
            Stage::Unknown { refusal, .. } => self.when_unknown(refusal.as_ref(), event),
            Stage::Confirmed(_) | Stage::Refused { .. } | Stage::Conflict(_) | Stage::Undone => {
                Err(NoStep::Over)
            }
        }
    }

    fn when_held(&self, until: Option<Timestamp>, event: &Event, now: Timestamp) -> Result<Stage, NoStep> {
        match event {
            Event::Undo => Ok(Stage::Undone),
            Event::GoOn => Ok(Stage::Queued),
            Event::Due if until.is_some_and(|until| now >= until) => Ok(Stage::Queued),
            // It was held by a clock that has been set back since: its window begins anew, and is no longer than it was.
            Event::Due if now < self.changed_at => {
                Ok(Stage::Held { until: until.map(|until| now + until.since(self.changed_at)) })
            }
            Event::Due => Err(NoStep::NotYet),
            Event::SessionDied => Ok(Stage::Held { until: None }),
            Event::Claim(_) | Event::Answer(_) | Event::ReadBack(_) => Err(NoStep::NotApplicable),
        }
    }

    fn when_queued(&self, event: &Event, now: Timestamp) -> Result<Stage, NoStep> {
        match event {
            Event::Undo => Ok(Stage::Undone),
            Event::Claim(Check::Same) => Ok(Stage::Sending),
            Event::Claim(Check::Vanished) => {
                Ok(Stage::Unknown { why: "it is no longer in the queue".into(), refusal: None, since: now })
            }
            Event::Claim(Check::Clashes(clash)) => Ok(self.against(clash)),
            // Nothing is sent that nobody is watching: what a dead session queued waits for a word.
            Event::SessionDied => Ok(Stage::Held { until: None }),
            Event::Due | Event::GoOn | Event::Answer(_) | Event::ReadBack(_) => Err(NoStep::NotApplicable),
        }
    }

    fn when_sending(event: &Event, now: Timestamp) -> Result<Stage, NoStep> {
        let unknown = |why: SafeText, refusal| Stage::Unknown { why, refusal, since: now };
        match event {
            Event::Answer(Answer::Done | Answer::Began(_)) => Ok(Stage::Confirmed(Settled::Ours)),
            Event::Answer(Answer::Refused { words, look: true }) => {
                Ok(unknown(words.clone(), Some(words.clone())))
            }
            Event::Answer(Answer::Refused { words, look: false }) => {
                Ok(Stage::Refused { words: words.clone() })
            }
            Event::Answer(Answer::NotSent) => Ok(Stage::Queued),
            Event::Answer(Answer::Lost { why }) => Ok(unknown(why.clone(), None)),
            Event::SessionDied => Ok(unknown("the session ended while it was being sent".into(), None)),
            Event::Undo => Err(NoStep::TooLate),
            Event::Due | Event::GoOn | Event::Claim(_) | Event::ReadBack(_) => Err(NoStep::NotApplicable),
        }
    }

    fn when_unknown(&self, refusal: Option<&SafeText>, event: &Event) -> Result<Stage, NoStep> {
        match event {
            // A late answer is still the truth.
            Event::Answer(Answer::Done | Answer::Began(_)) | Event::ReadBack(Found::Comment) => {
                Ok(Stage::Confirmed(Settled::Ours))
            }
            Event::ReadBack(Found::Decided { review, ours }) => Ok(self.decided(review, *ours, refusal)),
            Event::ReadBack(Found::Item(status)) => Ok(self.item_found(status, refusal)),
            Event::ReadBack(Found::Runs(begun)) => self.runs_found(*begun, refusal),
            Event::ReadBack(Found::Evaluation { eval, version }) => {
                Ok(self.evaluation_found(eval, *version, refusal))
            }
            // It was opened again: what was read of it is no more what is there.
            Event::ReadBack(Found::Open) if matches!(self.bound, Bound::Rejected(_)) => {
                Ok(Stage::Conflict(Clash::Changed))
            }
            Event::ReadBack(Found::Open) => Ok(self.still_open(refusal)),
            Event::ReadBack(Found::Unseen) => self.unseen(refusal),
            Event::ReadBack(Found::Gone) => Ok(Stage::Conflict(Clash::Gone)),
            Event::Undo => Err(NoStep::TooLate),
            Event::SessionDied | Event::Due | Event::GoOn | Event::Claim(_) | Event::Answer(_) => {
                Err(NoStep::NotApplicable)
            }
        }
    }

    /// The entry turned out to be decided.
    fn decided(&self, review: &Review, ours: bool, refusal: Option<&SafeText>) -> Stage {
        match &self.act {
            // The rejection stands that was to be decided again.
            Act::Review { .. } if self.replaces(review) => self.still_open(refusal),
            Act::Review { verdict, .. } if verdict.status() == review.status => {
                // Only what was sent at least once can be ours.
                let ours = ours && self.attempts > 0;
                Stage::Confirmed(if ours { Settled::Ours } else { Settled::Agreed { with: review.reviewer } })
            }
            // An evaluation that decides signs with nobody's name.
            Act::Evaluate { .. } if self.attempts > 0 && review.reviewer.is_none() => {
                Stage::Confirmed(Settled::Ours)
            }
            _ => Stage::Conflict(Clash::Decided(review.clone())),
        }
    }

    /// Whether this is the decision that was to be decided again.
    fn replaces(&self, review: &Review) -> bool {
        matches!(self.bound, Bound::Rejected(_)) && review.status == EntryStatus::Rejected
    }

    /// The entry is undecided, and its evaluation stands so.
    fn evaluation_found(&self, eval: &EvalStatus, version: Version, refusal: Option<&SafeText>) -> Stage {
        let Act::Evaluate { before, .. } = &self.act else { return self.still_open(refusal) };
        if eval != before && self.attempts > 0 {
            return Stage::Confirmed(Settled::Ours);
        }
        match &self.bound {
            // The same word in a newer version: a run that ended as the one before, or any other change.
            Bound::Entry(bound) if version != *bound => Stage::Refused { words: MAY_HAVE_RUN.into() },
            _ => self.still_open(refusal),
        }
    }

    /// So many runs were begun on the item's entries.
    fn runs_found(&self, begun: u32, refusal: Option<&SafeText>) -> Result<Stage, NoStep> {
        match (&self.act, begun) {
            (Act::Rescore { .. }, 1..) if self.attempts > 0 => Ok(Stage::Confirmed(Settled::Ours)),
            (Act::Rescore { .. }, _) => Ok(self.still_open(refusal)),
            _ => Err(NoStep::NotApplicable),
        }
    }

    /// A comment was not found where not all could be read.
    fn unseen(&self, refusal: Option<&SafeText>) -> Result<Stage, NoStep> {
        match (&self.act, refusal) {
            (Act::Comment { .. }, Some(words)) => Ok(Stage::Refused { words: words.clone() }),
            (Act::Comment { .. }, None) => Ok(Stage::Refused { words: MAY_BE_WRITTEN.into() }),
            _ => Err(NoStep::NotApplicable),
        }
    }

    /// The item turned out to have this status.
    fn item_found(&self, found: &ItemStatus, refusal: Option<&SafeText>) -> Stage {
        let wanted = match &self.act {
            Act::SetItem { status, .. } => status,
            Act::Complete { .. } => &ItemStatus::Done,
            // The item does not tell whether runs were begun on its entries.
            Act::Rescore { .. } if self.attempts > 0 && refusal.is_none() => {
                return Stage::Refused { words: RUNS_MAY_HAVE_BEGUN.into() };
            }
            Act::Rescore { .. } => return self.still_open(refusal),
            Act::Review { .. } | Act::Evaluate { .. } | Act::Comment { .. } => {
                return self.still_open(refusal);
            }
        };
        let before = matches!(&self.bound, Bound::Item(before) if before == found);
        if found == wanted {
            let settled = if self.attempts > 0 { Settled::Ours } else { Settled::Agreed { with: None } };
            Stage::Confirmed(settled)
        } else if before {
            self.still_open(refusal)
        } else {
            Stage::Conflict(Clash::ItemIs(found.clone()))
        }
    }

    /// Nothing had happened: send it again if that is safe, or believe the refusal.
    fn still_open(&self, refusal: Option<&SafeText>) -> Stage {
        match refusal {
            Some(words) => Stage::Refused { words: words.clone() },
            None if self.act.repeats_safely() => Stage::Queued,
            None => Stage::Refused {
                words: "no answer came, and it was not done; do it again if you still want it".into(),
            },
        }
    }

    /// The cache disagrees with what was read, before anything was sent.
    fn against(&self, clash: &Clash) -> Stage {
        match (clash, &self.act) {
            (Clash::Decided(review), Act::Review { .. }) => self.decided(review, false, None),
            (Clash::ItemIs(is), Act::SetItem { status, .. }) if is == status => {
                Stage::Confirmed(Settled::Agreed { with: None })
            }
            _ => Stage::Conflict(clash.clone()),
        }
    }
}

#[cfg(test)]
mod tests;

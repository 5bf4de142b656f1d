//! The life of a decision, as one pure step.
//!
//! ```text
//!  key ─▶ Held (undo window) ─▶ Queued ─▶ Sending ─▶ Confirmed
//!            │ undo               │ undo     ├─▶ Refused   the server said no: the entry is back in the queue, the note kept
//!            ▼                    ▼          ├─▶ Conflict  someone else decided otherwise: shown, never overridden
//!         Undone               Undone       └─▶ Unknown   no answer: read back, then Confirmed, Conflict or Queued
//! ```
//!
//! The screen, the shell verbs, the store and the sender all call [`Decision::step`] and nobody else moves a
//! decision on. The store thread calls it inside the transaction that writes the result, so there is one order of
//! steps however many ask at once. Accepting pays people: the one rule above all is that a decision whose request
//! may have reached the server is never sent again before it was read back.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    AssetId, BatchId, Cost, DecisionId, EntryId, EntryStatus, EvalStatus, ItemId, ItemStatus, QuestId,
    Review, SafeText, SessionId, Timestamp, UserId, Version,
};

/// How long a lost request is left alone before it is read back: an answer that was cut off may come from a server
/// that is still at work on it.
pub const READ_BACK_AFTER: Duration = Duration::from_secs(2);

/// Accept or reject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Verdict {
    /// Accept: pays what the item pays. Final once it was sent.
    Accept,
    /// Reject: the contributor may submit again.
    Reject,
}

impl Verdict {
    /// The status that an entry has after this verdict.
    #[must_use]
    pub const fn status(self) -> EntryStatus {
        match self {
            Self::Accept => EntryStatus::Accepted,
            Self::Reject => EntryStatus::Rejected,
        }
    }

    /// `accept` or `reject`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Reject => "reject",
        }
    }
}

/// What is to be done, on what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Act {
    /// Accept or reject an entry, with a note in markdown or none.
    Review {
        /// The entry.
        entry: EntryId,
        /// Its item; none on legacy entries.
        item: Option<ItemId>,
        /// Which way.
        verdict: Verdict,
        /// The note, as markdown.
        note: Option<SafeText>,
    },
    /// Run the item's evaluation on an entry. The quest's owner pays for each run, so it is never repeated by itself.
    Evaluate {
        /// The entry.
        entry: EntryId,
        /// What had become of its evaluation before: by that a run is told from none when no answer came.
        before: EvalStatus,
    },
    /// Comment on what an entry submitted, or on its quest. Each request may write another comment: never repeated
    /// by itself.
    Comment {
        /// The entry that it was written at.
        entry: EntryId,
        /// The asset that is commented: what was submitted, or the quest.
        about: AssetId,
        /// The text, as markdown.
        text: SafeText,
    },
    /// Set an item's status by hand.
    SetItem {
        /// The item.
        item: ItemId,
        /// What it becomes.
        status: ItemStatus,
    },
    /// Complete an item oneself, with a note. Makes an entry; never repeated by itself.
    Complete {
        /// The item.
        item: ItemId,
        /// The note, as markdown.
        note: Option<SafeText>,
    },
}

/// What a decision is about. There is at most one open decision on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Subject {
    /// An entry.
    Entry(EntryId),
    /// An item.
    Item(ItemId),
    /// What is said at an entry: it goes its way beside a verdict on the entry.
    Comment(EntryId),
}

impl Act {
    /// What it is about.
    #[must_use]
    pub const fn subject(&self) -> Subject {
        match self {
            Self::Review { entry, .. } | Self::Evaluate { entry, .. } => Subject::Entry(*entry),
            Self::Comment { entry, .. } => Subject::Comment(*entry),
            Self::SetItem { item, .. } | Self::Complete { item, .. } => Subject::Item(*item),
        }
    }

    /// The note that goes with it.
    #[must_use]
    pub const fn note(&self) -> Option<&SafeText> {
        match self {
            Self::Review { note, .. } | Self::Complete { note, .. } => note.as_ref(),
            Self::Comment { text, .. } => Some(text),
            Self::SetItem { .. } | Self::Evaluate { .. } => None,
        }
    }

    /// Whether it costs the owner something that nobody told: an evaluation is paid by the run, and the server says
    /// no price beforehand.
    #[must_use]
    pub const fn has_unknown_price(&self) -> bool {
        matches!(self, Self::Evaluate { .. })
    }

    /// Whether a note can go with it.
    #[must_use]
    pub const fn takes_a_note(&self) -> bool {
        matches!(self, Self::Review { .. } | Self::Complete { .. } | Self::Comment { .. })
    }

    /// Whether the same request may be sent again once the server was seen not to have done it.
    const fn repeats_safely(&self) -> bool {
        !matches!(self, Self::Complete { .. } | Self::Evaluate { .. } | Self::Comment { .. })
    }
}

/// What the reviewer had before them. Compared at the key, at release and after a refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Bound {
    /// The entry in this version.
    Entry(Version),
    /// The item in this status.
    Item(ItemStatus),
}

/// Where a decision is in its life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// On disk, not to be sent yet.
    Held {
        /// When the undo window ends. `None`: a dead session left it; it waits for a word.
        until: Option<Timestamp>,
    },
    /// To be sent.
    Queued,
    /// A request is under way and may have arrived.
    Sending,
    /// It may or may not have been done: to be read back before anything else.
    Unknown {
        /// What happened, in words.
        why: SafeText,
        /// The server's refusal that is to be looked into, if it was one.
        refusal: Option<SafeText>,
        /// When it became unknown.
        since: Timestamp,
    },
    /// Done.
    Confirmed(Settled),
    /// The server said no, in these words.
    Refused {
        /// The server's words.
        words: SafeText,
    },
    /// What we meant is no longer ours to do.
    Conflict(Clash),
    /// Taken back before it was sent.
    Undone,
}

/// How a decision came true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Settled {
    /// We did it.
    Ours,
    /// Somebody else had decided the same: nothing of ours took effect, nothing was paid by us.
    Agreed {
        /// Who, if the server says.
        with: Option<UserId>,
    },
}

/// Why a decision no longer applies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Clash {
    /// Somebody else decided otherwise.
    Decided(Review),
    /// The entry changed after it was read.
    Changed,
    /// The item's reward is no longer what was shown.
    RewardChanged,
    /// The item has another status than was shown.
    ItemIs(ItemStatus),
    /// The entry or item no longer exists, or we may no longer see it.
    Gone,
}

/// What the cache says about the subject at the moment the sender takes a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Check {
    /// As it was read.
    Same,
    /// Not among the open ones any more: to be looked up.
    Vanished,
    /// It is there, but not as it was read.
    Clashes(Clash),
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Done, the server says.
    Done,
    /// A final no (4xx). `look` asks for a read-back before it is believed: someone may have been faster.
    Refused {
        /// The server's words.
        words: SafeText,
        /// Whether the subject may have changed (409, 404).
        look: bool,
    },
    /// It certainly did not arrive: no connection, 429, or an expired token.
    NotSent,
    /// It may have arrived.
    Lost {
        /// What happened.
        why: SafeText,
    },
}

/// What a read-back found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A decided entry. `ours`: the reviewer is this account, or the server does not say who.
    Decided {
        /// What was decided.
        review: Review,
        /// Whether it may be taken for ours.
        ours: bool,
    },
    /// An item in this status.
    Item(ItemStatus),
    /// An undecided entry whose evaluation stands so: what a decision to evaluate asks for.
    Evaluation {
        /// What became of the evaluation.
        eval: EvalStatus,
        /// The entry's version.
        version: Version,
    },
    /// The comment stands where it was to be written, by this account.
    Comment,
    /// Still open, as if nothing had been sent.
    Open,
    /// Nowhere, after a full pass.
    Gone,
}

/// Something that happens to a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The user takes it back.
    Undo,
    /// Time passed: the undo window may be over.
    Due,
    /// The user lets go at once, or goes on with what a dead session left.
    GoOn,
    /// The sender takes it.
    Claim(Check),
    /// The request ended.
    Answer(Answer),
    /// A read-back ended.
    ReadBack(Found),
    /// The session that made it is gone.
    SessionDied,
}

/// Why an event changed nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoStep {
    /// The undo window is still open.
    #[error("the undo window is still open")]
    NotYet,
    /// It is on its way or may have arrived.
    #[error("it is already on its way: what was sent can't be taken back")]
    TooLate,
    /// It has ended.
    #[error("it is over: a decision that was made final stays as it is")]
    Over,
    /// The event means nothing at this stage.
    #[error("that does not apply to it now")]
    NotApplicable,
}

/// What a stage asks of others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// To be woken when the undo window ends.
    WakeAt(Timestamp),
    /// To be sent.
    Send,
    /// To be read back, not before this time.
    ReadBackAt(Timestamp),
    /// A word from the user.
    Word,
    /// Nothing: it is on its way, or over.
    Nothing,
}

impl Stage {
    /// Whether nothing can happen to it any more.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!(self, Self::Confirmed(_) | Self::Refused { .. } | Self::Conflict(_) | Self::Undone)
    }

    /// Whether it can still be taken back.
    #[must_use]
    pub const fn can_undo(&self) -> bool {
        matches!(self, Self::Held { .. } | Self::Queued)
    }

    /// What it asks of others.
    #[must_use]
    pub fn want(&self) -> Want {
        match self {
            Self::Held { until: Some(until) } => Want::WakeAt(*until),
            Self::Held { until: None } => Want::Word,
            Self::Queued => Want::Send,
            Self::Unknown { since, .. } => Want::ReadBackAt(*since + READ_BACK_AFTER),
            Self::Sending | Self::Confirmed(_) | Self::Refused { .. } | Self::Conflict(_) | Self::Undone => {
                Want::Nothing
            }
        }
    }
}

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
        self.stage = next;
        self.changed_at = now;
        Ok(())
    }

    fn next(&self, event: &Event, now: Timestamp) -> Result<Stage, NoStep> {
        match &self.stage {
            Stage::Held { until } => Self::when_held(*until, event, now),
            Stage::Queued => self.when_queued(event, now),
            Stage::Sending => Self::when_sending(event, now),
            Stage::Unknown { refusal, .. } => self.when_unknown(refusal.as_ref(), event),
            Stage::Confirmed(_) | Stage::Refused { .. } | Stage::Conflict(_) | Stage::Undone => {
                Err(NoStep::Over)
            }
        }
    }

    fn when_held(until: Option<Timestamp>, event: &Event, now: Timestamp) -> Result<Stage, NoStep> {
        match event {
            Event::Undo => Ok(Stage::Undone),
            Event::GoOn => Ok(Stage::Queued),
            Event::Due if until.is_some_and(|until| now >= until) => Ok(Stage::Queued),
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
            Event::Answer(Answer::Done) => Ok(Stage::Confirmed(Settled::Ours)),
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
            Event::Answer(Answer::Done) | Event::ReadBack(Found::Comment) => {
                Ok(Stage::Confirmed(Settled::Ours))
            }
            Event::ReadBack(Found::Decided { review, ours }) => Ok(self.decided(review, *ours)),
            Event::ReadBack(Found::Item(status)) => Ok(self.item_found(status, refusal)),
            Event::ReadBack(Found::Evaluation { eval, version }) => {
                Ok(self.evaluation_found(eval, *version, refusal))
            }
            Event::ReadBack(Found::Open) => Ok(self.still_open(refusal)),
            Event::ReadBack(Found::Gone) => Ok(Stage::Conflict(Clash::Gone)),
            Event::Undo => Err(NoStep::TooLate),
            Event::SessionDied | Event::Due | Event::GoOn | Event::Claim(_) | Event::Answer(_) => {
                Err(NoStep::NotApplicable)
            }
        }
    }

    /// The entry turned out to be decided.
    fn decided(&self, review: &Review, ours: bool) -> Stage {
        match &self.act {
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

    /// The entry is undecided, and its evaluation stands so.
    fn evaluation_found(&self, eval: &EvalStatus, version: Version, refusal: Option<&SafeText>) -> Stage {
        let Act::Evaluate { before, .. } = &self.act else { return self.still_open(refusal) };
        if eval != before && self.attempts > 0 {
            return Stage::Confirmed(Settled::Ours);
        }
        match &self.bound {
            // The same word in a newer version: a run that ended as the one before, or any other change.
            Bound::Entry(bound) if version != *bound => Stage::Refused {
                words: "no answer came, and the entry has changed: look at its score before you run it again"
                    .into(),
            },
            _ => self.still_open(refusal),
        }
    }

    /// The item turned out to have this status.
    fn item_found(&self, found: &ItemStatus, refusal: Option<&SafeText>) -> Stage {
        let wanted = match &self.act {
            Act::SetItem { status, .. } => status,
            Act::Complete { .. } => &ItemStatus::Done,
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
            (Clash::Decided(review), Act::Review { .. }) => self.decided(review, false),
            (Clash::ItemIs(is), Act::SetItem { status, .. }) if is == status => {
                Stage::Confirmed(Settled::Agreed { with: None })
            }
            _ => Stage::Conflict(clash.clone()),
        }
    }
}

#[cfg(test)]
mod tests;

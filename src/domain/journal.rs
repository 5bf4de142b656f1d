//! The journal: every decision of a profile, newest first, read a page at a time, and the trail of one of them.

use super::decision::{Act, Clash, Decision, Stage, Verdict};
use super::{DecisionId, SafeText, Timestamp};

/// Where a page begins: the decisions before this one. None: the newest.
pub type Before = Option<(Timestamp, DecisionId)>;

/// What a stage is called in the journal, and in its filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// Held, or waiting for a word.
    Held,
    /// Queued or under way.
    Sending,
    /// To be read back.
    Unknown,
    /// Done by us.
    Done,
    /// Somebody else had decided the same.
    Agreed,
    /// The server said no.
    Refused,
    /// Somebody else was faster, or something changed.
    Conflict,
    /// Taken back.
    Undone,
}

impl State {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Held,
        Self::Sending,
        Self::Unknown,
        Self::Done,
        Self::Agreed,
        Self::Refused,
        Self::Conflict,
        Self::Undone,
    ];

    /// Of a decision's stage.
    #[must_use]
    pub const fn of(stage: &Stage) -> Self {
        use super::decision::Settled;
        match stage {
            Stage::Held { .. } => Self::Held,
            Stage::Queued | Stage::Sending => Self::Sending,
            Stage::Unknown { .. } => Self::Unknown,
            Stage::Confirmed(Settled::Ours) => Self::Done,
            Stage::Confirmed(Settled::Agreed { .. }) => Self::Agreed,
            Stage::Refused { .. } => Self::Refused,
            Stage::Conflict(_) => Self::Conflict,
            Stage::Undone => Self::Undone,
        }
    }

    /// Its word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Sending => "sending",
            Self::Unknown => "unknown",
            Self::Done => "done",
            Self::Agreed => "agreed",
            Self::Refused => "refused",
            Self::Conflict => "conflict",
            Self::Undone => "undone",
        }
    }
}

/// One condition on a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// Its state.
    State(State),
    /// Accepted or rejected.
    Verdict(Verdict),
    /// Part of what it is called, of its note, or of the server's or the other's words; in lower case.
    Word(String),
}

/// Conditions that must all hold; `true` beside one negates it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Conditions(pub Vec<(bool, Test)>);

impl Conditions {
    /// Whether a decision is listed.
    #[must_use]
    pub fn admit(&self, decision: &Decision) -> bool {
        self.0.iter().all(|(negated, test)| holds(test, decision) != *negated)
    }
}

fn holds(test: &Test, decision: &Decision) -> bool {
    match test {
        Test::State(state) => State::of(&decision.stage) == *state,
        Test::Verdict(wanted) => matches!(decision.act, Act::Review { verdict, .. } if verdict == *wanted),
        Test::Word(word) => {
            let said = server_words(&decision.stage);
            let texts = [Some(&decision.label), decision.act.note(), said.as_ref()];
            texts.into_iter().flatten().any(|text| text.as_str().to_lowercase().contains(word))
        }
    }
}

/// The words that somebody else had for a decision: the server's, or the other reviewer's.
#[must_use]
pub fn server_words(stage: &Stage) -> Option<SafeText> {
    match stage {
        Stage::Refused { words } => Some(words.clone()),
        Stage::Unknown { why, .. } => Some(why.clone()),
        Stage::Conflict(Clash::Decided(review)) => Some(review.note.clone()),
        _ => None,
    }
}

/// A page of the journal.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// What was asked for: an answer to an older question is dropped.
    pub question: u64,
    /// The decisions that were found, newest first.
    pub decisions: Vec<Decision>,
    /// Where older ones begin; none: there are no older ones.
    pub older: Before,
    /// How many decisions there are, whatever the conditions.
    pub total: u64,
}

/// A page of decisions in memory, as the store would read it: for tests, and what it is tested against.
#[must_use]
pub fn page_of(
    all: &[Decision],
    question: u64,
    conditions: &Conditions,
    before: Before,
    limit: usize,
) -> Page {
    let age = |decision: &Decision| (decision.made_at, decision.id);
    let mut decisions = all.to_vec();
    decisions.retain(|row| before.is_none_or(|before| age(row) < before) && conditions.admit(row));
    decisions.sort_by_key(|row| std::cmp::Reverse(age(row)));
    let older = decisions.get(limit).and(decisions.get(limit.saturating_sub(1))).map(age);
    decisions.truncate(limit);
    Page { question, decisions, older, total: all.len() as u64 }
}

/// One step in the life of a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// The stage it left; empty: it was made.
    pub from: SafeText,
    /// The stage it came to.
    pub to: SafeText,
    /// The words that came with it.
    pub words: SafeText,
}

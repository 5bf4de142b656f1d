//! What happens to a decision.

use super::Clash;
use crate::domain::{EvalStatus, ItemStatus, Review, SafeText, Version};

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
    /// Done, the server says, and so many runs were begun by it.
    Began(u32),
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
    /// So many runs of ours on the item's entries were begun since it was sent.
    Runs(u32),
    /// The comment stands where it was to be written, by this account.
    Comment,
    /// What was looked for was not seen, and not everything could be looked through.
    Unseen,
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

//! The desk itself, pure: what the user means (commands), what is true (state), what is to be done (effects).
//!
//! [`update`] is the only writer of [`State`]. It only routes: each view and overlay owns its part of the state and
//! its answers in one file. Nothing here does I/O, reads a clock or knows a terminal beyond a [`key::Key`].

pub mod aside;
pub mod bulk;
mod clock_set;
pub mod command;
pub mod context;
pub mod decide;
pub mod decisions;
pub mod desk;
pub mod diff;
pub mod discussion;
pub mod drafts;
pub mod elsewhere;
pub mod evals;
pub mod help;
pub mod hints;
pub mod judging;
pub mod key;
pub mod keymap;
pub mod learn;
pub mod log;
mod marks;
pub mod nearest;
pub mod next;
pub mod notice;
pub mod overlay;
pub mod past;
pub mod queue;
pub mod reader;
pub mod reasons;
pub mod reviewers;
#[cfg(test)]
pub(crate) mod rig;
mod route;
pub mod saving;
pub mod seen;
pub mod state;
pub mod summary;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::domain::decision::{Decision, Event, Stage, Subject};
use crate::domain::{Aside, DecisionId, EntryId, ItemId, SafeText, Timestamp, Version, journal};
use crate::{store, sync};

pub use state::{Settings, State};

/// Something that reaches the desk.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "messages pass one at a time and are never kept")]
pub enum Message {
    /// A key was pressed.
    Key(key::Key),
    /// Text was pasted (or came in a burst no hand types): never run as keys.
    Paste {
        /// The text, not yet safe.
        text: String,
        /// Whether it was longer than what is kept.
        cut: bool,
    },
    /// The terminal has this size now.
    Resize {
        /// Columns.
        width: u16,
        /// Rows.
        height: u16,
    },
    /// A frame reached the terminal.
    Shown {
        /// The entry whose header was on it, in the version shown.
        header: Option<(EntryId, Version)>,
        /// When it was flushed.
        at: Timestamp,
    },
    /// A fact from the engine.
    Sync(sync::News),
    /// A fact from the store.
    Store(store::News),
    /// `$EDITOR` came back with this text, or with the reason why not.
    Edited(Result<String, SafeText>),
    /// What came of copying or of opening a browser, in words for the reviewer.
    Done(SafeText),
    /// A deadline of [`next_wake`] has come.
    Wake,
    /// Asked to end from outside (SIGTERM): ask nothing, keep everything.
    Terminate,
}

/// Something to be done by `run::perform`.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Write a decision; nothing is held before [`store::News::Recorded`] comes.
    Record(Box<Decision>),
    /// Write decisions that were made as one act, all at once: [`store::News::RecordedMany`] comes once.
    RecordMany(Vec<Decision>),
    /// Move decisions on.
    Step(Vec<DecisionId>, Event),
    /// Fetch what is read of an entry.
    LoadBody(EntryId),
    /// Fetch an item's brief.
    LoadBrief(ItemId),
    /// Look up what stands behind an entry.
    LoadBehind(EntryId),
    /// Keep a draft of a note.
    SaveDraft(Subject, SafeText),
    /// A draft is no longer needed.
    DropDraft(Subject),
    /// Ask for the draft on an entry or item.
    LoadDraft(Subject),
    /// Read a page of the journal.
    ReadLog {
        /// The number of the question, which the answer repeats.
        question: u64,
        /// What is to be listed.
        conditions: journal::Conditions,
        /// Where the page begins.
        before: journal::Before,
        /// How many at the most.
        limit: usize,
    },
    /// Read the trail of a decision.
    ReadTrail(DecisionId),
    /// Keep entries as put aside.
    PutAside(Vec<Aside>),
    /// Keep entries as brought back.
    DropAside(Vec<EntryId>),
    /// Keep entries as opened, in the version that was on the screen.
    KeepOpened(Vec<(EntryId, Version)>),
    /// Ask something of the engine.
    Order(sync::Order),
    /// Put text on the terminal's clipboard (OSC 52).
    Copy(SafeText),
    /// Open a page in a browser, or copy its address where there is none.
    Browse(SafeText),
    /// Open `$EDITOR` on this text.
    Edit(String),
    /// Send every cell again.
    Repaint,
    /// Hand the terminal back to the shell until it continues us.
    Suspend,
    /// End, after giving the engine this long to finish what is under way.
    Quit(Duration),
}

/// Takes one message: changes the state, and says what is to be done.
pub fn update(state: &mut State, message: Message, now: Timestamp) -> Vec<Effect> {
    if now < state.now {
        state.clock_was_set_back(now);
    }
    state.now = now;
    let mut effects = Vec::new();
    let cursor = state.desk.queue.cursor().filter(|_| may_slide(&message));
    match message {
        Message::Key(key) => state.on_key(key, now, &mut effects),
        Message::Paste { text, cut } => state.on_paste(&text, cut, now, &mut effects),
        Message::Resize { width, height } => state.on_resize(width, height),
        Message::Shown { header, at } => state.shown(header, at, &mut effects),
        Message::Sync(news) => state.on_sync(news, now, &mut effects),
        Message::Store(news) => state.on_store(news, now, &mut effects),
        Message::Edited(text) => state.on_edited(text, now),
        Message::Done(words) => state.notices.tell(words, now),
        Message::Wake => {}
        Message::Terminate => {
            state.keep_written(true, now, &mut effects);
            effects.push(Effect::Quit(Duration::from_secs(2)));
        }
    }
    state.slid_from(cursor, now);
    state.settle(now, &mut effects);
    if effects.iter().any(|effect| matches!(effect, Effect::Quit(_))) {
        state.keep_opened(now, &mut effects);
    }
    effects
}

/// Whether a message may move the list under the cursor by itself. What was taken back is where the cursor was sent.
const fn may_slide(message: &Message) -> bool {
    match message {
        Message::Store(store::News::Moved(decision)) => !matches!(decision.stage, Stage::Undone),
        Message::Store(store::News::MovedMany { .. }) => false,
        Message::Sync(_) | Message::Store(_) => true,
        _ => false,
    }
}

/// When something changes by itself: the end of an undo window, a shown age, a notice that fades, a reader that is
/// due. `None`: sleep until a message comes.
#[must_use]
pub fn next_wake(state: &State) -> Option<Timestamp> {
    state.next_wake()
}

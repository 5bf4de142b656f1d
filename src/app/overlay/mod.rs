//! What lies over the view and takes the keys first. One file an overlay: its state and its answers.

pub mod bulk;
pub mod compare;
pub mod confirm;
pub mod conflict;
pub mod envelope;
pub mod filter;
pub mod leave;
pub mod left;
pub mod messages;
pub mod note;
pub mod pager;
pub mod past;
pub mod reason;
pub mod save;
mod scroll;
pub mod search;
pub mod talk;
pub mod viewer;
pub mod views;
pub mod walk;

use std::time::Duration;

use crate::domain::{SafeText, Timestamp};

pub use scroll::Scroll;

use super::help::Help;
use super::key::Key;
use super::{Effect, State};

/// How long a question stands before it takes an answer, so that a key typed ahead does not answer what nobody has read.
const STANDS: Duration = Duration::from_millis(250);

/// The overlay that is open.
#[derive(Debug)]
pub enum Overlay {
    /// Pick a reason for rejecting.
    Reason(reason::Reason),
    /// Write a note.
    Note(Box<note::Note>),
    /// Agree or go back.
    Confirm(Box<confirm::Confirm>),
    /// What somebody else did beside what was meant.
    Conflict(Box<conflict::Conflict>),
    /// Agree to a decision on many.
    Bulk(Box<bulk::Bulk>),
    /// Agree on what this session may pay.
    Envelope(envelope::Ask),
    /// The keys that act here.
    Help(Help),
    /// What has been said.
    Messages(messages::Messages),
    /// Type a filter.
    Filter(filter::Filter),
    /// Type what to look for in the reader.
    Search(search::Search),
    /// Pick a saved view.
    Views(views::Views),
    /// What was decided before.
    Walk(walk::Walk),
    /// Look at an asset.
    Viewer(Box<viewer::Viewer>),
    /// Leave with unsent decisions?
    Leave(leave::Leave),
    /// What a dead session left behind.
    Left(left::Left),
    /// The comments at an entry.
    Talk(Box<talk::Talk>),
    /// The log of an evaluation's run.
    RunLog(Box<talk::RunLog>),
    /// An entry that left the queue.
    Past(Box<past::Past>),
    /// An entry beside another.
    Compare(Box<compare::Compare>),
}

impl Overlay {
    /// Whether the view below can be read as if nothing were over it: but for a line at the bottom.
    #[must_use]
    pub fn leaves_the_view(&self) -> bool {
        matches!(self, Self::Bulk(bulk) if bulk.paging.is_some())
    }

    /// Since when it asks, if it is a question on which money or decisions depend: such a question must have stood
    /// for a moment, and Ctrl or Alt with a key never answers it.
    const fn asks_since(&self) -> Option<Timestamp> {
        match self {
            Self::Confirm(confirm) => Some(confirm.since),
            Self::Conflict(conflict) => Some(conflict.since),
            Self::Bulk(bulk) => Some(bulk.since),
            Self::Envelope(ask) => Some(ask.since),
            Self::Left(left) => Some(left.since),
            _ => None,
        }
    }

    /// Such a question stands from now on.
    pub(super) const fn asks_anew(&mut self, now: Timestamp) {
        match self {
            Self::Confirm(confirm) => confirm.since = now,
            Self::Conflict(conflict) => conflict.since = now,
            Self::Bulk(bulk) => bulk.since = now,
            Self::Envelope(ask) => ask.since = now,
            Self::Left(left) => left.since = now,
            _ => {}
        }
    }

    /// Gives pasted text to the overlay, if it takes text.
    pub(super) fn paste(&mut self, text: &str, now: Timestamp) -> bool {
        match self {
            Self::Note(note) => note.paste(&SafeText::block(text), now),
            Self::Filter(filter) => filter.paste(&SafeText::line(text)),
            Self::Search(search) => search.paste(&SafeText::line(text)),
            Self::Help(help) => return help.paste(&SafeText::line(text.trim())),
            Self::Viewer(viewer) => return viewer.paste(&SafeText::line(text.trim())),
            Self::Reason(_)
            | Self::Bulk(_)
            | Self::Confirm(_)
            | Self::Conflict(_)
            | Self::Envelope(_)
            | Self::Messages(_)
            | Self::Views(_)
            | Self::Walk(_)
            | Self::Leave(_)
            | Self::Compare(_)
            | Self::Past(_)
            | Self::Talk(_)
            | Self::RunLog(_)
            | Self::Left(_) => return false,
        }
        true
    }
}

impl State {
    /// Gives a key to the overlay; `false` if there is none.
    pub(super) fn overlay_key(&mut self, key: Key, now: Timestamp, effects: &mut Vec<Effect>) -> bool {
        let Some(overlay) = self.overlay.take() else { return false };
        let is_early = |since| now.since(since) < STANDS || key.ctrl || key.alt;
        if overlay.asks_since().is_some_and(is_early) {
            self.overlay = Some(overlay);
            return true;
        }
        // An overlay answers with what is to be open after the key: itself, another, or nothing.
        let next = match overlay {
            Overlay::Reason(reason) => reason.on_key(self, key, now, effects),
            Overlay::Note(note) => note.on_key(self, key, now, effects),
            Overlay::Confirm(confirm) => confirm.on_key(self, key, now, effects),
            Overlay::Conflict(conflict) => conflict.on_key(self, key, now, effects),
            Overlay::Bulk(bulk) => bulk.on_key(self, key, now, effects),
            Overlay::Envelope(ask) => ask.on_key(self, key, now, effects),
            Overlay::Help(help) => help.on_key(self, key),
            Overlay::Messages(messages) => messages.on_key(self, key),
            Overlay::Filter(filter) => filter.on_key(self, key, effects),
            Overlay::Search(search) => search.on_key(self, key, now),
            Overlay::Walk(walk) => match walk.on_key(self, key, effects) {
                Ok(next) => next,
                Err(()) => return false,
            },
            Overlay::Views(views) => views.on_key(self, key),
            Overlay::Viewer(viewer) => viewer.on_key(self, key, effects),
            Overlay::Leave(leave) => leave.on_key(self, key, now, effects),
            Overlay::Left(left) => left.on_key(self, key, now, effects),
            Overlay::Talk(talk) => talk.on_key(self, key, now, effects),
            Overlay::RunLog(log) => log.on_key(self, key),
            Overlay::Past(past) => past.on_key(self, key, now, effects),
            Overlay::Compare(compare) => compare.on_key(self, key, effects),
        };
        if next.is_some() {
            self.overlay = next;
        }
        true
    }
}

//! A confirmation: what is asked about, and what a yes does.
//!
//! It takes `Enter` or `y`, never the key that asked for it.

use crate::domain::{SafeText, Timestamp};

use super::super::decide::Proposal;
use super::super::key::{Key, KeyCode};
use super::super::{Effect, State};
use super::Overlay;

/// The open question.
#[derive(Debug, Clone, PartialEq)]
pub struct Confirm {
    /// What a yes records.
    pub proposal: Proposal,
    /// Why it is asked, or what it ends: one line each.
    pub asks: Vec<SafeText>,
    /// Since when it is open.
    pub since: Timestamp,
}

impl Confirm {
    /// A question about this proposal.
    #[must_use]
    pub const fn new(proposal: Proposal, asks: Vec<SafeText>, since: Timestamp) -> Self {
        Self { proposal, asks, since }
    }

    pub(super) fn on_key(
        self: Box<Self>,
        state: &mut State,
        key: Key,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Option<Overlay> {
        match key.code {
            KeyCode::Esc | KeyCode::Char('n') => None,
            KeyCode::Enter | KeyCode::Char('y') if state.is_asking_price(&self.proposal.act) => {
                state.notices.tell("what a run costs is being asked of the server: a moment".into(), now);
                Some(Overlay::Confirm(self))
            }
            KeyCode::Enter | KeyCode::Char('y') => {
                match state.still_stands(&self.proposal) {
                    Ok(()) => state.pay(self.proposal, now, effects),
                    Err(why) => state.notices.warn(why, now),
                }
                None
            }
            _ => Some(Overlay::Confirm(self)),
        }
    }
}

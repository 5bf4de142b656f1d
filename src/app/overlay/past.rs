//! An entry that left the queue, or is aside: what the cache still has of it. Where it was rejected, `a` accepts it
//! instead, if the server allows that.

use std::sync::Arc;

use crate::domain::decision::{Decision, Subject};
use crate::domain::{EntryBody, EntryId, EntryStatus, SafeText, Timestamp, Version};

use super::super::key::{Key, KeyCode};
use super::super::past::Known;
use super::super::reader::Body;
use super::super::{Effect, State};
use super::{Overlay, pager::Pager};

/// The page.
#[derive(Debug)]
pub struct Past {
    /// What is known of the entry.
    pub known: Known,
    /// What is read of it.
    pub body: Body,
    /// The decision from which it was opened.
    pub decision: Option<Decision>,
    /// The page.
    pub pager: Pager,
}

impl Past {
    /// What the page depends on.
    pub(super) fn stamp(&self) -> u64 {
        u64::from(matches!(self.body, Body::Ready(_))) + 2 * u64::from(self.body == Body::Missing)
    }

    /// The entry whose header is on the screen.
    #[must_use]
    pub const fn header(&self) -> (EntryId, Version) {
        (self.known.entry, self.known.version)
    }

    /// Whether it was rejected, as far as is known, so that it could be accepted instead.
    #[must_use]
    pub fn is_rejected(&self) -> bool {
        match &self.body {
            Body::Ready(body) if body.review.is_some() => {
                body.review.as_ref().is_some_and(|review| review.status == EntryStatus::Rejected)
            }
            _ => self.decision.as_ref().is_some_and(super::super::past::is_rejected),
        }
    }

    pub(super) fn on_key(
        mut self: Box<Self>,
        state: &mut State,
        key: Key,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Option<Overlay> {
        match key.code {
            KeyCode::Char('a') if !key.ctrl && !key.alt => {
                if !self.is_rejected() {
                    let words = "only what was rejected could be accepted instead";
                    state.notices.tell(words.into(), now);
                    return Some(Overlay::Past(self));
                }
                self.accept(state, now, effects)
            }
            KeyCode::Enter => None,
            _ => self.pager.on_key(key, state.height).then_some(Overlay::Past(self)),
        }
    }

    fn accept(
        self: Box<Self>,
        state: &mut State,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Option<Overlay> {
        match state.acceptance_instead(&self.known) {
            Ok(proposal) => {
                if let Err(why) = state.seen_long_enough(&proposal, now) {
                    state.notices.warn(why, now);
                    return Some(Overlay::Past(self));
                }
            }
            Err(why) => {
                state.notices.warn(why, now);
                return Some(Overlay::Past(self));
            }
        }
        match &self.decision {
            Some(decision) if super::super::past::is_rejected(decision) => {
                state.accept_after(decision, now, effects);
            }
            _ => state.accept_instead(&self.known, &"it was rejected".into(), now, effects),
        }
        state.overlay.take()
    }
}

impl State {
    /// Opens what the cache has of an entry.
    pub(in crate::app) fn open_past(&mut self, known: Known, effects: &mut Vec<Effect>) {
        let decision = self.log.rows().iter().find(|row| row.act.subject() == Subject::Entry(known.entry));
        let decision = decision.or_else(|| self.decisions.newest_on(known.entry)).cloned();
        effects.push(Effect::LoadBody(known.entry));
        let past = Past { known, body: Body::Loading, decision, pager: Pager::default() };
        self.overlay = Some(Overlay::Past(Box::new(past)));
    }

    /// What is read of an entry came: it may be the one that is looked back at.
    pub(in crate::app) fn learn_past(&mut self, entry: EntryId, body: Option<&Arc<EntryBody>>) {
        if let Some(Overlay::Past(past)) = &mut self.overlay
            && past.known.entry == entry
            && !matches!(past.body, Body::Ready(_))
        {
            past.body = body.map_or(Body::Missing, |body| Body::Ready(Arc::clone(body)));
        }
    }

    /// What `a` would do on the page, in words.
    #[must_use]
    pub fn instead_words(&self, past: &Past) -> Option<SafeText> {
        if !past.is_rejected() {
            return None;
        }
        let words = match self.acceptance_instead(&past.known) {
            Ok(proposal) => {
                let to = format!("{} to {}", super::super::decide::amounts(&proposal.cost), proposal.payee);
                let pays = if proposal.cost == crate::domain::Cost::default() { "nothing" } else { &to };
                format!("a accepts it instead, if the server allows that: pays {pays}")
            }
            Err(why) => format!("it can't be accepted instead: {why}"),
        };
        Some(SafeText::line(&words))
    }
}

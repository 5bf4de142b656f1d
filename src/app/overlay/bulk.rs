//! The sheet before a decision on many: what it comes to, and what has to be typed before it is agreed to. `n` pages
//! through what was never opened, in the reader, and comes back.
//!
//! The default is *no*: keys in its first 250 ms are ignored, the key that asked never answers, and where a total is
//! to be typed nothing but that total agrees.

use crate::domain::decision::Subject;
use crate::domain::{Currency, EntryId, SafeText, Timestamp};

use super::super::bulk::plan::ToType;
use super::super::bulk::{Plan, What};
use super::super::desk::size::areas;
use super::super::key::{Key, KeyCode};
use super::super::{Effect, State};
use super::Overlay;
use super::envelope::cents;

/// Digits that fit a total.
const LONGEST: usize = 15;

/// The open sheet.
#[derive(Debug, Clone, PartialEq)]
pub struct Bulk {
    /// What is meant.
    pub what: What,
    /// On what.
    pub subjects: Vec<Subject>,
    /// What it comes to.
    pub plan: Plan,
    /// What was typed, one text for each of [`Plan::to_type`] so far.
    pub typed: Vec<String>,
    /// The unopened entry that is read instead of the sheet, and whether the reader was opened for it.
    pub paging: Option<Paging>,
    /// The key that asked: it never answers.
    asked_with: Option<Key>,
    pub(super) since: Timestamp,
}

/// Which of the unopened entries is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paging {
    /// Its place among the unopened, from 0.
    pub place: usize,
    /// Where the cursor was.
    home: Option<EntryId>,
    /// The reader was opened on the full screen for it.
    opened: bool,
}

impl Bulk {
    /// A sheet that was asked for with this key.
    #[must_use]
    pub fn new(
        what: What,
        subjects: Vec<Subject>,
        plan: Plan,
        asked_with: Option<Key>,
        since: Timestamp,
    ) -> Self {
        Self { what, subjects, plan, typed: vec![String::new()], paging: None, asked_with, since }
    }

    /// What it comes to changed: it is to be read again before it is agreed to. What is typed then is begun anew.
    pub fn plan_again(&mut self, state: &State, now: Timestamp) {
        self.plan = Plan::of(state, &self.what, &self.subjects);
        self.typed = vec![String::new()];
        self.since = now;
    }

    /// What is to be typed now, and what was typed of it.
    #[must_use]
    pub fn field(&self) -> Option<(ToType, &str)> {
        let at = self.typed.len() - 1;
        self.plan.to_type.get(at).map(|to_type| (*to_type, self.typed[at].as_str()))
    }

    pub(super) fn on_key(
        mut self: Box<Self>,
        state: &mut State,
        key: Key,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Option<Overlay> {
        if let Some(paging) = self.paging {
            self.page_key(paging, state, key, now);
            return Some(Overlay::Bulk(self));
        }
        let is_the_asking_key = self.asked_with == Some(key);
        match key.code {
            KeyCode::Esc => return None,
            KeyCode::Char('n') => self.page(0, state, now),
            KeyCode::Backspace => {
                if let Some(typed) = self.typed.last_mut() {
                    typed.pop();
                }
            }
            KeyCode::Char(c) if self.takes(c) => {
                if let Some(typed) = self.typed.last_mut() {
                    typed.push(c);
                }
            }
            KeyCode::Enter if !is_the_asking_key => return self.answer(state, now, effects),
            KeyCode::Char('y') if !is_the_asking_key && self.plan.to_type.is_empty() => {
                return self.answer(state, now, effects);
            }
            _ => {}
        }
        Some(Overlay::Bulk(self))
    }

    fn takes(&self, c: char) -> bool {
        let Some((to_type, typed)) = self.field() else { return false };
        let dollars = matches!(to_type, ToType::Total(total) if total.currency == Currency::Usd);
        let point = c == '.' && dollars && !typed.contains('.');
        (c.is_ascii_digit() || point) && typed.len() < LONGEST
    }

    /// `Enter`: the next thing to type, or the end of it.
    fn answer(
        mut self: Box<Self>,
        state: &mut State,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Option<Overlay> {
        if let Some((to_type, typed)) = self.field() {
            if self.plan.runs.asking > 0 {
                state.notices.tell("what a run costs is being asked of the server: a moment".into(), now);
                return Some(Overlay::Bulk(self));
            }
            if !agrees(to_type, typed) {
                let what = if matches!(to_type, ToType::Runs(_)) { "number of runs" } else { "total" };
                let words = if typed.is_empty() {
                    format!("type the {what} that is shown, or Esc goes back")
                } else {
                    format!("{typed} is not the {what} that is shown")
                };
                state.notices.warn(SafeText::line(&words), now);
                return Some(Overlay::Bulk(self));
            }
            self.typed.push(String::new());
            if self.typed.len() <= self.plan.to_type.len() {
                return Some(Overlay::Bulk(self));
            }
        }
        match state.may_mutate() {
            Ok(()) => state.record_bulk(&self.what, &self.plan, now, effects),
            Err(why) => state.notices.warn(why, now),
        }
        // It may be asked anew.
        state.overlay.take()
    }

    /// Shows an unopened entry in the reader, or says that there is none.
    fn page(&mut self, place: usize, state: &mut State, now: Timestamp) {
        let home = self.paging.map_or_else(|| state.desk.queue.cursor(), |paging| paging.home);
        let queue = &mut state.desk.queue;
        let listed = (place..self.plan.unopened.len()).find(|&at| queue.set_cursor(self.plan.unopened[at]));
        if let Some(place) = listed {
            let opened = self.paging.is_some_and(|paging| paging.opened) || !areas(state).shows_header();
            state.desk.full |= opened;
            state.desk.reader.skimming = false;
            self.paging = Some(Paging { place, home, opened });
        } else {
            self.stop_paging(state, now);
            state.notices.tell("no further one that was never opened is listed".into(), now);
        }
    }

    fn page_key(&mut self, paging: Paging, state: &mut State, key: Key, now: Timestamp) {
        let page = areas(state).rows(super::super::desk::Pane::Entry).saturating_sub(1).max(1);
        match key.code {
            KeyCode::Char('n') => self.page(paging.place + 1, state, now),
            KeyCode::Char(' ') | KeyCode::PageDown => state.desk.reader.scroll_by(page.into()),
            KeyCode::PageUp => state.desk.reader.scroll_by(-i64::from(page)),
            KeyCode::Enter | KeyCode::Esc => self.stop_paging(state, now),
            _ => {}
        }
    }

    /// Back to the sheet, with what has been opened since.
    fn stop_paging(&mut self, state: &mut State, now: Timestamp) {
        if let Some(paging) = self.paging.take() {
            state.desk.full &= !paging.opened;
            if let Some(home) = paging.home {
                state.desk.queue.set_cursor(home);
            }
        }
        self.plan_again(state, now);
    }
}

/// Whether what was typed is what is to be agreed to.
fn agrees(to_type: ToType, typed: &str) -> bool {
    match to_type {
        ToType::Runs(runs) => typed.parse() == Ok(runs),
        ToType::Total(total) => match total.currency {
            Currency::Usd => cents(typed) == Some(total.amount),
            Currency::Btc | Currency::Other(_) => typed.parse() == Ok(total.amount),
        },
    }
}

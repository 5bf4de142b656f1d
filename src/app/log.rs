//! The Log view: every decision of this profile, newest first, with what became of it and what can still be done.
//!
//! Read from the store a page at a time. What happens to a decision while the view is open is shown at once.

pub mod filter;

use crate::domain::decision::{Act, Bound, Decision, Event, Stage, Subject, Verdict};
use crate::domain::journal::{Before, Page, State as Became, Step};
use crate::domain::{DecisionId, SafeText, Timestamp};
use crate::ui::log as drawn;

use super::command::Command;
use super::desk::Pane;
use super::overlay::Overlay;
use super::overlay::conflict::Conflict;
use super::overlay::note::{Note, Purpose};
use super::past::{Known, is_rejected};
use super::reader::REST;
use super::{Effect, State};

use filter::LogFilter;

/// How many decisions are asked for at once.
const PAGE: usize = 200;

/// From so many rows before the end of what is here, older ones are asked for.
const AHEAD: usize = 60;

/// The views.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum View {
    /// Deciding.
    #[default]
    Desk,
    /// What was decided.
    Log,
}

/// The Log view.
#[derive(Debug, Default)]
pub struct Log {
    /// The decisions that are here, newest first.
    rows: Vec<Decision>,
    /// Where older ones begin.
    older: Before,
    /// How many there are, whatever the filter.
    pub total: u64,
    /// A page was asked for.
    pub loading: bool,
    /// The number of the question that was asked last.
    question: u64,
    cursor: usize,
    top: usize,
    /// Where the cursor was when the window was last fitted.
    fitted: Option<DecisionId>,
    filter: Option<LogFilter>,
    /// The decision that the detail tells of.
    shown: Option<DecisionId>,
    /// The cursor was moved in the list: nobody knows yet where it will rest.
    skimming: bool,
    /// The decision that the cursor came to, and when the detail follows it.
    rest: Option<(DecisionId, Timestamp)>,
    /// The detail has the focus: it takes the screen where there is room for one.
    pub detail: bool,
    /// First line of the detail that is shown.
    pub scroll: usize,
    trail: Option<(DecisionId, Vec<Step>)>,
    /// The trail that was asked for, as of that change.
    asked: Option<(DecisionId, Timestamp)>,
}

impl Log {
    /// The decisions that are here, newest first.
    #[must_use]
    pub fn rows(&self) -> &[Decision] {
        &self.rows
    }

    /// Whether older ones follow.
    #[must_use]
    pub const fn has_older(&self) -> bool {
        self.older.is_some()
    }

    /// The row under the cursor, from 0.
    #[must_use]
    pub const fn cursor(&self) -> usize {
        self.cursor
    }

    /// The first row on the screen.
    #[must_use]
    pub const fn top(&self) -> usize {
        self.top
    }

    /// The decision under the cursor.
    #[must_use]
    pub fn under_cursor(&self) -> Option<&Decision> {
        self.rows.get(self.cursor)
    }

    /// The decision that the detail tells of: the one under the cursor, once it rests there.
    #[must_use]
    pub fn shown(&self) -> Option<&Decision> {
        let is_shown = |row: &&Decision| Some(row.id) == self.shown;
        self.under_cursor().filter(is_shown).or_else(|| self.rows.iter().find(is_shown))
    }

    /// When the detail follows the cursor.
    #[must_use]
    pub fn rest_until(&self) -> Option<Timestamp> {
        self.rest.map(|(_, until)| until)
    }

    /// The filter that is on.
    #[must_use]
    pub const fn filter(&self) -> Option<&LogFilter> {
        self.filter.as_ref()
    }

    /// The trail of a decision, once it is here.
    #[must_use]
    pub fn trail(&self, id: DecisionId) -> &[Step] {
        self.trail.as_ref().filter(|(of, _)| *of == id).map_or(&[], |(_, steps)| steps)
    }

    fn admits(&self, decision: &Decision) -> bool {
        self.filter.as_ref().is_none_or(|filter| filter.conditions().admit(decision))
    }

    /// A decision was made or moved on: it is shown as it is now.
    fn learn(&mut self, decision: &Decision, loaded: bool) {
        if let Some(row) = self.rows.iter_mut().find(|row| row.id == decision.id) {
            row.clone_from(decision);
        } else if loaded && self.admits(decision) {
            // Newer ones come above; the cursor stays with its decision.
            let key = (decision.made_at, decision.id);
            let place = self.rows.partition_point(|row| (row.made_at, row.id) > key);
            if place < self.rows.len() || self.older.is_none() || place == 0 {
                self.rows.insert(place, decision.clone());
                if place <= self.cursor && self.rows.len() > 1 && self.cursor > 0 {
                    self.cursor += 1;
                }
                self.total += 1;
            }
        }
    }

    /// Moves the window for the cursor to be in it. As in the queue, it goes on by two thirds of its height where the
    /// cursor walked out of it.
    fn fit(&mut self, height: usize) {
        self.cursor = self.cursor.min(self.rows.len().saturating_sub(1));
        let under = self.under_cursor().map(|row| row.id);
        let walked = std::mem::replace(&mut self.fitted, under) != under;
        if height > 0 {
            let leap = if walked { height * 2 / 3 } else { 0 };
            let below = (self.cursor + 1).saturating_sub(self.top + height);
            self.top = match self.top.saturating_sub(self.cursor) {
                0 if below == 0 => self.top,
                0 => self.top + leap.max(below),
                above => self.top.saturating_sub(leap.max(above)),
            }
            .min(self.rows.len().saturating_sub(height));
        }
    }

    /// The detail goes on to the decision under the cursor: at once, unless the cursor is being walked over the list.
    fn follow(&mut self, now: Timestamp) {
        let under = self.under_cursor().map(|row| row.id);
        let skims = std::mem::take(&mut self.skimming) || self.rest.is_some();
        if let Some(id) =
            under.filter(|id| skims && !self.detail && self.shown.is_some_and(|shown| shown != *id))
        {
            let until = self.rest.filter(|(before, _)| *before == id).map_or(now + REST, |(_, until)| until);
            self.rest = (now < until).then_some((id, until));
            if self.rest.is_some() {
                return;
            }
        }
        self.rest = None;
        self.shown = under;
    }
}

/// The view as a whole.
impl State {
    /// Shows a view.
    pub(super) fn show_view(&mut self, view: View, effects: &mut Vec<Effect>) {
        if view == View::Log && self.view != View::Log && self.log.rows.is_empty() && !self.log.loading {
            self.read_log(effects);
        }
        self.view = view;
    }

    /// Reads the journal from its newest decision on.
    pub(super) fn read_log(&mut self, effects: &mut Vec<Effect>) {
        self.log.rows.clear();
        self.log.older = None;
        (self.log.cursor, self.log.top, self.log.scroll) = (0, 0, 0);
        self.ask_page(effects);
    }

    fn ask_page(&mut self, effects: &mut Vec<Effect>) {
        self.log.question += 1;
        self.log.loading = true;
        let conditions = self.log.filter.as_ref().map(LogFilter::conditions).cloned().unwrap_or_default();
        effects.push(Effect::ReadLog {
            question: self.log.question,
            conditions,
            before: self.log.older,
            limit: PAGE,
        });
    }

    /// A page of the journal came.
    pub(super) fn learn_page(&mut self, page: Page, effects: &mut Vec<Effect>) {
        if page.question != self.log.question {
            return;
        }
        let known: std::collections::HashSet<DecisionId> = self.log.rows.iter().map(|row| row.id).collect();
        self.log.rows.extend(page.decisions.into_iter().filter(|decision| !known.contains(&decision.id)));
        (self.log.older, self.log.total, self.log.loading) = (page.older, page.total, false);
        // A filter that admits few looks further until the screen is full.
        if self.log.older.is_some() && self.log.rows.len() < self.log.cursor + AHEAD {
            self.ask_page(effects);
        }
    }

    /// A trail came.
    pub(super) fn learn_trail(&mut self, id: DecisionId, steps: Vec<Step>) {
        self.log.trail = Some((id, steps));
    }

    /// Decisions were made or moved on.
    pub(super) fn log_learns<'d>(&mut self, decisions: impl IntoIterator<Item = &'d Decision>) {
        let loaded = self.log.question > 0 && !(self.log.loading && self.log.rows.is_empty());
        for decision in decisions {
            self.log.learn(decision, loaded);
        }
    }

    /// What must hold after every message: the window, what is asked for ahead, and the detail with its trail.
    pub(super) fn settle_log(&mut self, effects: &mut Vec<Effect>) {
        if self.view != View::Log {
            return;
        }
        let parts = drawn::parts(self);
        self.log.fit(parts.rows);
        if self.log.older.is_some() && !self.log.loading && self.log.cursor + AHEAD >= self.log.rows.len() {
            self.ask_page(effects);
        }
        self.log.follow(self.now);
        let wanted = self.log.shown().map(|decision| (decision.id, decision.changed_at));
        if wanted != self.log.asked {
            if self.log.asked.map(|(id, _)| id) != wanted.map(|(id, _)| id) {
                self.log.scroll = 0;
            }
            self.log.asked = wanted;
            if let Some((id, _)) = wanted {
                effects.push(Effect::ReadTrail(id));
            }
        }
        let lines = drawn::detail_lines(self, parts.columns).len();
        self.log.scroll = self.log.scroll.min(lines.saturating_sub(parts.detail_rows.max(1)));
    }

    /// Puts a filter on the journal, or takes it off.
    pub(super) fn filter_log(&mut self, filter: Option<LogFilter>, effects: &mut Vec<Effect>) {
        self.log.filter = filter;
        self.read_log(effects);
    }
}

/// Keys.
impl State {
    /// Answers the commands that move.
    pub(super) fn go_in_log(
        &mut self,
        command: Command,
        count: Option<u32>,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let parts = drawn::parts(self);
        let count = count.map_or(1, |count| count as usize);
        let log = &mut self.log;
        let last = log.rows.len().saturating_sub(1);
        let (at, page) = if log.detail {
            (&mut log.scroll, parts.detail_rows.max(1))
        } else {
            log.skimming = true;
            (&mut log.cursor, parts.rows.max(1))
        };
        match command {
            Command::Down => *at = at.saturating_add(count),
            Command::Up => *at = at.saturating_sub(count),
            Command::PageDown => *at = at.saturating_add(page * count),
            Command::PageUp => *at = at.saturating_sub(page * count),
            Command::First => *at = 0,
            Command::Last => *at = if log.detail { usize::MAX } else { last },
            Command::PaneRight | Command::PaneNext => log.detail = true,
            Command::PaneLeft | Command::PanePrevious => log.detail = false,
            Command::Back if log.detail => log.detail = false,
            Command::Back => self.filter_log(None, effects),
            Command::Open => self.open_logged(now, effects),
            _ => {}
        }
        self.log.cursor = self.log.cursor.min(last);
    }

    /// Opens the conflict of the decision under the cursor, else goes to what it is about.
    fn open_logged(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        let Some(decision) = self.log.under_cursor().cloned() else { return };
        match Conflict::of_decision(self, &decision, now) {
            Some(conflict) => self.overlay = Some(Overlay::Conflict(Box::new(conflict))),
            None => self.open_subject(&decision, now, effects),
        }
    }

    /// Goes to what a decision is about, where that is still in the queue; else shows what the cache has of it.
    fn open_subject(&mut self, decision: &Decision, now: Timestamp, effects: &mut Vec<Effect>) {
        match Known::of_decision(decision) {
            Some(known)
                if !self.desk.queue.contains(known.entry) || self.asides.get(known.entry).is_some() =>
            {
                self.open_past(known, effects);
            }
            _ => {
                self.jump_to_logged(now, effects);
            }
        }
    }

    /// Goes to what the decision under the cursor is about, on the Desk; `false` if it is not there any more.
    pub(super) fn jump_to_logged(&mut self, now: Timestamp, effects: &mut Vec<Effect>) -> bool {
        let Some(decision) = self.log.under_cursor().cloned() else { return false };
        let found = match subject_of(&decision) {
            Subject::Entry(entry) => {
                if self.desk.queue.contains(entry) && !self.desk.queue.set_cursor(entry) {
                    self.desk.clear_filter();
                    self.desk.set_scope(super::queue::Scope::All);
                }
                self.desk.queue.set_cursor(entry)
            }
            Subject::Comment(_) => false,
            Subject::Item(item) => self.desk.item(item).is_some_and(|known| known.quest == decision.quest),
        };
        if !found {
            self.notices
                .warn("it is not in the queue any more: the detail tells what became of it".into(), now);
            return false;
        }
        self.show_view(View::Desk, effects);
        match subject_of(&decision) {
            Subject::Entry(_) | Subject::Comment(_) => self.desk.set_focus(Pane::Pending),
            Subject::Item(item) => {
                self.desk.set_scope(super::queue::Scope::Quest(decision.quest));
                self.desk.set_focus(Pane::Items);
                self.desk.items.cursor = Some(item);
            }
        }
        true
    }

    /// Decides again what was refused, came into conflict or was taken back, through every gate.
    pub(super) fn retry_logged(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        let Some(decision) = self.log.under_cursor().cloned() else { return };
        if is_rejected(&decision) {
            return self.accept_after(&decision, now, effects);
        }
        if let Err(why) = can_retry(&decision) {
            return self.notices.warn(why, now);
        }
        if let (Some(known), Bound::Rejected(_)) = (Known::of_decision(&decision), &decision.bound) {
            return self.accept_instead(&known, &"it was rejected".into(), now, effects);
        }
        if !self.jump_to_logged(now, effects) {
            return;
        }
        match decision.act {
            Act::Review { verdict, note, .. } => self.decide(verdict, note, now, effects),
            Act::SetItem { status, .. } => self.set_item(&status, now, effects),
            Act::Complete { .. } => self.complete_item(now, effects),
            Act::Comment { .. } => {
                self.notices.tell("here it is: a comment is sent again by its own key".into(), now);
            }
            Act::Evaluate { .. } | Act::Rescore { .. } => {
                self.notices.tell("here it is: an evaluation is started by its own key".into(), now);
            }
        }
    }

    /// Takes back what is held or queued, note and all.
    pub(super) fn discard_logged(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        let Some(decision) = self.log.under_cursor() else { return };
        if !decision.stage.can_undo() {
            let words = "only what is not sent yet can be discarded; this is over, or on its way";
            return self.notices.warn(words.into(), now);
        }
        effects.push(Effect::Step(vec![decision.id], Event::Undo));
    }

    /// Opens the note of a decision: a held one is taken back and decided anew with it, one that came to nothing is
    /// decided again with it.
    pub(super) fn edit_logged(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        let Some(decision) = self.log.under_cursor().cloned() else { return };
        let (Act::Review { entry, verdict, note, .. }, Bound::Entry(_)) = (&decision.act, &decision.bound)
        else {
            return self
                .notices
                .warn("only the note of a decision on an entry can be edited here".into(), now);
        };
        let (entry, verdict) = (*entry, *verdict);
        if !decision.stage.can_undo()
            && let Err(why) = can_retry(&decision)
        {
            return self.notices.warn(why, now);
        }
        let Some(row) = self.desk.queue.row(entry) else {
            return self.notices.warn("its entry is not in the queue any more".into(), now);
        };
        if decision.stage.can_undo() {
            effects.push(Effect::Step(vec![decision.id], Event::Undo));
        }
        if !self.jump_to_logged(now, effects) {
            return;
        }
        let text = note.as_ref().map_or("", SafeText::as_str);
        let purpose = Purpose::Review { verdict, entry, bound: Bound::Entry(row.version) };
        let mut note = Note::new(purpose, self.label_of(&row), text);
        note.touched(now);
        self.overlay = Some(Overlay::Note(Box::new(note)));
    }
}

/// What a decision leads to on the Desk: a comment leads to its entry.
fn subject_of(decision: &Decision) -> Subject {
    match &decision.act {
        Act::Comment { entry, .. } => Subject::Entry(*entry),
        act => act.subject(),
    }
}

/// Whether the same can be decided anew, or why not.
pub(super) fn can_retry(decision: &Decision) -> Result<(), SafeText> {
    match Became::of(&decision.stage) {
        Became::Refused | Became::Conflict | Became::Undone => Ok(()),
        Became::Held | Became::Sending | Became::Unknown => Err("it is not over yet".into()),
        Became::Done if matches!(decision.act, Act::Review { verdict: Verdict::Accept, .. }) => {
            Err("it is done: what was accepted, and paid, can't be taken back".into())
        }
        Became::Done | Became::Agreed => Err("it is done already".into()),
    }
}

/// Whether a stage's words change by themselves: only what is held counts down.
#[must_use]
pub const fn counts_down(stage: &Stage) -> Option<Timestamp> {
    match stage {
        Stage::Held { until } => *until,
        _ => None,
    }
}

#[cfg(test)]
mod tests;

//! The entry's header, which never scrolls: which item, who, when, for how much, the evaluation, and what speaks
//! against deciding now. Also in two lines under the list, where there is no room for a reader.

use std::time::Duration;

use ratatui::layout::Rect;
use ratatui::text::Span;

use crate::app::State;
use crate::app::command::Command;
use crate::app::context::{key_text, keys_text};
use crate::app::decide::{amounts, stage_word};
use crate::app::reader::Body;
use crate::domain::decision::{Clash, Decision, Stage, Subject};
use crate::domain::{AsideWhy, Cost, EntryRow, Item, SafeText, age_text};

use super::cells::{self, Pen};
use super::eval;
use super::people::Who;
use super::theme::Look;

/// What a header is made from.
pub struct Header<'s> {
    state: &'s State,
    row: EntryRow,
    item: Option<&'s Item>,
    who: Who,
}

impl<'s> Header<'s> {
    /// Of the entry that the reader shows, while it is pending.
    #[must_use]
    pub fn of_reader(state: &'s State) -> Option<Self> {
        let row = state.desk.queue.row(state.desk.reader.entry?)?;
        let item = row.item.and_then(|item| state.desk.item(item));
        let who = Who::of(state, row.contributor);
        Some(Self { state, row, item, who })
    }

    /// Draws it, the most important lines first if there is little room.
    pub fn draw(&self, pen: &mut Pen<'_>, area: Rect, look: &Look) {
        let room = area.width.saturating_sub(2);
        let lines = [self.title(look), self.facts(room, look), self.eval(look), self.last(look)];
        for (y, line) in (0..area.height).zip(&lines) {
            pen.pieces(1, y, room, line);
        }
    }

    /// The two lines under the list.
    pub fn draw_strip(&self, pen: &mut Pen<'_>, area: Rect, look: &Look) {
        let room = area.width.saturating_sub(2);
        let mut first = self.title(look);
        first.push(Span::raw("  "));
        first.extend(self.by(24, look));
        let mut second = vec![self.reward(look)];
        second.push(dot(look));
        match self.warning(look) {
            Some(warning) => second.push(warning),
            None => second.extend(self.eval(look)),
        }
        for (y, line) in (0..area.height).zip([first, second]) {
            pen.pieces(1, y, room, &line);
        }
    }

    /// `#3 Measure Curie temperatures`
    fn title(&self, look: &Look) -> Vec<Span<'static>> {
        let text = match (self.item, self.row.item) {
            (Some(item), _) => format!("#{} {}", item.number, item.title),
            (None, Some(_)) => format!("its item is being read{}", look.marks.ellipsis),
            (None, None) => "an entry without an item".to_owned(),
        };
        vec![Span::styled(text, look.theme.strong)]
    }

    /// `bot-7 ⚙ · 3h ago`, the name in so many columns at the most.
    fn by(&self, columns: usize, look: &Look) -> Vec<Span<'static>> {
        vec![
            Span::styled(self.who.fitted(columns, look), look.theme.text),
            dot(look),
            Span::styled(self.age(), look.theme.dim),
        ]
    }

    fn age(&self) -> String {
        ago(self.state.now.since(self.row.created_at))
    }

    /// `bot-7 ⚙ · 3h ago · 500 sat (450 net, fee 50)`: the sum goes before the end of a long name, and both before
    /// what becomes of the sum.
    fn facts(&self, room: u16, look: &Look) -> Vec<Span<'static>> {
        let room = usize::from(room).saturating_sub(self.age().len() + 6);
        let mut reward = self.reward(look);
        let name = cells::width(&self.who.fitted(64, look));
        if name + cells::width(&reward.content) > room
            && let Some(item) = self.item
        {
            reward.content = item.reward.to_string().into();
        }
        let columns = room.saturating_sub(cells::width(&reward.content)).max(4);
        let mut line = self.by(columns, look);
        line.push(dot(look));
        line.push(reward);
        line
    }

    /// What accepting pays, with the fee if it is known.
    fn reward(&self, look: &Look) -> Span<'static> {
        let Some(item) = self.item else {
            let words = if self.row.item.is_some() { "reward not known yet" } else { "pays nothing" };
            return Span::styled(words, look.theme.dim);
        };
        let cost = Cost::of_accepting(item.reward, self.state.fee());
        let text = if cost == Cost::default() { "pays nothing".to_owned() } else { amounts(&cost) };
        Span::styled(text, look.theme.strong)
    }

    fn eval(&self, look: &Look) -> Vec<Span<'static>> {
        eval::line(&self.row, self.item.and_then(|item| item.eval.as_ref()), look)
    }

    /// What speaks against deciding now; else the quest's name.
    fn last(&self, look: &Look) -> Vec<Span<'static>> {
        if let Some(warning) = self.warning(look) {
            return vec![warning];
        }
        let quest = self.state.desk.quest(self.row.quest);
        let name = quest.map_or_else(|| "quest not read yet".to_owned(), |quest| quest.name.to_string());
        vec![Span::styled(name, look.theme.dim)]
    }

    fn warning(&self, look: &Look) -> Option<Span<'static>> {
        let state = self.state;
        if let Some(words) = state.elsewhere_words(self.row.id) {
            return Some(Span::styled(format!("{} {words}", look.marks.warn), look.theme.bad));
        }
        let decision = state.decisions.on(Subject::Entry(self.row.id));
        if let Some(decision) = decision {
            return Some(self.decided(decision, look));
        }
        if let Some(words) = self.commenting(look) {
            return Some(words);
        }
        let warn = |words: &str| Some(Span::styled(format!("{} {words}", look.marks.warn), look.theme.warn));
        let reader = &state.desk.reader;
        let newer = matches!(&reader.body, Body::Ready(body) if body.version != self.row.version);
        if newer {
            return warn("it changed: the new version is being read");
        }
        if reader.changed {
            return warn("it changed while you were reading");
        }
        if state.asides.has_changed(&self.row) {
            return warn("it changed since you put it aside");
        }
        if state.shell.account.as_ref().is_some_and(|account| account.id == self.row.contributor) {
            return warn("this entry is your own");
        }
        if let Some(aside) = state.asides.get(self.row.id) {
            let (back, ago) = (keys_text(state, Command::Aside), ago(state.now.since(aside.at)));
            let words = match aside.why {
                AsideWhy::Later => format!("put aside {ago}; {back} brings it back"),
                AsideWhy::Answer { .. } => format!("asked {ago}, no answer yet; {back} brings it back"),
            };
            return Some(Span::styled(words, look.theme.busy));
        }
        if reader.draft.is_some() {
            return Some(Span::styled("a draft of your note is kept", look.theme.busy));
        }
        None
    }

    /// Where a comment of ours on it is, until it is sent.
    fn commenting(&self, look: &Look) -> Option<Span<'static>> {
        let comment = self.state.decisions.on(Subject::Comment(self.row.id))?;
        match &comment.stage {
            Stage::Confirmed(_) | Stage::Undone => None,
            Stage::Refused { words } => {
                let words = SafeText::line(&format!("{} comment refused: {words}", look.marks.warn));
                Some(Span::styled(words.to_string(), look.theme.bad))
            }
            Stage::Sending => Some(Span::styled("comment being sent", look.theme.busy)),
            _ => Some(self.decided(comment, look)),
        }
    }

    /// What our decision on it has come to, in a sentence.
    fn decided(&self, decision: &Decision, look: &Look) -> Span<'static> {
        let word = stage_word(decision, self.state.decisions.is_recording(decision.id), self.state.now);
        let (text, style) = match &decision.stage {
            Stage::Held { .. } | Stage::Queued => {
                let undo = key_text(self.state, Command::Undo);
                (format!("{word} {} {undo} takes it back", look.marks.dot), look.theme.warn)
            }
            Stage::Refused { words } => (format!("{} refused: {words}", look.marks.warn), look.theme.bad),
            Stage::Conflict(Clash::Decided(review)) => {
                let by = review
                    .reviewer
                    .map_or_else(|| "someone".to_owned(), |user| Who::of(self.state, user).name);
                (format!("{} {} by {by}, not by you", look.marks.warn, review.status.word()), look.theme.bad)
            }
            Stage::Conflict(_) => (format!("{} {word}", look.marks.warn), look.theme.bad),
            Stage::Unknown { why, .. } => {
                (format!("{} {why}; being read back", look.marks.unknown), look.theme.warn)
            }
            _ => (word.to_string(), look.theme.busy),
        };
        Span::styled(SafeText::line(&text).to_string(), style)
    }
}

/// `3h ago`, `just now`.
pub(super) fn ago(time: Duration) -> String {
    let age = age_text(time);
    if age == "now" { "just now".to_owned() } else { format!("{age} ago") }
}

fn dot(look: &Look) -> Span<'static> {
    Span::styled(format!(" {} ", look.marks.dot), look.theme.dim)
}

//! The pending entries: one row each, only those in the window. What is decided stays in its place, struck through,
//! with what it has come to in words.

use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::State;
use crate::app::command::Command;
use crate::app::context::key_text;
use crate::app::decide::stage_word;
use crate::app::desk::Pane;
use crate::app::queue::Scope;
use crate::domain::decision::{Act, Decision, Stage, Subject, Verdict};
use crate::domain::{Aside, AsideWhy, Currency, EntryRow, EvalStatus, Item, Money, Reward, age_text};

use super::cells::{self, Pen};
use super::empty;
use super::eval;
use super::frame::{self, Framed};
use super::header::ago;
use super::people::Who;
use super::theme::Look;

/// The columns of a row, by the width of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Columns {
    who: u16,
    who_wide: u16,
    title: u16,
    title_wide: u16,
    /// Where the evaluation begins, and where the words of a decision do.
    eval: u16,
    eval_wide: u16,
    reward: u16,
    reward_wide: u16,
}

/// Marker, mark, age, blank. An age has at most four columns (`400d`) and ends where the next one ends.
const AGE: u16 = 2;
const AGE_WIDE: u16 = 4;

/// Columns of what a decision has come to, so that the words of several rows begin below each other.
const WORD: u16 = 16;

impl Columns {
    /// A row of so many columns: first the amount, the score and enough of a name, then the title gets what is left.
    fn of(width: u16) -> Self {
        let who = AGE + AGE_WIDE + 1;
        let who_wide = (width / 5).clamp(8, 20);
        // Seven columns hold every word of an evaluation; below that only its mark is shown.
        let (eval_wide, reward_wide) = match width {
            0..44 => (1, 9),
            44..60 => (7, 9),
            60..90 => (9, 14),
            _ => (9, 18),
        };
        let reward = width.saturating_sub(reward_wide + 1);
        let eval = reward.saturating_sub(eval_wide + 1);
        let title = who + who_wide + 1;
        Self {
            who,
            who_wide,
            title,
            title_wide: eval.saturating_sub(title + 1),
            eval,
            eval_wide,
            reward,
            reward_wide,
        }
    }
}

/// Draws the pane; returns where the cursor's row is.
pub(super) fn draw(
    state: &State,
    look: &Look,
    area: Rect,
    inner: Rect,
    buffer: &mut ratatui::buffer::Buffer,
) -> Option<(u16, u16)> {
    let focused = state.desk.focus == Pane::Pending;
    let titles = titles(state);
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    frame::draw(buffer, area, &Framed { titles: &titles, focused, joined: false, open_below: false }, look);
    let queue = &state.desk.queue;
    let mut pen = Pen::new(buffer, inner, look.marks.ellipsis);
    if queue.visible_len() == 0 {
        empty::pending(state, look, &mut pen);
        return Some((inner.x, inner.y));
    }
    let columns = Columns::of(inner.width);
    let cursor = queue.cursor();
    let mut place = None;
    for (y, row) in (0..inner.height).zip(queue.window(queue.top(), inner.height.into())) {
        let under = cursor == Some(row.id);
        if under {
            place = Some((inner.x, inner.y + y));
        }
        Drawn { state, look, columns, row: &row, under, focused }.draw(&mut pen, y);
    }
    place
}

fn titles(state: &State) -> Vec<String> {
    let desk = &state.desk;
    let listed = desk.queue.visible_len();
    let loaded = desk.queue.len_of(desk.queue.scope());
    let mut titles = Vec::with_capacity(4);
    titles.push(if desk.queue.shows_aside() {
        let (listed, all) = (cells::count(listed as u64), cells::count(desk.queue.aside_len() as u64));
        format!("Aside {listed} of {all}")
    } else if desk.filter().is_some() {
        format!("Pending {} of {}", cells::count(listed as u64), cells::count(loaded as u64))
    } else {
        format!("Pending {}", cells::count(listed as u64))
    });
    let marked = desk.queue.marked_len();
    if marked > 0 {
        titles.push(format!("{} marked", cells::count(marked as u64)));
    }
    if let Some(filter) = desk.filter() {
        titles.push(format!("/ {}", filter.text()));
    }
    match desk.queue.scope() {
        Scope::All => {}
        Scope::Quest(quest) => titles.extend(desk.quest(quest).map(|quest| quest.name.to_string())),
        Scope::Item(item) => {
            titles.extend(desk.item(item).map(|item| format!("#{} {}", item.number, item.title)));
        }
    }
    titles.push("oldest first".to_owned());
    titles
}

struct Drawn<'s> {
    state: &'s State,
    look: &'s Look,
    columns: Columns,
    row: &'s EntryRow,
    /// The cursor is on it.
    under: bool,
    focused: bool,
}

impl Drawn<'_> {
    fn draw(&self, pen: &mut Pen<'_>, y: u16) {
        let (columns, look, row) = (&self.columns, self.look, self.row);
        let theme = look.theme;
        let decision = self.state.decisions.on(Subject::Entry(row.id));
        let held = decision.is_some_and(|decision| !decision.stage.is_over())
            || self.state.elsewhere.on(row.id).is_some();
        let text = if held { theme.held } else { theme.text };
        if self.under {
            let style = if self.focused { theme.accent } else { theme.dim };
            pen.left(0, y, 1, look.marks.cursor, style);
        }
        let marked = self.state.desk.queue.is_marked(row.id);
        if marked && !held {
            pen.left(1, y, 1, look.marks.marked, theme.key);
        } else if let Some(decision) = decision {
            let (mark, style) = self.mark(decision);
            pen.left(1, y, 1, mark, style);
        } else if self.state.asides.has_changed(row) || self.state.elsewhere.on(row.id).is_some() {
            pen.left(1, y, 1, look.marks.warn, theme.warn);
        }
        let age = age_text(self.state.now.since(row.created_at));
        pen.right(AGE, y, AGE_WIDE, &age, theme.dim);
        let who = Who::of(self.state, row.contributor).fitted(columns.who_wide.into(), look);
        let who_style = if (self.under || marked) && !held { text.patch(theme.strong) } else { text };
        pen.left(columns.who, y, columns.who_wide, &who, who_style);
        let item = row.item.and_then(|item| self.state.desk.item(item));
        let comment = self.state.decisions.on(Subject::Comment(row.id));
        let comment = comment.filter(|comment| !comment.stage.is_over());
        match decision.or(comment) {
            Some(decision) => self.word(decision, item, text, pen, y),
            None => match self.state.asides.get(row.id) {
                Some(aside) => self.waits(aside, item, text, pen, y),
                None => self.facts(item, text, pen, y),
            },
        }
    }

    /// Item, and since when it is aside or the answer to a question is waited for.
    fn waits(&self, aside: &Aside, item: Option<&Item>, text: Style, pen: &mut Pen<'_>, y: u16) {
        let ago = ago(self.state.now.since(aside.at));
        let (words, style) = match aside.why {
            AsideWhy::Later => (format!("aside {ago}"), self.look.theme.dim),
            AsideWhy::Answer { .. } => (format!("asked {ago}"), self.look.theme.busy),
        };
        self.title_and(&words, style, item, text, pen, y);
    }

    fn title(&self, item: Option<&Item>, columns: u16, style: Style, pen: &mut Pen<'_>, y: u16) {
        match item {
            Some(item) => {
                let title = format!("#{} {}", item.number, item.title);
                pen.left(self.columns.title, y, columns, &title, style);
            }
            None => {
                pen.left(self.columns.title, y, columns, "no item", self.look.theme.dim);
            }
        }
    }

    /// Item, evaluation and reward of a row that waits.
    fn facts(&self, item: Option<&Item>, text: Style, pen: &mut Pen<'_>, y: u16) {
        let (columns, look) = (&self.columns, self.look);
        self.title(item, columns.title_wide, text, pen, y);
        self.eval(item, pen, y);
        let reward = item.map_or_else(String::new, |item| reward(item.reward, columns.reward_wide, look));
        pen.right(columns.reward, y, columns.reward_wide, &reward, text);
    }

    /// The score with its mark, or a word in place of both; a mark alone if there is no room.
    fn eval(&self, item: Option<&Item>, pen: &mut Pen<'_>, y: u16) {
        let (columns, look) = (&self.columns, self.look);
        let verdict = eval::verdict(self.row, item.and_then(|item| item.eval.as_ref()));
        // For a screen reader the verdict is a word.
        let spoken = look.plain && columns.eval_wide >= 9;
        let narrow = columns.eval_wide == 1;
        if (narrow || self.row.score.is_some()) && !spoken {
            let mark = eval::mark(self.row, verdict, look);
            pen.left(columns.eval + columns.eval_wide - 1, y, 1, &mark.content, mark.style);
        }
        if narrow {
            return;
        }
        if spoken && self.row.score.is_some() {
            let text = format!("{}{}", eval::short(self.row, look), eval::word(verdict));
            pen.right(columns.eval, y, columns.eval_wide, &text, look.theme.text);
            return;
        }
        let text = eval::short(self.row, look);
        if self.row.score.is_some() {
            pen.right(columns.eval, y, columns.eval_wide - 2, &text, look.theme.text);
        } else {
            let style = if self.row.eval == EvalStatus::Errored { look.theme.warn } else { look.theme.dim };
            pen.right(columns.eval, y, columns.eval_wide, &text, style);
        }
    }

    /// Item and what became of the decision.
    fn word(&self, decision: &Decision, item: Option<&Item>, text: Style, pen: &mut Pen<'_>, y: u16) {
        let look = self.look;
        let recording = self.state.decisions.is_recording(decision.id);
        let mut word = stage_word(decision, recording, self.state.now).to_string();
        if matches!(decision.stage, Stage::Held { until: Some(_) }) && !recording {
            word = format!("{word} {} {}", look.marks.dot, key_text(self.state, Command::Undo));
        }
        self.title_and(&word, self.mark(decision).1, item, text, pen, y);
    }

    /// Item and some words.
    fn title_and(
        &self,
        words: &str,
        style: Style,
        item: Option<&Item>,
        text: Style,
        pen: &mut Pen<'_>,
        y: u16,
    ) {
        let columns = &self.columns;
        let end = columns.reward + columns.reward_wide;
        // They take the columns of evaluation and reward, and of the title what they need beyond.
        let wanted = (cells::width(words) as u16).max(end.saturating_sub(columns.eval)).max(WORD);
        let begin = end.saturating_sub(wanted).max(columns.title + 4).min(end);
        self.title(item, begin.saturating_sub(columns.title + 1), text, pen, y);
        pen.left(begin, y, end - begin, words, style);
    }

    /// The mark of a decision and its style.
    fn mark(&self, decision: &Decision) -> (&'static str, Style) {
        let (marks, theme) = (self.look.marks, self.look.theme);
        let verdict = match &decision.act {
            Act::Review { verdict: Verdict::Reject, .. } => marks.rejected,
            _ => marks.good,
        };
        if self.state.decisions.is_recording(decision.id) {
            return (verdict, theme.dim);
        }
        match decision.stage {
            Stage::Held { .. } => (verdict, theme.warn),
            Stage::Queued | Stage::Sending => (verdict, theme.busy),
            Stage::Unknown { .. } => (marks.unknown, theme.warn),
            Stage::Refused { .. } | Stage::Conflict(_) => (marks.warn, theme.bad),
            Stage::Confirmed(_) => (verdict, theme.good),
            Stage::Undone => (" ", theme.text),
        }
    }
}

/// A reward in so many columns: whole if it fits, else the money alone (`+` stands for the XP), else shortened to
/// thousands or millions; `~` says that it is rounded down. Never half a number.
pub(super) fn reward(reward: Reward, columns: u16, look: &Look) -> String {
    let columns = usize::from(columns);
    let money = reward.money.filter(|money| money.amount != 0);
    if money.is_none() && reward.xp == 0 {
        return look.marks.none.to_owned();
    }
    let more = if reward.xp > 0 { "+" } else { "" };
    let shorter = money.map(|money| {
        let (short, unit) = shortened(money);
        [format!("{money}{more}"), format!("{short}{unit}{more}"), format!("{short}{more}"), short]
    });
    let forms = std::iter::once(reward.to_string()).chain(shorter.into_iter().flatten());
    let mut forms = forms.filter(|form| cells::width(form) <= columns);
    forms.next().unwrap_or_else(|| look.marks.ellipsis.to_owned())
}

/// `1.25M` and ` sat`, `~$12.3k` and nothing.
fn shortened(money: Money) -> (String, &'static str) {
    let (sign, unit, whole) = match money.currency {
        Currency::Btc => ("", " sat", money.amount),
        Currency::Usd => ("$", "", money.amount / 100),
        Currency::Other(_) => ("", "", money.amount),
    };
    let size = whole.unsigned_abs();
    let (step, letter) = match size {
        0..1_000 => (1, ""),
        1_000..1_000_000 => (1_000, "k"),
        1_000_000..1_000_000_000 => (1_000_000, "M"),
        _ => (1_000_000_000, "G"),
    };
    let hundredths = size / (step / 100).max(1);
    let exact = step == 1 || size % (step / 100).max(1) == 0;
    let number = if step == 1 {
        size.to_string()
    } else {
        let text = format!("{}.{:02}", size / step, hundredths % 100);
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    };
    let minus = if money.amount < 0 { "-" } else { "" };
    (format!("{}{minus}{sign}{number}{letter}", if exact { "" } else { "~" }), unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reward_never_loses_a_part_of_a_number() {
        let look = Look::default();
        let sats = |amount, xp| Reward { xp, money: Some(Money::sats(amount)) };
        let shown = |one, columns| reward(one, columns, &look);
        assert_eq!(shown(sats(500, 0), 9), "500 sat");
        assert_eq!(shown(sats(500, 20), 9), "500 sat+");
        assert_eq!(shown(sats(1_250_000, 0), 18), "1,250,000 sat");
        assert_eq!(shown(sats(1_250_000, 0), 9), "1.25M sat");
        assert_eq!(shown(sats(1_259_999, 0), 9), "~1.25M");
        assert_eq!(shown(sats(70_000, 0), 9), "70k sat");
        assert_eq!(shown(Reward { xp: 0, money: Some(Money::cents(123_456_789)) }, 9), "~$1.23M");
        assert_eq!(shown(Reward { xp: 10, money: None }, 9), "10 xp");
        assert_eq!(shown(Reward::default(), 9), "—");
        assert_eq!(shown(sats(500, 0), 2), "…");
    }

    #[test]
    fn columns_lie_side_by_side_at_every_width() {
        for width in 36..300 {
            let columns = Columns::of(width);
            assert!(columns.title + columns.title_wide < columns.eval, "{width}: {columns:?}");
            assert!(columns.eval + columns.eval_wide < columns.reward, "{width}: {columns:?}");
            assert_eq!(columns.reward + columns.reward_wide + 1, width);
            assert!(columns.title_wide >= 6, "{width}: {columns:?}");
        }
    }
}

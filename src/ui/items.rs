//! The items of a quest: number, state, title, accepted and pending entries, reward, and what one waits for.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::app::State;
use crate::app::decide::stage_word;
use crate::app::desk::Pane;
use crate::domain::decision::Subject;
use crate::domain::{Item, ItemId, ItemStatus};

use super::cells::{self, Pen};
use super::empty;
use super::frame::{self, Framed};
use super::pending::reward;
use super::theme::Look;

/// Columns of the reward, and from which width on it is shown.
const REWARD: (u16, u16) = (12, 36);

/// In fewer columns than this what an item waits for can't be read.
const WAITS: u16 = 10;

/// Draws the pane; returns where the cursor's row is.
pub(super) fn draw(
    state: &State,
    look: &Look,
    area: Rect,
    inner: Rect,
    joined: bool,
    buffer: &mut Buffer,
) -> Option<(u16, u16)> {
    let desk = &state.desk;
    let focused = desk.focus == Pane::Items;
    // Under All quests the quest changes with the entry under the cursor: its name says whose items these are.
    let quest =
        desk.items_quest().and_then(|quest| desk.quest(quest)).map_or("", |quest| quest.name.as_str());
    let titles: &[&str] = if quest.is_empty() { &["Items"] } else { &["Items", quest] };
    frame::draw(buffer, area, &Framed { titles, focused, joined, open_below: false }, look);
    let mut pen = Pen::new(buffer, inner, look.marks.ellipsis);
    let shown = desk.items_shown();
    if shown.is_empty() {
        empty::items(state, look, &mut pen);
        return Some((inner.x, inner.y));
    }
    let cursor = desk.item_cursor();
    let digits = shown.iter().filter_map(|item| desk.item(*item)).map(|item| item.number).max().unwrap_or(1);
    let digits = digits.to_string().len() as u16;
    let mut place = None;
    for (y, &id) in (0..inner.height).zip(shown.iter().skip(desk.items.top())) {
        if cursor == Some(id) {
            place = Some((inner.x, inner.y + y));
            let style = if focused { look.theme.accent } else { look.theme.dim };
            pen.left(0, y, 1, look.marks.cursor, style);
        }
        row(state, look, id, digits, &mut pen, y);
    }
    place
}

fn row(state: &State, look: &Look, id: ItemId, digits: u16, pen: &mut Pen<'_>, y: u16) {
    let Some(item) = state.desk.item(id) else { return };
    let theme = look.theme;
    let width = pen.area().width;
    pen.right(1, y, digits, &item.number.to_string(), theme.dim);
    if state.desk.items.is_marked(id) {
        pen.left(digits + 1, y, 1, look.marks.marked, theme.key);
    }
    let (mark, style) = mark(item, look);
    pen.left(digits + 2, y, 1, mark, style);
    let title = digits + 4;
    let mut end = width.saturating_sub(1);
    if let Some(decision) = state.decisions.on(Subject::Item(id)) {
        let word = stage_word(decision, state.decisions.is_recording(decision.id), state.now);
        let wide = (cells::width(word.as_str()) as u16).min(end.saturating_sub(title));
        pen.right(end - wide, y, wide, word.as_str(), theme.warn);
        let held = if decision.stage.is_over() { theme.text } else { theme.held };
        pen.left(title, y, (end - wide).saturating_sub(title + 1), item.title.as_str(), held);
        return;
    }
    if width >= REWARD.1 {
        end = end.saturating_sub(REWARD.0);
        pen.right(end, y, REWARD.0, &reward(item.reward, REWARD.0 - 1, look), theme.text);
    }
    // `12/210`: accepted and pending.
    let counts = format!(
        "{}/{}",
        cells::count(state.desk.items.accepted(id).into()),
        cells::count(state.desk.queue.count_item(id).into())
    );
    let wide = cells::width(&counts) as u16;
    let over = item.status.is_terminal();
    let text = if over { theme.dim } else { theme.text };
    pen.right(end.saturating_sub(wide), y, wide, &counts, text);
    end = end.saturating_sub(wide + 1);
    let mut room = end.saturating_sub(title);
    if let Some(waiting) = &item.waiting {
        // What it waits for matters more than the end of a long title; where it can't be read, the mark stands alone.
        let words = format!("{} {}", look.marks.waits, waiting.on);
        let wide = (cells::width(&words) as u16).min(room / 2);
        let (words, wide) = if wide < WAITS { (look.marks.waits.to_owned(), 1) } else { (words, wide) };
        pen.right(end.saturating_sub(wide), y, wide, &words, theme.warn);
        room = room.saturating_sub(wide + 1);
    }
    pen.left(title, y, room, item.title.as_str(), text);
}

fn mark(item: &Item, look: &Look) -> (&'static str, Style) {
    let (marks, theme) = (look.marks, look.theme);
    match item.status {
        ItemStatus::Done => (marks.good, theme.good),
        ItemStatus::Skipped => (marks.skipped, theme.dim),
        ItemStatus::InProgress => (marks.half, theme.warn),
        ItemStatus::Pending => (marks.open, theme.text),
        ItemStatus::Other(_) => (marks.unknown, theme.warn),
    }
}

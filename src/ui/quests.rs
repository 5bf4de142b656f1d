//! The quests: *All quests*, then each with how far its items are, its pending entries, and the age of the oldest.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::State;
use crate::app::desk::Pane;
use crate::app::queue::Scope;
use crate::domain::{Progress, Quest, QuestId, QuestStatus, Reviewing, age_text};

use super::cells::{self, Pen};
use super::frame::{self, Framed};
use super::theme::Look;

/// Cells of the progress bar.
const BAR: u16 = 5;
/// Columns of the counts of pending entries at the least.
const COUNT: u16 = 3;
/// Columns of the age of the oldest entry, and from which width on it is shown.
const OLDEST: (u16, u16) = (5, 34);

/// Draws the pane; returns where the cursor's row is.
pub(super) fn draw(
    state: &State,
    look: &Look,
    area: Rect,
    inner: Rect,
    open_below: bool,
    buffer: &mut Buffer,
) -> Option<(u16, u16)> {
    let quests = &state.desk.quests;
    let focused = state.desk.focus == Pane::Quests;
    frame::draw(buffer, area, &Framed { titles: &["Quests"], focused, joined: false, open_below }, look);
    let mut pen = Pen::new(buffer, inner, look.marks.ellipsis);
    let top = quests.top();
    let mut place = None;
    for y in 0..inner.height {
        let row = top + usize::from(y);
        if row >= quests.len() {
            break;
        }
        let under = row == quests.position();
        if under {
            place = Some((inner.x, inner.y + y));
            let style = if focused { look.theme.accent } else { look.theme.dim };
            pen.left(0, y, 1, look.marks.cursor, style);
        }
        match row.checked_sub(1).and_then(|at| quests.order().get(at)) {
            None => all(state, look, &mut pen, y),
            Some(&quest) => one(state, look, quest, &mut pen, y),
        }
    }
    place
}

fn all(state: &State, look: &Look, pen: &mut Pen<'_>, y: u16) {
    let width = pen.area().width;
    let style = if state.desk.queue.scope() == Scope::All { look.theme.strong } else { look.theme.text };
    let mut end = width.saturating_sub(1);
    if width >= OLDEST.1 {
        end = end.saturating_sub(OLDEST.0);
    }
    let count = cells::count(state.desk.pending() as u64);
    let wide = cells::width(&count) as u16;
    pen.left(1, y, end.saturating_sub(wide + 2), "All quests", style);
    pen.right(end.saturating_sub(wide), y, wide, &count, style);
}

fn one(state: &State, look: &Look, id: QuestId, pen: &mut Pen<'_>, y: u16) {
    let Some(quest) = state.desk.quest(id) else { return };
    let theme = look.theme;
    let width = pen.area().width;
    let chosen = state.desk.scope_quest() == Some(id);
    let style = if chosen { theme.strong } else { theme.text };
    let mut end = width.saturating_sub(1);
    if width >= OLDEST.1 {
        let oldest = state.desk.queue.oldest_of(id).map(|oldest| age_text(state.now.since(oldest)));
        pen.right(end.saturating_sub(OLDEST.0), y, OLDEST.0, &oldest.unwrap_or_default(), theme.dim);
        end = end.saturating_sub(OLDEST.0);
    }
    let pending = state.desk.pending_of(id);
    let count_style = if pending == 0 { theme.dim } else { style };
    let count = cells::count(pending.into());
    // As wide as the sum of all, so that the bars stand below each other.
    let sum = cells::count(state.desk.pending() as u64);
    let count_wide = (cells::width(&sum).max(cells::width(&count)) as u16).max(COUNT);
    pen.right(end.saturating_sub(count_wide), y, count_wide, &count, count_style);
    end = end.saturating_sub(count_wide + 1);
    let bar = end.saturating_sub(BAR);
    match word(quest) {
        Some(word) => {
            pen.left(bar, y, BAR, word, theme.warn);
        }
        None => progress(quest.progress, look, pen, bar, y),
    }
    pen.left(1, y, bar.saturating_sub(2), quest.name.as_str(), style);
}

/// What is said instead of the bar, in five letters at the most.
fn word(quest: &Quest) -> Option<&'static str> {
    match (&quest.reviewing, &quest.status) {
        (Reviewing::Refused(_), _) => Some("read"),
        (_, QuestStatus::Draft) => Some("draft"),
        (_, QuestStatus::Closed) => Some("over"),
        (_, QuestStatus::Cancelled) => Some("off"),
        _ => None,
    }
}

fn progress(progress: Progress, look: &Look, pen: &mut Pen<'_>, x: u16, y: u16) {
    if look.plain {
        let percent = u64::from(progress.resolved) * 100 / u64::from(progress.total.max(1));
        pen.right(x, y, BAR, &format!("{percent}%"), look.theme.text);
        return;
    }
    let full = filled(progress);
    pen.fill(x, y, full, look.marks.full, look.theme.good);
    pen.fill(x + full, y, BAR - full, look.marks.empty, look.theme.dim);
}

/// Full cells: none only if nothing is resolved, all only if everything is.
fn filled(progress: Progress) -> u16 {
    let (resolved, total) = (u64::from(progress.resolved), u64::from(progress.total.max(1)));
    let cells = u64::from(BAR);
    if resolved >= total {
        return BAR;
    }
    let full = (resolved * cells).div_ceil(total).min(cells - 1);
    full as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_empty_only_at_nothing_and_full_only_at_everything() {
        let full = |resolved, total| filled(Progress { total, resolved });
        assert_eq!(
            [full(0, 10), full(1, 100), full(5, 10), full(99, 100), full(10, 10), full(0, 0)],
            [0, 1, 3, 4, 5, 0]
        );
    }
}

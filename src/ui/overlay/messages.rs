//! What has been said in this session, newest first.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::State;
use crate::app::notice::{Gravity, Notice};
use crate::app::overlay::messages::Messages;
use crate::domain::age_text;

use super::super::cells::Pen;
use super::super::theme::Look;
use super::super::wrap::{Breaking, wrap};
use super::list;

/// Columns of the age.
const AGE: usize = 6;

/// Draws it.
pub(super) fn draw(
    state: &State,
    messages: &Messages,
    look: &Look,
    screen: Rect,
    buffer: &mut Buffer,
) -> Option<(u16, u16)> {
    let history = state.notices.history();
    let (count, top) = (history.len(), messages.scroll.top);
    let inner = list::open("Messages", count, top, 90, look, screen, buffer);
    let mut pen = Pen::new(buffer, inner, look.marks.ellipsis);
    if count == 0 {
        pen.left(1, 0, inner.width.saturating_sub(2), "Nothing has been said yet.", look.theme.dim);
    }
    let mut lines: Vec<Line<'static>> = Vec::new();
    let breaking = Breaking { width: usize::from(inner.width.saturating_sub(2)), hanging: AGE, exact: false };
    for notice in history.rev().skip(top) {
        if lines.len() >= usize::from(inner.height) {
            break;
        }
        wrap(&line(state, notice, look), breaking, 200, &mut lines);
    }
    for (y, line) in (0..inner.height).zip(&lines) {
        pen.line(1, y, line);
    }
    Some((inner.x + 1, inner.y))
}

fn line(state: &State, notice: &Notice, look: &Look) -> Line<'static> {
    let age = age_text(state.now.since(notice.at));
    let (word, style) = match notice.gravity {
        Gravity::Info => ("", look.theme.text),
        Gravity::Warning => ("! ", look.theme.warn),
        Gravity::Error => ("failed: ", look.theme.bad),
    };
    let times = if notice.times > 1 { format!(" ({} times)", notice.times) } else { String::new() };
    Line::from(vec![
        Span::styled(format!("{age:<AGE$}"), look.theme.dim),
        Span::styled(format!("{word}{}", notice.words), style),
        Span::styled(times, look.theme.dim),
    ])
}

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
use super::list::List;

/// Columns of the age.
const AGE: usize = 6;

/// Draws it.
pub(super) fn draw(
    state: &State,
    messages: &Messages,
    look: &Look,
    screen: Rect,
    buffer: &mut Buffer,
) -> (u16, u16) {
    let said: Vec<&Notice> = state.notices.history().rev().collect();
    let list = List {
        title: "Messages",
        keys: "Esc close",
        count: said.len(),
        top: messages.scroll.top,
        width: 90,
        two_from: u16::MAX,
    };
    let lines = |entry: usize, width: usize| {
        let mut lines = Vec::new();
        if let Some(notice) = said.get(entry) {
            let breaking = Breaking { width, hanging: AGE, exact: false };
            wrap(&line(state, notice, look), breaking, 200, &mut lines);
        }
        lines
    };
    let place = list.draw(lines, look, screen, buffer);
    if said.is_empty() {
        let area = Rect { x: place.0, y: place.1, width: 40, height: 1 };
        Pen::new(buffer, area, look.marks.ellipsis).left(
            0,
            0,
            40,
            "Nothing has been said yet.",
            look.theme.dim,
        );
    }
    place
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

//! The note editor: the text in a box, the keys below.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::widgets::Widget;
use tui_textarea::WrapMode;

use crate::app::State;
use crate::app::overlay::note::{Note, Purpose};
use crate::domain::decision::Verdict;

use super::super::cells::Pen;
use super::super::theme::Look;
use super::sheet;

/// Draws it.
pub(super) fn draw(note: &Note, look: &Look, screen: Rect, buffer: &mut Buffer) -> (u16, u16) {
    let size = (84.min(screen.width), (screen.height * 3 / 5).clamp(9, 20).min(screen.height));
    let title = capital(State::note_purpose(&note.purpose));
    let inner = sheet::open(&[&title, note.label.as_str()], size, look, screen, buffer);
    let keys = inner.height.min(1);
    let text = Rect {
        x: inner.x + inner.width.min(1),
        width: inner.width.saturating_sub(2),
        height: inner.height - keys,
        ..inner
    };
    let mut pen = Pen::new(buffer, inner, look.marks.ellipsis);
    let y = inner.height - keys;
    let does = match note.purpose {
        Purpose::Review { verdict: Verdict::Accept, .. }
        | Purpose::ReviewMany { verdict: Verdict::Accept, .. } => "accepts",
        Purpose::Review { verdict: Verdict::Reject, .. }
        | Purpose::ReviewMany { verdict: Verdict::Reject, .. } => "rejects",
        Purpose::Complete(_) => "completes",
        Purpose::Comment { ask: true, .. } => "asks",
        Purpose::Comment { ask: false, .. } => "comments",
    };
    let mut x = 1;
    for (key, what) in [("Ctrl-s", does), ("Esc", "keeps a draft"), ("Ctrl-e", "opens your editor")] {
        let room = inner.width.saturating_sub(x + 1);
        if usize::from(room) < key.len() + 1 + what.len() {
            break;
        }
        x += pen.left(x, y, room, key, look.theme.key) + 1;
        x += pen.left(x, y, room, what, look.theme.text) + 2;
    }
    if text.is_empty() {
        return (inner.x, inner.y);
    }
    // A copy, so that drawing changes nothing: the widget keeps its scroll offset in itself.
    let mut area = note.text.clone();
    area.set_wrap_mode(WrapMode::WordOrGlyph);
    area.set_style(look.theme.text);
    area.set_cursor_style(Style::new());
    area.set_cursor_line_style(Style::new());
    area.render(text, buffer);
    let cursor = area.screen_cursor();
    let (top, left) = area.scroll_offset();
    let x = cursor.col.saturating_sub(left.into()).min(usize::from(text.width.saturating_sub(1)));
    let y = cursor.row.saturating_sub(top.into()).min(usize::from(text.height.saturating_sub(1)));
    (text.x + x as u16, text.y + y as u16)
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

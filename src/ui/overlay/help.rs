//! Every key that acts here, by place, made from the table of commands; in two columns where there is room.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::State;
use crate::app::help::{self, Help, HelpLine};

use super::super::cells::{self, Pen};
use super::super::theme::Look;
use super::super::wrap::{Breaking, wrap};
use super::list;

/// From this width of the box on there are two columns.
const TWO_FROM: u16 = 110;

/// Draws it.
pub(super) fn draw(
    state: &State,
    help: &Help,
    look: &Look,
    screen: Rect,
    buffer: &mut Buffer,
) -> Option<(u16, u16)> {
    let lines = help::lines(state);
    let top = help.scroll.top.min(lines.len().saturating_sub(1));
    let inner = list::open("Keys that act here", lines.len(), top, 150, look, screen, buffer);
    let columns = if inner.width >= TWO_FROM && !look.plain { 2 } else { 1 };
    let width = (inner.width / columns).saturating_sub(2);
    let keys = lines.iter().map(key_width).max().unwrap_or(0).min(usize::from(width) / 3);
    let mut drawn: Vec<Line<'static>> = Vec::new();
    let most = usize::from(inner.height) * usize::from(columns);
    for line in lines.iter().skip(top) {
        if drawn.len() >= most {
            break;
        }
        append(line, keys, width.into(), look, &mut drawn);
    }
    let mut pen = Pen::new(buffer, inner, look.marks.ellipsis);
    for (place, line) in drawn.iter().take(most).enumerate() {
        let (column, y) =
            (place / usize::from(inner.height.max(1)), place % usize::from(inner.height.max(1)));
        pen.line(1 + column as u16 * (inner.width / columns), y as u16, line);
    }
    Some((inner.x + 1, inner.y))
}

fn key_width(line: &HelpLine) -> usize {
    match line {
        HelpLine::Place(_) => 0,
        HelpLine::Command { keys, .. } => cells::width(keys.as_str()),
    }
}

fn append(line: &HelpLine, keys: usize, width: usize, look: &Look, out: &mut Vec<Line<'static>>) {
    let theme = &look.theme;
    match line {
        HelpLine::Place(title) => out.push(Line::styled(*title, theme.heading)),
        HelpLine::Command { keys: names, sentence, why_not } => {
            let name = cells::fit(names.as_str(), keys, look.marks.ellipsis);
            let blanks = " ".repeat(keys - cells::width(&name).min(keys) + 2);
            let style = if why_not.is_some() { theme.dim } else { theme.text };
            let mut spans = vec![
                Span::styled(name.into_owned(), if why_not.is_some() { theme.dim } else { theme.key }),
                Span::raw(blanks),
                Span::styled(*sentence, style),
            ];
            if let Some(why) = why_not {
                spans.push(Span::styled(format!(" Not now: {why}."), theme.dim));
            }
            wrap(&Line::from(spans), Breaking { width, hanging: keys + 2, exact: false }, 10_000, out);
        }
    }
}

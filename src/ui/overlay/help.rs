//! Every key that acts here, by place, made from the table of commands; in two columns where there is room.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::State;
use crate::app::help::{Help, HelpLine};

use super::super::cells;
use super::super::theme::Look;
use super::super::wrap::{Breaking, wrap};
use super::list::List;

/// From this width of the box on there are two columns.
const TWO_FROM: u16 = 110;

/// Draws it.
pub(super) fn draw(state: &State, help: &Help, look: &Look, screen: Rect, buffer: &mut Buffer) -> (u16, u16) {
    let lines = help.lines(state);
    let title = help.query.as_ref().map_or_else(
        || "Keys that act here".to_owned(),
        |query| format!("Keys with / {query}{}", if help.typing { "_" } else { "" }),
    );
    let widest = lines.iter().map(key_width).max().unwrap_or(0);
    let list = List {
        title: &title,
        keys: if help.query.is_some() { "Esc all keys" } else { "/ find  Esc close" },
        count: lines.len(),
        top: help.scroll.top,
        width: 150,
        two_from: TWO_FROM,
    };
    let drawn = |entry: usize, width: usize| {
        let mut drawn = Vec::new();
        if let Some(line) = lines.get(entry) {
            append(line, widest.min(width / 3), width, look, &mut drawn);
        }
        drawn
    };
    list.draw(drawn, look, screen, buffer)
}

fn key_width(line: &HelpLine) -> usize {
    match line {
        HelpLine::Place(_) => 0,
        HelpLine::Command { keys, .. } => cells::width(keys.as_str()),
    }
}

fn append(line: &HelpLine, keys: usize, width: usize, look: &Look, out: &mut Vec<Line<'static>>) {
    let theme = look.theme;
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

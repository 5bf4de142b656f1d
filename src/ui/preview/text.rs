//! Text: posts and markdown as set, source with line numbers, documents page by page.

use ratatui::text::{Line, Span};

use super::{Setting, more};
use crate::domain::{Pages, SafeText, TextBody};
use crate::ui::code::Highlighter;
use crate::ui::wrap::{Breaking, wrap};
use crate::ui::{cells, markdown as setter};

pub(super) fn markdown(text: &SafeText, setting: Setting<'_>, lines: &mut Vec<Line<'static>>) {
    if text.as_str().trim().is_empty() {
        lines.push(Line::styled("It is empty.", setting.look.theme.dim));
        return;
    }
    let (mut parts, mut numbered) = (Vec::new(), Vec::new());
    let mut output = setter::Output { lines, parts: &mut parts, links: &mut numbered, limit: setting.limit };
    setter::render(text, setting.width, setting.look, &mut output);
}

pub(super) fn write(body: &TextBody, setting: Setting<'_>, lines: &mut Vec<Line<'static>>) {
    if body.markdown {
        markdown(&body.text, setting, lines);
        return;
    }
    let text = body.text.as_str();
    if text.is_empty() {
        lines.push(Line::styled("It is empty.", setting.look.theme.dim));
        return;
    }
    let count = text.lines().count();
    let digits = count.to_string().len();
    let language = body.language.as_ref().map_or("", SafeText::as_str);
    let mut highlighter = Highlighter::of(language, setting.look.theme);
    let mut shown = 0;
    for (number, line) in (1..).zip(text.lines()) {
        if lines.len() + 1 >= setting.limit && number < count {
            break;
        }
        let line = match &mut highlighter {
            Some(highlighter) => highlighter.line(line),
            None => vec![Span::styled(line, setting.look.theme.text)],
        };
        numbered(number, digits, &Line::from(line), setting, lines);
        shown = number;
    }
    more(count - shown, "lines", setting, lines);
}

/// A line with its number; what does not fit goes on below, without one.
fn numbered(
    number: usize,
    digits: usize,
    text: &Line<'_>,
    setting: Setting<'_>,
    lines: &mut Vec<Line<'static>>,
) {
    let look = setting.look;
    // A narrow pane has no room for numbers, and a screen reader no use for them.
    if setting.width < digits + 20 || look.plain {
        let breaking = Breaking { width: setting.width, hanging: 0, exact: true };
        wrap(text, breaking, setting.limit, lines);
        return;
    }
    let mut broken = Vec::new();
    let breaking = Breaking { width: setting.width - digits - 2, hanging: 0, exact: true };
    let room = setting.limit.saturating_sub(lines.len()).max(1);
    wrap(text, breaking, room, &mut broken);
    if broken.is_empty() {
        broken.push(Line::default());
    }
    for (at, mut line) in broken.into_iter().enumerate() {
        let number = if at == 0 { format!("{number:>digits$}  ") } else { " ".repeat(digits + 2) };
        line.spans.insert(0, Span::styled(number, look.theme.dim));
        lines.push(line);
    }
}

pub(super) fn pages(pages: &Pages, setting: Setting<'_>, lines: &mut Vec<Line<'static>>) {
    let look = setting.look;
    for (number, page) in (1_u64..).zip(&pages.pages) {
        if lines.len() + 2 >= setting.limit {
            let left = pages.pages.len() + 1 - usize::try_from(number).unwrap_or(usize::MAX);
            more(left, if left == 1 { "page" } else { "pages" }, setting, lines);
            return;
        }
        let of = format!("page {} of {}", cells::count(number), cells::count(pages.count));
        lines.push(Line::styled(of, look.theme.heading));
        let words = if page.is_empty() { "(no text)" } else { page.as_str() };
        for line in words.lines() {
            let breaking = Breaking { width: setting.width, hanging: 0, exact: false };
            wrap(&Line::styled(line.to_owned(), look.theme.text), breaking, setting.limit, lines);
        }
    }
}

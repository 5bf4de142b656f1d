//! Foreign markdown to lines of a given width. `tui-markdown` lays it out, piece by piece; what it lacks stands around
//! it, so that hostile text can't make it slow, and nothing unprintable comes out (character references such as `&#27;`
//! are decoded after the text was made safe).
//!
//! ```text
//!  text ─▶ tame (depth) ─▶ formulas ─▶ prepare (blocks, links) ─▶ nested (quotations, lists) ─▶ tui-markdown ─▶ lines
//! ```

mod formulas;
mod latex;
mod lines;
mod nested;
mod prepare;
mod sheet;
mod signs;
mod tame;

use std::hash::{DefaultHasher, Hasher};
use std::ops::ControlFlow;

use ratatui::text::Line;

pub use prepare::{Link, MAX_LINKS};

use super::theme::Look;
use super::wrap::{Breaking, wrap};
use crate::domain::SafeText;
use lines::Laying;

/// So much of a text is read as markdown; what is beyond is shown as it was written.
const MARKDOWN_BYTES: usize = 256 * 1024;

/// Said where that begins.
const BEYOND: &str =
    "It is long: from here on it stands as it was written, not laid out, and its links have no numbers.";

/// What is written on.
#[derive(Debug)]
pub struct Output<'o> {
    /// The lines. Only those of tables may be wider than the text: they scroll sideways.
    pub lines: &'o mut Vec<Line<'static>>,
    /// Where each block begins, with a mark that is the same for the same text.
    pub parts: &'o mut Vec<(usize, u64)>,
    /// Links by their numbers, from 1 on.
    pub links: &'o mut Vec<Link>,
    /// No more lines than this.
    pub limit: usize,
}

/// Appends a markdown text, `width` columns wide.
pub fn render(text: &SafeText, width: usize, look: &Look, out: &mut Output<'_>) {
    let (read, beyond) = split_at_line(text.as_str(), MARKDOWN_BYTES);
    let tamed = formulas::with_formulas(&tame::tame(read), look.ascii);
    let Output { lines, parts, links, limit } = out;
    let first = lines.len();
    prepare::blocks(&tamed, look.ascii, links, |block, links| {
        if lines.len() > first {
            lines.push(Line::default());
        }
        parts.push((lines.len(), mark(tamed.get(block.range.clone()).unwrap_or_default())));
        nested::append(&block, &mut Laying { width, look, links, limit: *limit, lines });
        if lines.len() < *limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    if beyond.is_empty() || lines.len() >= *limit {
        return;
    }
    parts.push((lines.len(), mark(BEYOND)));
    lines.push(Line::default());
    let words = Line::styled(format!("{} {BEYOND}", look.marks.warn), look.theme.warn);
    wrap(&words, Breaking { width, hanging: 2, exact: false }, *limit, lines);
    lines.push(Line::default());
    for line in beyond.lines() {
        if lines.len() >= *limit {
            return;
        }
        parts.push((lines.len(), mark(line)));
        wrap(&Line::from(line), Breaking { width, hanging: 0, exact: true }, *limit, lines);
    }
}

/// The same for the same words.
#[must_use]
pub fn mark(text: &str) -> u64 {
    let mut words = String::with_capacity(text.len() + 1);
    for word in text.split_whitespace() {
        words.push_str(word);
        words.push(' ');
    }
    let mut hasher = DefaultHasher::new();
    hasher.write(words.as_bytes());
    hasher.finish()
}

/// Splits after the last whole line within so many bytes.
fn split_at_line(text: &str, bytes: usize) -> (&str, &str) {
    if text.len() <= bytes {
        return (text, "");
    }
    let end = (0..=bytes).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let end = text.get(..end).and_then(|head| head.rfind('\n')).map_or(end, |newline| newline + 1);
    text.split_at(end)
}

#[cfg(test)]
mod tests;

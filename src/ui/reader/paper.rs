//! What a section is written on: lines of a given width, and the pieces that sections are made of.

use ratatui::text::{Line, Span};

use crate::domain::SafeText;
use crate::ui::cells;
use crate::ui::markdown::{self, Link};
use crate::ui::theme::Look;
use crate::ui::wrap::{Breaking, wrap};

/// A section has at most so many lines; what is left out is said.
pub const MAX_LINES: usize = 20_000;

/// Columns at the most for names that stand in front of values.
pub(super) const NAMES: usize = 16;

/// The lines of one section.
#[derive(Debug)]
pub struct Paper<'l> {
    lines: Vec<Line<'static>>,
    parts: Vec<(usize, u64)>,
    places: Vec<(usize, u64)>,
    links: Vec<Link>,
    width: usize,
    look: &'l Look,
}

/// A section that is written.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Written {
    /// Its lines, the title first.
    pub(super) lines: Vec<Line<'static>>,
    /// Where each of its parts begins, with a mark that is the same for the same words.
    pub(super) parts: Vec<(usize, u64)>,
    /// Where what can be jumped to begins, with the mark of its name.
    pub(super) places: Vec<(usize, u64)>,
    /// Every link of the page so far.
    pub(super) links: Vec<Link>,
}

impl<'l> Paper<'l> {
    /// An empty one.
    #[must_use]
    pub fn new(width: u16, look: &'l Look) -> Self {
        Self::behind(width, look, Vec::new())
    }

    /// An empty one, on a page that has these links before.
    pub(super) fn behind(width: u16, look: &'l Look, links: Vec<Link>) -> Self {
        let width = usize::from(width.max(1));
        Self { lines: Vec::new(), parts: Vec::new(), places: Vec::new(), links, width, look }
    }

    /// The links of the page so far, by their numbers from 1 on.
    #[must_use]
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// Lines so far.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether nothing is written yet.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Columns.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.width
    }

    /// Styles and marks.
    #[must_use]
    pub const fn look(&self) -> &'l Look {
        self.look
    }

    /// A heading with a rule: `─ signals ─────`.
    pub fn title(&mut self, title: &str) {
        if self.look.plain {
            self.lines.push(Line::styled(format!("{title}:"), self.look.theme.heading));
            return;
        }
        let rule = self.look.marks.rule;
        let title = cells::fit(title, self.width.saturating_sub(4), self.look.marks.ellipsis).into_owned();
        let rest = self.width.saturating_sub(cells::width(&title) + 3);
        self.lines.push(Line::from(vec![
            Span::styled(format!("{rule} "), self.look.theme.border),
            Span::styled(title, self.look.theme.strong),
            Span::styled(format!(" {}", rule.repeat(rest)), self.look.theme.border),
        ]));
    }

    /// A text of markdown, or words that say that there is none.
    pub fn markdown(&mut self, text: &SafeText, if_empty: &'static str) {
        self.markdown_within(text, if_empty, MAX_LINES);
    }

    /// The same in about so many lines at the most.
    pub fn markdown_within(&mut self, text: &SafeText, if_empty: &'static str, most: usize) {
        if text.as_str().trim().is_empty() {
            self.lines.push(Line::styled(if_empty, self.look.theme.dim));
        } else {
            let limit = (self.lines.len() + most).min(MAX_LINES);
            let mut output = markdown::Output {
                lines: &mut self.lines,
                parts: &mut self.parts,
                links: &mut self.links,
                limit,
            };
            markdown::render(text, self.width, self.look, &mut output);
        }
    }

    /// A line, broken where it is too long; what follows is moved in by `hanging` columns.
    pub fn wrapped(&mut self, line: &Line<'_>, hanging: usize) {
        self.part(&line.to_string());
        wrap(line, Breaking { width: self.width, hanging, exact: false }, MAX_LINES, &mut self.lines);
    }

    /// A line that is ready: no wider than the paper, or one that scrolls sideways.
    pub fn line(&mut self, line: Line<'static>) {
        self.lines.push(line);
    }

    /// Here a part begins that says this: what changed since it was read is told by such parts.
    pub fn part(&mut self, words: &str) {
        self.parts.push((self.lines.len(), markdown::mark(words)));
    }

    /// Writes what is only known about something that was submitted: nothing in it counts as changed.
    pub fn beside(&mut self, write: impl FnOnce(&mut Self)) {
        let parts = self.parts.len();
        write(self);
        self.parts.truncate(parts);
    }

    /// Here begins what a link may jump to by this name.
    pub fn place(&mut self, name: &str) {
        self.places.push((self.lines.len(), markdown::mark(name)));
    }

    /// Names and values, the values below each other.
    pub fn pairs<'t>(&mut self, pairs: impl Iterator<Item = (&'t str, &'t str)> + Clone) {
        let names = pairs.clone().map(|(name, _)| cells::width(name)).max().unwrap_or(0).min(NAMES);
        for (name, value) in pairs {
            let mut line = self.named(name, names, self.look.theme.dim);
            line.push(Span::styled(value.to_owned(), self.look.theme.text));
            self.wrapped(&Line::from(line), names + 2);
        }
    }

    /// The beginning of a line: a name in so many columns, and two blanks.
    pub(super) fn named(
        &self,
        name: &str,
        columns: usize,
        style: ratatui::style::Style,
    ) -> Vec<Span<'static>> {
        let name = cells::fit(name, columns, self.look.marks.ellipsis);
        let blanks = " ".repeat(columns - cells::width(&name).min(columns) + 2);
        vec![Span::styled(name.into_owned(), style), Span::raw(blanks)]
    }

    /// The lines; says what had to be left out.
    #[must_use]
    pub fn finish(self) -> Vec<Line<'static>> {
        self.written().lines
    }

    /// The lines, the parts and the links.
    pub(super) fn written(mut self) -> Written {
        if self.lines.len() >= MAX_LINES {
            self.lines.truncate(MAX_LINES - 1);
            let rest = format!(
                "{} the rest is left out: {} lines are shown; the site shows all of it",
                self.look.marks.ellipsis,
                cells::count(MAX_LINES as u64)
            );
            self.lines.push(Line::styled(rest, self.look.theme.warn));
        }
        Written { lines: self.lines, parts: self.parts, places: self.places, links: self.links }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_never_grows_beyond_its_limit_and_says_so() {
        let look = Look::default();
        let mut paper = Paper::new(20, &look);
        paper.title("description");
        paper.markdown(&SafeText::block(&"a\n\n".repeat(100_000)), "");
        let lines = paper.finish();
        assert_eq!(lines.len(), MAX_LINES);
        assert!(lines.last().is_some_and(|line| line.to_string().contains("left out")));
    }
}

//! What a section is written on: lines of a given width, and the pieces that sections are made of.

use ratatui::text::{Line, Span};

use crate::domain::SafeText;
use crate::ui::cells;
use crate::ui::markdown;
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
    width: usize,
    look: &'l Look,
}

impl<'l> Paper<'l> {
    /// An empty one.
    #[must_use]
    pub fn new(width: u16, look: &'l Look) -> Self {
        Self { lines: Vec::new(), width: usize::from(width.max(1)), look }
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
        if text.as_str().trim().is_empty() {
            self.lines.push(Line::styled(if_empty, self.look.theme.dim));
        } else {
            markdown::render(text, self.width, self.look, MAX_LINES, &mut self.lines);
        }
    }

    /// A line, broken where it is too long; what follows is moved in by `hanging` columns.
    pub fn wrapped(&mut self, line: &Line<'_>, hanging: usize) {
        wrap(line, Breaking { width: self.width, hanging, exact: false }, MAX_LINES, &mut self.lines);
    }

    /// A line that is ready: no wider than the paper, or one that scrolls sideways.
    pub fn line(&mut self, line: Line<'static>) {
        self.lines.push(line);
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
    pub fn finish(mut self) -> Vec<Line<'static>> {
        if self.lines.len() >= MAX_LINES {
            self.lines.truncate(MAX_LINES - 1);
            let rest = format!(
                "{} the rest is left out: {} lines are shown (o opens it in a browser)",
                self.look.marks.ellipsis,
                cells::count(MAX_LINES as u64)
            );
            self.lines.push(Line::styled(rest, self.look.theme.warn));
        }
        self.lines
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

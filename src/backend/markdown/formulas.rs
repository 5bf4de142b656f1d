//! Ouro's formulas, `\(…\)` and `\[…\]`, which markdown's reader knows nothing of: a sign of ours stands in for each
//! while the text is read, so that nothing in a formula is taken for a mark.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag};

/// Stand around the number of a formula. A text that holds them itself is read without formulas.
const BEGIN: char = '\u{E0D0}';
const END: char = '\u{E0D1}';

/// Longer ones are text.
const LONGEST: usize = 8_192;

/// A formula.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Formula {
    /// What is between its marks.
    pub(super) latex: String,
    /// It stands by itself.
    pub(super) display: bool,
}

impl Formula {
    /// As it was written.
    fn source(&self) -> String {
        if self.display { format!("\\[{}\\]", self.latex) } else { format!("\\({}\\)", self.latex) }
    }
}

/// The formulas of a text.
#[derive(Debug, Default)]
pub(super) struct Formulas(Vec<Formula>);

/// A piece of text, or a formula in it.
#[derive(Debug, PartialEq)]
pub(super) enum Part<'t> {
    Text(&'t str),
    Formula(&'t Formula),
}

impl Formulas {
    /// Takes them out of a text.
    pub(super) fn of(markdown: &str, options: Options) -> (Cow<'_, str>, Self) {
        let has = ["\\(", "\\["].iter().any(|mark| markdown.contains(mark));
        if !has || markdown.contains([BEGIN, END]) {
            return (Cow::Borrowed(markdown), Self::default());
        }
        let code = code(markdown, options);
        let (mut text, mut found) = (String::with_capacity(markdown.len()), Vec::new());
        let (mut at, mut nth) = (0, 0);
        while let Some(mark) = markdown[at..].find('\\').map(|mark| at + mark) {
            text.push_str(&markdown[at..mark]);
            while code.get(nth).is_some_and(|range| range.end <= mark) {
                nth += 1;
            }
            let is_code = code.get(nth).is_some_and(|range| range.contains(&mark));
            if let Some((length, formula)) = formula(&markdown[mark..]).filter(|_| !is_code) {
                let _ = write!(text, "{BEGIN}{}{END}", found.len());
                found.push(formula);
                at = mark + length;
            } else {
                // What is escaped begins nothing.
                let second = markdown[mark + 1..].chars().next().map_or(0, char::len_utf8);
                text.push_str(&markdown[mark..=mark + second]);
                at = mark + 1 + second;
            }
        }
        text.push_str(&markdown[at..]);
        (Cow::Owned(text), Self(found))
    }

    /// A text with the formulas in it.
    pub(super) fn parts<'t>(&'t self, text: &'t str) -> Vec<Part<'t>> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, formula, after)) = self.next(rest) {
            parts.extend([Part::Text(before), Part::Formula(formula)]);
            rest = after;
        }
        parts.push(Part::Text(rest));
        parts
    }

    /// A text with its formulas as they were written.
    pub(super) fn restored<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.0.is_empty() || !text.contains(BEGIN) {
            return Cow::Borrowed(text);
        }
        let part = |part: Part<'_>| match part {
            Part::Text(text) => text.to_owned(),
            Part::Formula(formula) => formula.source(),
        };
        Cow::Owned(self.parts(text).into_iter().map(part).collect())
    }

    fn next<'t>(&self, text: &'t str) -> Option<(&'t str, &Formula, &'t str)> {
        let (before, rest) = text.split_once(BEGIN)?;
        let (number, after) = rest.split_once(END)?;
        Some((before, self.0.get(number.parse::<usize>().ok()?)?, after))
    }
}

/// Where code is.
fn code(markdown: &str, options: Options) -> Vec<Range<usize>> {
    let events = Parser::new_ext(markdown, options).into_offset_iter();
    let is_code = |event: &Event<'_>| matches!(event, Event::Code(_) | Event::Start(Tag::CodeBlock(_)));
    events.filter(|(event, _)| is_code(event)).map(|(_, range)| range).collect()
}

/// The formula that begins here, and its length.
fn formula(text: &str) -> Option<(usize, Formula)> {
    let (end, display) = match text.get(..2)? {
        "\\(" => ("\\)", false),
        "\\[" => ("\\]", true),
        _ => return None,
    };
    let limit = (2..=text.len().min(LONGEST)).rev().find(|at| text.is_char_boundary(*at))?;
    let length = text[2..limit].find(end)?;
    let latex = &text[2..2 + length];
    // A blank line ends every paragraph, and with it what was no formula.
    let is_formula = !latex.trim().is_empty() && !latex.contains("\n\n");
    is_formula.then(|| (length + 4, Formula { latex: latex.trim().to_owned(), display }))
}

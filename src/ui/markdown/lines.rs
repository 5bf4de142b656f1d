//! What `tui-markdown` gives back, to lines of ours: made safe once more, links known by their numbers, code highlighted,
//! broken so that lists and quotations keep their shape.

use std::borrow::Cow;

use ratatui::style::Style;
use ratatui::text::{Line, Span, Text};
use tui_markdown::{ImageFallback, Options};

use super::Link;
use super::prepare::{BAR, LINK};
use super::sheet::{FENCE, LINKED, Sheet};
use crate::domain::{SafeText, Target, TextLimit};
use crate::ui::cells;
use crate::ui::code::Highlighter;
use crate::ui::theme::Look;
use crate::ui::wrap::{Breaking, wrap_whole};

/// Columns that a column of a table needs at least to be read; a table that has less scrolls sideways.
const TABLE_COLUMN: usize = 10;

/// Columns of a column in one that does, at the most.
const WIDE_COLUMN: usize = 24;

/// The widest that a table is laid out.
const TABLE_WIDTH: usize = 400;

/// What blocks are laid out with, and onto.
pub(super) struct Laying<'l> {
    pub(super) width: usize,
    pub(super) look: &'l Look,
    /// Links by their numbers, from 1 on.
    pub(super) links: &'l [Link],
    /// No more lines than this.
    pub(super) limit: usize,
    pub(super) lines: &'l mut Vec<Line<'static>>,
}

impl Laying<'_> {
    fn wrap(&mut self, line: Line<'static>, hanging: usize, exact: bool) {
        wrap_whole(line, Breaking { width: self.width, hanging, exact }, self.limit, self.lines);
    }
}

/// A piece of markdown that stands by itself; `columns`: of the widest table in it.
pub(super) fn append_piece(source: &str, columns: usize, laying: &mut Laying<'_>) {
    let (width, look) = (laying.width, laying.look);
    let wide = columns * TABLE_COLUMN > width;
    let table = if wide { (columns * WIDE_COLUMN).min(TABLE_WIDTH).max(width) } else { width };
    let options = Options::new(Sheet { theme: look.theme, plain: look.plain })
        .image_fallback(ImageFallback::AltTextAndUrl)
        .table_width(if columns > 0 { table } else { width }.min(u16::MAX.into()) as u16);
    let rendered: Text<'_> = tui_markdown::from_str_with_options(source, &options);
    let mut code: Option<Option<Highlighter>> = None;
    for line in &rendered.lines {
        match line.spans.iter().find_map(|span| span.content.strip_prefix(FENCE)) {
            Some(language) => {
                if look.plain {
                    let fence = Line::from(format!("```{}", printable(language, true)));
                    laying.wrap(fence, 0, true);
                }
                code = if code.is_some() { None } else { Some(Highlighter::of(language, look.theme)) };
            }
            None => match &mut code {
                Some(highlighter) => append_code(line, highlighter.as_mut(), laying),
                None => append(line, columns > 0, laying),
            },
        }
        if laying.lines.len() >= laying.limit {
            return;
        }
    }
}

/// A line of code: its blanks are kept, and it is broken anywhere.
fn append_code(line: &Line<'_>, highlighter: Option<&mut Highlighter>, laying: &mut Laying<'_>) {
    let look = laying.look;
    let mut spans: Vec<Span<'static>> = Vec::with_capacity(line.spans.len() + 1);
    if !look.plain {
        spans.push(Span::raw("  "));
    }
    // Signs of quotations and lists stand before the code itself.
    let (before, text) = line.spans.split_at(line.spans.len().saturating_sub(1));
    spans.extend(
        before.iter().map(|span| Span::styled(printable(&span.content, look.ascii).into_owned(), span.style)),
    );
    let text = text.first().map(|span| printable(&span.content, look.ascii)).unwrap_or_default();
    match highlighter {
        Some(highlighter) => {
            let styled = highlighter.line(&text).into_iter();
            spans.extend(styled.map(|span| Span::styled(span.content.into_owned(), span.style)));
        }
        None => spans.push(Span::styled(text.into_owned(), look.theme.code)),
    }
    laying.wrap(Line::from(spans), 4, true);
}

/// One line of text or of a table, made safe, and broken so that lists and quotations keep their shape.
fn append(line: &Line<'_>, tables: bool, laying: &mut Laying<'_>) {
    let (width, look) = (laying.width, laying.look);
    let table = tables && is_table(&line.spans);
    let safe = Line { spans: safe(line, table, laying), style: line.style, alignment: None };
    if table {
        // Tables have many rows: nothing is looked at twice, and one that fits is taken as it is.
        let columns = cells::line_width(&safe);
        let fits = columns <= width && safe.style == Style::default();
        if fits || (width + 1..=2 * TABLE_WIDTH).contains(&columns) {
            laying.lines.push(safe);
        } else {
            laying.wrap(safe, 0, true);
        }
        return;
    }
    let text: String = safe.spans.iter().map(|span| span.content.as_ref()).collect();
    if text == "---" {
        laying.lines.push(Line::styled(look.marks.rule.repeat(width), look.theme.border));
    } else {
        laying.wrap(safe, hanging(&text), false);
    }
}

/// The pieces of a line, made safe, those of links known by their numbers, neighbours of one style joined.
fn safe(line: &Line<'_>, table: bool, laying: &Laying<'_>) -> Vec<Span<'static>> {
    let look = laying.look;
    let mut spans: Vec<Span<'static>> = Vec::with_capacity(line.spans.len());
    let has_links = line.spans.iter().any(|span| span.style.underline_color == Some(LINKED));
    let numbers = if has_links { numbers(&line.spans) } else { Vec::new() };
    for (at, span) in line.spans.iter().enumerate() {
        let style = linked(span.style, numbers.get(at).copied().flatten(), laying.links);
        let text = printable(&span.content, look.ascii);
        let text = match text.split_once(LINK) {
            Some((before, rest)) => {
                let arrow = if look.plain && !table { "link " } else { look.marks.leads };
                // The number and whose it is stay together.
                Cow::Owned(format!("{before}{arrow}{}", rest.replace(' ', "\u{a0}")))
            }
            None => text,
        };
        if style == Style::default() && text.contains('@') {
            mentions(&text, style, look, &mut spans);
        } else {
            push(&mut spans, text, style);
        }
    }
    spans
}

fn push(spans: &mut Vec<Span<'static>>, text: Cow<'_, str>, style: Style) {
    match spans.last_mut().filter(|last| last.style == style) {
        Some(last) => last.content.to_mut().push_str(&text),
        None => spans.push(Span::styled(text.into_owned(), style)),
    }
}

/// The number of the link that each piece of a line belongs to: it stands behind the link's text.
fn numbers(spans: &[Span<'_>]) -> Vec<Option<u16>> {
    let mut current = None;
    let mut numbers: Vec<Option<u16>> = spans
        .iter()
        .rev()
        .map(|span| {
            if let Some((_, rest)) = span.content.split_once(LINK) {
                let digits = rest.find(|sign: char| !sign.is_ascii_digit()).unwrap_or(rest.len());
                current = rest.get(..digits).and_then(|digits| digits.parse().ok());
            } else if span.style.underline_color != Some(LINKED) && span.content != " (" {
                current = None;
            }
            current.filter(|_| span.style.underline_color == Some(LINKED))
        })
        .collect();
    numbers.reverse();
    numbers
}

/// The style of a piece of a link: if it leads to the web, it is known by its number.
fn linked(style: Style, number: Option<u16>, links: &[Link]) -> Style {
    let web = |number: &u16| {
        let link = links.get(usize::from(*number).wrapping_sub(1));
        link.is_some_and(|link| matches!(link.target, Target::Web { .. }))
    };
    let plain = Style { underline_color: None, ..style };
    number.filter(web).map_or(plain, |number| cells::of_link(plain, number))
}

/// Names of people (`@maria`) stand out.
fn mentions(text: &str, style: Style, look: &Look, spans: &mut Vec<Span<'static>>) {
    let mut rest = text;
    let mut from = 0;
    while let Some(at) = rest.get(from..).and_then(|tail| tail.find('@')).map(|at| at + from) {
        let name = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '_' | '-');
        let length = rest[at + 1..].find(|sign| !name(sign)).unwrap_or(rest.len() - at - 1);
        let begins = !rest[..at].ends_with(|sign: char| sign.is_alphanumeric());
        if length > 0 && begins {
            if at > 0 {
                spans.push(Span::styled(rest[..at].to_owned(), style));
            }
            spans.push(Span::styled(rest[at..=at + length].to_owned(), look.theme.strong));
            rest = &rest[at + 1 + length..];
            from = 0;
        } else {
            from = at + 1;
        }
    }
    if !rest.is_empty() || text.is_empty() {
        spans.push(Span::styled(rest.to_owned(), style));
    }
}

/// Character references were decoded after the text was made safe: once more, at this edge.
fn printable(text: &str, ascii: bool) -> Cow<'_, str> {
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) || (!ascii && cells::is_simple(text)) {
        return Cow::Borrowed(text);
    }
    let safe = SafeText::line_within(text, TextLimit(text.len().saturating_mul(3).saturating_add(8)));
    Cow::Owned(safe.as_str().chars().map(|sign| shown(sign, ascii)).collect())
}

/// What stands for a sign: the frames of tables have others where a terminal has no such signs.
const fn shown(sign: char, ascii: bool) -> char {
    match sign {
        BAR => '|',
        sign if !ascii => sign,
        '─' | '━' => '-',
        '│' | '┃' => '|',
        '┌' | '┐' | '└' | '┘' | '├' | '┤' | '┬' | '┴' | '┼' => '+',
        other => other,
    }
}

fn is_table(spans: &[Span<'_>]) -> bool {
    let first = spans.iter().find(|span| !span.content.trim_matches([' ', '>']).is_empty());
    first.is_some_and(|span| span.content.trim_start().starts_with(['│', '┌', '├', '└']))
}

/// How far the lines after a broken one are moved in: under the text of a list item or quotation.
fn hanging(text: &str) -> usize {
    let lead = text.len() - text.trim_start_matches([' ', '>']).len();
    let rest = text.get(lead..).unwrap_or_default();
    if let Some(item) = rest.strip_prefix("- ") {
        let task = ["[ ] ", "[x] "].iter().any(|mark| item.starts_with(mark));
        return lead + if task { 6 } else { 2 };
    }
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let numbered = digits > 0 && rest.get(digits..).is_some_and(|after| after.starts_with(". "));
    if numbered { lead + digits + 2 } else { lead }
}

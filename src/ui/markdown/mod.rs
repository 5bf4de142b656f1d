//! Foreign markdown to lines of a given width. `tui-markdown` lays it out, block by block; `prepare` makes it ready
//! for that, and this file sees to it that hostile text can't make it slow, and that nothing unprintable comes out
//! (character references such as `&#27;` are decoded after the text was made safe).

mod formulas;
mod latex;
mod prepare;
mod sheet;
mod signs;

use std::borrow::Cow;
use std::hash::{DefaultHasher, Hasher};
use std::ops::ControlFlow;

use ratatui::style::Style;
use ratatui::text::{Line, Span, Text};
use tui_markdown::{ImageFallback, Options};

pub use prepare::{Link, MAX_LINKS};

use crate::domain::{SafeText, Target, TextLimit};

use super::cells;
use super::code::Highlighter;
use super::theme::Look;
use super::wrap::{Breaking, wrap, wrap_whole};
use prepare::{Block, LINK};
use sheet::{FENCE, LINKED, Sheet};

/// So much of a text is read as markdown; what is beyond is shown as it was written.
const MARKDOWN_BYTES: usize = 256 * 1024;

/// Said where that begins.
const BEYOND: &str =
    "It is long: from here on it stands as it was written, not laid out, and its links have no numbers.";

/// Quotations and lists nested deeper than this are shown as they were written: every level costs a prefix on every
/// line, so that a line of ten thousand `>` would make a hundred million of them.
const MAX_DEPTH: usize = 12;

/// Columns that a column of a table needs at least to be read; a table that has less scrolls sideways.
const TABLE_COLUMN: usize = 10;

/// Columns of a column in one that does, at the most.
const WIDE_COLUMN: usize = 24;

/// The widest that a table is laid out.
const TABLE_WIDTH: usize = 400;

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
    let tamed = formulas::with_formulas(&tame(read), look.ascii);
    let Output { lines, parts, links, limit } = out;
    let first = lines.len();
    prepare::blocks(&tamed, look.ascii, links, |block, links| {
        if lines.len() > first {
            lines.push(Line::default());
        }
        parts.push((lines.len(), mark(tamed.get(block.range.clone()).unwrap_or_default())));
        append_block(&block, &mut Laying { width, look, links, limit: *limit, lines });
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

/// What blocks are laid out with, and onto.
struct Laying<'l> {
    width: usize,
    look: &'l Look,
    /// Links by their numbers, from 1 on.
    links: &'l [Link],
    /// No more lines than this.
    limit: usize,
    lines: &'l mut Vec<Line<'static>>,
}

impl Laying<'_> {
    fn wrap(&mut self, line: Line<'static>, hanging: usize, exact: bool) {
        wrap_whole(line, Breaking { width: self.width, hanging, exact }, self.limit, self.lines);
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

fn append_block(block: &Block, laying: &mut Laying<'_>) {
    let (width, look) = (laying.width, laying.look);
    let wide = block.columns * TABLE_COLUMN > width;
    let table = if wide { (block.columns * WIDE_COLUMN).min(TABLE_WIDTH).max(width) } else { width };
    let options = Options::new(Sheet { theme: look.theme, plain: look.plain })
        .image_fallback(ImageFallback::AltTextAndUrl)
        .table_width(if block.columns > 0 { table } else { width }.min(u16::MAX.into()) as u16);
    let rendered: Text<'_> = tui_markdown::from_str_with_options(&block.source, &options);
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
                None => append(line, block.columns > 0, laying),
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
    let mut spans: Vec<Span<'static>> = Vec::with_capacity(line.spans.len());
    let table = tables && is_table(&line.spans);
    for (span, number) in line.spans.iter().zip(numbers(&line.spans)) {
        let style = linked(span.style, number, laying.links);
        let text = printable(&span.content, look.ascii);
        let text = match text.split_once(LINK) {
            Some((before, rest)) => {
                let arrow = if look.plain && !table { "link " } else { look.marks.leads };
                // The number and whose it is stay together.
                Cow::Owned(format!("{before}{arrow}{}", rest.replace(' ', "\u{a0}")))
            }
            None => text,
        };
        mentions(&text, style, look, &mut spans);
    }
    let safe = Line { spans, style: line.style, alignment: None };
    let text: String = safe.spans.iter().map(|span| span.content.as_ref()).collect();
    if text == "---" {
        laying.lines.push(Line::styled(look.marks.rule.repeat(width), look.theme.border));
    } else if table && (width + 1..=2 * TABLE_WIDTH).contains(&cells::width(&text)) {
        laying.lines.push(safe);
    } else {
        laying.wrap(safe, if table { 0 } else { hanging(&text) }, table);
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
        if style == Style::default() && length > 0 && begins {
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
    if !ascii {
        return Cow::Owned(safe.as_str().to_owned());
    }
    Cow::Owned(safe.as_str().chars().map(ascii_frame).collect())
}

/// The frames of tables, for terminals that have no such signs.
const fn ascii_frame(sign: char) -> char {
    match sign {
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

/// Splits after the last whole line within so many bytes.
fn split_at_line(text: &str, bytes: usize) -> (&str, &str) {
    if text.len() <= bytes {
        return (text, "");
    }
    let end = (0..=bytes).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let end = text.get(..end).and_then(|head| head.rfind('\n')).map_or(end, |newline| newline + 1);
    text.split_at(end)
}

/// Takes the nesting out of lines that nest deeper than people read, by escaping the marker that goes too far.
fn tame(text: &str) -> Cow<'_, str> {
    if text.lines().all(|line| too_deep(line).is_none()) {
        return Cow::Borrowed(text);
    }
    let mut tamed = String::with_capacity(text.len() + 64);
    for line in text.split_inclusive('\n') {
        match too_deep(line).and_then(|at| line.split_at_checked(at)) {
            // Blanks before a marker could make it the next level all the same: they go.
            Some((head, tail)) => {
                tamed.push_str(head.trim_end());
                tamed.push_str(" \\");
                tamed.push_str(tail);
            }
            None => tamed.push_str(line),
        }
    }
    Cow::Owned(tamed)
}

/// Where the marker stands that opens one level too many, or the text that is indented too far.
fn too_deep(line: &str) -> Option<usize> {
    let (mut depth, mut blanks) = (0, 0);
    let mut signs = line.char_indices().peekable();
    while let Some((at, sign)) = signs.next() {
        match sign {
            ' ' => {
                blanks += 1;
                // Two blanks carry a level of a list.
                if blanks > MAX_DEPTH * 8 {
                    let rest = line.get(at..).unwrap_or_default();
                    return Some(at + (rest.len() - rest.trim_start_matches(' ').len()));
                }
                continue;
            }
            '>' | '-' | '+' | '*' | ':' => depth += 1,
            '0'..='9' => {
                while signs.peek().is_some_and(|(_, next)| next.is_ascii_digit()) {
                    signs.next();
                }
                if !signs.peek().is_some_and(|(_, next)| matches!(next, '.' | ')')) {
                    return None;
                }
                signs.next();
                depth += 1;
            }
            _ => return None,
        }
        let opens = sign == '>' || signs.peek().is_none_or(|(_, next)| *next == ' ' || *next == '\n');
        if !opens {
            return None;
        }
        if depth > MAX_DEPTH {
            return Some(at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::cells;
    use crate::ui::theme::ThemeName;
    use proptest::prelude::*;

    fn write(text: &SafeText, width: usize, look: &Look, limit: usize, lines: &mut Vec<Line<'static>>) {
        let (mut parts, mut led) = (Vec::new(), Vec::new());
        render(text, width, look, &mut Output { lines, parts: &mut parts, links: &mut led, limit });
    }

    fn lines_of(markdown: &str, width: usize, look: &Look) -> Vec<String> {
        let mut out = Vec::new();
        write(&SafeText::block(markdown), width, look, 20_000, &mut out);
        out.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_description_keeps_its_shape() {
        let markdown = "# Method\n\nWe measured **12** samples twice.\n\n- first a long item that wraps\n- [x] done\n\n```sh\nrun --all\n```\n\n> quoted words that go on\n";
        assert_eq!(
            lines_of(markdown, 22, &Look::default()),
            [
                "Method",
                "",
                "We measured 12 samples",
                "twice.",
                "",
                "- first a long item",
                "  that wraps",
                "- [x] done",
                "",
                "  run --all",
                "",
                "> quoted words that go",
                "  on",
            ]
        );
    }

    #[test]
    fn plain_text_keeps_its_markers() {
        let plain = Look::new(ThemeName::Dark, false, false, true);
        assert_eq!(
            lines_of("## Method\n\n```sh\nrun\n```\n", 30, &plain),
            ["## Method", "", "```sh", "run", "```"]
        );
    }

    #[test]
    fn tables_are_fitted_and_framed_in_what_the_terminal_has() {
        let table = "| run | T |\n|---|---|\n| 7 | 301 K |\n";
        assert_eq!(lines_of(table, 30, &Look::default())[0], "┌─────┬───────┐");
        assert_eq!(
            lines_of(table, 30, &Look::new(ThemeName::Dark, true, false, false))[0],
            "+-----+-------+"
        );
    }

    #[test]
    fn tables_that_fit_are_fitted_and_those_that_do_not_keep_their_columns() {
        let prose = "| what | why |\n|---|---|\n| a | a reason that goes on for quite a while |\n";
        assert!(lines_of(prose, 30, &Look::default()).iter().all(|line| cells::width(line) <= 30));
        let wide = format!("|{}\n|{}\n|{}\n", " name |".repeat(6), "---|".repeat(6), " 12345678 |".repeat(6));
        let lines = lines_of(&wide, 40, &Look::default());
        assert!(lines.iter().all(|line| cells::width(line) == 67), "{lines:?}");
    }

    #[test]
    fn character_references_bring_no_control_characters_in() {
        let text = lines_of("a&#27;[2Jb&#x9b;c&#x202E;d&ZeroWidthSpace;e&#7;", 80, &Look::default()).concat();
        assert!(text.starts_with('a') && text.contains("cde"), "{text}");
        assert!(
            text.chars().all(|sign| !sign.is_control() && sign != '\u{202E}' && sign != '\u{200B}'),
            "{text:?}"
        );
    }

    #[test]
    fn deep_nesting_is_shown_as_it_was_written() {
        let deep = format!("{} text", "> ".repeat(3_000));
        let lines = lines_of(&deep, 80, &Look::default());
        assert!(lines.len() < 200, "{} lines", lines.len());
        let lists = lines_of(&"- ".repeat(30_000), 80, &Look::default());
        assert!(lists.len() < 2_000, "{} lines", lists.len());
        let quote = lines_of("> > > three deep is fine", 80, &Look::default());
        assert_eq!(quote, [">>> three deep is fine"]);
    }

    #[test]
    fn a_hostile_megabyte_is_bounded() {
        for unit in
            ["> ", "- ", "*", "[", "![", "`", "|", "$", "<a ", "1. ", ": ", "[^1]: ", "| a\n", "\u{E0C0}\n"]
        {
            let lines = lines_of(&unit.repeat((1 << 20) / unit.len()), 60, &Look::default());
            assert!(lines.len() <= 20_000, "{unit:?}");
        }
    }

    #[test]
    fn what_lies_beyond_the_first_part_is_shown_as_written() {
        let text = format!("{}\n**end**", "word\n\n".repeat(MARKDOWN_BYTES / 6 + 10));
        let mut out = Vec::new();
        write(&SafeText::block(&text), 60, &Look::default(), usize::MAX, &mut out);
        assert_eq!(out.last().map(ToString::to_string).as_deref(), Some("**end**"));
        let said = out.iter().filter(|line| line.to_string().starts_with("! It is long")).count();
        assert_eq!(said, 1);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn random_markdown_never_panics_and_stays_printable(
            parts in proptest::collection::vec(
                prop_oneof![
                    "[ -~]{0,20}", "\\PC{0,8}",
                    proptest::sample::select(vec![
                        "\n", "\n\n", "> ", "- ", "1. ", "    ", "```\n", "| a | b |\n|---|---|\n", "# ", "**", "_", "~~",
                        "[x](", "![", "](u)", "<b>", "&#27;", "&#x202e;", "$$", "[^1]", "[^1]: ", ": ", "---\n", "\\", "- [ ] ",
                        "> [!NOTE]\n",
                    ]).prop_map(str::to_owned),
                ], 0..40),
            width in 0usize..50, ascii: bool, plain: bool,
        ) {
            let look = Look::new(ThemeName::Dark, true, !ascii, plain);
            for line in lines_of(&parts.concat(), width, &look) {
                let safe = SafeText::line_within(&line, TextLimit(usize::MAX / 2));
                prop_assert_eq!(safe.as_str(), line.as_str());
                let one = unicode_segmentation::UnicodeSegmentation::graphemes(line.as_str(), true).count() == 1;
                let table = line.contains(['│', '┌', '├', '└', '|', '+']);
                prop_assert!(one || table || cells::width(&line) <= width.max(1), "{:?}", line);
            }
        }
    }
}

//! Foreign markdown to lines of a given width. `tui-markdown` does the reading; this file sees to it that hostile
//! text can't make it slow, and that nothing unprintable comes out (character references such as `&#27;` are decoded
//! after the text was made safe).

use std::borrow::Cow;

use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span, Text};
use tui_markdown::{AlertKind, ImageFallback, Options, StyleSheet};

use crate::domain::{SafeText, TextLimit};

use super::theme::{Look, Theme};
use super::wrap::{Breaking, wrap};

/// So much of a text is read as markdown; what is beyond is shown as it was written.
const MARKDOWN_BYTES: usize = 256 * 1024;

/// Quotations and lists nested deeper than this are shown as they were written: every level costs a prefix on every
/// line, so that a line of ten thousand `>` would make a hundred million of them.
const MAX_DEPTH: usize = 12;

/// Stands where a block of code begins and ends in what `tui-markdown` gives back; such lines are not shown. A private
/// sign: a text that has it itself only loses the indentation of its code.
const FENCE: &str = "\u{E0C0}";

/// Appends a markdown text, `width` columns wide, until `out` has `limit` lines.
pub fn render(text: &SafeText, width: usize, look: &Look, limit: usize, out: &mut Vec<Line<'static>>) {
    let (read, beyond) = split_at_line(text.as_str(), MARKDOWN_BYTES);
    let tamed = tame(read);
    let options = Options::new(Sheet { theme: look.theme, plain: look.plain })
        .image_fallback(ImageFallback::AltTextAndUrl)
        .table_width(width.min(u16::MAX.into()) as u16);
    let rendered: Text<'_> = tui_markdown::from_str_with_options(&tamed, &options);
    let mut code = false;
    for line in &rendered.lines {
        match line.spans.iter().find_map(|span| span.content.strip_prefix(FENCE)) {
            Some(language) if look.plain => {
                let fence = Line::from(format!("```{}", printable(language, true)));
                wrap(&fence, Breaking { width, hanging: 0, exact: true }, limit, out);
                code = !code;
            }
            Some(_) => code = !code,
            None => append(line, code, width, look, limit, out),
        }
        if out.len() >= limit {
            return;
        }
    }
    for line in beyond.lines() {
        wrap(&Line::from(line), Breaking { width, hanging: 0, exact: true }, limit, out);
    }
}

/// One rendered line, made safe, and broken so that lists, quotations and code keep their shape.
fn append(
    line: &Line<'_>,
    code: bool,
    width: usize,
    look: &Look,
    limit: usize,
    out: &mut Vec<Line<'static>>,
) {
    let mut spans: Vec<Span<'_>> = Vec::with_capacity(line.spans.len() + 1);
    if code && !look.plain {
        spans.push(Span::raw("  "));
    }
    spans
        .extend(line.spans.iter().map(|span| Span::styled(printable(&span.content, look.ascii), span.style)));
    let safe = Line { spans, style: line.style, alignment: None };
    let text = safe.to_string();
    if text == "---" && !code {
        out.push(Line::styled(look.marks.rule.repeat(width), look.theme.border));
        return;
    }
    let table = is_table(&line.spans);
    let hanging = match (table, code) {
        (true, _) => 0,
        (_, true) => 4,
        _ => hanging(&text),
    };
    wrap(&safe, Breaking { width, hanging, exact: code || table }, limit, out);
}

/// Character references were decoded after the text was made safe: once more, at this edge.
fn printable(text: &str, ascii: bool) -> Cow<'_, str> {
    if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
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

/// What foreign markdown looks like.
#[derive(Debug, Clone)]
struct Sheet {
    theme: &'static Theme,
    plain: bool,
}

impl StyleSheet for Sheet {
    fn heading(&self, level: u8) -> Style {
        if level == 1 { self.theme.heading.add_modifier(Modifier::UNDERLINED) } else { self.theme.heading }
    }

    fn heading_marker(&self, level: u8) -> &str {
        // Where styles say little, the marker says it.
        if self.plain { "######".get(..level.clamp(1, 6).into()).unwrap_or("#") } else { "" }
    }

    fn code(&self) -> Style {
        self.theme.code
    }

    fn code_block_fence(&self) -> &str {
        FENCE
    }

    fn link(&self) -> Style {
        self.theme.link
    }

    fn blockquote(&self) -> Style {
        self.theme.quote
    }

    fn heading_meta(&self) -> Style {
        self.theme.dim
    }

    fn metadata_block(&self) -> Style {
        self.theme.dim
    }

    fn html(&self) -> Style {
        self.theme.dim
    }

    fn math_inline(&self) -> Style {
        self.theme.code
    }

    fn math_display(&self) -> Style {
        self.theme.code
    }

    fn footnote_ref(&self) -> Style {
        self.theme.dim
    }

    fn footnote_def(&self) -> Style {
        self.theme.dim
    }

    fn alert(&self, kind: AlertKind) -> Style {
        match kind {
            AlertKind::Warning | AlertKind::Caution => self.theme.warn,
            _ => self.theme.quote,
        }
    }

    fn alert_icon(&self, _kind: AlertKind) -> &'static str {
        // Signs whose width terminals disagree on are not drawn.
        ""
    }

    fn table_header(&self) -> Style {
        self.theme.strong
    }

    fn table_border(&self) -> Style {
        self.theme.border
    }

    fn list_marker(&self) -> Style {
        self.theme.text
    }

    fn image_alt(&self) -> Style {
        self.theme.dim
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::cells;
    use crate::ui::theme::ThemeName;
    use proptest::prelude::*;

    fn lines_of(markdown: &str, width: usize, look: &Look) -> Vec<String> {
        let mut out = Vec::new();
        render(&SafeText::block(markdown), width, look, 20_000, &mut out);
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
        assert!(lines_of(table, 8, &Look::default()).iter().all(|line| cells::width(line) <= 8));
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
        render(&SafeText::block(&text), 60, &Look::default(), usize::MAX, &mut out);
        assert_eq!(out.last().map(ToString::to_string).as_deref(), Some("**end**"));
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
                prop_assert!(one || cells::width(&line) <= width.max(1), "{:?}", line);
            }
        }
    }
}

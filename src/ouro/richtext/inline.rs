//! Inline nodes of a document as markdown: words with their marks, so that a reader of markdown finds those marks again
//! and takes nothing else for one.

use std::fmt::Write as _;

use serde_json::Value;

use super::tiptap::{attr_text, kind, longest_run};

/// Stands between a word and a mark where markdown would take the mark for a part of the word: a sign without width, as
/// a reference, so that nothing is left of it once the text is laid out.
const JOINT: &str = "&#8203;";

/// An opening bracket that begins neither a link nor, escaped, a formula.
const BRACKET: &str = "&#91;";

/// A line of words that is being written.
#[derive(Debug, Default)]
pub(super) struct Words {
    out: String,
    /// The sign before the marks that `out` ends with, if it ends with marks.
    inside: Option<char>,
}

impl Words {
    /// What was written. A break behind which nothing comes breaks nothing: it would stand there as a sign.
    pub(super) fn done(mut self) -> String {
        while self.out.ends_with("\\\n") {
            self.out.truncate(self.out.len() - 2);
        }
        self.out
    }

    /// Markdown as it is.
    pub(super) fn raw(&mut self, markdown: &str) {
        self.join(markdown.chars().next(), false);
        self.out.push_str(markdown);
        self.inside = None;
    }

    /// The place where a line may be told to break.
    pub(super) fn line_break(&mut self, sign: &str) {
        self.out.push_str(sign);
        self.inside = None;
    }

    /// Words that are no mark, as they are.
    pub(super) fn plain(&mut self, text: &str) {
        self.join(text.chars().next(), false);
        let text = if self.is_at_start() { self.guarded_start(text) } else { text };
        escape_into(&mut self.out, text);
        if !text.is_empty() {
            self.inside = None;
        }
    }

    fn is_at_start(&self) -> bool {
        self.out.is_empty() || self.out.ends_with('\n')
    }

    /// A line that begins like a heading, a quotation, a list, a table or a rule is none. Returns what is left to be
    /// written of it.
    fn guarded_start<'t>(&mut self, text: &'t str) -> &'t str {
        let text = text.trim_start();
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        if (1..10).contains(&digits) && text[digits..].starts_with(['.', ')']) {
            self.out.push_str(&text[..digits]);
            self.out.push('\\');
            return &text[digits..];
        }
        if text.starts_with(['#', '>', '-', '+', '=', '|', ':']) || text.starts_with("~~~") {
            self.out.push('\\');
        }
        text
    }

    /// A text node with its marks. Spaces at its ends stay outside, where markdown wants them.
    pub(super) fn text(&mut self, node: &Value) {
        let text = node.get("text").and_then(Value::as_str).unwrap_or_default();
        // What breaks lines here breaks none on the page.
        let text = text.replace(['\n', '\r', '\t'], " ");
        let core = text.trim();
        let marks = Marks::of(node);
        if core.is_empty() || marks.is_none() {
            return self.plain(&text);
        }
        let start = text.len() - text.trim_start().len();
        self.plain(&text[..start]);
        self.marked(core, &marks);
        self.plain(&text[start + core.len()..]);
    }

    fn marked(&mut self, core: &str, marks: &Marks<'_>) {
        let mut inner = String::new();
        match (marks.code, marks.link) {
            (true, _) => code_span(core, &mut inner),
            (false, Some(_)) => escape_label(&mut inner, core),
            (false, None) => escape_into(&mut inner, core),
        }
        let signs = marks.signs.concat();
        // Of two kinds of marks the outer one stands beside the inner one.
        let mixed = Some('~').filter(|_| signs.contains('*') && signs.contains('~'));
        let first = mixed.or_else(|| inner.chars().next());
        let last = mixed.or_else(|| inner.chars().next_back());
        match marks.link {
            None => {
                self.join(first, !signs.is_empty());
                self.out.push_str(&signs);
                self.out.push_str(&inner);
                self.out.extend(marks.signs.iter().rev().copied());
                self.inside = last.filter(|_| !signs.is_empty());
            }
            Some(href) if signs.is_empty() && !marks.code && is_address(core, href) => {
                self.raw(&format!("<{core}>"));
            }
            Some(href) => {
                let ends: String = marks.signs.iter().rev().copied().collect();
                self.raw(&format!("[{signs}{inner}{ends}]({})", target(href)));
            }
        }
    }

    /// Sees to it that marks before and behind this place are found: `next` stands behind, after marks if `marks`.
    fn join(&mut self, next: Option<char>, marks: bool) {
        let Some(next) = next else { return };
        let word = |sign: char| !sign.is_whitespace() && !is_sign(sign);
        let before = self.out.chars().next_back();
        let closes = self.inside.is_none_or(|inside| !is_sign(inside) || !word(next) || marks);
        let opens = !marks || before.is_none_or(|before| !word(before) || !is_sign(next));
        let mixes = self.inside.is_some() && (marks || matches!(next, '*' | '~'));
        if !closes || !opens || mixes {
            self.out.push_str(JOINT);
            self.inside = None;
        }
    }
}

/// What a text node is marked with, as far as markdown has it.
struct Marks<'n> {
    link: Option<&'n str>,
    code: bool,
    signs: Vec<&'static str>,
}

impl<'n> Marks<'n> {
    fn of(node: &'n Value) -> Self {
        let marks = node.get("marks").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let has = |name: &str| marks.iter().any(|mark| kind(mark) == name);
        let signs = [("bold", "**"), ("italic", "*"), ("strike", "~~")];
        Self {
            link: link_of(node),
            code: has("code"),
            signs: signs.iter().filter(|(name, _)| has(name)).map(|(_, sign)| *sign).collect(),
        }
    }

    fn is_none(&self) -> bool {
        self.link.is_none() && !self.code && self.signs.is_empty()
    }
}

/// Where a node leads that is marked as a link.
pub(super) fn link_of(node: &Value) -> Option<&str> {
    let marks = node.get("marks").and_then(Value::as_array)?;
    marks.iter().find(|mark| kind(mark) == "link").and_then(|mark| attr_text(mark, "href"))
}

fn is_sign(sign: char) -> bool {
    // As CommonMark tells them: what is no letter, digit or blank.
    !sign.is_alphanumeric() && !sign.is_whitespace()
}

/// An address that is shown as it is.
fn is_address(text: &str, href: &str) -> bool {
    let web = text.starts_with("https://") || text.starts_with("http://");
    text == href && web && !text.contains(|sign: char| sign.is_whitespace() || "<>\\`".contains(sign))
}

/// A link's target; one with spaces or brackets goes into angle brackets.
pub(super) fn target(href: &str) -> String {
    let clean: String = href.chars().filter(|c| !c.is_control() && !matches!(c, '<' | '>')).collect();
    if clean.contains([' ', '(', ')']) { format!("<{clean}>") } else { clean }
}

/// Text in as many back ticks as it takes.
pub(super) fn code_span(text: &str, out: &mut String) {
    let fence = "`".repeat(longest_run(text, '`') + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    let _ = write!(out, "{fence}{space}{}{space}{fence}", text.replace('\n', " "));
}

/// Writes text so that markdown takes none of it for marks. What is no mark where it stands is left as it is.
pub(super) fn escape_into(out: &mut String, text: &str) {
    // These are marks in pairs only.
    let pairs = |sign: char| text.matches(sign).nth(1).is_some();
    let (tildes, carets, dollars) = (pairs('~'), pairs('^'), pairs('$'));
    let mut before = ' ';
    let mut rest = text.char_indices().peekable();
    while let Some((at, sign)) = rest.next() {
        let next = rest.peek().map(|(_, next)| *next);
        let inside = before.is_alphanumeric() && next.is_some_and(char::is_alphanumeric);
        let is_mark = match sign {
            // A bracket that nothing closes is none; and an escaped one would begin a formula.
            '\\' | '*' | '`' | ']' | '<' => true,
            '_' => !inside,
            '~' => tildes,
            '^' => carets,
            '$' => dollars,
            '&' => is_reference(&text[at..]),
            // Behind a heading, what stands in braces is taken for its attributes.
            '{' => next.is_some_and(|next| matches!(next, '#' | '.')),
            _ => false,
        };
        if is_mark {
            out.push('\\');
        }
        out.push(sign);
        before = sign;
    }
}

/// The same for the text of a link, in which every bracket counts.
pub(super) fn escape_label(out: &mut String, text: &str) {
    for (place, part) in text.split('[').enumerate() {
        if place > 0 {
            out.push_str(BRACKET);
        }
        escape_into(out, part);
    }
}

/// `&amp;`, `&#27;`: what would be read as another sign.
fn is_reference(text: &str) -> bool {
    /// The longest name there is, and more.
    const LONGEST: usize = 40;
    let name = text[1..].strip_prefix('#').unwrap_or(&text[1..]);
    let length = name.bytes().take(LONGEST).take_while(u8::is_ascii_alphanumeric).count();
    length > 0 && name[length..].starts_with(';')
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::Modifier;
    use serde_json::json;

    use crate::domain::SafeText;
    use crate::ui::markdown::{Output, render};
    use crate::ui::theme::{Look, ThemeName};

    fn text(words: &str, marks: &[&str]) -> Value {
        let marks: Vec<Value> = marks.iter().map(|mark| json!({ "type": mark })).collect();
        json!({ "type": "text", "text": words, "marks": marks })
    }

    /// As it stands on a page, with the marks that a page without colours still shows.
    fn laid(nodes: &[Value]) -> Vec<(String, bool, bool, bool)> {
        let doc = json!({ "type": "doc", "content": [{ "type": "paragraph", "content": nodes }] });
        let source = crate::ouro::richtext::tiptap::markdown(&doc, &super::super::Names::default());
        let (mut lines, mut parts, mut led) = (Vec::new(), Vec::new(), Vec::new());
        let look = Look::new(ThemeName::Mono, false, true, false);
        let mut out = Output { lines: &mut lines, parts: &mut parts, links: &mut led, limit: 100 };
        render(&SafeText::block(&source), 200, &look, &mut out);
        let mut found: Vec<(String, bool, bool, bool)> = Vec::new();
        for span in lines.iter().flat_map(|line| &line.spans) {
            let has = |modifier| span.style.add_modifier.contains(modifier);
            let marks = (has(Modifier::BOLD), has(Modifier::ITALIC), has(Modifier::CROSSED_OUT));
            match found.last_mut() {
                Some(last) if (last.1, last.2, last.3) == marks => last.0.push_str(&span.content),
                _ => found.push((span.content.to_string(), marks.0, marks.1, marks.2)),
            }
        }
        found
    }

    fn piece(words: &str, marks: &str) -> (String, bool, bool, bool) {
        (words.to_owned(), marks.contains('b'), marks.contains('i'), marks.contains('s'))
    }

    #[test]
    fn marks_that_touch_words_and_each_other_are_all_found() {
        let nodes = [
            text("bold", &["bold"]),
            text("both", &["bold", "italic"]),
            text("italic", &["italic"]),
            text("struck", &["strike"]),
            text("word", &[]),
            text("(tight)", &["bold"]),
            text("word ", &[]),
            text(". odd!", &["italic"]),
            text("end", &[]),
        ];
        let expected = [
            piece("bold", "b"),
            piece("both", "bi"),
            piece("italic", "i"),
            piece("struck", "s"),
            piece("word", ""),
            piece("(tight)", "b"),
            piece("word ", ""),
            piece(". odd!", "i"),
            piece("end", ""),
        ];
        assert_eq!(laid(&nodes), expected);
    }

    #[test]
    fn what_only_looks_like_a_mark_is_text() {
        let words =
            "a*b* _c_ ~~d~~ H~2~O x^2^ $5 or $6 `e` [f](g) <b> &amp; &#27; ~5 & $7 # 1. {#id} \\( \\[";
        assert_eq!(laid(&[text(words, &[])]), [piece(words, "")]);
        let mut kept = String::new();
        escape_into(&mut kept, "costs $5 & more, ~3 h, x^2, snake_case");
        assert_eq!(kept, "costs $5 & more, ~3 h, x^2, snake_case");
    }

    proptest::proptest! {
        #[test]
        fn every_word_and_mark_arrives(
            parts in proptest::collection::vec(
                (proptest::sample::select(vec!["a", "Zz", "(b)", "c.", "!d", "e*", "_f", "~g~", "h i", "5", "\"k\""]), 0_u8..8, 0_u8..2), 1..8),
        ) {
            let mut nodes = Vec::new();
            let mut expected: Vec<(String, bool, bool, bool)> = Vec::new();
            for (words, marks, blank) in parts {
                let on = |bit: u8| marks & (1 << bit) != 0;
                let names = ["bold", "italic", "strike"];
                let names: Vec<&str> = (0..3).filter(|bit| on(*bit)).map(|bit| names[usize::from(bit)]).collect();
                nodes.push(text(words, &names));
                let piece = (words.to_owned(), on(0), on(1), on(2));
                match expected.last_mut() {
                    Some(last) if (last.1, last.2, last.3) == (piece.1, piece.2, piece.3) => last.0.push_str(words),
                    _ => expected.push(piece),
                }
                if blank == 1 {
                    nodes.push(text(" ", &[]));
                    match expected.last_mut() {
                        Some(last) if (last.1, last.2, last.3) == (false, false, false) => last.0.push(' '),
                        _ => expected.push((" ".to_owned(), false, false, false)),
                    }
                }
            }
            let mut found = laid(&nodes);
            // A blank at the end of a line is none.
            for pieces in [&mut found, &mut expected] {
                if let Some(last) = pieces.last_mut() {
                    last.0.truncate(last.0.trim_end().len());
                }
                pieces.retain(|piece| !piece.0.is_empty());
            }
            proptest::prop_assert_eq!(found, expected);
        }
    }
}

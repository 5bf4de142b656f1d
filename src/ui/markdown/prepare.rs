//! Foreign markdown made ready for `tui-markdown`: cut into its top-level blocks, links numbered, formulas readable.
//!
//! The text is read once with the same parser and options. What has to change is changed in the text itself, so that
//! `tui-markdown` still lays out every block; blocks are laid out one by one, so that each can be compared with what
//! was read before, and a table can be wider than the text around it.

use std::ops::{ControlFlow, Range};

use pulldown_cmark::{CodeBlockKind, Event, LinkType, Options, Parser, Tag, TagEnd};

use super::latex;
use super::nested::Shape;
use crate::domain::Target;

/// Stands before the number of a link, in the text that `tui-markdown` sees. A private sign; foreign ones are taken out.
pub(super) const LINK: char = '\u{E0C1}';

/// Stands for a bar in a formula, in the text that `tui-markdown` sees: one would end a cell of a table. A private sign, too.
pub(super) const BAR: char = '\u{E0C2}';

/// So many links have numbers; those after them just show where they lead.
pub const MAX_LINKS: usize = 999;

/// Columns of a host in running text; the end of it says whose it is.
const HOST: usize = 40;

/// A block that stands by itself.
#[derive(Debug, PartialEq)]
pub(super) struct Block {
    /// Its text, changed where it had to be.
    pub(super) source: String,
    /// Where it stood in the text that was given.
    pub(super) range: Range<usize>,
    /// Columns of the widest table in it.
    pub(super) columns: usize,
    /// It is a quotation, or a list that `tui-markdown` would not keep the shape of.
    pub(super) nests: bool,
}

/// A link or image with a number.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Link {
    /// Where it leads.
    pub target: Target,
    /// Whether it is an image.
    pub image: bool,
}

/// The same as `tui-markdown` reads with.
pub(super) fn options() -> Options {
    Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_YAML_STYLE_METADATA_BLOCKS
        | Options::ENABLE_SUPERSCRIPT
        | Options::ENABLE_SUBSCRIPT
        | Options::ENABLE_MATH
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_GFM
        | Options::ENABLE_TABLES
}

/// Cuts a text into blocks and hands them over one by one, until it is told to stop; links are numbered behind those
/// in `links` and added to them.
pub(super) fn blocks(
    text: &str,
    ascii: bool,
    links: &mut Vec<Link>,
    mut take: impl FnMut(Block, &[Link]) -> ControlFlow<()>,
) {
    let mut reader = Reader { text, ascii, links, edits: Vec::new(), open: Vec::new(), words: None };
    let mut depth = 0_usize;
    let mut begin = 0..0;
    let mut columns = 0;
    let mut definitions = false;
    let mut shape = Shape::default();
    for (event, range) in Parser::new_ext(text, options()).into_offset_iter() {
        if depth == 0 {
            begin = range.clone();
            columns = 0;
            shape = Shape::default();
            definitions = matches!(event, Event::Start(Tag::DefinitionList));
            if definitions {
                begin.end = begin.start;
            }
        } else if definitions && !is_of_definitions(&event) {
            // A list of definitions is told to reach over the paragraph after it: it ends with what is in it.
            begin.end = begin.end.max(range.end);
        }
        shape.event(&event);
        match &event {
            Event::Start(tag) => {
                depth += 1;
                if let Tag::Table(alignments) = tag {
                    columns = columns.max(alignments.len());
                }
            }
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        reader.event(event, range, depth);
        if depth == 0 {
            reader.end_words();
            let block = reader.end_block(begin.clone(), columns, shape.nests);
            if take(block, reader.links).is_break() {
                return;
            }
        }
    }
}

pub(super) const fn is_of_definitions(event: &Event<'_>) -> bool {
    use {Tag as T, TagEnd as E};
    matches!(
        event,
        Event::Start(T::DefinitionList | T::DefinitionListTitle | T::DefinitionListDefinition)
            | Event::End(E::DefinitionList | E::DefinitionListTitle | E::DefinitionListDefinition)
    )
}

/// A link, image or block of code that is being read.
enum Open {
    /// A link or image: its address, where its text begins and ends, whether it is shown as the address itself.
    Link { address: String, range: Range<usize>, inner_end: usize, image: bool },
    /// An address in angle brackets.
    Auto { address: String, range: Range<usize> },
    /// A block of code: at the top, to be written with fences; deeper, it stays as it is.
    Code { language: String, text: String, top: bool },
}

struct Reader<'t, 'l> {
    text: &'t str,
    ascii: bool,
    links: &'l mut Vec<Link>,
    /// What is put in place of what, in order.
    edits: Vec<(Range<usize>, String)>,
    open: Vec<Open>,
    /// Running text that may hold addresses, while it goes on without a break.
    words: Option<Range<usize>>,
}

impl Reader<'_, '_> {
    fn event(&mut self, event: Event<'_>, range: Range<usize>, depth: usize) {
        for open in &mut self.open {
            if let Open::Link { inner_end, range: whole, .. } = open
                && !matches!(event, Event::End(TagEnd::Link | TagEnd::Image))
                && range.end <= whole.end
            {
                *inner_end = (*inner_end).max(range.end);
            }
        }
        match event {
            Event::Text(text) => self.words(&text, range),
            Event::Start(Tag::Link { link_type: LinkType::Autolink | LinkType::Email, dest_url, .. }) => {
                self.end_words();
                self.open.push(Open::Auto { address: dest_url.into_string(), range });
            }
            Event::Start(Tag::Link { dest_url, .. }) => self.open_link(dest_url.into_string(), range, false),
            Event::Start(Tag::Image { dest_url, .. }) => self.open_link(dest_url.into_string(), range, true),
            Event::End(TagEnd::Link | TagEnd::Image) => {
                if let Some(open) = self.open.pop() {
                    self.close_link(open);
                }
            }
            Event::Start(Tag::CodeBlock(kind)) => {
                self.end_words();
                let language = match kind {
                    CodeBlockKind::Fenced(language) => language.into_string(),
                    CodeBlockKind::Indented => String::new(),
                };
                self.open.push(Open::Code { language, text: String::new(), top: depth == 1 });
            }
            Event::End(TagEnd::CodeBlock) => {
                self.open.pop_if(|open| matches!(open, Open::Code { top: false, .. }));
            }
            Event::InlineMath(latex) | Event::DisplayMath(latex) => {
                self.end_words();
                let formula = if latex::is_formula(&latex) {
                    code_span(&latex::readable(&latex, self.ascii))
                } else {
                    escaped(&self.text[range.clone()])
                };
                self.edits.push((range, formula));
            }
            Event::FootnoteReference(label) => {
                self.end_words();
                self.edits.push((range, escaped(&format!("[{label}]"))));
            }
            _ => self.end_words(),
        }
    }

    /// Running text: pieces that follow each other without anything between them are one.
    fn words(&mut self, text: &str, range: Range<usize>) {
        if let Some(Open::Code { text: code, top, .. }) = self.open.last_mut() {
            if *top {
                code.push_str(text);
            }
            return;
        }
        let plain = self.open.is_empty() && self.text.get(range.clone()) == Some(text);
        match &mut self.words {
            Some(words) if plain && words.end == range.start => words.end = range.end,
            _ => {
                self.end_words();
                self.words = plain.then_some(range);
            }
        }
    }

    /// Gives addresses in running text their numbers.
    fn end_words(&mut self) {
        let Some(words) = self.words.take() else { return };
        let mut at = words.start;
        while let Some(found) = next_address(&self.text[at..words.end]) {
            let address = &self.text[at + found.start..at + found.end];
            let token = self.token(address, address, false);
            self.edits.push((at + found.start..at + found.end, format!("[{}]({token})", escaped(address))));
            at += found.end;
        }
    }

    fn open_link(&mut self, address: String, range: Range<usize>, image: bool) {
        self.end_words();
        let inner_end = range.start + if image { 2 } else { 1 };
        self.open.push(Open::Link { address, range, inner_end, image });
    }

    fn close_link(&mut self, open: Open) {
        self.end_words();
        match open {
            Open::Link { address, range, inner_end, image } => {
                let inner = range.start + if image { 2 } else { 1 };
                let text = self.text.get(inner..inner_end).unwrap_or_default();
                let token = self.token(&address, text, image);
                self.edits.push((inner_end..range.end, format!("]({token})")));
            }
            Open::Auto { address, range } => {
                let text = self.text.get(range.start + 1..range.end.saturating_sub(1)).unwrap_or_default();
                let token = self.token(&address, text, false);
                self.edits.push((range, format!("[{}]({token})", escaped(text))));
            }
            Open::Code { .. } => {}
        }
    }

    /// What stands for an address: its number, and whose it is unless the text says so.
    fn token(&mut self, address: &str, text: &str, image: bool) -> String {
        let target = Target::read(address, text);
        let says = address == text || address.strip_suffix('/') == Some(text);
        let whose = match &target {
            Target::Web { doubt: None, .. } if says => String::new(),
            Target::Web { host, doubt, .. } => {
                format!(" {}{}", if doubt.is_some() { "!" } else { "" }, last_columns(host.as_str()))
            }
            Target::Asset { kind, .. } => format!(" {kind}"),
            Target::Other(address) if says => format!(" {}", last_columns(address.as_str())),
            Target::Other(address) => format!(" !{}", last_columns(address.as_str())),
        };
        if self.links.len() >= MAX_LINKS {
            return format!("<{}>", clean(&format!("{LINK}{}", target.address())));
        }
        self.links.push(Link { target, image });
        format!("<{LINK}{}{}>", self.links.len(), clean(&whose))
    }

    fn end_block(&mut self, range: Range<usize>, columns: usize, nests: bool) -> Block {
        let source = match self.open.pop() {
            Some(Open::Code { language, text, .. }) => fenced(&language, &text),
            _ => edited(self.text, range.clone(), &mut self.edits),
        };
        self.open.clear();
        self.edits.clear();
        Block { source, range, columns, nests }
    }
}

/// The text with its edits made.
fn edited(text: &str, range: Range<usize>, edits: &mut [(Range<usize>, String)]) -> String {
    edits.sort_by_key(|(range, _)| range.start);
    let mut out = String::with_capacity(range.len() + edits.len() * 8);
    let mut at = range.start;
    for (place, new) in edits.iter() {
        // What overlaps lies inside of what was changed already.
        if place.start < at {
            continue;
        }
        out.push_str(text.get(at..place.start).unwrap_or_default());
        out.push_str(new);
        at = place.end;
    }
    out.push_str(text.get(at..range.end.max(at)).unwrap_or_default());
    out
}

/// The next address in running text.
fn next_address(text: &str) -> Option<Range<usize>> {
    let mut from = 0;
    loop {
        let at = from + text.get(from..)?.find("http")?;
        let rest = &text[at..];
        let scheme = ["https://", "http://"].iter().find(|scheme| rest.starts_with(**scheme));
        let starts = text[..at].chars().next_back().is_none_or(|before| !before.is_alphanumeric());
        if let Some(scheme) = scheme.filter(|_| starts) {
            let end = rest.find(|sign: char| sign.is_whitespace() || "<>\"`|\\^{}".contains(sign));
            let address = rest[..end.unwrap_or(rest.len())]
                .trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '*', '_']);
            // A bracket that was opened before it does not belong to it.
            let closes = address.matches(')').count() > address.matches('(').count();
            let address = if closes { address.trim_end_matches([')', '.', ',']) } else { address };
            if address.len() > scheme.len() {
                return Some(at..at + address.len());
            }
        }
        from = at + 4;
    }
}

/// The end of a long host: it says whose it is.
fn last_columns(host: &str) -> String {
    let length = host.chars().count();
    if length <= HOST {
        return host.to_owned();
    }
    format!("…{}", host.chars().skip(length - HOST + 1).collect::<String>())
}

/// Fit to stand between angle brackets.
fn clean(text: &str) -> String {
    text.chars().filter(|sign| !matches!(sign, '<' | '>' | '\\' | '\n' | '&' | '|' | '`')).collect()
}

/// Text of which markdown takes nothing for marks.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for sign in text.chars() {
        if sign.is_ascii_punctuation() {
            out.push('\\');
        }
        out.push(sign);
    }
    out
}

/// Text in as many back ticks as it takes, fit for a cell of a table.
pub(super) fn code_span(text: &str) -> String {
    let text = text.replace('\n', " ").replace('|', BAR.encode_utf8(&mut [0; 4]));
    if text.trim().is_empty() {
        return String::new();
    }
    let fence = "`".repeat(longest_run(&text) + 1);
    let blank = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{fence}{blank}{text}{blank}{fence}")
}

fn fenced(language: &str, text: &str) -> String {
    let fence = "`".repeat((longest_run(text) + 1).max(3));
    let language: String = language.chars().filter(|sign| *sign != '`' && *sign != '\n').take(64).collect();
    let mut out = format!("{fence}{language}\n{text}");
    if !text.is_empty() && !text.ends_with('\n') {
        out.push('\n');
    }
    out.push_str(&fence);
    out
}

fn longest_run(text: &str) -> usize {
    text.split(|sign| sign != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::super::formulas::with_formulas;
    use super::*;

    fn sources(text: &str) -> (Vec<String>, Vec<String>) {
        let mut links = Vec::new();
        let text = with_formulas(text, false);
        let mut sources = Vec::new();
        blocks(&text, false, &mut links, |block, _| {
            sources.push(block.source.trim_end().replace(LINK, "→"));
            ControlFlow::Continue(())
        });
        (sources, links.iter().map(|link| link.target.address()).collect())
    }

    #[test]
    fn blocks_stand_by_themselves() {
        let text = "# One\n\ntwo\nthree\n\n    indented\n    code\n\n- a\n\n  - b\n\n> quoted\n> on\n\n---\n\n| a |\n|---|\n| b |\n";
        let (blocks, _) = sources(text);
        assert_eq!(
            blocks,
            [
                "# One",
                "two\nthree",
                "```\nindented\ncode\n```",
                "- a\n\n  - b",
                "> quoted\n> on",
                "---",
                "| a |\n|---|\n| b |"
            ]
        );
    }

    #[test]
    fn links_have_numbers_and_say_whose_they_are() {
        let text = "[the *paper*][p], <https://a.example/x>, ![plot](https://b.example/p.png), https://c.example/q?x=(1). [d](post:0193b2aa-8888-7000-8000-000000000002) [e](javascript:x)\n\n[p]: https://evil.example/y \"title\"";
        let (blocks, links) = sources(text);
        assert_eq!(
            blocks,
            [concat!(
                "[the *paper*](<→1 evil.example>), ",
                r"[https\:\/\/a\.example\/x](<→2>), ",
                "![plot](<→3 b.example>), ",
                r"[https\:\/\/c\.example\/q\?x\=\(1\)](<→4>). ",
                "[d](<→5 post>) [e](<→6 !javascript:x>)",
            )]
        );
        assert_eq!(links[3], "https://c.example/q?x=(1)");
        assert_eq!(links.len(), 6);
    }

    #[test]
    fn an_image_in_a_link_has_a_number_of_its_own() {
        let (blocks, links) = sources("[![b](https://x.example/b.svg)](https://y.example)");
        assert_eq!(blocks, ["[![b](<→1 x.example>)](<→2 y.example>)"]);
        assert_eq!(links, ["https://x.example/b.svg", "https://y.example/"]);
    }

    #[test]
    fn formulas_are_readable_and_money_and_code_stay() {
        let (blocks, _) = sources(
            "At \\(T_c \\approx 3\\) and $x^2$, $5 or $6, `\\(a\\)`, \\\\(no\\\\).\n\n\\[\na &= b \\\\\nc^2\n\\]\n\nend",
        );
        assert_eq!(
            blocks,
            ["At `T_c ≈ 3` and `x²`, $5 or $6, `\\(a\\)`, \\\\(no\\\\).", "```math\na = b\nc²\n```", "end"]
        );
    }

    #[test]
    fn definitions_end_where_the_next_paragraph_begins() {
        let (blocks, _) = sources(
            "Term\n: what *it* means\n: and [also](https://a.example/)\n\nThe next.\n\nOther\n: last",
        );
        assert_eq!(
            blocks,
            ["Term\n: what *it* means\n: and [also](<→1 a.example>)", "The next.", "Other\n: last"]
        );
    }

    #[test]
    fn footnotes_keep_their_marks() {
        let (blocks, _) = sources("a[^1]\n\n[^1]: the note");
        assert_eq!(blocks, ["a\\[1\\]", "[^1]: the note"]);
    }
}

//! Quotations and lists: what stands in them is laid out by itself, in the room that is left, and moved in as a whole.
//! `tui-markdown` would put all but the first line of an item at the margin, and quotations, code and paragraphs with it.
//!
//! Lists of nothing but lines are left to it. So is what is nested too deep, or has too little room, to be moved in.

use std::iter::repeat_n;
use std::ops::Range;

use pulldown_cmark::{BlockQuoteKind, Event, Parser, Tag, TagEnd};
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};
use tui_markdown::{AlertKind, StyleSheet as _};

use super::lines::{Laying, append_piece};
use super::prepare::{Block, is_of_definitions, options};
use super::sheet::Sheet;
use super::tame::MAX_DEPTH;

/// Columns that are left to what is moved in, at the least.
const ROOM: usize = 12;

/// Columns that a list in a list is moved in, as `tui-markdown` does it.
const LIST: usize = 4;

/// Tells whether a list holds what has to be moved in, from what is read of it.
#[derive(Debug, Default)]
pub(super) struct Shape {
    /// It does, or it is a quotation.
    pub(super) nests: bool,
    /// The items that are open, innermost last: whether something stands in them already.
    items: Vec<bool>,
}

impl Shape {
    /// Takes the next event.
    pub(super) fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Start(Tag::BlockQuote(_)) => self.nests = true,
            Event::Start(Tag::Item) => self.items.push(false),
            Event::End(TagEnd::Item) => {
                self.items.pop();
            }
            Event::Start(Tag::Paragraph) => self.nests |= self.fill(),
            Event::Start(
                Tag::CodeBlock(_)
                | Tag::Table(_)
                | Tag::HtmlBlock
                | Tag::Heading { .. }
                | Tag::DefinitionList,
            )
            | Event::Rule
            | Event::HardBreak => self.nests |= !self.items.is_empty(),
            _ => {
                self.fill();
            }
        }
    }

    /// Something stands in the innermost item; tells if there was something before.
    fn fill(&mut self) -> bool {
        self.items.last_mut().is_some_and(|filled| std::mem::replace(filled, true))
    }
}

/// A block, with all that is nested in it.
pub(super) fn append(block: &Block, laying: &mut Laying<'_>) {
    if block.nests {
        text(&block.source, 0, laying);
    } else {
        append_piece(&block.source, block.columns, laying);
    }
}

/// What stands by itself in a text.
struct Piece {
    kind: Kind,
    range: Range<usize>,
    columns: usize,
}

enum Kind {
    Quote(Option<BlockQuoteKind>),
    /// A list, and its items.
    List(Vec<Item>),
    /// What `tui-markdown` keeps the shape of.
    Plain,
}

struct Item {
    range: Range<usize>,
    number: Option<u64>,
    /// A task, and whether it is done.
    task: Option<bool>,
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut items: Vec<Item> = Vec::new();
    let (mut shape, mut depth, mut number, mut definitions) = (Shape::default(), 0_usize, None, false);
    for (event, range) in Parser::new_ext(text, options()).into_offset_iter() {
        if depth == 0 {
            shape = Shape::default();
            definitions = matches!(event, Event::Start(Tag::DefinitionList));
            let kind = match &event {
                Event::Start(Tag::BlockQuote(kind)) => Kind::Quote(*kind),
                _ => Kind::Plain,
            };
            if let Event::Start(Tag::List(first)) = event {
                number = first;
            }
            let end = if definitions { range.start } else { range.end };
            pieces.push(Piece { kind, range: range.start..end, columns: 0 });
        }
        shape.event(&event);
        let Some(piece) = pieces.last_mut() else { continue };
        if definitions && depth > 0 && !is_of_definitions(&event) {
            piece.range.end = piece.range.end.max(range.end);
        }
        match &event {
            Event::Start(Tag::Table(alignments)) => piece.columns = piece.columns.max(alignments.len()),
            Event::Start(Tag::Item) if depth == 1 => {
                items.push(Item { range, number, task: None });
                number = number.map(|number| number.saturating_add(1));
            }
            Event::TaskListMarker(done) if depth <= 3 => {
                if let Some(item) = items.last_mut().filter(|item| item.task.is_none()) {
                    item.task = Some(*done);
                }
            }
            _ => {}
        }
        match &event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            let items = std::mem::take(&mut items);
            if shape.nests && !items.is_empty() && !matches!(piece.kind, Kind::Quote(_)) {
                piece.kind = Kind::List(items);
            }
        }
    }
    pieces
}

/// A text that stands in something, or a block as it was read.
fn text(source: &str, depth: usize, laying: &mut Laying<'_>) {
    let first = laying.lines.len();
    for piece in pieces(source) {
        if laying.lines.len() > first {
            laying.lines.push(Line::default());
        }
        self::piece(source, &piece, depth, laying);
        if laying.lines.len() >= laying.limit {
            return;
        }
    }
}

fn piece(source: &str, piece: &Piece, depth: usize, laying: &mut Laying<'_>) {
    let whole = source.get(line_start(source, piece.range.start)..piece.range.end).unwrap_or_default();
    let has_room = depth < MAX_DEPTH && laying.width >= 2 * LIST + ROOM;
    match &piece.kind {
        Kind::Quote(kind) if has_room => {
            let inner = unquoted(whole);
            // What kind of quotation it is stands on a line of its own.
            let body = inner.split_once('\n').map_or("", |(_, body)| body);
            quote(if kind.is_some() { body } else { &inner }, *kind, depth, laying);
        }
        Kind::List(items) if has_room => {
            for item in items {
                self::item(source, item, depth, laying);
                if laying.lines.len() >= laying.limit {
                    return;
                }
            }
        }
        _ => append_piece(whole, piece.columns, laying),
    }
}

/// Where the line begins that a block begins on, if nothing but blanks stands before it.
fn line_start(source: &str, at: usize) -> usize {
    let before = source.get(..at).unwrap_or_default();
    let blanks = before.len() - before.trim_end_matches(' ').len();
    let start = at - blanks;
    if start == 0 || before.get(..start).is_some_and(|before| before.ends_with('\n')) { start } else { at }
}

fn quote(inner: &str, kind: Option<BlockQuoteKind>, depth: usize, laying: &mut Laying<'_>) {
    let sheet = Sheet { theme: laying.look.theme, plain: laying.look.plain };
    let alert = kind.map(alert_of);
    let style = alert.map_or_else(|| sheet.blockquote(), |alert| sheet.alert(alert));
    let first = laying.lines.len();
    if let Some(alert) = alert {
        let label = Span::styled(sheet.alert_label(alert).to_owned(), style.add_modifier(Modifier::BOLD));
        moved_in(("> ", "> "), style, laying, |laying| laying.lines.push(Line::from(label)));
    }
    for (nth, part) in pieces(inner).iter().enumerate() {
        if nth > 0 {
            laying.lines.push(Line::styled(">", style));
        }
        // Signs of quotations in each other stand together.
        let sign = if matches!(part.kind, Kind::Quote(_)) { ">" } else { "> " };
        moved_in((sign, sign), style, laying, |laying| piece(inner, part, depth + 1, laying));
        if laying.lines.len() >= laying.limit {
            return;
        }
    }
    if laying.lines.len() == first {
        laying.lines.push(Line::styled(">", style));
    }
}

fn item(source: &str, item: &Item, depth: usize, laying: &mut Laying<'_>) {
    let start = line_start(source, item.range.start);
    let inner = dedented(source.get(start..item.range.end).unwrap_or_default(), item.task.is_some());
    let marker = item.number.map_or_else(|| "- ".to_owned(), |number| format!("{number}. "));
    let indent = " ".repeat(marker.len());
    let marker = match item.task {
        Some(done) => format!("{marker}[{}] ", if done { 'x' } else { ' ' }),
        None => marker,
    };
    let below = if item.task.is_some() { " ".repeat(marker.len()) } else { indent.clone() };
    let first = laying.lines.len();
    let mut table = 0;
    for (nth, part) in pieces(&inner).iter().enumerate() {
        let list = matches!(part.kind, Kind::List(_)) || starts_list(&inner, part);
        // A list stands right below the words that it belongs to.
        if nth > 0 && !(list && table == 0) {
            laying.lines.push(Line::default());
        }
        table = part.columns;
        let nested = " ".repeat(LIST);
        let (head, rest) = match (nth, list) {
            (0, _) => (marker.as_str(), below.as_str()),
            (_, true) => (nested.as_str(), nested.as_str()),
            (_, false) => (indent.as_str(), indent.as_str()),
        };
        moved_in((head, rest), Style::default(), laying, |laying| piece(&inner, part, depth + 1, laying));
        if laying.lines.len() >= laying.limit {
            return;
        }
    }
    if laying.lines.len() == first {
        laying.lines.push(Line::from(marker.trim_end().to_owned()));
    }
}

/// A list of nothing but lines, which is a plain piece.
fn starts_list(source: &str, piece: &Piece) -> bool {
    let text = source.get(piece.range.clone()).unwrap_or_default().trim_start_matches(' ');
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (sign, rest) = if digits > 0 {
        (text.get(digits..).is_some_and(|rest| rest.starts_with(['.', ')'])), text.get(digits + 1..))
    } else {
        (text.starts_with(['-', '+', '*']), text.get(1..))
    };
    sign && matches!(piece.kind, Kind::Plain) && rest.is_some_and(|rest| rest.starts_with(' '))
}

/// Writes lines in the room beside a prefix, and puts it before them: one before the first, another before the rest.
fn moved_in(
    (head, rest): (&str, &str),
    style: Style,
    laying: &mut Laying<'_>,
    write: impl FnOnce(&mut Laying<'_>),
) {
    let first = laying.lines.len();
    let width = laying.width.saturating_sub(head.len().max(rest.len())).max(1);
    let Laying { look, links, limit, .. } = *laying;
    write(&mut Laying { width, look, links, limit, lines: laying.lines });
    let prefixes = std::iter::once(head).chain(repeat_n(rest, usize::MAX));
    for (line, prefix) in laying.lines.iter_mut().skip(first).zip(prefixes) {
        for span in &mut line.spans {
            span.style = style.patch(line.style).patch(span.style);
        }
        line.style = Style::default();
        let prefix = if line.spans.is_empty() { prefix.trim_end() } else { prefix };
        if !prefix.is_empty() {
            line.spans.insert(0, Span::styled(prefix.to_owned(), style));
        }
    }
}

/// What is quoted, without the signs before its lines.
fn unquoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let blanks = line.bytes().take(3).take_while(|byte| *byte == b' ').count();
        let rest = line.get(blanks..).and_then(|rest| rest.strip_prefix('>'));
        // A line that goes on without a sign belongs to the paragraph before it.
        out.push_str(rest.map_or(line, |rest| rest.strip_prefix(' ').unwrap_or(rest)));
    }
    out
}

/// What stands in an item, without its marker and the blanks that its lines are moved in by.
fn dedented(text: &str, task: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let first = text.lines().next().unwrap_or_default();
    let blanks = first.len() - first.trim_start_matches(' ').len();
    let digits = first.bytes().skip(blanks).take_while(u8::is_ascii_digit).count();
    let marker = blanks + digits + 1;
    let after = first.get(marker..).unwrap_or_default();
    let gap = after.len() - after.trim_start_matches(' ').len();
    // Further to the right, it is code; and where nothing follows, one blank belongs to the marker.
    let content = if gap == 0 || gap > 4 || gap == after.len() { marker + 1 } else { marker + gap };
    for (nth, line) in text.split_inclusive('\n').enumerate() {
        if nth == 0 {
            let line = line.get(content.min(first.len())..).unwrap_or_default();
            let line = if task { line.trim_start_matches(' ').get(3..).unwrap_or(line) } else { line };
            out.push_str(if task { line.strip_prefix(' ').unwrap_or(line) } else { line });
        } else {
            let blanks = line.bytes().take(content).take_while(|byte| *byte == b' ').count();
            out.push_str(line.get(blanks..).unwrap_or_default());
        }
    }
    out
}

const fn alert_of(kind: BlockQuoteKind) -> AlertKind {
    match kind {
        BlockQuoteKind::Note => AlertKind::Note,
        BlockQuoteKind::Tip => AlertKind::Tip,
        BlockQuoteKind::Important => AlertKind::Important,
        BlockQuoteKind::Warning => AlertKind::Warning,
        BlockQuoteKind::Caution => AlertKind::Caution,
    }
}

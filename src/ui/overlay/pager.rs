//! A page over the whole screen, and what is written on those there are.

mod tables;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

use crate::app::State;
use crate::app::diff::text::{Change, Piece, TextDiff};
use crate::app::diff::{self, Fact, Swap};
use crate::app::overlay::compare::{Compare, Other};
use crate::app::overlay::pager::Pager;
use crate::app::reader::Body;
use crate::domain::background::Likeness;
use crate::domain::{EntryBody, EntryStatus, SafeText, Timestamp};

use super::super::cells::{self, Pen};
use super::super::reader::paper::Paper;
use super::super::theme::Look;
use super::sheet;

/// Rows that the frame, the keys and the status line take.
const AROUND: u16 = 4;

/// Words of a run that is the same in both texts, on either side of a change; more of them are left out.
const CONTEXT: usize = 24;

/// Columns of the text.
#[must_use]
pub fn text_width(state: &State) -> u16 {
    let around = if state.look.plain { 2 } else { 4 };
    state.width.saturating_sub(around).clamp(1, state.settings.text_width.max(1))
}

/// Rows of the text.
#[must_use]
pub const fn rows(screen: u16) -> u16 {
    screen.saturating_sub(AROUND)
}

/// Draws a page with its keys; returns where its first line is.
pub(super) fn draw(
    pager: &Pager,
    (titles, keys): (&[&str], &[(&str, &str)]),
    look: &Look,
    screen: Rect,
    buffer: &mut Buffer,
) -> (u16, u16) {
    let below =
        Rect { y: screen.y + screen.height.min(1), height: screen.height.saturating_sub(1), ..screen };
    let (top, rows) = (pager.scroll.top, usize::from(rows(screen.height)));
    let left = pager.lines().len().saturating_sub(top + rows);
    let more = format!("{} more {}", cells::count(left as u64), if left == 1 { "line" } else { "lines" });
    let mut titles = titles.to_vec();
    if left > 0 {
        titles.push(&more);
    }
    let inner = sheet::open(&titles, (below.width, below.height), look, below, buffer);
    let mut pen = Pen::new(buffer, inner, look.marks.ellipsis);
    let last = inner.height.saturating_sub(1);
    for (y, line) in (0..last).zip(pager.lines().iter().skip(top)) {
        pen.line(1, y, line);
    }
    let mut x = 1;
    for (key, what) in keys {
        let room = inner.width.saturating_sub(x + 1);
        if usize::from(room) < cells::width(key) + 1 + cells::width(what) {
            break;
        }
        x += pen.left(x, last, room, key, look.theme.key) + 1;
        x += pen.left(x, last, room, what, look.theme.text) + 2;
    }
    (inner.x + inner.width.min(1), inner.y)
}

/// Draws a comparison.
pub(super) fn draw_compare(compare: &Compare, look: &Look, screen: Rect, buffer: &mut Buffer) -> (u16, u16) {
    let alike = compare.other().is_some_and(|other| other.how.is_some());
    let title = if alike { "Compared with one like it" } else { "Compared with the rejected one" };
    let place = format!("{} of {}", compare.at + 1, compare.others.len());
    let (titles, keys): (&[&str], &[(&str, &str)]) = if compare.others.len() > 1 {
        (
            &[title, &place],
            &[("n", "next"), ("p", "before"), ("j", "scroll"), ("Enter", "go to it"), ("Esc", "close")],
        )
    } else if alike {
        (&[title], &[("j", "scroll"), ("Enter", "go to it"), ("Esc", "close")])
    } else {
        (&[title], &[("j", "scroll"), ("Esc", "close")])
    };
    draw(&compare.pager, (titles, keys), look, screen, buffer)
}

/// The lines of a comparison.
#[must_use]
pub fn compare(state: &State, compare: &Compare, width: u16) -> Vec<Line<'static>> {
    let mut paper = Paper::new(width, &state.look);
    let Some(other) = compare.other() else { return paper.finish() };
    decision(state, compare, other, &mut paper);
    match &other.body {
        Body::Ready(body) => {
            differences(state, body, &compare.entry, &mut paper);
        }
        Body::Missing => paper.wrapped(
            &Line::styled("Its text is not here: only its decision is known.", state.look.theme.dim),
            0,
        ),
        Body::Nothing | Body::Loading => {
            paper.wrapped(&Line::styled("reading its text", state.look.theme.dim), 0);
        }
    }
    paper.finish()
}

/// Whose entry it was, what became of it, and the review it got.
fn decision(state: &State, compare: &Compare, other: &Other, paper: &mut Paper<'_>) {
    let look = paper.look();
    let whose = if other.contributor == compare.contributor {
        "another entry of the same contributor".to_owned()
    } else {
        format!("an entry of {}", state.name_of(other.contributor))
    };
    let day = |at: Timestamp| at.to_string().chars().take(10).collect::<String>();
    let item = other.past.item.filter(|item| Some(*item) != compare.entry.item);
    let item = item.and_then(|item| state.desk.item(item));
    let item = item.map_or(String::new(), |item| format!(", on #{} {}", item.number, item.title));
    let how = match other.how {
        Some(Likeness::Asset) => "; the same asset".to_owned(),
        Some(Likeness::Text) => "; the same text".to_owned(),
        Some(Likeness::Overlap(hundredths)) => format!("; about {hundredths} % of the text"),
        None => String::new(),
    };
    let words = format!("{whose}, submitted on {}{item}{how}", day(other.created_at));
    paper.wrapped(&Line::styled(words, look.theme.text), 2);
    let past = &other.past;
    let words = if past.status == EntryStatus::Submitted {
        "still pending".to_owned()
    } else {
        let at = past.at.map_or(String::new(), |at| format!(" on {}", day(at)));
        let by = past.reviewer.map_or(String::new(), |by| format!(" by {}", state.name_of(by)));
        format!("{}{at}{by}", past.status.word())
    };
    paper.wrapped(&Line::styled(words, look.theme.warn), 2);
    let note = match &other.body {
        // The whole review; what is known beside other entries may be its beginning only.
        Body::Ready(body) => body.review.as_ref().map_or(&past.note, |review| &review.note),
        _ => &past.note,
    };
    if !note.is_empty() {
        paper.markdown(note, "");
    }
    paper.line(Line::default());
}

fn differences(state: &State, before: &EntryBody, after: &EntryBody, paper: &mut Paper<'_>) {
    let swaps = diff::assets(before, after);
    if !swaps.is_empty() {
        paper.title("assets");
        for swap in &swaps {
            swapped(swap, paper);
            tables::write(state, swap, paper);
        }
        paper.line(Line::default());
    }
    let facts = diff::facts(before, after);
    if !facts.is_empty() {
        paper.title("signals that differ");
        for fact in &facts {
            differs(fact, paper);
        }
        paper.line(Line::default());
    }
    paper.title("description");
    let text = TextDiff::of(before.description.as_str(), after.description.as_str());
    let look = paper.look();
    if text.is_same() {
        paper.wrapped(&Line::styled("Word for word the same.", look.theme.warn), 0);
        return;
    }
    let count = |change| cells::count(text.words(change) as u64);
    let words = format!(
        "{} words the same, {} gone [-so-], {} new {{+so+}}",
        count(Change::Same),
        count(Change::Gone),
        count(Change::New)
    );
    paper.wrapped(&Line::styled(words, look.theme.dim), 2);
    write_text(&text.pieces, paper);
    if text.cut {
        paper.wrapped(&Line::styled("The texts are long: their ends were not compared.", look.theme.warn), 0);
    }
}

/// `data  run7.csv → run8.csv`
fn swapped(swap: &Swap, paper: &mut Paper<'_>) {
    let look = paper.look();
    let none: SafeText = "nothing".into();
    let (before, after) = (swap.before.as_ref().unwrap_or(&none), swap.after.as_ref().unwrap_or(&none));
    let mut line = vec![Span::styled(format!("{}  ", swap.key), look.theme.strong)];
    if swap.same {
        line.push(Span::styled(format!("{after}, the same asset"), look.theme.warn));
    } else {
        line.push(Span::styled(format!("{before} "), look.theme.dim));
        line.push(Span::styled(format!("{} {after}", arrow(look)), look.theme.text));
    }
    paper.wrapped(&Line::from(line), 2);
}

const fn arrow(look: &Look) -> &'static str {
    if look.plain { "now" } else { "->" }
}

fn differs(fact: &Fact, paper: &mut Paper<'_>) {
    let look = paper.look();
    let value = |value: &Option<SafeText>| value.as_ref().map_or("none".to_owned(), ToString::to_string);
    let line = Line::from(vec![
        Span::styled(format!("{}  ", fact.name), look.theme.dim),
        Span::styled(format!("{} {} ", value(&fact.before), arrow(look)), look.theme.dim),
        Span::styled(value(&fact.after), look.theme.text),
    ]);
    paper.wrapped(&line, 2);
}

/// The text with what is gone as `[-so-]` and what is new as `{+so+}`; long runs that are the same are shortened.
fn write_text(pieces: &[Piece], paper: &mut Paper<'_>) {
    let look = paper.look();
    let mut line: Vec<Span<'static>> = Vec::new();
    for (number, piece) in pieces.iter().enumerate() {
        let (open, close, style) = match piece.change {
            Change::Same => ("", "", look.theme.text),
            Change::Gone => ("[-", "-]", look.theme.bad),
            Change::New => ("{+", "+}", look.theme.good.add_modifier(Modifier::BOLD)),
        };
        let text = match piece.change {
            Change::Same => shortened(&piece.text, number == 0, number + 1 == pieces.len(), look),
            _ => piece.text.clone(),
        };
        let body = text.trim_end_matches([' ', '\n']);
        let lines: Vec<&str> = body.split('\n').collect();
        for (at, part) in lines.iter().enumerate() {
            if at > 0 {
                flush(&mut line, paper);
            }
            let open = if at == 0 { open } else { "" };
            let close = if at + 1 == lines.len() { close } else { "" };
            line.push(Span::styled(format!("{open}{part}{close}"), style));
        }
        let behind = &text[body.len()..];
        for _ in behind.matches('\n') {
            flush(&mut line, paper);
        }
        if behind.ends_with(' ') {
            line.push(Span::styled(" ", Style::new()));
        }
    }
    if !line.is_empty() {
        flush(&mut line, paper);
    }
}

fn flush(line: &mut Vec<Span<'static>>, paper: &mut Paper<'_>) {
    paper.wrapped(&Line::from(std::mem::take(line)), 0);
}

/// A run that is the same: its middle is left out, or its beginning or end where nothing changed beyond.
fn shortened(text: &str, first: bool, last: bool, look: &Look) -> String {
    let ends: Vec<usize> = text
        .split_inclusive([' ', '\n'])
        .scan(0, |end, word| {
            *end += word.len();
            Some(*end)
        })
        .collect();
    let head = if first { 0 } else { CONTEXT };
    let tail = if last { 0 } else { CONTEXT };
    // A few words more or less are not worth a gap.
    if ends.len() <= head + tail + 8 {
        return text.to_owned();
    }
    let left_out = ends.len() - head - tail;
    let begin = if head == 0 { 0 } else { ends[head - 1] };
    let end = ends[ends.len() - tail - 1];
    let gap = format!("{} {left_out} words the same {}", look.marks.ellipsis, look.marks.ellipsis);
    let before = if head == 0 { "" } else { "\n" };
    let after = if tail == 0 { "" } else { "\n" };
    format!("{}{before}{gap}{after}{}", text[..begin].trim_end(), &text[end..])
}

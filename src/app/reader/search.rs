//! Searching in the page: what was typed, where it stands, and which of these places is looked at.

use std::ops::Range;

use crate::app::State;
use crate::domain::{SafeText, Timestamp};
use crate::ui::cells;
use crate::ui::reader::page::Page;

/// More places than this are not counted.
const MANY: usize = 10_000;

/// Searches that are remembered.
const REMEMBERED: usize = 50;

/// Columns of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// The line of the page.
    pub line: usize,
    /// Columns.
    pub columns: Range<usize>,
}

/// A search that is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    query: SafeText,
    /// Places, each in one piece or, where a line is broken, in several.
    places: Vec<Vec<Piece>>,
    current: usize,
    /// The page it was made for.
    laid: u64,
}

impl Search {
    /// Looks for a text; `from` is the line that the reader is at.
    #[must_use]
    pub fn new(query: SafeText, page: &Page, from: usize) -> Self {
        let places = places(query.as_str(), page);
        let below = places.iter().position(|place| place.first().is_some_and(|piece| piece.line >= from));
        Self { query, places, current: below.unwrap_or(0), laid: page.laid() }
    }

    /// What is looked for.
    #[must_use]
    pub const fn query(&self) -> &SafeText {
        &self.query
    }

    /// How many places there are.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.places.len()
    }

    /// Which place is looked at, from 0.
    #[must_use]
    pub const fn current(&self) -> usize {
        self.current
    }

    /// The pieces on lines of a window, and whether each belongs to the place that is looked at.
    pub fn pieces(&self, lines: Range<usize>) -> impl Iterator<Item = (&Piece, bool)> {
        let first =
            self.places.partition_point(|place| place.last().is_none_or(|piece| piece.line < lines.start));
        let places = self.places.iter().enumerate().skip(first);
        let (end, current) = (lines.end, self.current);
        places
            .take_while(move |(_, place)| place.first().is_some_and(|piece| piece.line < end))
            .flat_map(move |(at, place)| place.iter().map(move |piece| (piece, at == current)))
    }

    fn piece(&self) -> Option<&Piece> {
        self.places.get(self.current)?.first()
    }

    /// To the next place (the one before, below zero); tells if it went around.
    fn step(&mut self, by: i64) -> bool {
        let Ok(count) = i64::try_from(self.places.len()) else { return false };
        if count == 0 {
            return false;
        }
        let wanted = i64::try_from(self.current).unwrap_or(0).saturating_add(by);
        self.current = usize::try_from(wanted.rem_euclid(count)).unwrap_or(0);
        !(0..count).contains(&wanted)
    }
}

/// The page as one text in which broken lines are joined, and where each line begins in it.
struct Joined {
    text: String,
    /// Byte at which a line begins, the line, and the columns that it is moved in.
    lines: Vec<(usize, usize, usize)>,
}

fn joined(page: &Page, fold: bool) -> Joined {
    let mut joined = Joined { text: String::new(), lines: Vec::new() };
    for (number, line) in page.lines_from(0).enumerate() {
        let Some(line) = line else { continue };
        let whole = line.to_string();
        let text = whole.trim_start_matches(' ');
        if text.is_empty() {
            joined.text.push('\n');
            continue;
        }
        joined.lines.push((joined.text.len(), number, whole.len() - text.len()));
        joined.text.extend(text.chars().map(|sign| folded(sign, fold)));
        joined.text.push(' ');
    }
    joined
}

/// One sign for one sign, so that columns can be counted.
fn folded(sign: char, fold: bool) -> char {
    match sign {
        '\u{a0}' => ' ',
        sign if fold => sign.to_lowercase().next().unwrap_or(sign),
        sign => sign,
    }
}

fn places(query: &str, page: &Page) -> Vec<Vec<Piece>> {
    // A capital letter asks for exactly this.
    let fold = !query.chars().any(char::is_uppercase);
    let query: String = query.chars().map(|sign| folded(sign, fold)).collect();
    if query.trim().is_empty() {
        return Vec::new();
    }
    let joined = joined(page, fold);
    let found = joined.text.match_indices(&query).take(MANY);
    found.map(|(at, _)| joined.pieces(at..at + query.len())).collect()
}

impl Joined {
    fn pieces(&self, range: Range<usize>) -> Vec<Piece> {
        let first = self.lines.partition_point(|(begin, ..)| *begin <= range.start).saturating_sub(1);
        let mut pieces = Vec::new();
        for (at, &(begin, line, moved)) in self.lines.iter().enumerate().skip(first) {
            if begin >= range.end {
                break;
            }
            let end = self.lines.get(at + 1).map_or(self.text.len(), |(next, ..)| *next);
            let (from, to) = (range.start.max(begin), range.end.min(end));
            let column = |byte: usize| moved + cells::width(self.text.get(begin..byte).unwrap_or_default());
            let columns = column(from)..column(to);
            if !columns.is_empty() {
                pieces.push(Piece { line, columns });
            }
        }
        pieces
    }
}

impl State {
    /// Begins a search; blanks alone end it.
    pub(in crate::app) fn search(&mut self, query: &SafeText, now: Timestamp) {
        let reader = &mut self.desk.reader;
        reader.uncover();
        if !query.as_str().trim().is_empty() {
            reader.searched.retain(|before| before != query);
            reader.searched.truncate(REMEMBERED - 1);
            reader.searched.push_front(query.clone());
        }
        let Some(page) = reader.page.as_ref().filter(|_| !query.as_str().trim().is_empty()) else {
            reader.search = None;
            return;
        };
        let search = Search::new(query.clone(), page, reader.scroll);
        if search.count() == 0 {
            self.notices.tell(SafeText::line(&format!("\u{201c}{query}\u{201d} is not on this page")), now);
        }
        self.desk.reader.search = Some(search);
        self.show_found();
    }

    /// The last words again: the next place while they are still looked for, else from where the reader is.
    pub(in crate::app) fn search_once_more(&mut self, query: &SafeText, now: Timestamp) {
        match &self.desk.reader.search {
            Some(search) if search.query() == query && search.count() > 0 => self.step_search(1, now),
            _ => self.search(query, now),
        }
    }

    /// To the next place (the one before, below zero).
    pub(in crate::app) fn step_search(&mut self, by: i64, now: Timestamp) {
        self.desk.reader.uncover();
        let Some(search) = &mut self.desk.reader.search else { return };
        if search.step(by) {
            let words =
                if by > 0 { "the search went on from the top" } else { "the search went on from the end" };
            self.notices.tell(words.into(), now);
        }
        self.show_found();
    }

    /// Brings the place that is looked at into the window, also sideways.
    fn show_found(&mut self) {
        let Some((width, height)) = crate::app::desk::size::sizes(self).entry else { return };
        let (width, height) = (usize::from(width), usize::from(height));
        let reader = &mut self.desk.reader;
        let Some(piece) = reader.search.as_ref().and_then(Search::piece) else { return };
        if piece.line < reader.scroll || piece.line >= reader.scroll + height {
            reader.scroll = piece.line.saturating_sub(height / 3);
        }
        if !(reader.shift..reader.shift + width).contains(&piece.columns.start) {
            reader.shift = piece.columns.start.saturating_sub(width / 3);
        }
    }

    /// What is found, on a page that was laid out anew.
    pub(super) fn search_again(&mut self) {
        let reader = &mut self.desk.reader;
        if let (Some(search), Some(page)) = (&mut reader.search, &reader.page)
            && search.laid != page.laid()
        {
            let current = search.current;
            *search = Search::new(search.query.clone(), page, 0);
            search.current = current.min(search.places.len().saturating_sub(1));
        }
    }
}

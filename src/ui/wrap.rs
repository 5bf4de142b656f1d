//! Breaks styled lines at a width: between words where it can, inside a word that is longer than a line. Linear in
//! the text, however hostile it is.

use ratatui::style::Style;
use ratatui::text::{Line, Span};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use super::cells;

/// How lines are broken.
#[derive(Debug, Clone, Copy)]
pub struct Breaking {
    /// Columns of a line.
    pub width: usize,
    /// Columns that lines after the first are moved in.
    pub hanging: usize,
    /// Keep blanks as they are and break anywhere: for code and tables.
    pub exact: bool,
}

/// Breaks one line as [`wrap`] does, and takes over what fits as it is.
pub fn wrap_whole(line: Line<'static>, breaking: Breaking, limit: usize, out: &mut Vec<Line<'static>>) {
    if !fits(&line, breaking.width.max(1)) {
        return wrap(&line, breaking, limit, out);
    }
    if out.len() >= limit {
        return;
    }
    let mut spans: Vec<Span<'static>> = Vec::with_capacity(line.spans.len());
    for span in line.spans.into_iter().filter(|span| !span.content.is_empty()) {
        let style = line.style.patch(span.style);
        match spans.last_mut() {
            Some(last) if last.style == style => last.content.to_mut().push_str(&span.content),
            _ => spans.push(Span::styled(span.content, style)),
        }
    }
    trim_end(&mut spans);
    out.push(Line::from(spans));
}

fn fits(line: &Line<'_>, width: usize) -> bool {
    let mut room = Some(width);
    for span in &line.spans {
        room = room.and_then(|room| room.checked_sub(cells::width_up_to(&span.content, room)));
    }
    room.is_some()
}

/// Breaks one line into as many as it takes, appended to `out`, until `out` has `limit` lines.
pub fn wrap(line: &Line<'_>, breaking: Breaking, limit: usize, out: &mut Vec<Line<'static>>) {
    let width = breaking.width.max(1);
    let hanging = if breaking.hanging * 2 > width { 0 } else { breaking.hanging };
    let mut wrapper =
        Wrapper { width, hanging, limit, out, spans: Vec::new(), used: 0, begun: false, first: true };
    // Most lines fit as they are.
    if fits(line, width) {
        for span in line.spans.iter().filter(|span| !span.content.is_empty()) {
            wrapper.push(&span.content, line.style.patch(span.style));
        }
        wrapper.finish();
        return;
    }
    let mut word: Vec<(&str, Style)> = Vec::new();
    let mut word_width = 0;
    for span in &line.spans {
        let style = line.style.patch(span.style);
        for piece in pieces(&span.content, breaking.exact) {
            if is_blank(piece) && !breaking.exact {
                wrapper.word(&word, word_width);
                word.clear();
                word_width = 0;
                wrapper.blank(piece, style);
            } else {
                word.push((piece, style));
                word_width += cells::width_up_to(piece, width);
            }
            if wrapper.is_full() {
                return;
            }
        }
    }
    wrapper.word(&word, word_width);
    wrapper.finish();
}

fn is_blank(piece: &str) -> bool {
    piece.starts_with(' ')
}

/// Cuts into runs of blanks and runs of everything else.
fn pieces(text: &str, exact: bool) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let end = if exact {
            rest.len()
        } else {
            rest.find(|c| (c == ' ') != (first == ' ')).unwrap_or(rest.len())
        };
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(piece)
    })
}

struct Wrapper<'o> {
    width: usize,
    hanging: usize,
    limit: usize,
    out: &'o mut Vec<Line<'static>>,
    spans: Vec<Span<'static>>,
    used: usize,
    /// Something stands on the line that is no indentation.
    begun: bool,
    /// No line was ended yet: blanks in front are the author's indentation.
    first: bool,
}

impl Wrapper<'_> {
    fn is_full(&self) -> bool {
        self.out.len() >= self.limit
    }

    fn push(&mut self, text: &str, style: Style) {
        match self.spans.last_mut() {
            Some(last) if last.style == style => last.content.to_mut().push_str(text),
            _ => self.spans.push(Span::styled(text.to_owned(), style)),
        }
    }

    /// Blanks between words; where a line is broken they vanish.
    fn blank(&mut self, blanks: &str, style: Style) {
        if !self.begun && !self.first {
            return;
        }
        if blanks.len() < self.width.saturating_sub(self.used) {
            self.push(blanks, style);
            self.used += blanks.len();
        } else if self.begun {
            // No room for another word: the next one begins a line.
            self.used = self.width;
        }
    }

    fn word(&mut self, word: &[(&str, Style)], columns: usize) {
        if word.is_empty() || self.is_full() {
            return;
        }
        if self.used + columns > self.width && self.begun {
            self.end_line();
        }
        if self.used + columns <= self.width {
            for (text, style) in word {
                self.push(text, *style);
            }
            self.used += columns;
            self.begun = true;
            return;
        }
        self.long_word(word);
    }

    /// A word that is longer than a line is broken wherever a line ends.
    fn long_word(&mut self, word: &[(&str, Style)]) {
        for (text, style) in word {
            let mut rest = *text;
            while !rest.is_empty() {
                let plain = cells::plain_run(rest);
                if plain > 0 {
                    let (piece, after) = rest.split_at(plain);
                    self.long_plain(piece, *style);
                    rest = after;
                } else {
                    let sign = rest.graphemes(true).next().unwrap_or(rest);
                    let columns = UnicodeWidthStr::width(sign);
                    self.make_room(columns);
                    self.put(sign, columns, *style);
                    rest = rest.get(sign.len()..).unwrap_or_default();
                }
                if self.is_full() {
                    return;
                }
            }
        }
    }

    /// Signs of one column each: as many as fit on a line go there at once.
    fn long_plain(&mut self, mut text: &str, style: Style) {
        while !text.is_empty() {
            self.make_room(1);
            if self.is_full() {
                return;
            }
            let room = self.width.saturating_sub(self.used).max(1);
            let (piece, after) = text.split_at(text.len().min(room));
            self.put(piece, piece.len(), style);
            text = after;
        }
    }

    /// Begins another line where so many columns are not left.
    fn make_room(&mut self, columns: usize) {
        if self.used + columns <= self.width {
            return;
        }
        if self.begun {
            self.end_line();
        }
        if self.used + columns > self.width {
            // Not even an indentation fits beside it.
            self.spans.clear();
            self.used = 0;
        }
    }

    fn put(&mut self, text: &str, columns: usize, style: Style) {
        if !self.is_full() {
            self.push(text, style);
            self.used += columns;
            self.begun = true;
        }
    }

    fn end_line(&mut self) {
        let mut spans = std::mem::take(&mut self.spans);
        trim_end(&mut spans);
        self.out.push(Line::from(spans));
        (self.begun, self.first) = (false, false);
        self.used = self.hanging;
        if self.hanging > 0 {
            self.spans.push(Span::raw(" ".repeat(self.hanging)));
        }
    }

    fn finish(mut self) {
        if self.is_full() {
            return;
        }
        let mut spans = std::mem::take(&mut self.spans);
        trim_end(&mut spans);
        self.out.push(Line::from(spans));
    }
}

/// Blanks at the end of a line are never drawn.
fn trim_end(spans: &mut Vec<Span<'static>>) {
    while let Some(last) = spans.last_mut() {
        let kept = last.content.trim_end_matches(' ').len();
        if kept > 0 {
            last.content.to_mut().truncate(kept);
            return;
        }
        spans.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use ratatui::style::Stylize;

    fn wrapped(line: &Line<'_>, width: usize, hanging: usize) -> Vec<String> {
        let mut out = Vec::new();
        wrap(line, Breaking { width, hanging, exact: false }, usize::MAX, &mut out);
        out.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn lines_break_between_words_and_hang() {
        let line = Line::from("- We measured twelve samples of the alloy");
        assert_eq!(wrapped(&line, 16, 2), ["- We measured", "  twelve samples", "  of the alloy"]);
        assert_eq!(wrapped(&line, 100, 2), ["- We measured twelve samples of the alloy"]);
    }

    #[test]
    fn long_words_are_broken_and_nothing_is_lost() {
        assert_eq!(wrapped(&Line::from("see abcdefghijkl ok"), 5, 0), ["see", "abcde", "fghij", "kl ok"]);
        assert_eq!(wrapped(&Line::from("日本語"), 3, 0), ["日", "本", "語"]);
        assert_eq!(wrapped(&Line::from("日"), 1, 0), ["日"], "what is wider than the line stands alone");
        assert_eq!(wrapped(&Line::default(), 5, 0), [""]);
    }

    #[test]
    fn a_word_may_change_its_style_and_keeps_it() {
        let line = Line::from(vec!["a ".into(), "bo".bold(), "ld".italic(), " c".into()]);
        let mut out = Vec::new();
        wrap(&line, Breaking { width: 4, hanging: 0, exact: false }, 10, &mut out);
        assert_eq!(out, [Line::from("a"), Line::from(vec!["bo".bold(), "ld".italic()]), Line::from("c")]);
    }

    #[test]
    fn code_keeps_its_blanks() {
        let mut out = Vec::new();
        wrap(&Line::from("a  b  c"), Breaking { width: 4, hanging: 0, exact: true }, 10, &mut out);
        assert_eq!(out.iter().map(ToString::to_string).collect::<Vec<_>>(), ["a  b", "  c"]);
    }

    #[test]
    fn the_limit_ends_it() {
        let mut out = Vec::new();
        wrap(&Line::from("a ".repeat(1_000)), Breaking { width: 2, hanging: 0, exact: false }, 3, &mut out);
        assert_eq!(out.len(), 3);
    }

    proptest! {
        #[test]
        fn no_line_is_too_wide_and_every_letter_is_kept(
            parts in proptest::collection::vec("[a-z日é ]{0,30}", 0..6), width in 2usize..40, hanging in 0usize..10,
        ) {
            let line = Line::from(parts.iter().map(|part| Span::raw(part.clone())).collect::<Vec<_>>());
            let lines = wrapped(&line, width, hanging);
            for line in &lines {
                prop_assert!(cells::width(line) <= width, "{line:?}");
                prop_assert!(!line.ends_with(' '));
            }
            let mut whole = Vec::new();
            wrap_whole(line.clone(), Breaking { width, hanging, exact: false }, usize::MAX, &mut whole);
            prop_assert_eq!(&whole.iter().map(ToString::to_string).collect::<Vec<_>>(), &lines);
            let letters = |text: &str| text.chars().filter(|c| *c != ' ').collect::<String>();
            prop_assert_eq!(letters(&lines.concat()), letters(&parts.concat()));
        }
    }
}

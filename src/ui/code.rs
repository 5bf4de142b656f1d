//! Source code in a few styles: comments, text in quotes, numbers, keywords. Line by line, linear in the text, and
//! without any state but whether a comment or a text goes on.
//!
//! A reviewer needs to see where the comments end, not what an editor knows. Grammars as editors have them (syntect)
//! take megabytes of memory and tens of milliseconds before the first line, on each start over SSH; a list of words
//! and four rules a language take nothing, can't be made slow by hostile text, and look the same in 16 colours.

mod languages;

use ratatui::style::Style;
use ratatui::text::Span;

use super::theme::Theme;
use languages::{BASE, LANGUAGES, Language};

/// What goes on at the end of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Nothing,
    Comment,
    /// A text begun by three of these.
    Triple(char),
}

/// Styles one text of code, line after line.
pub struct Highlighter {
    language: &'static Language,
    theme: &'static Theme,
    open: Open,
    /// Lines that were added and taken out, by their first sign.
    diff: bool,
}

impl Highlighter {
    /// For a language, as fences and endings of files name it. None if it is not known.
    #[must_use]
    pub fn of(name: &str, theme: &'static Theme) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase();
        let new = |language, diff| Self { language, theme, open: Open::Nothing, diff };
        if matches!(name.as_str(), "diff" | "patch") {
            return Some(new(&BASE, true));
        }
        LANGUAGES
            .iter()
            .find(|language| language.names.contains(&name.as_str()))
            .map(|language| new(language, false))
    }

    /// The next line, without its break.
    pub fn line<'t>(&mut self, line: &'t str) -> Vec<Span<'t>> {
        if self.diff {
            let style = match line.as_bytes().first() {
                Some(b'+') => self.theme.good,
                Some(b'-') => self.theme.bad,
                Some(b'@') => self.theme.strong,
                _ => self.theme.text,
            };
            return vec![Span::styled(line, style)];
        }
        let mut spans = Vec::new();
        let mut rest = line;
        while !rest.is_empty() {
            let (length, style) = self.token(rest);
            let (token, after) = rest.split_at(length.clamp(1, rest.len()).max(first_len(rest)));
            push(&mut spans, token, style);
            rest = after;
        }
        spans
    }

    /// How long the first token is, in bytes, and its style.
    fn token(&mut self, rest: &str) -> (usize, Style) {
        let theme = self.theme;
        match self.open {
            Open::Comment => {
                let end = self.language.block_comment.and_then(|(_, end)| Some(rest.find(end)? + end.len()));
                if end.is_some() {
                    self.open = Open::Nothing;
                }
                return (end.unwrap_or(rest.len()), theme.code_comment);
            }
            Open::Triple(quote) => return (self.triple(rest, quote), theme.code_text),
            Open::Nothing => {}
        }
        if let Some((begin, _)) = self.language.block_comment.filter(|(begin, _)| rest.starts_with(begin)) {
            self.open = Open::Comment;
            return (begin.len(), theme.code_comment);
        }
        if self.language.line_comments.iter().any(|begin| rest.starts_with(begin)) {
            return (rest.len(), theme.code_comment);
        }
        let first = rest.chars().next().unwrap_or(' ');
        if self.language.quotes.contains(first) {
            if self.language.triple && rest[1..].starts_with(first) && rest[2..].starts_with(first) {
                return (3 + self.triple(&rest[3..], first), theme.code_text);
            }
            return (quoted(rest, first), theme.code_text);
        }
        if first.is_ascii_digit() {
            let number = |sign: char| sign.is_ascii_alphanumeric() || matches!(sign, '.' | '_');
            return (run(rest, number), theme.code_number);
        }
        if first.is_alphabetic() || first == '_' {
            let length = run(rest, |sign| sign.is_alphanumeric() || sign == '_');
            let style = if self.is_keyword(&rest[..length]) { theme.code_keyword } else { theme.text };
            return (length, style);
        }
        let dull = |sign: char| {
            !(sign.is_alphanumeric()
                || sign == '_'
                || self.language.quotes.contains(sign)
                || STARTS.contains(sign))
        };
        (run(rest, dull).max(first.len_utf8()), theme.text)
    }

    /// The rest of a text of many lines.
    fn triple(&mut self, rest: &str, quote: char) -> usize {
        let end = if quote == '"' { "\"\"\"" } else { "'''" };
        if let Some(at) = rest.find(end) {
            self.open = Open::Nothing;
            at + 3
        } else {
            self.open = Open::Triple(quote);
            rest.len()
        }
    }

    fn is_keyword(&self, word: &str) -> bool {
        let keywords = self.language.keywords;
        keywords.contains(&word)
            || (self.language.any_case && keywords.iter().any(|keyword| keyword.eq_ignore_ascii_case(word)))
    }
}

/// Signs that may begin a comment.
const STARTS: &str = "/#%!-;<=";

fn first_len(text: &str) -> usize {
    text.chars().next().map_or(0, char::len_utf8)
}

fn run(text: &str, takes: impl Fn(char) -> bool) -> usize {
    text.find(|sign| !takes(sign)).unwrap_or(text.len())
}

/// A text in quotes with its quotes, to the end of the line if it is not closed.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, sign) in text.char_indices().skip(1) {
        match sign {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            sign if sign == quote => return at + sign.len_utf8(),
            _ => {}
        }
    }
    text.len()
}

fn push<'t>(spans: &mut Vec<Span<'t>>, token: &'t str, style: Style) {
    match spans.last_mut() {
        Some(last) if last.style == style => last.content.to_mut().push_str(token),
        _ => spans.push(Span::styled(token, style)),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::ui::theme::ThemeName;
    use proptest::prelude::*;

    /// Each token with the letter of its style: `c` comment, `t` text, `n` number, `k` keyword.
    fn marked(language: &str, lines: &[&str]) -> String {
        let theme = Theme::named(ThemeName::Dark);
        let mut highlighter = Highlighter::of(language, theme).unwrap();
        let mut out = String::new();
        for line in lines {
            for span in highlighter.line(line) {
                let letter = match span.style {
                    style if style == theme.code_comment => "c",
                    style if style == theme.code_text => "t",
                    style if style == theme.code_number => "n",
                    style if style == theme.code_keyword => "k",
                    _ => "",
                };
                if letter.is_empty() {
                    out.push_str(&span.content);
                } else {
                    let _ = write!(out, "{letter}<{}>", span.content);
                }
            }
            out.push('\n');
        }
        out
    }

    #[test]
    fn comments_texts_numbers_and_keywords_are_told_apart() {
        assert_eq!(
            marked("python", &["def f(x=1.5e3):  # a", "    '''go", "on''' + \"a\\\"b\"", "define"]),
            "k<def> f(x=n<1.5e3>):  c<# a>\n    t<'''go>\nt<on'''> + t<\"a\\\"b\">\ndefine\n"
        );
        assert_eq!(
            marked("rs", &["let x = 'a'; /* one", "two */ fn"]),
            "k<let> x = 'a'; c</* one>\nc<two */> k<fn>\n"
        );
        assert_eq!(marked("SQL", &["SELECT a FROM b -- c"]), "k<SELECT> a k<FROM> b c<-- c>\n");
        assert_eq!(marked("json", &["{\"a\": [1, true]}"]), "{t<\"a\">: [n<1>, k<true>]}\n");
        assert!(Highlighter::of("klingon", Theme::named(ThemeName::Dark)).is_none());
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_panics(lines in proptest::collection::vec("\\PC{0,40}", 0..6), which in 0..LANGUAGES.len()) {
            let mut highlighter = Highlighter::of(LANGUAGES[which].names[0], Theme::named(ThemeName::Dark)).unwrap();
            for line in &lines {
                let text: String = highlighter.line(line).iter().map(|span| span.content.as_ref()).collect();
                prop_assert_eq!(&text, line);
            }
        }
    }
}

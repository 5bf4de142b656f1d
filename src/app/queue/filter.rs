//! The filter language: free words and `by:NAME item:N quest:WORD eval:passed is:paid is:agent`, a leading `-`
//! negates, quotes keep spaces. Behind `/` and `--filter`. From text to [`Filter`]; [`super::matcher`] sets it to work.

use crate::app::nearest::nearest;
use crate::domain::{EvalStatus, SafeText};

/// A filter that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    text: SafeText,
    pub(super) terms: Vec<Term>,
}

/// Where and why a filter was not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("character {}: {words}", .at + 1)]
pub struct FilterError {
    /// The character it is about, from 0.
    pub at: usize,
    /// What is wrong, and what would be right.
    pub words: SafeText,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) negated: bool,
    pub(super) test: Test,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Test {
    /// Part of the contributor's name, the item's title or the quest's name.
    Word(String),
    /// The contributor, by the whole name, or by its beginning before a `*`.
    By { name: String, beginning: bool },
    /// The item's number.
    Item(u32),
    /// Part of the quest's name.
    Quest(String),
    /// What became of the evaluation.
    Eval(EvalStatus),
    /// The item pays money.
    Paid,
    /// The contributor is a program.
    Agent,
}

const KEYS: &[&str] = &["by", "item", "quest", "eval", "is"];
const EVALS: &[&str] = &["passed", "failed", "none", "pending", "running", "errored", "skipped"];
const KINDS: &[&str] = &["paid", "agent"];

/// A piece between spaces: its place, its text without quotes, and where an unquoted colon stands in it.
struct Piece {
    at: usize,
    text: String,
    /// In characters of `text`.
    colon: Option<usize>,
}

impl Filter {
    /// Reads a filter; `None` if there is nothing in it.
    pub fn parse(text: &str) -> Result<Option<Self>, FilterError> {
        let terms = pieces(text)?.iter().map(term).collect::<Result<Vec<_>, _>>()?;
        let text = SafeText::line(text.trim());
        Ok((!terms.is_empty()).then_some(Self { text, terms }))
    }

    /// As it was written.
    #[must_use]
    pub const fn text(&self) -> &SafeText {
        &self.text
    }
}

fn error(at: usize, words: &str) -> FilterError {
    FilterError { at, words: SafeText::line(words) }
}

/// Cuts at spaces outside of quotes.
fn pieces(text: &str) -> Result<Vec<Piece>, FilterError> {
    let mut pieces = Vec::new();
    let mut current: Option<Piece> = None;
    let mut quote: Option<usize> = None;
    for (at, character) in text.chars().enumerate() {
        match character {
            '"' => {
                current.get_or_insert_with(|| Piece { at, text: String::new(), colon: None });
                quote = if quote.is_some() { None } else { Some(at) };
            }
            c if c.is_whitespace() && quote.is_none() => pieces.extend(current.take()),
            c => {
                let piece = current.get_or_insert_with(|| Piece { at, text: String::new(), colon: None });
                if c == ':' && quote.is_none() && piece.colon.is_none() {
                    piece.colon = Some(piece.text.chars().count());
                }
                piece.text.push(c);
            }
        }
    }
    if let Some(at) = quote {
        return Err(error(at, "this quote is not closed"));
    }
    pieces.extend(current);
    Ok(pieces)
}

fn term(piece: &Piece) -> Result<Term, FilterError> {
    let negated = piece.text.starts_with('-');
    let skipped = usize::from(negated);
    let word: String = piece.text.chars().skip(skipped).collect();
    let at = piece.at + skipped;
    let colon = piece.colon.map(|colon| colon - skipped);
    let test = match colon {
        None if word.is_empty() => return Err(error(piece.at, "a word to leave out must follow `-`")),
        None => Test::Word(word.to_lowercase()),
        Some(colon) => {
            let key: String = word.chars().take(colon).collect();
            let value: String = word.chars().skip(colon + 1).collect();
            keyed(&key.to_lowercase(), &value, at, at + colon + 1)?
        }
    };
    Ok(Term { negated, test })
}

/// A term with a key; `at` is the key's place, `value_at` its value's.
fn keyed(key: &str, value: &str, at: usize, value_at: usize) -> Result<Test, FilterError> {
    if KEYS.contains(&key) && value.is_empty() {
        return Err(error(value_at, &format!("`{key}:` wants a value")));
    }
    let lower = value.to_lowercase();
    match key {
        "by" => {
            let name = lower.trim_start_matches('@');
            let beginning = name.ends_with('*');
            Ok(Test::By { name: name.trim_end_matches('*').to_owned(), beginning })
        }
        "item" => value
            .trim_start_matches('#')
            .parse()
            .map(Test::Item)
            .map_err(|_| error(value_at, "`item:` wants the item's number, as in `item:3`")),
        "quest" => Ok(Test::Quest(lower)),
        "eval" if EVALS.contains(&lower.as_str()) => {
            let word = (lower != "none").then_some(lower.as_str());
            Ok(Test::Eval(EvalStatus::from_word(word)))
        }
        "eval" => Err(unknown(&lower, EVALS, "eval:", value_at)),
        "is" if lower == "paid" => Ok(Test::Paid),
        "is" if lower == "agent" => Ok(Test::Agent),
        "is" => Err(unknown(&lower, KINDS, "is:", value_at)),
        other => Err(unknown(other, KEYS, "", at)),
    }
}

fn unknown(given: &str, known: &[&'static str], prefix: &str, at: usize) -> FilterError {
    let suggestion = match nearest(given, known.iter().copied()) {
        Some(name) => format!("did you mean `{prefix}{name}`?"),
        None => format!("there are {}", known.join(", ")),
    };
    error(at, &format!("there is no `{prefix}{given}`; {suggestion}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn errors_point_at_the_character_and_say_what_would_be_right() {
        for (text, at, words) in [
            ("curie bi:maria", 6, "there is no `bi`; did you mean `by`?"),
            ("eval:pased", 5, "there is no `eval:pased`; did you mean `eval:passed`?"),
            ("-is:payed", 4, "there is no `is:payed`; did you mean `is:paid`?"),
            ("item:three", 5, "`item:` wants the item's number, as in `item:3`"),
            ("by:", 3, "`by:` wants a value"),
            ("a -", 2, "a word to leave out must follow `-`"),
            ("by:\"ana", 3, "this quote is not closed"),
        ] {
            assert_eq!(Filter::parse(text), Err(error(at, words)), "{text}");
        }
        assert_eq!(Filter::parse("  "), Ok(None));
    }

    #[test]
    fn terms_are_read_with_their_sign_and_quotes_keep_spaces_and_colons() {
        let filter = Filter::parse("-by:@Maria item:#3 \"a:b c\" quest:\"curie sweep\"").unwrap().unwrap();
        let negated = |negated, test| Term { negated, test };
        assert_eq!(
            filter.terms,
            [
                negated(true, Test::By { name: "maria".into(), beginning: false }),
                negated(false, Test::Item(3)),
                negated(false, Test::Word("a:b c".into())),
                negated(false, Test::Quest("curie sweep".into())),
            ]
        );
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_at_a_place_inside_of_it(text in any::<String>()) {
            if let Err(FilterError { at, .. }) = Filter::parse(&text) {
                prop_assert!(at <= text.chars().count());
            }
        }
    }
}

//! The filter language: free words and `by:NAME item:N quest:WORD eval:passed is:paid is:agent is:aside age>2d score<0.5
//! reward>0`, a leading `-` negates, quotes keep spaces. Behind `/`, `--filter` and saved views. From text to
//! [`Filter`]; [`super::matcher`] sets it to work.

use std::time::Duration;

use crate::app::nearest::nearest;
use crate::domain::{EvalStatus, SafeText, hundredths};

/// A filter that was understood.
#[derive(Debug, Clone, PartialEq)]
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

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Term {
    pub(super) negated: bool,
    pub(super) test: Test,
}

#[derive(Debug, Clone, PartialEq)]
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
    /// It was put aside. A filter that asks for it lists that pile and nothing else.
    Aside,
    /// How long ago it was submitted, counted from when the filter was put on.
    Age(Than, Duration),
    /// The score of its evaluation. Without one neither side holds.
    Score(Than, f64),
    /// The money its item pays, in hundredths of a sat or of a dollar as the item says; 0 if none.
    Reward(Than, i64),
}

/// On which side of a number, the number itself left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Than {
    /// `>`
    More,
    /// `<`
    Less,
}

impl Than {
    /// Whether a number lies on this side of a limit.
    pub(super) fn holds<T: PartialOrd + Copy>(self, number: T, limit: T) -> bool {
        match self {
            Self::More => number > limit,
            Self::Less => number < limit,
        }
    }
}

/// What stands between a key and its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Colon,
    Compares(Than),
}

impl Sign {
    const fn of(character: char) -> Option<Self> {
        match character {
            ':' => Some(Self::Colon),
            '>' => Some(Self::Compares(Than::More)),
            '<' => Some(Self::Compares(Than::Less)),
            _ => None,
        }
    }
}

/// All keys: the first ones take a colon, the others are compared.
const KEYS: &[&str] = &["by", "item", "quest", "eval", "is", "age", "score", "reward"];
/// How many of them take a colon.
const WITH_COLON: usize = 5;
const EVALS: &[&str] = &["passed", "failed", "none", "pending", "running", "errored", "skipped"];
const KINDS: &[&str] = &["paid", "agent", "aside"];

/// A piece between spaces: its place, its text without quotes, and the first unquoted `:`, `>` or `<` in it.
struct Piece {
    at: usize,
    text: String,
    /// With its place, in characters of `text`.
    sign: Option<(usize, Sign)>,
}

impl Filter {
    /// Reads a filter; `None` if there is nothing in it.
    pub fn parse(text: &str) -> Result<Option<Self>, FilterError> {
        let terms = pieces(text)?.iter().map(term).collect::<Result<Vec<_>, _>>()?;
        let text = SafeText::line(text.trim());
        Ok((!terms.is_empty()).then_some(Self { text, terms }))
    }

    /// Whether it lists what was put aside, instead of the queue.
    #[must_use]
    pub fn wants_aside(&self) -> bool {
        self.terms.iter().any(|term| !term.negated && term.test == Test::Aside)
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
                current.get_or_insert_with(|| Piece { at, text: String::new(), sign: None });
                quote = if quote.is_some() { None } else { Some(at) };
            }
            c if c.is_whitespace() && quote.is_none() => pieces.extend(current.take()),
            c => {
                let piece = current.get_or_insert_with(|| Piece { at, text: String::new(), sign: None });
                if quote.is_none() && piece.sign.is_none() {
                    piece.sign = Sign::of(c).map(|sign| (piece.text.chars().count(), sign));
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
    let test = match piece.sign {
        None if word.is_empty() => return Err(error(piece.at, "a word to leave out must follow `-`")),
        None => Test::Word(word.to_lowercase()),
        Some((place, sign)) => {
            let place = place - skipped;
            let key: String = word.chars().take(place).collect();
            let value: String = word.chars().skip(place + 1).collect();
            let key = key.to_lowercase();
            check_sign(&key, sign, at, at + place)?;
            match sign {
                Sign::Colon => keyed(&key, &value, at, at + place + 1)?,
                Sign::Compares(than) => compared(&key, than, &value, at, at + place + 1)?,
            }
        }
    };
    Ok(Term { negated, test })
}

/// Whether the key is there and takes this sign.
fn check_sign(key: &str, sign: Sign, at: usize, sign_at: usize) -> Result<(), FilterError> {
    let Some(place) = KEYS.iter().position(|known| *known == key) else {
        return Err(unknown(key, KEYS, "", at));
    };
    match sign {
        Sign::Compares(_) if place < WITH_COLON => {
            Err(error(sign_at, &format!("`{key}` takes a colon: `{key}:`")))
        }
        Sign::Colon if place >= WITH_COLON => {
            Err(error(sign_at, &format!("`{key}` is compared: `{key}>` or `{key}<`")))
        }
        _ => Ok(()),
    }
}

/// A comparison; `at` is the key's place, `value_at` its value's.
fn compared(key: &str, than: Than, value: &str, at: usize, value_at: usize) -> Result<Test, FilterError> {
    match key {
        "age" => duration(value).map(|age| Test::Age(than, age)).ok_or_else(|| {
            error(value_at, "`age` wants minutes, hours, days or weeks, as in `age>2d` or `age<90m`")
        }),
        "score" => (value.parse().ok())
            .filter(|score: &f64| score.is_finite())
            .map(|score| Test::Score(than, score))
            .ok_or_else(|| error(value_at, "`score` wants a number, as in `score>0.8`")),
        "reward" => hundredths(value)
            .map(|reward| Test::Reward(than, reward))
            .ok_or_else(|| error(value_at, "`reward` wants a sum in sats or dollars, as in `reward>500`")),
        other => Err(unknown(other, KEYS, "", at)),
    }
}

/// `90m`, `6h`, `2d`, `1w`.
fn duration(text: &str) -> Option<Duration> {
    let unit = text.chars().last()?.to_ascii_lowercase();
    let seconds = match unit {
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 7 * 86_400,
        _ => return None,
    };
    let number = text.strip_suffix(|last: char| last.to_ascii_lowercase() == unit)?;
    let number: u32 = number.parse().ok()?;
    Some(Duration::from_secs(u64::from(number) * seconds))
}

/// A term with a key; `at` is the key's place, `value_at` its value's.
fn keyed(key: &str, value: &str, at: usize, value_at: usize) -> Result<Test, FilterError> {
    if value.is_empty() {
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
        "is" if lower == "aside" => Ok(Test::Aside),
        "is" => Err(unknown(&lower, KINDS, "is:", value_at)),
        other => Err(unknown(other, KEYS, "", at)),
    }
}

fn unknown(given: &str, known: &[&'static str], prefix: &str, at: usize) -> FilterError {
    let suggestion = match nearest(given, known) {
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
            ("agee>2d", 0, "there is no `agee`; did you mean `age`?"),
            (":maria", 0, "there is no ``; there are by, item, quest, eval, is, age, score, reward"),
            ("is:paid age:2d", 11, "`age` is compared: `age>` or `age<`"),
            ("by>maria", 2, "`by` takes a colon: `by:`"),
            ("age>2", 4, "`age` wants minutes, hours, days or weeks, as in `age>2d` or `age<90m`"),
            ("age<日", 4, "`age` wants minutes, hours, days or weeks, as in `age>2d` or `age<90m`"),
            ("-score>high", 7, "`score` wants a number, as in `score>0.8`"),
            ("score<nan", 6, "`score` wants a number, as in `score>0.8`"),
            ("reward>", 7, "`reward` wants a sum in sats or dollars, as in `reward>500`"),
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

    #[test]
    fn comparisons_are_read_with_their_side_and_quotes_keep_their_signs() {
        let filter = Filter::parse("age>2d AGE<90m score<0.5 -reward>0 \"a<b\"").unwrap().unwrap();
        let tests: Vec<_> = filter.terms.iter().map(|term| term.test.clone()).collect();
        assert_eq!(
            tests,
            [
                Test::Age(Than::More, Duration::from_secs(172_800)),
                Test::Age(Than::Less, Duration::from_secs(5_400)),
                Test::Score(Than::Less, 0.5),
                Test::Reward(Than::More, 0),
                Test::Word("a<b".into()),
            ]
        );
        assert!(filter.terms[3].negated);
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

//! The filter language: free words and `by:NAME item:N quest:WORD eval:passed is:paid is:agent`, a leading `-`
//! negates, quotes keep spaces. Behind `/` and `--filter`. Pure: text to [`Filter`], and a filter to a [`Matcher`].
//!
//! All terms must hold. A free word matches if it is part of the contributor's name, the item's title or the quest's
//! name, or matches inside one word of them with letters left out (`tmps` finds `temperatures`); over more than one
//! word such a match would admit nearly everything.

use std::collections::HashMap;

use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization};
use nucleo_matcher::{Config, Utf32Str};

use crate::app::nearest::nearest;
use crate::domain::{EntryRow, EvalStatus, Item, ItemId, Person, Quest, QuestId, SafeText, UserId};

/// A filter that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    text: SafeText,
    terms: Vec<Term>,
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
struct Term {
    negated: bool,
    test: Test,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
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
        let terms = pieces(text)?.into_iter().map(term).collect::<Result<Vec<_>, _>>()?;
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

fn term(piece: Piece) -> Result<Term, FilterError> {
    let negated = piece.text.starts_with('-');
    let skipped = usize::from(negated);
    let text: String = piece.text.chars().skip(skipped).collect();
    let at = piece.at + skipped;
    let colon = piece.colon.map(|colon| colon - skipped);
    let test = match colon {
        None if text.is_empty() => return Err(error(piece.at, "a word to leave out must follow `-`")),
        None => Test::Word(text.to_lowercase()),
        Some(colon) => {
            let key: String = text.chars().take(colon).collect();
            let value: String = text.chars().skip(colon + 1).collect();
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

/// The names that a filter asks about.
#[derive(Debug, Clone, Copy)]
pub struct Names<'a> {
    /// Quests by id.
    pub quests: &'a HashMap<QuestId, Quest>,
    /// Items by id.
    pub items: &'a HashMap<ItemId, Item>,
    /// People by id.
    pub people: &'a HashMap<UserId, Person>,
}

/// A filter at work: looks at each person, item and quest once, however many entries they have.
#[derive(Debug)]
pub struct Matcher<'a> {
    filter: &'a Filter,
    names: Names<'a>,
    words: Words,
    people: HashMap<UserId, Vec<bool>>,
    items: HashMap<Option<ItemId>, Vec<bool>>,
    quests: HashMap<QuestId, Vec<bool>>,
}

impl<'a> Matcher<'a> {
    /// Sets a filter to work on these names.
    #[must_use]
    pub fn new(filter: &'a Filter, names: Names<'a>) -> Self {
        let words = Words::default();
        Self { filter, names, words, people: HashMap::new(), items: HashMap::new(), quests: HashMap::new() }
    }

    /// Whether the entry is listed.
    pub fn admits(&mut self, row: &EntryRow) -> bool {
        let Self { filter, names, words, people, items, quests } = self;
        let by_person = people.entry(row.contributor).or_insert_with(|| {
            let person = names.people.get(&row.contributor);
            filter.terms.iter().map(|term| words.on_person(&term.test, person)).collect()
        });
        let by_item = items.entry(row.item).or_insert_with(|| {
            let item = row.item.and_then(|item| names.items.get(&item));
            filter.terms.iter().map(|term| words.on_item(&term.test, item)).collect()
        });
        let by_quest = quests.entry(row.quest).or_insert_with(|| {
            let quest = names.quests.get(&row.quest);
            filter.terms.iter().map(|term| words.on_quest(&term.test, quest)).collect()
        });
        filter.terms.iter().enumerate().all(|(place, term)| {
            let on_row = matches!(&term.test, Test::Eval(eval) if *eval == row.eval);
            let holds = on_row || by_person[place] || by_item[place] || by_quest[place];
            holds != term.negated
        })
    }
}

/// Compares words with names.
#[derive(Debug, Default)]
struct Words {
    matcher: nucleo_matcher::Matcher,
    buffer: Vec<char>,
    atoms: HashMap<String, Atom>,
}

impl Words {
    fn on_person(&mut self, test: &Test, person: Option<&Person>) -> bool {
        let Some(person) = person else { return false };
        let name = person.username.as_str();
        match test {
            Test::Word(word) => self.found(word, name),
            Test::By { name: wanted, beginning: false } => name.to_lowercase() == *wanted,
            Test::By { name: wanted, beginning: true } => name.to_lowercase().starts_with(wanted),
            Test::Agent => person.is_agent,
            Test::Item(_) | Test::Quest(_) | Test::Eval(_) | Test::Paid => false,
        }
    }

    fn on_item(&mut self, test: &Test, item: Option<&Item>) -> bool {
        let Some(item) = item else { return false };
        match test {
            Test::Word(word) => self.found(word, item.title.as_str()),
            Test::Item(number) => item.number == *number,
            Test::Paid => item.reward.pays(),
            Test::By { .. } | Test::Quest(_) | Test::Eval(_) | Test::Agent => false,
        }
    }

    fn on_quest(&mut self, test: &Test, quest: Option<&Quest>) -> bool {
        let Some(quest) = quest else { return false };
        match test {
            Test::Word(word) | Test::Quest(word) => self.found(word, quest.name.as_str()),
            Test::By { .. } | Test::Item(_) | Test::Eval(_) | Test::Paid | Test::Agent => false,
        }
    }

    /// Whether a lower-case word is part of a name, or matches inside one of its words with letters left out.
    fn found(&mut self, word: &str, name: &str) -> bool {
        if name.to_lowercase().contains(word) {
            return true;
        }
        let Self { matcher, buffer, atoms } = self;
        let atom = atoms.entry(word.to_owned()).or_insert_with(|| {
            Atom::new(word, CaseMatching::Ignore, Normalization::Smart, AtomKind::Fuzzy, false)
        });
        matcher.config = Config::DEFAULT;
        name.split_whitespace().any(|part| atom.score(Utf32Str::new(part, buffer), matcher).is_some())
    }
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

    #[test]
    fn a_word_is_found_inside_one_word_with_letters_left_out_and_never_across_words() {
        let mut words = Words::default();
        assert!(words.found("curie", "Measure Curie temperatures"));
        assert!(words.found("tmps", "Measure Curie temperatures"));
        assert!(!words.found("maria", "Measure all rotational inertia"));
        assert!(words.found("temperatures of", "The temperatures of it"));
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

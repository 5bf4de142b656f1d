//! A filter at work on the names of people, items and quests.
//!
//! All terms must hold. A free word matches if it is part of the contributor's name, the item's title or the quest's
//! name, or matches inside one word of them with letters left out (`tmps` finds `temperatures`); over more than one
//! word such a match would admit nearly everything.

use std::collections::HashMap;

use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization};
use nucleo_matcher::{Config, Utf32Str};

use super::filter::{Filter, Test};
use crate::domain::{Currency, EntryRow, Item, ItemId, Person, Quest, QuestId, Reward, Timestamp, UserId};

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
    since: Timestamp,
    /// It looks at what was put aside.
    aside: bool,
    words: Words,
    people: HashMap<UserId, Vec<bool>>,
    items: HashMap<Option<ItemId>, Vec<bool>>,
    quests: HashMap<QuestId, Vec<bool>>,
}

impl<'a> Matcher<'a> {
    /// Sets a filter to work on these names; ages are counted from `since`.
    #[must_use]
    pub fn new(filter: &'a Filter, names: Names<'a>, since: Timestamp) -> Self {
        let words = Words::default();
        let (people, items, quests) = (HashMap::new(), HashMap::new(), HashMap::new());
        Self { filter, names, since, aside: filter.wants_aside(), words, people, items, quests }
    }

    /// Whether the entry is listed.
    pub fn admits(&mut self, row: &EntryRow) -> bool {
        let Self { filter, names, since, aside, words, people, items, quests } = self;
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
            let holds = (term.test == Test::Aside && *aside)
                || on_row(&term.test, row, *since)
                || by_person[place]
                || by_item[place]
                || by_quest[place];
            holds != term.negated
        })
    }
}

/// What needs no names.
fn on_row(test: &Test, row: &EntryRow, since: Timestamp) -> bool {
    match test {
        Test::Eval(eval) => *eval == row.eval,
        Test::Age(than, limit) => than.holds(since.since(row.created_at), *limit),
        Test::Score(than, limit) => row.score.is_some_and(|score| than.holds(score, *limit)),
        _ => false,
    }
}

/// The money of a reward in hundredths of what people count it in: sats, or dollars.
fn money(reward: &Reward) -> i64 {
    reward.money.map_or(0, |money| match money.currency {
        Currency::Usd => money.amount,
        Currency::Btc | Currency::Other(_) => money.amount.saturating_mul(100),
    })
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
            Test::Item(_)
            | Test::Quest(_)
            | Test::Eval(_)
            | Test::Paid
            | Test::Aside
            | Test::Age(..)
            | Test::Score(..)
            | Test::Reward(..) => false,
        }
    }

    fn on_item(&mut self, test: &Test, item: Option<&Item>) -> bool {
        let Some(item) = item else { return false };
        match test {
            Test::Word(word) => self.found(word, item.title.as_str()),
            Test::Item(number) => item.number == *number,
            Test::Paid => item.reward.pays(),
            Test::Reward(than, limit) => than.holds(money(&item.reward), *limit),
            Test::By { .. }
            | Test::Quest(_)
            | Test::Eval(_)
            | Test::Agent
            | Test::Aside
            | Test::Age(..)
            | Test::Score(..) => false,
        }
    }

    fn on_quest(&mut self, test: &Test, quest: Option<&Quest>) -> bool {
        let Some(quest) = quest else { return false };
        match test {
            Test::Word(word) | Test::Quest(word) => self.found(word, quest.name.as_str()),
            Test::By { .. }
            | Test::Item(_)
            | Test::Eval(_)
            | Test::Paid
            | Test::Agent
            | Test::Aside
            | Test::Age(..)
            | Test::Score(..)
            | Test::Reward(..) => false,
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

    #[test]
    fn a_word_is_found_inside_one_word_with_letters_left_out_and_never_across_words() {
        let mut words = Words::default();
        assert!(words.found("curie", "Measure Curie temperatures"));
        assert!(words.found("tmps", "Measure Curie temperatures"));
        assert!(!words.found("maria", "Measure all rotational inertia"));
        assert!(words.found("temperatures of", "The temperatures of it"));
    }
}

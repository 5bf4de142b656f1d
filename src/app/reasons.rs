//! Saved reasons with placeholders: one text for many entries, filled for each before it is sent.
//!
//! `{contributor}`, `{item}`, `{quest}`, `{score}`, `{pass_min}` and `{pass_max}` stand for what is known of the entry;
//! `{{` is a brace as it is. A text that asks for something this entry doesn't have is not sent with a hole in it: it is
//! said what is missing, and in bulk such entries are left out.

use crate::domain::{EntryRow, SafeText};
use crate::ui::cells;

use super::State;
use super::nearest::nearest;

/// What a reason can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Placeholder {
    /// The contributor's name.
    Contributor,
    /// The item's title.
    Item,
    /// The quest's name.
    Quest,
    /// The score of the entry's evaluation.
    Score,
    /// The lowest score that passes.
    PassMin,
    /// The highest score that passes.
    PassMax,
}

impl Placeholder {
    /// All of them, in the order they are named in.
    pub const ALL: [Self; 6] =
        [Self::Contributor, Self::Item, Self::Quest, Self::Score, Self::PassMin, Self::PassMax];

    /// Its name, without braces.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Contributor => "contributor",
            Self::Item => "item",
            Self::Quest => "quest",
            Self::Score => "score",
            Self::PassMin => "pass_min",
            Self::PassMax => "pass_max",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|placeholder| placeholder.name() == name)
    }

    /// Why an entry has nothing to put there.
    #[must_use]
    pub const fn missing(self) -> &'static str {
        match self {
            Self::Contributor => "the contributor's name is not known yet",
            Self::Item => "the entry has no item that is known",
            Self::Quest => "the quest has not been read yet",
            Self::Score => "the entry has no score",
            Self::PassMin => "the item names no lowest score",
            Self::PassMax => "the item names no highest score",
        }
    }
}

/// What is known of an entry, as a reason says it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// The contributor's name.
    pub contributor: Option<SafeText>,
    /// The item's title.
    pub item: Option<SafeText>,
    /// The quest's name.
    pub quest: Option<SafeText>,
    /// The score, as it is shown.
    pub score: Option<SafeText>,
    /// The lowest score that passes, as it is shown.
    pub pass_min: Option<SafeText>,
    /// The highest score that passes, as it is shown.
    pub pass_max: Option<SafeText>,
}

impl Facts {
    /// What fills a placeholder; nothing for a name without letters.
    fn get(&self, placeholder: Placeholder) -> Option<&SafeText> {
        let fact = match placeholder {
            Placeholder::Contributor => &self.contributor,
            Placeholder::Item => &self.item,
            Placeholder::Quest => &self.quest,
            Placeholder::Score => &self.score,
            Placeholder::PassMin => &self.pass_min,
            Placeholder::PassMax => &self.pass_max,
        };
        fact.as_ref().filter(|fact| !fact.as_str().trim().is_empty())
    }
}

/// Why a reason can't be sent for an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unfilled {
    /// A placeholder has nothing to stand there.
    #[error("`{{{}}}` stays empty here: {}", .0.name(), .0.missing())]
    Missing(Placeholder),
    /// There would be no words at all.
    #[error("the reason says nothing: say what to mend")]
    Empty,
}

/// Where and why a text is no template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("character {}: {words}", .at + 1)]
pub struct TemplateError {
    /// The character it is about, from 0.
    pub at: usize,
    /// What is wrong, and what would be right.
    pub words: SafeText,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Hole(Placeholder),
}

/// A reason as it was saved, its placeholders understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    text: SafeText,
    pieces: Vec<Piece>,
}

impl Template {
    /// Reads a text with placeholders.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let (before, from) = rest.split_at(open);
            plain.push_str(before);
            let at = text[..text.len() - from.len()].chars().count();
            if let Some(after) = from.strip_prefix("{{") {
                plain.push('{');
                rest = after;
                continue;
            }
            let (name, after) = from[1..].split_once('}').ok_or_else(|| not_closed(at))?;
            let placeholder = Placeholder::named(name).ok_or_else(|| unknown(name, at))?;
            if !plain.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
            }
            pieces.push(Piece::Hole(placeholder));
            rest = after;
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            pieces.push(Piece::Text(plain));
        }
        Ok(Self { text: SafeText::block(text), pieces })
    }

    /// As it was written.
    #[must_use]
    pub const fn text(&self) -> &SafeText {
        &self.text
    }

    /// Whether it is the same for every entry.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.pieces.iter().all(|piece| matches!(piece, Piece::Text(_)))
    }

    /// The text for one entry, or the first placeholder that would stay empty.
    pub fn fill(&self, facts: &Facts) -> Result<SafeText, Unfilled> {
        let mut filled = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Hole(placeholder) => {
                    filled.push_str(facts.get(*placeholder).ok_or(Unfilled::Missing(*placeholder))?.as_str());
                }
            }
        }
        if filled.trim().is_empty() {
            return Err(Unfilled::Empty);
        }
        Ok(SafeText::block(&filled))
    }
}

/// A text that is sent as it stands, braces and all.
impl From<SafeText> for Template {
    fn from(text: SafeText) -> Self {
        let pieces = vec![Piece::Text(text.as_str().to_owned())];
        Self { text, pieces }
    }
}

/// A text of the program's own, sent as it stands.
impl From<&'static str> for Template {
    fn from(text: &'static str) -> Self {
        Self::from(SafeText::from(text))
    }
}

/// The placeholders in a text that somebody wrote by hand, where braces may be anything else (code, formulas): only
/// the names we know count.
#[must_use]
pub fn placeholders_in(text: &str) -> Vec<Placeholder> {
    let named = |placeholder: &Placeholder| text.contains(&hole(*placeholder));
    Placeholder::ALL.into_iter().filter(named).collect()
}

/// Fills the names we know in a text that somebody wrote by hand.
pub fn fill_written(text: &str, facts: &Facts) -> Result<String, Unfilled> {
    let mut filled = String::new();
    let mut rest = text;
    // In one pass, so that a name that holds braces itself is not filled again.
    while let Some(open) = rest.find('{') {
        let (before, from) = rest.split_at(open);
        filled.push_str(before);
        let known = Placeholder::ALL.into_iter().find(|placeholder| from.starts_with(&hole(*placeholder)));
        if let Some(placeholder) = known {
            filled.push_str(facts.get(placeholder).ok_or(Unfilled::Missing(placeholder))?.as_str());
            rest = &from[hole(placeholder).len()..];
        } else {
            filled.push('{');
            rest = &from[1..];
        }
    }
    filled.push_str(rest);
    Ok(filled)
}

fn hole(placeholder: Placeholder) -> String {
    format!("{{{}}}", placeholder.name())
}

fn not_closed(at: usize) -> TemplateError {
    let words = "this `{` is not closed; `{{` is a brace as it is";
    TemplateError { at, words: words.into() }
}

fn unknown(name: &str, at: usize) -> TemplateError {
    let known = Placeholder::ALL.map(Placeholder::name);
    let mend = match nearest(name, &known) {
        Some(name) => format!("did you mean `{{{name}}}`?"),
        None => format!(
            "there are {}; `{{{{` is a brace as it is",
            known.map(|name| format!("{{{name}}}")).join(", ")
        ),
    };
    TemplateError { at, words: SafeText::line(&format!("there is no placeholder `{{{name}}}`; {mend}")) }
}

impl State {
    /// What a reason can say of an entry.
    #[must_use]
    pub fn facts_of(&self, row: &EntryRow) -> Facts {
        let item = row.item.and_then(|item| self.desk.item(item));
        let band = item.and_then(|item| item.eval).map(|rule| rule.band);
        let number = |score: f64| SafeText::line(&cells::score(score));
        Facts {
            contributor: self.desk.person(row.contributor).map(|person| person.username.clone()),
            item: item.map(|item| item.title.clone()),
            quest: self.desk.quest(row.quest).map(|quest| quest.name.clone()),
            score: row.score.filter(|score| score.is_finite()).map(number),
            pass_min: band.and_then(|band| band.min).map(number),
            pass_max: band.and_then(|band| band.max).map(number),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn facts() -> Facts {
        Facts {
            contributor: Some("bot-7".into()),
            item: Some("Curie temps".into()),
            score: Some("0.42".into()),
            ..Facts::default()
        }
    }

    fn filled(text: &str) -> Result<String, Unfilled> {
        Template::parse(text).unwrap().fill(&facts()).map(|text| text.to_string())
    }

    #[test]
    fn a_reason_is_filled_for_its_entry() {
        assert_eq!(filled("{contributor}: {item} has {score}").unwrap(), "bot-7: Curie temps has 0.42");
        assert_eq!(filled("no braces").unwrap(), "no braces");
        assert_eq!(filled("{{contributor} and {{}").unwrap(), "{contributor} and {}");
        assert!(Template::parse("a {{b}").unwrap().is_plain());
        assert!(!Template::parse("a {item}").unwrap().is_plain());
    }

    #[test]
    fn what_would_stay_empty_is_named_and_not_sent() {
        assert_eq!(filled("score {score} of {pass_min}"), Err(Unfilled::Missing(Placeholder::PassMin)));
        assert_eq!(
            Unfilled::Missing(Placeholder::PassMin).to_string(),
            "`{pass_min}` stays empty here: the item names no lowest score"
        );
        let nameless = Facts { contributor: Some("  ".into()), ..facts() };
        let template = Template::parse("{contributor}").unwrap();
        assert_eq!(template.fill(&nameless), Err(Unfilled::Missing(Placeholder::Contributor)));
        assert_eq!(Template::parse("  ").unwrap().fill(&facts()), Err(Unfilled::Empty));
    }

    #[test]
    fn a_name_nobody_knows_is_an_error_with_the_nearest_one() {
        let error = |text| Template::parse(text).unwrap_err();
        let unknown = error("Dear {contributer}");
        assert_eq!(unknown.at, 5);
        assert_eq!(
            unknown.words.as_str(),
            "there is no placeholder `{contributer}`; did you mean `{contributor}`?"
        );
        assert!(error("{}").words.as_str().contains("there are {contributor}, {item}, {quest}"));
        assert_eq!(error("é {item").at, 2);
    }

    #[test]
    fn in_what_a_hand_wrote_only_the_names_we_know_count() {
        assert_eq!(placeholders_in("f{x} {\"a\": 1} {item}"), [Placeholder::Item]);
        assert_eq!(
            fill_written("\\frac{a}{b} of {item}, {", &facts()).unwrap(),
            "\\frac{a}{b} of Curie temps, {"
        );
        assert_eq!(fill_written("{pass_max}", &facts()), Err(Unfilled::Missing(Placeholder::PassMax)));
    }

    #[test]
    fn a_name_that_looks_like_a_placeholder_is_not_filled_again() {
        let facts = Facts { contributor: Some("{item}".into()), ..facts() };
        assert_eq!(Template::parse("{contributor}").unwrap().fill(&facts).unwrap().as_str(), "{item}");
        assert_eq!(fill_written("{contributor}", &facts).unwrap(), "{item}");
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_at_a_place_inside_of_it(text in "[{}a-z_é ]{0,30}") {
            match Template::parse(&text) {
                Ok(template) => {
                    let without = facts();
                    // What is filled holds no placeholder any more.
                    if let Ok(filled) = template.fill(&without) {
                        prop_assert!(filled.as_str().len() <= text.len() + 200);
                    }
                    prop_assert_eq!(template.text().as_str(), text.as_str());
                }
                Err(error) => prop_assert!(error.at < text.chars().count()),
            }
        }
    }
}

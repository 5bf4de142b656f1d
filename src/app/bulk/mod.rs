//! One decision on many: what is meant, on what, and what it comes to before anybody agrees to it.
//!
//! A bulk goes the way of a single decision with one gate in place of several: the sheet. It is planned from the marks
//! ([`plan`]), shown, checked once more as a whole when it is agreed to, and recorded at once, as one act.

mod act;
pub mod plan;
pub mod progress;
#[cfg(test)]
mod spending;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use crate::domain::decision::Verdict;
use crate::domain::{EntryId, ItemStatus, SafeText};

use super::reasons::{Facts, Template, Unfilled, fill_written};

pub use plan::Plan;

/// What is to be done with each of many.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// Accept or reject entries, with these words.
    Review(Verdict, Words),
    /// Run the evaluation on entries.
    Evaluate,
    /// Run the evaluation again on the entries of items.
    Rescore,
    /// Set the status of items.
    Items(ItemStatus),
}

/// The words that go with each of many.
#[derive(Debug, Clone, PartialEq)]
pub enum Words {
    /// None.
    None,
    /// A saved reason, filled for each.
    Saved(Template),
    /// Written by hand; the names we know are filled for each.
    Written(SafeText),
    /// Each its own, as it was before it was taken back.
    Each(HashMap<EntryId, SafeText>),
}

impl Words {
    /// The note for one entry, or why there can be none.
    pub fn for_entry(&self, entry: EntryId, facts: &Facts) -> Result<Option<SafeText>, Unfilled> {
        match self {
            Self::None => Ok(None),
            Self::Saved(template) => template.fill(facts).map(Some),
            Self::Written(text) => {
                fill_written(text.as_str(), facts).map(|text| Some(SafeText::block(&text)))
            }
            Self::Each(words) => Ok(words.get(&entry).cloned()),
        }
    }

    /// Whether they are the same for every entry, as far as that shows without filling them.
    #[must_use]
    pub fn are_plain(&self) -> bool {
        match self {
            Self::None => true,
            Self::Saved(template) => template.is_plain(),
            Self::Written(text) => super::reasons::placeholders_in(text.as_str()).is_empty(),
            Self::Each(_) => false,
        }
    }
}

impl What {
    /// As a verb: `accept`, `reject`, `evaluate`, `mark done`.
    #[must_use]
    pub fn verb(&self) -> String {
        match self {
            Self::Review(verdict, _) => verdict.word().to_owned(),
            Self::Evaluate => "evaluate".to_owned(),
            Self::Rescore => "score again".to_owned(),
            Self::Items(status) => format!("mark {}", status.word().replace('_', " ")),
        }
    }

    /// What it is done on: `entries`, `items`; of one, without the ending.
    #[must_use]
    pub const fn things(&self, count: usize) -> &'static str {
        match (self, count) {
            (Self::Items(_) | Self::Rescore, 1) => "item",
            (Self::Items(_) | Self::Rescore, _) => "items",
            (_, 1) => "entry",
            (_, _) => "entries",
        }
    }
}

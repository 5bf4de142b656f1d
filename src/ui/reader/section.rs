//! What the page is made of. To add a section: a file with its `SECTION`, and one line in [`SECTIONS`].

use super::page::Stamp;
use super::paper::Paper;
use super::{assets, contributor, description, evaluation, history, links, review, signals};
use crate::app::State;
use crate::domain::{EntryBody, Item};

/// What a section may look at.
#[derive(Clone, Copy)]
pub struct Sight<'s> {
    /// Everything the desk knows.
    pub state: &'s State,
    /// The entry that is read.
    pub body: &'s EntryBody,
    /// Its item, if it has one and it was read.
    pub item: Option<&'s Item>,
}

/// A part of the page under its own title.
pub struct Section {
    /// What it is called: unique, and what it is found by.
    pub name: &'static str,
    /// What its lines depend on beside the entry, its item, the width and the look; `None`: there is nothing to show.
    pub stamp: fn(&Sight<'_>) -> Option<Stamp>,
    /// Writes it, its title first. Called only when something changed that it depends on.
    pub write: fn(&Sight<'_>, &mut Paper<'_>),
}

/// All sections, in the order in which they are read. The item's brief is none of them: it has a place of its own.
pub const SECTIONS: &[Section] = &[
    review::SECTION,
    evaluation::SECTION,
    contributor::SECTION,
    signals::SECTION,
    assets::SECTION,
    description::SECTION,
    history::SECTION,
    links::SECTION,
];

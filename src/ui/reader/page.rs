//! The page: the sections of an entry one below the other, and where each begins.
//!
//! A section is laid out again only when something changed that it depends on: the entry, its version, the width, the
//! look, and what its own stamp names. No ages stand in it, so that time never makes it stale.

use std::hash::{DefaultHasher, Hash, Hasher};

use ratatui::text::Line;

use super::paper::Paper;
use super::section::{SECTIONS, Sight};
use crate::domain::{EntryId, Timestamp, Version};
use crate::ui::theme::Look;

/// What a section depends on, beside the entry, its version, the width and the look. Cheap values only (versions,
/// counts, flags): it is made anew after every message.
#[derive(Debug, Clone)]
pub struct Stamp(DefaultHasher);

impl Stamp {
    /// Of nothing else.
    #[must_use]
    pub fn new() -> Self {
        Self(DefaultHasher::new())
    }

    /// Also of this.
    #[must_use]
    pub fn with(mut self, value: impl Hash) -> Self {
        value.hash(&mut self.0);
        self
    }
}

impl Default for Stamp {
    fn default() -> Self {
        Self::new()
    }
}

/// All that a section depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Key {
    entry: EntryId,
    version: Version,
    /// The item's own words (its keys and their labels) in this version.
    item: Option<Timestamp>,
    width: u16,
    look: Look,
    stamp: u64,
}

/// A section in lines.
#[derive(Debug, Clone, PartialEq)]
struct Laid {
    name: &'static str,
    key: Key,
    lines: Vec<Line<'static>>,
}

/// The page of one entry.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Page {
    sections: Vec<Laid>,
}

impl Page {
    /// Lays out what is seen, wrapped to `width` columns; takes over from `old` what is still true.
    #[must_use]
    pub fn laid_out(sight: &Sight<'_>, width: u16, old: Option<Self>) -> Self {
        let look = sight.state.look;
        let mut old = old.unwrap_or_default().sections;
        let mut sections = Vec::with_capacity(SECTIONS.len());
        for section in SECTIONS {
            let Some(stamp) = (section.stamp)(sight) else { continue };
            let key = Key {
                entry: sight.body.id,
                version: sight.body.version,
                item: sight.item.map(|item| item.updated_at),
                width,
                look,
                stamp: stamp.0.finish(),
            };
            let kept = old.iter().position(|laid| laid.name == section.name && laid.key == key);
            sections.push(kept.map_or_else(
                || {
                    let mut paper = Paper::new(width, &look);
                    (section.write)(sight, &mut paper);
                    Laid { name: section.name, key, lines: paper.finish() }
                },
                |at| old.swap_remove(at),
            ));
        }
        Self { sections }
    }

    /// How many lines it has.
    #[must_use]
    pub fn len(&self) -> usize {
        let lines: usize = self.sections.iter().map(|laid| laid.lines.len()).sum();
        lines + self.sections.len().saturating_sub(1)
    }

    /// Whether nothing is on it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.sections.is_empty()
    }

    /// Where a section begins, if it is on the page.
    #[must_use]
    pub fn begin_of(&self, name: &str) -> Option<usize> {
        self.placed().find(|(_, laid)| laid.name == name).map(|(begin, _)| begin)
    }

    /// The lines from one on; `None` is the blank one between two sections.
    pub fn lines_from(&self, first: usize) -> impl Iterator<Item = Option<&Line<'static>>> {
        self.placed().filter(move |(begin, laid)| begin + laid.lines.len() + 1 > first).flat_map(
            move |(begin, laid)| {
                let skipped = first.saturating_sub(begin);
                let gap = std::iter::once(None);
                laid.lines.iter().map(Some).chain(gap).skip(skipped)
            },
        )
    }

    /// The sections and where they begin.
    fn placed(&self) -> impl Iterator<Item = (usize, &Laid)> {
        self.sections.iter().scan(0, |next, laid| {
            let begin = *next;
            *next += laid.lines.len() + 1;
            Some((begin, laid))
        })
    }
}

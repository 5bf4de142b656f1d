//! The page: the sections of an entry one below the other, and where each begins.
//!
//! A section is laid out again only when something changed that it depends on: the entry, its version, the width, the
//! look, and what its own stamp names. No ages stand in it, so that time never makes it stale.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

use ratatui::text::Line;

use super::brief;
use super::paper::{Paper, Written};
use super::section::{SECTIONS, Section, Sight};
use crate::domain::{EntryId, Timestamp, Version};
use crate::ui::cells;
use crate::ui::markdown::{self, Link};
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
    /// Of the links before it, which its own are numbered behind.
    links: u64,
}

/// A section in lines.
#[derive(Debug, Clone, PartialEq)]
struct Laid {
    name: &'static str,
    key: Key,
    lines: Vec<Line<'static>>,
    /// Where each part begins, and its mark.
    parts: Vec<(usize, u64)>,
    /// Where what can be jumped to begins, and the mark of its name.
    places: Vec<(usize, u64)>,
    /// Its own links.
    links: Vec<Link>,
    /// The same for the same links.
    links_mark: u64,
    /// The widest line that is wider than the page, if there is one.
    wide: Option<usize>,
}

impl Laid {
    fn new(section: &Section, sight: &Sight<'_>, key: Key, before: Vec<Link>) -> Self {
        let count = before.len();
        let mut paper = Paper::behind(key.width, &key.look, before);
        (section.write)(sight, &mut paper);
        let Written { lines, parts, places, mut links } = paper.written();
        let width = usize::from(key.width);
        let wide = lines.iter().map(cells::line_width).filter(|columns| *columns > width).max();
        let links = links.split_off(count);
        let links_mark = Stamp::new().with(&links).0.finish();
        Self { name: section.name, key, lines, parts, places, links, links_mark, wide }
    }
}

/// Sections of which it is told what changed since they were read.
const COMPARED: [&str; 4] = ["evaluation", "signals", "assets", "description"];

/// The page of one entry.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Page {
    /// The item's brief, while it is shown: it has a place and a scroll of its own.
    brief: Option<Laid>,
    sections: Vec<Laid>,
    /// How often something of it was laid out: what is derived from its lines is true for as long as this stays.
    laid: u64,
}

/// A place on a page that is found again after the page changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Anchor {
    section: &'static str,
    /// The part that it is in.
    part: u64,
    /// How many alike stand before it.
    alike: usize,
    /// Lines below the beginning of that.
    below: usize,
    /// The line, if nothing of it is found again.
    line: usize,
}

/// How many columns there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Columns {
    /// For the entry.
    pub page: u16,
    /// For the item's brief, while it is shown.
    pub brief: Option<u16>,
}

impl From<u16> for Columns {
    fn from(page: u16) -> Self {
        Self { page, brief: None }
    }
}

/// The marks of what stands on a page, sorted.
pub type Marks = Vec<u64>;

impl Page {
    /// Lays out what is seen, wrapped to so many columns; takes over from `old` what is still true.
    #[must_use]
    pub fn laid_out(sight: &Sight<'_>, columns: impl Into<Columns>, old: Option<Self>) -> Self {
        let look = sight.state.look;
        let columns = columns.into();
        let Self { brief, sections: mut old, mut laid } = old.unwrap_or_default();
        old.extend(brief);
        let brief = columns.brief.map(|width| (&brief::SECTION, width));
        let sections = brief.into_iter().chain(SECTIONS.iter().map(|section| (section, columns.page)));
        let mut done: Vec<Laid> = Vec::with_capacity(SECTIONS.len() + 1);
        let mut before = Stamp::new();
        for (section, width) in sections {
            let Some(stamp) = (section.stamp)(sight) else { continue };
            let key = Key {
                entry: sight.body.id,
                version: sight.body.version,
                item: sight.item.map(|item| item.updated_at),
                width,
                look,
                stamp: stamp.0.finish(),
                links: before.0.finish(),
            };
            let kept = old.iter().position(|laid| laid.name == section.name && laid.key == key);
            let section = kept.map_or_else(
                || {
                    laid += 1;
                    let links = done.iter().flat_map(|laid| &laid.links).cloned().collect();
                    Laid::new(section, sight, key, links)
                },
                |at| old.swap_remove(at),
            );
            before = before.with(section.links_mark);
            done.push(section);
        }
        // What is left was taken off the page.
        laid += old.len() as u64;
        let brief = columns.brief.map(|_| done.remove(0));
        Self { brief, sections: done, laid }
    }

    /// The lines of the item's brief, its title first; none while it is not shown.
    #[must_use]
    pub fn brief(&self) -> &[Line<'static>] {
        self.brief.as_ref().map_or(&[], |laid| &laid.lines)
    }

    /// Changes when the lines do.
    #[must_use]
    pub const fn laid(&self) -> u64 {
        self.laid
    }

    /// The place of a line.
    #[must_use]
    pub fn anchor_at(&self, line: usize) -> Anchor {
        let nowhere = Anchor { section: "", part: 0, alike: 0, below: 0, line };
        let Some((begin, laid)) = self.placed().take_while(|(begin, _)| *begin <= line).last() else {
            return nowhere;
        };
        let local = line - begin;
        let above = || laid.parts.iter().take_while(|(at, _)| *at <= local);
        let (at, part) = above().last().copied().unwrap_or_default();
        let alike = above().filter(|(_, mark)| *mark == part).count().saturating_sub(1);
        Anchor { section: laid.name, part, alike, below: local - at, line }
    }

    /// Where that place is now.
    #[must_use]
    pub fn line_of(&self, anchor: &Anchor) -> usize {
        // Who had not scrolled sees the top, whatever is new there.
        let Some((begin, laid)) =
            self.placed().find(|(_, laid)| laid.name == anchor.section && anchor.line > 0)
        else {
            return anchor.line;
        };
        let mut alike = (0..laid.parts.len()).filter(|nth| laid.parts[*nth].1 == anchor.part);
        let Some(part) = alike.nth(anchor.alike) else {
            return anchor.line.clamp(begin, begin + laid.lines.len());
        };
        let at = laid.parts[part].0;
        let end = laid.parts.get(part + 1).map_or(laid.lines.len(), |(next, _)| *next);
        begin + at + anchor.below.min(end.saturating_sub(at + 1))
    }

    /// The marks of everything that is compared.
    #[must_use]
    pub fn marks(&self) -> Marks {
        let compared = self.sections.iter().filter(|laid| COMPARED.contains(&laid.name));
        let mut marks: Marks = compared.flat_map(|laid| laid.parts.iter().map(|(_, mark)| *mark)).collect();
        marks.sort_unstable();
        marks.dedup();
        marks
    }

    /// The lines of what was not there when those marks were made.
    #[must_use]
    pub fn changed_since(&self, read: &Marks) -> Vec<Range<usize>> {
        let mut changed: Vec<Range<usize>> = Vec::new();
        for (begin, laid) in self.placed().filter(|(_, laid)| COMPARED.contains(&laid.name)) {
            for (nth, (at, mark)) in laid.parts.iter().enumerate() {
                if read.binary_search(mark).is_err() {
                    let end = laid.parts.get(nth + 1).map_or(laid.lines.len(), |(next, _)| *next);
                    // The blank line between two parts belongs to neither.
                    let blank =
                        laid.lines.get(end.saturating_sub(1)).is_some_and(|line| line.spans.is_empty());
                    changed.push(begin + at..begin + end - usize::from(blank && end > at + 1));
                }
            }
        }
        changed
    }

    /// Columns of the widest line that is wider than the page; 0: there is none.
    #[must_use]
    pub fn widest(&self) -> usize {
        let lines = self.sections.iter().flat_map(|laid| laid.wide.iter());
        lines.max().copied().unwrap_or(0)
    }

    /// The links by their numbers, from 1 on.
    pub fn links(&self) -> impl Iterator<Item = &Link> {
        self.brief.iter().chain(&self.sections).flat_map(|laid| &laid.links)
    }

    /// How many lines it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.placed().last().map_or(0, |(begin, laid)| begin + laid.lines.len())
    }

    /// Whether nothing is on it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where a section begins, if it is on the page.
    #[must_use]
    pub fn begin_of(&self, name: &str) -> Option<usize> {
        self.placed().find(|(_, laid)| laid.name == name).map(|(begin, _)| begin)
    }

    /// Where something in a section begins that can be jumped to by its name.
    #[must_use]
    pub fn place_of(&self, section: &str, name: &str) -> Option<usize> {
        let (begin, laid) = self.placed().find(|(_, laid)| laid.name == section)?;
        let mark = markdown::mark(name);
        laid.places.iter().find(|(_, place)| *place == mark).map(|(at, _)| begin + at)
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
        self.sections.iter().filter(|laid| !laid.lines.is_empty()).scan(0, |next, laid| {
            let begin = *next;
            *next += laid.lines.len() + 1;
            Some((begin, laid))
        })
    }
}

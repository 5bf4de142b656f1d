//! The reader: follows the cursor once it rests, keeps where each entry was left, and holds the page to be drawn.
//!
//! Its header needs only the row of the list; its body is fetched from the cache, which may have to ask the server.

pub mod assets;
mod links;
mod places;
pub mod routes;
pub mod search;

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use crate::domain::{EntryBody, EntryId, ItemId, SafeText, Timestamp, Version};
use crate::ui::reader::page::{Anchor, Columns, Marks, Page};
use crate::ui::reader::section::Sight;

use super::desk::{Pane, size};
use super::{Effect, State};
use places::Places;
use search::Search;

/// How long the cursor rests on an entry of the list before the reader shows it: skimming costs no redraws.
pub const REST: Duration = Duration::from_millis(60);

/// How many items' briefs are kept.
const BRIEFS: usize = 64;

/// What is known of the body.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Body {
    /// No entry is shown.
    #[default]
    Nothing,
    /// It was asked for.
    Loading,
    /// It is here.
    Ready(Arc<EntryBody>),
    /// Neither the cache nor the server has it.
    Missing,
}

/// The reader.
#[derive(Debug, Default)]
pub struct Reader {
    /// The entry that is shown.
    pub entry: Option<EntryId>,
    /// Its body.
    pub body: Body,
    /// The draft of a note on it, kept from earlier.
    pub draft: Option<SafeText>,
    /// Whether the item's brief is shown: beside the entry, or in its place where there is no room.
    pub brief: bool,
    brief_scroll: usize,
    /// It is in the entry's place.
    covered: bool,
    /// How often briefs came: what is laid out of one is true for as long as this stays.
    pub briefs_told: u64,
    /// What is known of assets.
    pub assets: assets::Assets,
    /// What evaluations take.
    pub routes: routes::Routes,
    /// The page, if the entry pane is on the screen.
    pub page: Option<Page>,
    /// The entry changed while it was on the screen.
    pub changed: bool,
    /// The search that is on.
    pub search: Option<Search>,
    /// What was looked for in this session, the last first.
    pub searched: VecDeque<SafeText>,
    /// Lines of what changed since it was read.
    pub changes: Vec<Range<usize>>,
    scroll: usize,
    /// Columns that tables wider than the page are moved by.
    shift: usize,
    /// What had been read of the entry, in an older version.
    read: Option<Marks>,
    /// Where the reader goes on, once the page is there.
    resume: Option<Anchor>,
    /// The link that was warned of: the next key opens it.
    doubted: Option<u32>,
    /// The cursor was moved in the list: nobody knows yet where it will rest.
    pub(super) skimming: bool,
    /// The entry that the cursor came to, and when the reader follows it.
    rest: Option<(EntryId, Timestamp)>,
    /// The version of the row for which the body was asked for last: asked for once.
    asked: Option<Version>,
    places: Places,
    briefs: VecDeque<(ItemId, Option<SafeText>)>,
}

impl Reader {
    /// The first line of the page that is shown.
    #[must_use]
    pub const fn scroll(&self) -> usize {
        self.scroll
    }

    /// The first line of the item's brief that is shown.
    #[must_use]
    pub const fn brief_scroll(&self) -> usize {
        self.brief_scroll
    }

    /// Shows the item's brief, or puts it away.
    pub(super) const fn toggle_brief(&mut self) {
        self.brief = !self.brief;
        self.brief_scroll = 0;
    }

    /// Scrolls the item's brief by lines.
    pub(super) fn scroll_brief(&mut self, lines: i64) {
        self.brief_scroll = scrolled(self.brief_scroll, lines);
    }

    /// Puts a brief away that is in the entry's place; tells if there was one.
    pub(super) const fn uncover(&mut self) -> bool {
        let covered = std::mem::replace(&mut self.covered, false);
        if covered {
            self.brief = false;
        }
        covered
    }

    /// When it follows the cursor.
    #[must_use]
    pub fn rest_until(&self) -> Option<Timestamp> {
        self.rest.map(|(_, until)| until)
    }

    /// An item's brief, once it is here; empty: there is none.
    #[must_use]
    pub fn brief_of(&self, item: ItemId) -> Option<&SafeText> {
        self.briefs.iter().find(|(of, _)| *of == item).and_then(|(_, text)| text.as_ref())
    }

    /// Shows another entry, or none.
    fn show(&mut self, entry: Option<EntryId>) {
        if let (Some(left), Body::Ready(body), Some(page)) = (self.entry, &self.body, &self.page) {
            self.places.leave(left, body.version, page, self.scroll);
        }
        // Whoever goes on to another entry wants to read that one.
        self.uncover();
        self.brief_scroll = 0;
        self.scroll = 0;
        self.shift = 0;
        self.resume = entry.and_then(|entry| self.places.of(entry)).map(|place| place.anchor.clone());
        self.read = None;
        self.doubted = None;
        self.search = None;
        self.changes.clear();
        self.entry = entry;
        self.body = Body::Nothing;
        self.draft = None;
        self.changed = false;
        self.asked = None;
        self.page = None;
        self.rest = None;
        self.skimming = false;
    }

    /// A body came.
    pub(super) fn learn_body(
        &mut self,
        entry: EntryId,
        body: Option<Arc<EntryBody>>,
        draft: Option<SafeText>,
    ) {
        if self.entry != Some(entry) {
            return;
        }
        self.draft = draft;
        let before = match &self.body {
            Body::Ready(before) => Some(before.version),
            Body::Nothing | Body::Loading | Body::Missing => None,
        };
        match body {
            Some(body) => {
                if before.is_some_and(|before| before != body.version) {
                    self.changed = true;
                    // What was on the screen is what had been read.
                    self.read = self.page.as_ref().map(Page::marks).or(self.read.take());
                } else if before.is_none() {
                    let place = self.places.of(entry).filter(|place| place.version != body.version);
                    self.read = place.map(|place| place.marks.clone());
                }
                self.body = Body::Ready(body);
            }
            // What is on the screen is better than nothing.
            None if before.is_some() => {}
            None => self.body = Body::Missing,
        }
    }

    /// What could not be read may be readable now.
    pub(super) fn try_again(&mut self) {
        if self.body == Body::Missing {
            self.body = Body::Nothing;
            self.asked = None;
        }
    }

    /// A brief came.
    pub(super) fn learn_brief(&mut self, item: ItemId, text: SafeText) {
        self.keep_brief(item, Some(text));
    }

    fn keep_brief(&mut self, item: ItemId, text: Option<SafeText>) {
        self.briefs.retain(|(of, _)| *of != item);
        if self.briefs.len() == BRIEFS {
            self.briefs.pop_front();
        }
        self.briefs.push_back((item, text));
        self.briefs_told += 1;
    }

    /// Scrolls down by lines (up, below zero); the page's end is kept by [`State::read`].
    pub(super) fn scroll_by(&mut self, lines: i64) {
        if self.covered {
            return self.scroll_brief(lines);
        }
        self.scroll = scrolled(self.scroll, lines);
    }

    /// Columns that tables wider than the page are moved by.
    #[must_use]
    pub const fn shift(&self) -> usize {
        self.shift
    }

    /// Moves tables that are wider than the page sideways.
    pub(super) fn shift_by(&mut self, columns: i64, width: usize) {
        let most = self.page.as_ref().map_or(0, Page::widest).saturating_sub(width);
        let to = scrolled(self.shift, columns);
        self.shift = if columns < 0 { to } else { to.min(most) };
    }

    /// To a line, the last at most.
    pub(super) const fn scroll_to(&mut self, line: usize) {
        self.scroll = line;
    }

    /// To the top or the end of what is seen.
    pub(super) const fn scroll_to_end(&mut self, last: bool) {
        let to = if last { usize::MAX } else { 0 };
        if self.covered {
            self.brief_scroll = to;
        } else {
            self.scroll = to;
        }
    }
}

/// Further (back, below zero); the end is found where it is laid out.
fn scrolled(from: usize, by: i64) -> usize {
    let size = usize::try_from(by.unsigned_abs()).unwrap_or(usize::MAX);
    if by < 0 { from.saturating_sub(size) } else { from.saturating_add(size) }
}

impl State {
    /// The entry whose header is really drawn at this size, in the version shown: what *seen before spent* asks.
    #[must_use]
    pub fn header(&self) -> Option<(EntryId, Version)> {
        if let Some(super::overlay::Overlay::Past(past)) = &self.overlay {
            return (!size::areas(self).too_small).then(|| past.header());
        }
        let covered = self.overlay.as_ref().is_some_and(|overlay| !overlay.leaves_the_view());
        if covered || self.view != super::log::View::Desk || !size::sizes(self).header {
            return None;
        }
        let row = self.desk.queue.row(self.desk.reader.entry?)?;
        Some((row.id, row.version))
    }

    /// Follows the cursor, asks for what is missing, and keeps the page and its scroll true.
    pub(super) fn read(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        self.follow(now);
        self.load(effects);
        self.ask_assets(now, effects);
        self.ask_route(effects);
        self.render();
        self.lay_out_viewer();
    }

    fn follow(&mut self, now: Timestamp) {
        let cursor = self.desk.queue.cursor();
        // A decision, news or the reader's own keys sent the cursor where it is: no need to wait.
        let at_once = self.desk.full || self.desk.focus == Pane::Entry || !self.desk.reader.skimming;
        let reader = &mut self.desk.reader;
        if cursor == reader.entry {
            reader.rest = None;
            reader.skimming = false;
            return;
        }
        match (cursor, reader.entry, reader.rest) {
            (None, _, _) | (_, None, _) => reader.show(cursor),
            _ if at_once => reader.show(cursor),
            (Some(entry), _, Some((resting, until))) if entry == resting => {
                // Further ahead than a rest: the clock was set back.
                if now >= until || until > now + REST {
                    reader.show(cursor);
                }
            }
            (Some(entry), _, _) => reader.rest = Some((entry, now + REST)),
        }
    }

    fn load(&mut self, effects: &mut Vec<Effect>) {
        let Some(row) = self.desk.reader.entry.and_then(|entry| self.desk.queue.row(entry)) else { return };
        let reader = &mut self.desk.reader;
        let stale = match &reader.body {
            Body::Nothing => true,
            Body::Ready(body) => body.version != row.version,
            Body::Loading | Body::Missing => false,
        };
        if (stale || reader.asked.is_some()) && reader.asked != Some(row.version) {
            reader.asked = Some(row.version);
            if reader.body == Body::Nothing {
                reader.body = Body::Loading;
            }
            effects.push(Effect::LoadBody(row.id));
        }
        if let (true, Some(item)) = (reader.brief, row.item)
            && !reader.briefs.iter().any(|(of, _)| *of == item)
        {
            reader.keep_brief(item, None);
            effects.push(Effect::LoadBrief(item));
        }
    }

    fn render(&mut self) {
        let sizes = size::sizes(self);
        let old = self.desk.reader.page.take();
        self.desk.reader.covered = sizes.covered;
        let (Body::Ready(body), Some((width, height))) = (&self.desk.reader.body, sizes.entry) else {
            return;
        };
        let columns = Columns { page: width, brief: sizes.brief.map(|(width, _)| width) };
        let item = body.item.and_then(|item| self.desk.items.get(item));
        let before = old.as_ref().map(Page::laid);
        let anchor = old.as_ref().map(|page| page.anchor_at(self.desk.reader.scroll));
        let page = Page::laid_out(&Sight { state: self, body, item }, columns, old);
        let reader = &mut self.desk.reader;
        if before != Some(page.laid()) {
            // What is read stays where it is, whatever came above it.
            if let Some(anchor) = reader.resume.take().or(anchor) {
                reader.scroll = page.line_of(&anchor);
            }
            reader.changes = reader.read.as_ref().map(|read| page.changed_since(read)).unwrap_or_default();
        }
        reader.scroll = reader.scroll.min(page.len().saturating_sub(usize::from(height)));
        reader.shift = reader.shift.min(page.widest().saturating_sub(usize::from(width)));
        let rows = sizes.brief.map_or(0, |(_, rows)| usize::from(rows));
        reader.brief_scroll = reader.brief_scroll.min(page.brief().len().saturating_sub(rows));
        reader.page = Some(page);
        self.search_again();
    }
}

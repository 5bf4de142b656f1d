//! The reader: follows the cursor once it rests, keeps where each entry was left, and holds the page to be drawn.
//!
//! Its header needs only the row of the list; its body is fetched from the cache, which may have to ask the server.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::domain::{EntryBody, EntryId, ItemId, SafeText, Timestamp, Version};
use crate::ui::reader::page::Page;
use crate::ui::reader::section::Sight;

use super::desk::{Pane, size};
use super::{Effect, State};

/// How long the cursor rests on an entry of the list before the reader shows it: skimming costs no redraws.
pub const REST: Duration = Duration::from_millis(60);

/// How many entries' scroll offsets are remembered.
const REMEMBERED: usize = 256;

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
    /// Whether the item's brief is shown above.
    pub brief: bool,
    /// How often briefs came: what is laid out of one is true for as long as this stays.
    pub briefs_told: u64,
    /// The page, if the entry pane is on the screen.
    pub page: Option<Page>,
    /// The entry changed while it was on the screen.
    pub changed: bool,
    scroll: usize,
    /// The cursor was moved in the list: nobody knows yet where it will rest.
    pub(super) skimming: bool,
    /// The entry that the cursor came to, and when the reader follows it.
    rest: Option<(EntryId, Timestamp)>,
    /// The version of the row for which the body was asked for last: asked for once.
    asked: Option<Version>,
    scrolls: VecDeque<(EntryId, usize)>,
    briefs: VecDeque<(ItemId, Option<SafeText>)>,
}

impl Reader {
    /// The first line of the page that is shown.
    #[must_use]
    pub const fn scroll(&self) -> usize {
        self.scroll
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
        if let Some(left) = self.entry {
            self.scrolls.retain(|(of, _)| *of != left);
            if self.scrolls.len() == REMEMBERED {
                self.scrolls.pop_front();
            }
            self.scrolls.push_back((left, self.scroll));
        }
        let remembered = |entry| self.scrolls.iter().find(|(of, _)| *of == entry).map(|(_, scroll)| *scroll);
        self.scroll = entry.and_then(remembered).unwrap_or(0);
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
                self.changed |= before.is_some_and(|before| before != body.version);
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
        let by = usize::try_from(lines.unsigned_abs()).unwrap_or(usize::MAX);
        self.scroll = if lines < 0 { self.scroll.saturating_sub(by) } else { self.scroll.saturating_add(by) };
    }

    /// To a line, the last at most.
    pub(super) const fn scroll_to(&mut self, line: usize) {
        self.scroll = line;
    }
}

impl State {
    /// The entry whose header is really drawn at this size, in the version shown: what *seen before spent* asks.
    #[must_use]
    pub fn header(&self) -> Option<(EntryId, Version)> {
        if self.overlay.is_some() || !size::sizes(self).header {
            return None;
        }
        let row = self.desk.queue.row(self.desk.reader.entry?)?;
        Some((row.id, row.version))
    }

    /// Follows the cursor, asks for what is missing, and keeps the page and its scroll true.
    pub(super) fn read(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        self.follow(now);
        self.load(effects);
        self.render();
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
        let size = size::sizes(self).entry;
        let old = self.desk.reader.page.take();
        let (Body::Ready(body), Some((width, height))) = (&self.desk.reader.body, size) else { return };
        let item = body.item.and_then(|item| self.desk.items.get(item));
        let page = Page::laid_out(&Sight { state: self, body, item }, width, old);
        let reader = &mut self.desk.reader;
        reader.scroll = reader.scroll.min(page.len().saturating_sub(usize::from(height)));
        reader.page = Some(page);
    }
}

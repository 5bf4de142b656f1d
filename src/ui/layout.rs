//! Where everything lies on a screen of any size. Pure and total: shared by the drawing and by the app, which takes
//! its page sizes from here, so that scrolling and the screen never disagree.

use ratatui::layout::Rect;

use crate::app::State;
use crate::app::desk::Pane;

/// Fewer columns than this and the desk says only that it needs more room.
pub const MIN_WIDTH: u16 = 40;
/// Fewer rows than this and the desk says only that it needs more room.
pub const MIN_HEIGHT: u16 = 10;
/// From here on the list and the reader lie side by side.
pub const TWO_COLUMNS: u16 = 80;
/// From here on quests and items have a column of their own.
pub const THREE_COLUMNS: u16 = 120;
/// The widest that running text is set unless something else is configured, in columns: longer lines are hard to read.
pub const TEXT_WIDTH: u16 = 100;

/// From so many columns of the page on, the item's brief stands beside the entry.
const BESIDE: u16 = 96;
/// With less, from so many rows on, it stands above the entry; else it takes its place.
const ABOVE: u16 = 30;

/// From here on that column is wide enough for ages and rewards.
const WIDE: u16 = 160;

/// Columns of the quests and items column where it stands beside two others, and on a wide screen.
const SIDE: (u16, u16) = (27, 40);
/// Rows of the entry's header under the list where no reader is visible.
const STRIP: u16 = 2;
/// From this height on there is room for that.
const STRIP_FROM: u16 = 12;

/// What the layout depends on besides the size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LayoutLook {
    /// The pane that has the focus.
    pub focus: Pane,
    /// The reader takes the whole middle.
    pub full: bool,
    /// Lines instead of boxes, one pane at a time.
    pub plain: bool,
    /// The widest that running text is set.
    pub text: u16,
    /// The item's brief is shown.
    pub brief: bool,
}

impl LayoutLook {
    /// What it is now; `plain` as it is drawn.
    #[must_use]
    pub const fn of(state: &State, plain: bool) -> Self {
        let desk = &state.desk;
        let (text, brief) = (state.settings.text_width, desk.reader.brief);
        Self { focus: desk.focus, full: desk.full, plain, text, brief }
    }
}

/// The rectangles of a frame. Those that are there lie inside the screen and never overlap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Areas {
    /// The line on top.
    pub status: Rect,
    /// The quests with their frame.
    pub quests: Option<Rect>,
    /// The items with their frame; directly under the quests if those are there.
    pub items: Option<Rect>,
    /// The pending entries with their frame.
    pub pending: Option<Rect>,
    /// The reader with its frame.
    pub entry: Option<Rect>,
    /// The entry's header in two lines, where the list is shown without a reader.
    pub strip: Option<Rect>,
    /// The line at the bottom.
    pub hints: Rect,
    /// The screen is too small for anything but saying so.
    pub too_small: bool,
    /// Panes are lines under a heading, not boxes.
    pub plain: bool,
    /// The widest that running text is set.
    pub text: u16,
    /// The item's brief is shown with the entry.
    pub brief: bool,
}

/// The parts of the reader inside its frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReaderParts {
    /// What does not scroll: who, what, for how much.
    pub header: Rect,
    /// What scrolls.
    pub page: Rect,
    /// Where the item's brief is while it is shown: beside the page, above it, or in its place.
    pub brief: Option<Rect>,
    /// The line between the two, one column or one row.
    pub between: Option<Rect>,
}

impl ReaderParts {
    /// Whether the brief is in the place of the page.
    #[must_use]
    pub fn is_covered(&self) -> bool {
        self.brief == Some(self.page)
    }
}

/// Lays out a screen of this size.
#[must_use]
pub fn areas(width: u16, height: u16, look: LayoutLook) -> Areas {
    let line = |y: u16| Rect { x: 0, y, width, height: 1.min(height) };
    let mut areas = Areas {
        status: line(0),
        quests: None,
        items: None,
        pending: None,
        entry: None,
        strip: None,
        hints: line(height.saturating_sub(1)),
        too_small: width < MIN_WIDTH || height < MIN_HEIGHT,
        plain: look.plain,
        text: look.text,
        brief: look.brief,
    };
    if areas.too_small {
        areas.hints = Rect { height: 0, ..areas.hints };
        return areas;
    }
    let middle = Rect { x: 0, y: 1, width, height: height - 2 };
    if look.full {
        areas.entry = Some(middle);
    } else if look.plain || width < TWO_COLUMNS {
        one_pane(&mut areas, middle, look.focus);
    } else if width < THREE_COLUMNS {
        let (left, right) = split(middle, share(width));
        areas.entry = Some(right);
        if matches!(look.focus, Pane::Quests | Pane::Items) {
            stack(&mut areas, left);
        } else {
            areas.pending = Some(left);
        }
    } else {
        let (side, rest) = split(middle, if width < WIDE { SIDE.0 } else { SIDE.1 });
        let (pending, entry) = split(rest, share(rest.width));
        stack(&mut areas, side);
        areas.pending = Some(pending);
        areas.entry = Some(entry);
    }
    areas
}

/// The list's part of the columns that it shares with the reader: more than half, as its rows can't wrap.
fn share(width: u16) -> u16 {
    (u32::from(width) * 57 / 100) as u16
}

fn split(area: Rect, left: u16) -> (Rect, Rect) {
    let left = left.min(area.width);
    (Rect { width: left, ..area }, Rect { x: area.x + left, width: area.width - left, ..area })
}

/// Quests above items; the line between them is the items' upper border.
fn stack(areas: &mut Areas, column: Rect) {
    let quests = column.height.div_ceil(2);
    areas.quests = Some(Rect { height: quests, ..column });
    areas.items = Some(Rect { y: column.y + quests, height: column.height - quests, ..column });
}

fn one_pane(areas: &mut Areas, middle: Rect, focus: Pane) {
    match focus {
        Pane::Quests => areas.quests = Some(middle),
        Pane::Items => areas.items = Some(middle),
        Pane::Entry => areas.entry = Some(middle),
        Pane::Pending if middle.height + 2 >= STRIP_FROM => {
            let list = middle.height - STRIP;
            areas.pending = Some(Rect { height: list, ..middle });
            areas.strip = Some(Rect { y: middle.y + list, height: STRIP, ..middle });
        }
        Pane::Pending => areas.pending = Some(middle),
    }
}

impl Areas {
    /// A pane with its frame, if it is visible.
    #[must_use]
    pub const fn pane(&self, pane: Pane) -> Option<Rect> {
        match pane {
            Pane::Quests => self.quests,
            Pane::Items => self.items,
            Pane::Pending => self.pending,
            Pane::Entry => self.entry,
        }
    }

    /// A pane without its frame: what its rows have. Empty if the pane is not visible.
    #[must_use]
    pub fn inner(&self, pane: Pane) -> Rect {
        let Some(outer) = self.pane(pane) else { return Rect::ZERO };
        if self.plain {
            // One heading line instead of a frame.
            let heading = outer.height.min(1);
            return Rect { y: outer.y + heading, height: outer.height - heading, ..outer };
        }
        // Quests that stand on items have no lower border of their own.
        let stands = pane == Pane::Quests && self.items.is_some();
        let borders = if stands { 1 } else { 2 };
        Rect {
            x: outer.x + outer.width.min(1),
            y: outer.y + outer.height.min(1),
            width: outer.width.saturating_sub(2),
            height: outer.height.saturating_sub(borders),
        }
    }

    /// How many rows of a pane fit on the screen; of the reader, how many lines of its page.
    #[must_use]
    pub fn rows(&self, pane: Pane) -> u16 {
        match pane {
            Pane::Entry => self.reader().page.height,
            list => self.inner(list).height,
        }
    }

    /// The reader's header and page. Empty if the reader is not visible.
    #[must_use]
    pub fn reader(&self) -> ReaderParts {
        let inner = self.inner(Pane::Entry);
        let header = match inner.height {
            0..=3 => inner.height.min(2),
            4..=7 => 3,
            _ => 4,
        };
        let page = Rect { y: inner.y + header, height: inner.height - header, ..inner };
        let header = Rect { height: header, ..inner };
        if !self.brief {
            return ReaderParts { header, page, brief: None, between: None };
        }
        // A screen reader goes along the lines: two texts beside each other would be one.
        if self.plain || (page.width < BESIDE && page.height < ABOVE) {
            return ReaderParts { header, page, brief: Some(page), between: None };
        }
        if page.width < BESIDE {
            let brief = Rect { height: page.height / 3, ..page };
            let between = Rect { y: brief.bottom(), height: 1, ..page };
            let page = Rect { y: between.bottom(), height: page.height - brief.height - 1, ..page };
            return ReaderParts { header, page, brief: Some(brief), between: Some(between) };
        }
        let (page, rest) = split(page, page.width - page.width / 2);
        let (between, brief) = split(rest, 1);
        ReaderParts { header, page, brief: Some(brief), between: Some(between) }
    }

    /// For how many columns the reader's page is to be wrapped: one is left free on each side.
    #[must_use]
    pub fn text_width(&self) -> u16 {
        self.column(self.reader().page).width
    }

    /// The part of a page that text is set in: no wider than it can be read, with one column free at each side.
    #[must_use]
    pub fn column(&self, page: Rect) -> Rect {
        let width = page.width.saturating_sub(2).min(self.text);
        Rect { x: page.x + page.width.min(1), width, ..page }
    }

    /// Whether the header of the entry under the cursor is on the screen: what *seen before spent* asks.
    #[must_use]
    pub fn shows_header(&self) -> bool {
        self.strip.is_some() || self.reader().header.height >= 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn look(focus: Pane, full: bool) -> LayoutLook {
        LayoutLook { focus, full, plain: false, text: TEXT_WIDTH, brief: false }
    }

    fn desk(width: u16, height: u16, focus: Pane) -> Areas {
        areas(width, height, look(focus, false))
    }

    #[test]
    fn wide_screens_have_three_columns() {
        let areas = desk(120, 40, Pane::Pending);
        assert_eq!(areas.quests.map(|r| (r.x, r.width)), Some((0, 27)));
        assert_eq!(areas.pending.map(|r| (r.x, r.width)), Some((27, 53)));
        assert_eq!(areas.entry.map(|r| (r.x, r.width)), Some((80, 40)));
        assert_eq!(
            areas.quests.map(Rect::bottom),
            areas.items.map(|r| r.y),
            "items stand right under quests"
        );
    }

    #[test]
    fn between_eighty_and_a_hundred_and_twenty_the_left_column_switches() {
        let list = desk(80, 24, Pane::Pending);
        assert!(list.pending.is_some() && list.entry.is_some() && list.quests.is_none());
        let items = desk(80, 24, Pane::Items);
        assert!(items.quests.is_some() && items.items.is_some() && items.entry.is_some());
        assert_eq!(items.pending, None);
    }

    #[test]
    fn narrow_screens_show_one_pane_and_the_header_under_the_list() {
        let areas = desk(60, 20, Pane::Pending);
        assert_eq!((areas.entry, areas.quests), (None, None));
        assert_eq!(areas.strip.map(|r| (r.y, r.height)), Some((17, 2)));
        assert!(areas.shows_header());
        let low = desk(60, 11, Pane::Pending);
        assert_eq!(low.strip, None);
        assert!(!low.shows_header(), "what is not shown can't have been seen");
    }

    #[test]
    fn the_full_reader_takes_the_middle_at_any_width() {
        for width in [40, 80, 120, 400] {
            let areas = areas(width, 24, look(Pane::Entry, true));
            assert_eq!(areas.entry, Some(Rect { x: 0, y: 1, width, height: 22 }));
            assert_eq!((areas.pending, areas.quests, areas.items), (None, None, None));
        }
    }

    #[test]
    fn text_is_never_set_wider_than_is_configured() {
        let look = look(Pane::Entry, true);
        assert_eq!(areas(400, 60, look).text_width(), 100);
        assert_eq!(areas(400, 60, LayoutLook { text: 72, ..look }).text_width(), 72);
        assert_eq!(areas(60, 60, LayoutLook { text: 72, ..look }).text_width(), 56);
    }

    #[test]
    fn the_brief_stands_beside_the_entry_or_above_it_where_both_can_be_read_and_else_in_its_place() {
        let brief = |look| LayoutLook { brief: true, ..look };
        let wide = areas(120, 40, brief(look(Pane::Entry, true))).reader();
        assert_eq!(wide.brief.map(|brief| (brief.x, brief.width)), Some((61, 58)));
        assert_eq!((wide.page.x, wide.page.width, wide.is_covered()), (1, 59, false));
        let narrow = areas(80, 24, brief(look(Pane::Entry, true))).reader();
        assert!(narrow.is_covered());
        let high = areas(80, 40, brief(look(Pane::Entry, true))).reader();
        assert_eq!(high.brief.map(|brief| (brief.y, brief.height)), Some((6, 10)));
        assert_eq!((high.page.y, high.page.height, high.is_covered()), (17, 21, false));
        let plain = areas(200, 40, LayoutLook { plain: true, ..brief(look(Pane::Entry, true)) }).reader();
        assert!(plain.is_covered());
        assert_eq!(areas(120, 40, look(Pane::Entry, true)).reader().brief, None);
    }

    #[test]
    fn the_smallest_screen_works_and_a_smaller_one_says_so() {
        assert!(!desk(40, 10, Pane::Pending).too_small);
        assert_eq!(desk(40, 10, Pane::Pending).rows(Pane::Pending), 6);
        assert!(desk(39, 10, Pane::Pending).too_small);
        assert!(desk(40, 9, Pane::Pending).too_small);
    }

    fn any_look() -> impl Strategy<Value = LayoutLook> {
        let focus =
            prop_oneof![Just(Pane::Quests), Just(Pane::Items), Just(Pane::Pending), Just(Pane::Entry)];
        (focus, any::<bool>(), any::<bool>(), any::<bool>()).prop_map(|(focus, full, plain, brief)| {
            LayoutLook { focus, full, plain, text: TEXT_WIDTH, brief }
        })
    }

    proptest! {
        #[test]
        fn areas_lie_on_the_screen_and_never_overlap(width in 0u16..420, height in 0u16..140, look in any_look()) {
            let areas = areas(width, height, look);
            let screen = Rect { x: 0, y: 0, width, height };
            let all: Vec<Rect> = [
                Some(areas.status), areas.quests, areas.items, areas.pending, areas.entry, areas.strip,
                Some(areas.hints),
            ].into_iter().flatten().filter(|area| !area.is_empty()).collect();
            for (position, area) in all.iter().enumerate() {
                prop_assert_eq!(area.intersection(screen), *area);
                for other in &all[position + 1..] {
                    prop_assert!(area.intersection(*other).is_empty(), "{:?} overlaps {:?}", area, other);
                }
            }
            for pane in [Pane::Quests, Pane::Items, Pane::Pending, Pane::Entry] {
                let inner = areas.inner(pane);
                prop_assert!(inner.is_empty() || areas.pane(pane).is_some_and(|outer| outer.intersection(inner) == inner));
            }
            let parts = areas.reader();
            let above = parts.between.filter(|between| between.width == parts.page.width);
            let above = above.map_or(0, |between| between.bottom() - parts.header.bottom());
            prop_assert_eq!(parts.header.height + above + parts.page.height, areas.inner(Pane::Entry).height);
            if let Some(brief) = parts.brief.filter(|_| !parts.is_covered()) {
                prop_assert!(brief.intersection(parts.page).is_empty());
                prop_assert_eq!(brief.intersection(areas.inner(Pane::Entry)), brief);
            }
        }

        #[test]
        fn the_focused_pane_is_always_visible(width in 40u16..420, height in 10u16..140, look in any_look()) {
            let areas = areas(width, height, look);
            let shown = if look.full { Pane::Entry } else { look.focus };
            prop_assert!(areas.rows(shown) >= 2, "{shown:?} has {} rows", areas.rows(shown));
        }
    }
}

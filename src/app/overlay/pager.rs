//! A page of lines over the whole screen that scrolls: laid out again only when something changed that it shows.

use ratatui::text::Line;

use crate::app::State;
use crate::app::key::Key;
use crate::ui::overlay::pager;

use super::{Overlay, Scroll};

/// The lines, and how far they are scrolled.
#[derive(Debug, Default)]
pub struct Pager {
    /// How far.
    pub scroll: Scroll,
    lines: Vec<Line<'static>>,
    /// The columns and the state of things that they were made for.
    made_for: Option<(u16, u64)>,
}

impl Pager {
    /// The lines.
    #[must_use]
    pub fn lines(&self) -> &[Line<'static>] {
        &self.lines
    }

    /// Scrolls by a key; `false` if the key closes it.
    #[must_use]
    pub(super) fn on_key(&mut self, key: Key, height: u16) -> bool {
        let rows = usize::from(pager::rows(height));
        let goes_on = self.scroll.on_key(key, self.lines.len(), height);
        self.scroll.top = self.scroll.top.min(self.lines.len().saturating_sub(rows));
        goes_on
    }

    /// Whether the lines must be made anew.
    fn is_stale(&self, width: u16, stamp: u64) -> bool {
        self.made_for != Some((width, stamp))
    }

    fn put(&mut self, lines: Vec<Line<'static>>, width: u16, stamp: u64, rows: u16) {
        self.lines = lines;
        self.made_for = Some((width, stamp));
        self.scroll.top = self.scroll.top.min(self.lines.len().saturating_sub(usize::from(rows)));
    }
}

impl State {
    /// Lays out the page that is open, if something changed that it shows.
    pub(in crate::app) fn lay_out_pager(&mut self) {
        let (width, rows) = (pager::text_width(self), pager::rows(self.height));
        let Some(mut overlay) = self.overlay.take() else { return };
        match &mut overlay {
            Overlay::Compare(compare) => {
                let stamp = compare.stamp(self);
                if compare.pager.is_stale(width, stamp) {
                    let lines = pager::compare(self, compare, width);
                    compare.pager.put(lines, width, stamp, rows);
                }
            }
            Overlay::Talk(talk) => {
                let stamp = self.talk_stamp(talk.entry.id);
                if talk.pager.is_stale(width, stamp) {
                    let lines = crate::ui::overlay::talk::lines(self, talk, width);
                    talk.pager.put(lines, width, stamp, rows);
                }
            }
            Overlay::Past(past) => {
                let stamp = past.stamp();
                if past.pager.is_stale(width, stamp) {
                    let lines = crate::ui::overlay::past::lines(self, past, width);
                    past.pager.put(lines, width, stamp, rows);
                }
            }
            Overlay::RunLog(log) => {
                let stamp = self.discussion.told;
                if log.pager.is_stale(width, stamp) {
                    let lines = crate::ui::overlay::talk::run_lines(self, log, width);
                    log.pager.put(lines, width, stamp, rows);
                }
            }
            _ => {}
        }
        self.overlay = Some(overlay);
    }
}

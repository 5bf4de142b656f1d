//! One asset on the full screen: leafed through, scrolled, saved to the disk.

use std::path::Path;

use ratatui::text::Line;

use crate::app::key::{Key, KeyCode};
use crate::app::reader::Body;
use crate::app::{Effect, State};
use crate::domain::{AssetId, AssetSlot, Inside, SafeText, Shown, Timestamp};
use crate::ui::preview;
use crate::ui::reader::asset_facts;
use crate::ui::theme::Look;

use super::save::SaveLine;
use super::{Overlay, Scroll};

/// Lines of an asset that can be scrolled through.
const LINES: usize = 20_000;

/// The overlay.
#[derive(Debug, Default)]
pub struct Viewer {
    /// Which asset of the entry, from 0.
    pub at: usize,
    /// How far it is scrolled.
    pub scroll: Scroll,
    /// The first column of a table that is shown.
    pub column: usize,
    /// Where it is to be saved, while that is typed.
    pub save: Option<SaveLine>,
    /// The lines, for as long as what they depend on stays.
    laid: Option<(LaidKey, Vec<Line<'static>>)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct LaidKey {
    asset: Option<AssetId>,
    told: u64,
    column: usize,
    width: u16,
    look: Look,
}

impl Viewer {
    /// The lines of the asset.
    #[must_use]
    pub fn lines(&self) -> &[Line<'static>] {
        self.laid.as_ref().map_or(&[], |(_, lines)| lines)
    }

    pub(super) fn on_key(
        mut self: Box<Self>,
        state: &mut State,
        key: Key,
        effects: &mut Vec<Effect>,
    ) -> Option<Overlay> {
        if self.save.is_some() {
            self.on_save_key(state, key, effects);
            return Some(Overlay::Viewer(self));
        }
        let count = state.viewed_slots().len();
        let columns = self.columns(state);
        match (key.code, key.ctrl) {
            (KeyCode::Tab | KeyCode::Char('n'), false) if count > 1 => {
                self.turn((self.at + 1) % count, state);
            }
            (KeyCode::BackTab | KeyCode::Char('p'), false) if count > 1 => {
                self.turn((self.at + count - 1) % count, state);
            }
            (KeyCode::Char('l') | KeyCode::Right, false) => {
                self.column = (self.column + 1).min(columns.saturating_sub(1));
            }
            (KeyCode::Char('h') | KeyCode::Left, false) => self.column = self.column.saturating_sub(1),
            (KeyCode::Char('w' | 'W'), false) => self.begin_save(state),
            (KeyCode::Char('v'), false) => return None,
            _ => {
                let open = self.scroll.on_key(key, self.lines().len(), state.height);
                return open.then_some(Overlay::Viewer(self));
            }
        }
        Some(Overlay::Viewer(self))
    }

    /// Columns of the table that is open; 0: it is none.
    fn columns(&self, state: &State) -> usize {
        let shown = state.viewed(self.at).and_then(|slot| state.desk.reader.assets.view(slot.asset));
        match shown.map(|view| &view.shown) {
            Some(Shown::Preview(preview)) => match &preview.inside {
                Inside::Table(table) => table.columns.len(),
                _ => 0,
            },
            _ => 0,
        }
    }

    /// Whether there are columns to move to.
    #[must_use]
    pub fn has_columns(&self, state: &State) -> bool {
        self.columns(state) > 1
    }

    fn turn(&mut self, at: usize, state: &mut State) {
        *self = Self { at, ..Self::default() };
        if let Some(slot) = state.viewed(at) {
            state.open_picture(slot.asset);
        }
    }

    /// Asks where to.
    pub fn begin_save(&mut self, state: &State) {
        let Some(slot) = state.viewed(self.at) else { return };
        let asset = state.desk.reader.assets.view(slot.asset).and_then(|view| view.asset.as_ref());
        self.save = Some(SaveLine::new(slot, asset, state.settings.save_to.as_str()));
    }

    fn on_save_key(&mut self, state: &mut State, key: Key, effects: &mut Vec<Effect>) {
        let before = effects.len();
        let (Some(line), Some(slot)) = (&mut self.save, state.viewed(self.at)) else {
            self.save = None;
            return;
        };
        let asset = state.desk.reader.assets.view(slot.asset).and_then(|view| view.asset.as_ref());
        let path = |typed: &str| state.settings.path(typed);
        if key.code == KeyCode::Enter && line.underway.is_none() && state.savings.is_to(&path(&line.typed()))
        {
            line.error = Some("a file of this name is being saved: choose another name".into());
            return;
        }
        if !line.on_key(key, (slot, asset), path, effects) {
            self.save = None;
        }
        state.savings.note(&effects[before..]);
    }

    /// Takes pasted text into the path.
    pub(super) fn paste(&mut self, text: &SafeText) -> bool {
        self.save.as_mut().is_some_and(|line| line.paste(text))
    }
}

impl State {
    /// The assets of the entry that is read.
    #[must_use]
    pub fn viewed_slots(&self) -> &[AssetSlot] {
        match &self.desk.reader.body {
            Body::Ready(body) => &body.assets,
            _ => &[],
        }
    }

    /// One of them.
    #[must_use]
    pub fn viewed(&self, at: usize) -> Option<&AssetSlot> {
        self.viewed_slots().get(at)
    }

    /// Opens the first asset of the entry that is read; with the line to save it, if that is meant.
    pub(in crate::app) fn open_viewer(&mut self, save: bool) {
        let mut viewer = Box::new(Viewer::default());
        if save {
            viewer.begin_save(self);
        } else {
            viewer.turn(0, self);
        }
        self.overlay = Some(Overlay::Viewer(viewer));
    }

    /// The line that saves to this file, if it is on the screen.
    fn save_line(&mut self, to: &Path) -> Option<&mut Option<SaveLine>> {
        match &mut self.overlay {
            Some(Overlay::Viewer(viewer)) if viewer.save.as_ref().is_some_and(|line| line.is_to(to)) => {
                Some(&mut viewer.save)
            }
            _ => None,
        }
    }

    /// How far an asset is saved.
    pub(in crate::app) fn learn_save_progress(&mut self, to: &Path, bytes: u64, of: Option<u64>) {
        self.savings.progress(to, bytes, of);
        if let Some(Some(line)) = self.save_line(to) {
            line.progress(bytes, of);
        }
    }

    /// An asset was saved, or was not.
    pub(in crate::app) fn learn_saved(
        &mut self,
        to: &Path,
        saved: Result<SafeText, SafeText>,
        now: Timestamp,
    ) {
        self.savings.ended(to);
        if saved.is_err() && matches!(self.overlay, Some(Overlay::Leave(_))) {
            // Whoever waits for it stays, and is told.
            self.overlay = None;
        }
        match (self.save_line(to), saved) {
            (Some(Some(line)), Err(why)) => line.fail(why),
            (None | Some(None), Err(why)) => self.notices.fail(why, now),
            (line, Ok(words)) => {
                if let Some(line) = line {
                    *line = None;
                }
                self.notices.tell(words, now);
            }
        }
    }

    fn closed_lines(&self, slot: &AssetSlot) -> Vec<Line<'static>> {
        let Body::Ready(body) = &self.desk.reader.body else { return Vec::new() };
        let item = body.item.and_then(|item| self.desk.items.get(item));
        asset_facts::closed(body, item, slot, &self.look)
    }

    /// Keeps the lines of the open asset true.
    pub(in crate::app) fn lay_out_viewer(&mut self) {
        let mut viewer = match self.overlay.take() {
            Some(Overlay::Viewer(viewer)) => viewer,
            other => {
                self.overlay = other;
                return;
            }
        };
        if viewer.at > 0 && viewer.at >= self.viewed_slots().len() {
            viewer.turn(0, self);
        }
        let (width, height) = preview::room(self.width, self.height, self.look.plain);
        let slot = self.viewed(viewer.at);
        let asset = slot.map(|slot| slot.asset);
        let told = self.desk.reader.assets.told;
        let key = LaidKey { asset, told, column: viewer.column, width, look: self.look };
        if viewer.laid.as_ref().is_none_or(|(laid, _)| *laid != key) {
            let view = asset.and_then(|asset| self.desk.reader.assets.view(asset));
            let setting = preview::Setting {
                width: width.into(),
                limit: LINES,
                rows: height.into(),
                column: viewer.column,
                wide: false,
                number: viewer.at + 1,
                look: &self.look,
            };
            let lines = match (view.map(|view| &view.shown), slot) {
                (Some(Shown::Closed), Some(slot)) => self.closed_lines(slot),
                (Some(Shown::OnDemand), Some(slot)) => {
                    vec![Line::styled(asset_facts::picture(self, slot).to_string(), self.look.theme.dim)]
                }
                (Some(Shown::PutAway), _) => {
                    vec![Line::styled(asset_facts::waiting(self).to_string(), self.look.theme.dim)]
                }
                (Some(shown), _) => preview::lines(shown, setting),
                (None, _) => Vec::new(),
            };
            viewer.laid = Some((key, lines));
        }
        let last = viewer.lines().len().saturating_sub(height.into());
        viewer.scroll.top = viewer.scroll.top.min(last);
        self.overlay = Some(Overlay::Viewer(viewer));
    }
}

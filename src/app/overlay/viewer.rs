//! One asset on the full screen: leafed through, scrolled, saved to the disk.

use std::path::PathBuf;

use ratatui::text::Line;
use tui_textarea::{CursorMove, TextArea};

use crate::app::key::{Key, KeyCode};
use crate::app::reader::Body;
use crate::app::{Effect, State};
use crate::domain::{Access, Asset, AssetId, AssetSlot, Inside, SafeText, Shown, TextLimit, Timestamp};
use crate::sync::{Order, Saving};
use crate::ui::preview;
use crate::ui::reader::asset_facts;
use crate::ui::theme::Look;

use super::note::textarea_input;
use super::{Overlay, Scroll};

/// Lines of an asset that can be scrolled through.
const LINES: usize = 20_000;

/// The longest file name that is proposed, in bytes.
const NAME: TextLimit = TextLimit(120);

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

/// The line that a path is typed in.
#[derive(Debug)]
pub struct SaveLine {
    /// The path.
    pub text: TextArea<'static>,
    /// It is being saved: keys wait.
    pub busy: bool,
    /// Why it could not be saved.
    pub error: Option<SafeText>,
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
        let shown = state.viewed(self.at).and_then(|slot| state.desk.reader.assets.view(slot.asset));
        let columns = match shown.map(|view| &view.shown) {
            Some(Shown::Preview(preview)) => match &preview.inside {
                Inside::Table(table) => table.columns.len(),
                _ => 0,
            },
            _ => 0,
        };
        match (key.code, key.ctrl) {
            (KeyCode::Tab | KeyCode::Char('n'), false) if count > 1 => self.turn((self.at + 1) % count),
            (KeyCode::BackTab | KeyCode::Char('p'), false) if count > 1 => {
                self.turn((self.at + count - 1) % count);
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

    fn turn(&mut self, at: usize) {
        *self = Self { at, ..Self::default() };
    }

    /// Asks where to.
    pub fn begin_save(&mut self, state: &mut State) {
        let Some(slot) = state.viewed(self.at) else { return };
        let asset = state.desk.reader.assets.view(slot.asset).and_then(|view| view.asset.as_ref());
        let name = file_name(slot, asset);
        let folder = state.settings.save_to.as_str().trim_end_matches('/');
        let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
        let mut text = TextArea::from([path]);
        text.move_cursor(CursorMove::End);
        self.save = Some(SaveLine { text, busy: false, error: None });
    }

    fn on_save_key(&mut self, state: &mut State, key: Key, effects: &mut Vec<Effect>) {
        let Some(line) = &mut self.save else { return };
        match (key.code, key.ctrl) {
            (KeyCode::Esc, _) | (KeyCode::Char('c'), true) => self.save = None,
            _ if line.busy => {}
            (KeyCode::Enter, _) => {
                let path = line.text.lines().join("").trim().to_owned();
                if path.is_empty() || path.ends_with('/') {
                    line.error = Some("a file name is missing: Esc goes back".into());
                    return;
                }
                let Some(slot) = state.viewed(self.at) else { return };
                let asset = state.desk.reader.assets.view(slot.asset).and_then(|view| view.asset.as_ref());
                let to = state.settings.path(&path);
                let private = asset.is_none_or(|asset| asset.access == Access::Private);
                let kind = asset.map_or_else(|| slot.asset_type.clone(), |asset| asset.kind.clone());
                line.busy = true;
                line.error = None;
                let saving = Saving { asset: slot.asset, kind, to, private };
                effects.push(Effect::Order(Order::Save(saving)));
            }
            (KeyCode::Char('u'), true) => {
                line.text.delete_line_by_head();
            }
            // One line: what would begin another one does nothing.
            (KeyCode::Char('m' | 'j'), true) => {}
            _ => {
                line.error = None;
                line.text.input(textarea_input(key));
            }
        }
    }

    /// Takes pasted text into the path.
    pub(super) fn paste(&mut self, text: &SafeText) -> bool {
        let Some(line) = self.save.as_mut().filter(|line| !line.busy) else { return false };
        line.text.insert_str(text.as_str());
        true
    }

    /// What came of saving. Says whether it is told here.
    fn saved(&mut self, saved: &Result<SafeText, SafeText>) -> bool {
        let Some(line) = self.save.as_mut().filter(|line| line.busy) else { return false };
        match saved {
            Ok(_) => {
                self.save = None;
                false
            }
            Err(why) => {
                line.busy = false;
                line.error = Some(why.clone());
                true
            }
        }
    }
}

/// A name for the file: the last component of the asset's, harmless in every file system, with an ending.
fn file_name(slot: &AssetSlot, asset: Option<&Asset>) -> String {
    let given = asset.map(|asset| &asset.name).or(slot.name.as_ref()).map_or("", SafeText::as_str);
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let harmless = |c: char| if c.is_control() || "<>:\"|?*\u{FFFD}".contains(c) { '_' } else { c };
    let name: String = last.chars().map(harmless).collect();
    let name = SafeText::line_within(name.trim().trim_start_matches('.'), NAME);
    let name = if name.is_empty() { slot.asset.to_string() } else { name.to_string() };
    let kind = asset.map_or(&slot.asset_type, |asset| &asset.kind);
    let ending = match kind.as_str() {
        "dataset" => ".csv",
        "post" => ".md",
        _ => "",
    };
    if name.ends_with(ending) { name } else { format!("{name}{ending}") }
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
        self.open_pictures();
        let mut viewer = Box::new(Viewer::default());
        if save {
            viewer.begin_save(self);
        }
        self.overlay = Some(Overlay::Viewer(viewer));
    }

    /// An asset was saved, or was not.
    pub(in crate::app) fn learn_saved(&mut self, saved: Result<SafeText, SafeText>, now: Timestamp) {
        if let Some(Overlay::Viewer(viewer)) = &mut self.overlay
            && viewer.saved(&saved)
        {
            return;
        }
        match saved {
            Ok(words) => self.notices.tell(words, now),
            Err(words) => self.notices.fail(words, now),
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
            viewer.turn(0);
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
                number: viewer.at + 1,
                look: &self.look,
            };
            let lines = match (view.map(|view| &view.shown), slot) {
                (Some(Shown::Closed), Some(slot)) => self.closed_lines(slot),
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

/// Where a typed path leads: `~` is the home folder.
#[must_use]
pub fn path_of(typed: &str, home: Option<&str>) -> PathBuf {
    match (typed.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => PathBuf::from(typed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str, kind: &'static str) -> String {
        let slot = AssetSlot {
            key: "data".into(),
            asset: AssetId::from_bytes([7; 16]),
            asset_type: kind.into(),
            name: Some(SafeText::line(name)),
        };
        file_name(&slot, None)
    }

    #[test]
    fn a_proposed_name_leads_nowhere_else() {
        assert_eq!(named("run7.csv", "file"), "run7.csv");
        assert_eq!(named("../../etc/passwd", "file"), "passwd");
        assert_eq!(named("..\\..\\boot.ini", "file"), "boot.ini");
        assert_eq!(named(".bashrc", "file"), "bashrc");
        assert_eq!(named("a\u{1b}[2J:b?.csv", "file"), "a_[2J_b_.csv");
        assert_eq!(named("FeCo, heating runs 7", "dataset"), "FeCo, heating runs 7.csv");
        assert_eq!(named("runs.csv", "dataset"), "runs.csv");
        assert_eq!(named("Method", "post"), "Method.md");
        for nothing in ["", "..", "/", "../"] {
            assert_eq!(named(nothing, "file"), "07070707-0707-0707-0707-070707070707", "{nothing:?}");
        }
        assert!(named(&"é".repeat(500), "file").len() <= 120);
    }

    #[test]
    fn a_tilde_is_home() {
        assert_eq!(path_of("~/a.csv", Some("/home/ana")), PathBuf::from("/home/ana/a.csv"));
        assert_eq!(path_of("~/a.csv", None), PathBuf::from("~/a.csv"));
        assert_eq!(path_of("sub/a.csv", Some("/home/ana")), PathBuf::from("sub/a.csv"));
    }
}

//! The line that a path is typed in to save an asset to, and how far that is.

use std::path::{Path, PathBuf};

use tui_textarea::{CursorMove, TextArea};

use crate::app::Effect;
use crate::app::key::{Key, KeyCode};
use crate::domain::{Access, Asset, AssetSlot, SafeText, TextLimit};
use crate::sync::{Order, Saving};

use super::note::textarea_input;

/// The longest file name that is proposed, in bytes.
const NAME: TextLimit = TextLimit(120);

/// The line.
#[derive(Debug)]
pub struct SaveLine {
    /// The path.
    pub text: TextArea<'static>,
    /// It is being saved.
    pub underway: Option<Underway>,
    /// Why it could not be saved.
    pub error: Option<SafeText>,
}

/// An asset on its way to the disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Underway {
    /// The file.
    pub to: PathBuf,
    /// Bytes that are in it.
    pub bytes: u64,
    /// Bytes there are, if that is known.
    pub of: Option<u64>,
}

impl SaveLine {
    /// Proposes a name in a folder.
    pub(super) fn new(slot: &AssetSlot, asset: Option<&Asset>, folder: &str) -> Self {
        let name = file_name(slot, asset);
        let folder = folder.trim_end_matches('/');
        let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
        let mut text = TextArea::from([path]);
        text.move_cursor(CursorMove::End);
        Self { text, underway: None, error: None }
    }

    /// The path as it is typed.
    pub(super) fn typed(&self) -> String {
        self.text.lines().join("").trim().to_owned()
    }

    /// Takes a key; `false` if the line is closed. Stopped is only what the key says so of.
    pub(super) fn on_key(
        &mut self,
        key: Key,
        (slot, asset): (&AssetSlot, Option<&Asset>),
        path: impl Fn(&str) -> PathBuf,
        effects: &mut Vec<Effect>,
    ) -> bool {
        if let Some(underway) = &self.underway {
            match (key.code, key.ctrl) {
                (KeyCode::Esc, _) | (KeyCode::Char('c'), true) => {
                    effects.push(Effect::Order(Order::StopSaving(underway.to.clone())));
                    self.fail("stopped: nothing of it is kept".into());
                }
                // It goes on, and a notice says when it is done.
                (KeyCode::Enter, _) => return false,
                _ => {}
            }
            return true;
        }
        match (key.code, key.ctrl) {
            (KeyCode::Esc, _) | (KeyCode::Char('c'), true) => return false,
            (KeyCode::Enter, _) => {
                let typed = self.typed();
                if typed.is_empty() || typed.ends_with('/') {
                    self.error = Some("a file name is missing: Esc goes back".into());
                    return true;
                }
                let to = path(&typed);
                let private = asset.is_none_or(|asset| asset.access == Access::Private);
                let kind = asset.map_or_else(|| slot.asset_type.clone(), |asset| asset.kind.clone());
                self.underway =
                    Some(Underway { to: to.clone(), bytes: 0, of: asset.and_then(|asset| asset.size) });
                self.error = None;
                effects.push(Effect::Order(Order::Save(Saving { asset: slot.asset, kind, to, private })));
            }
            (KeyCode::Char('u'), true) => {
                self.text.delete_line_by_head();
            }
            // One line: what would begin another one does nothing.
            (KeyCode::Char('m' | 'j'), true) => {}
            _ => {
                self.error = None;
                self.text.input(textarea_input(key));
            }
        }
        true
    }

    /// Takes pasted text into the path.
    pub(super) fn paste(&mut self, text: &SafeText) -> bool {
        if self.underway.is_none() {
            self.text.insert_str(text.as_str());
        }
        self.underway.is_none()
    }

    /// Whether it saves to this file now.
    pub(super) fn is_to(&self, to: &Path) -> bool {
        self.underway.as_ref().is_some_and(|underway| underway.to == to)
    }

    /// So much is in the file.
    pub(super) fn progress(&mut self, bytes: u64, of: Option<u64>) {
        if let Some(underway) = &mut self.underway {
            underway.bytes = bytes;
            underway.of = of.or(underway.of);
        }
    }

    /// It was not saved.
    pub(super) fn fail(&mut self, why: SafeText) {
        self.underway = None;
        self.error = Some(why);
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
    use crate::domain::AssetId;

    fn slot(name: &str, kind: &'static str) -> AssetSlot {
        AssetSlot {
            key: "data".into(),
            asset: AssetId::from_bytes([7; 16]),
            asset_type: kind.into(),
            name: Some(SafeText::line(name)),
        }
    }

    fn named(name: &str, kind: &'static str) -> String {
        file_name(&slot(name, kind), None)
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

    #[test]
    fn what_is_under_way_is_stopped_by_one_key_and_left_alone_by_another() {
        let slot = slot("run7.csv", "file");
        let mut line = SaveLine::new(&slot, None, "/tmp/x");
        let press = |line: &mut SaveLine, key: &str| {
            let mut effects = Vec::new();
            let open = line.on_key(key.parse().unwrap(), (&slot, None), |typed| typed.into(), &mut effects);
            (open, effects)
        };
        let (open, effects) = press(&mut line, "Enter");
        let Some(Effect::Order(Order::Save(saving))) = effects.first() else { panic!("{effects:?}") };
        assert!(open && saving.to == Path::new("/tmp/x/run7.csv"));
        line.progress(10, Some(100));
        assert!(line.is_to(Path::new("/tmp/x/run7.csv")) && !line.paste(&"x".into()));
        assert_eq!(press(&mut line, "x").1, []);
        let (open, effects) = press(&mut line, "Esc");
        assert_eq!(effects, [Effect::Order(Order::StopSaving("/tmp/x/run7.csv".into()))]);
        assert!(open && line.underway.is_none() && line.error.is_some());
        press(&mut line, "Enter");
        assert_eq!(press(&mut line, "Enter"), (false, Vec::new()), "it goes on behind");
    }
}

//! Files on their way to the disk: what is to be known of them when somebody wants to leave.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::domain::SafeText;
use crate::preview::size_words;
use crate::sync::Order;

use super::Effect;

/// Files that are being saved, with how far each is.
#[derive(Debug, Default)]
pub struct Savings(BTreeMap<PathBuf, (u64, Option<u64>)>);

impl Savings {
    /// Takes note of what was asked for.
    pub(super) fn note(&mut self, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Order(Order::Save(saving)) => {
                    self.0.insert(saving.to.clone(), (0, None));
                }
                Effect::Order(Order::StopSaving(to)) => self.ended(to),
                _ => {}
            }
        }
    }

    /// So much of it is there.
    pub(super) fn progress(&mut self, to: &Path, bytes: u64, of: Option<u64>) {
        if let Some(progress) = self.0.get_mut(to) {
            *progress = (bytes, of);
        }
    }

    /// It is there, or nothing of it.
    pub(super) fn ended(&mut self, to: &Path) {
        self.0.remove(to);
    }

    /// Whether something is being saved to this file.
    #[must_use]
    pub fn is_to(&self, to: &Path) -> bool {
        self.0.contains_key(to)
    }

    /// Whether none is under way.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `1 file is being saved: run7.csv, 1.2 MB of 8.0 MB`; nothing, if none is.
    #[must_use]
    pub fn words(&self) -> Option<SafeText> {
        let (to, (bytes, of)) = self.0.first_key_value()?;
        if self.0.len() > 1 {
            return Some(SafeText::line(&format!("{} files are being saved", self.0.len())));
        }
        let name = to.file_name().unwrap_or(to.as_os_str()).to_string_lossy();
        let of = of.map(|of| format!(" of {}", size_words(of))).unwrap_or_default();
        Some(SafeText::line(&format!("1 file is being saved: {name}, {}{of}", size_words(*bytes))))
    }
}

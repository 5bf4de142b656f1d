//! What was on the screen, and for how long: nothing is spent unseen.

use std::collections::HashMap;
use std::time::Duration;

use crate::domain::{EntryId, Timestamp, Version};

use super::{Effect, State};

/// Which headers have been on the screen, for *seen before spent*.
#[derive(Debug, Default)]
pub struct Seen {
    /// The header that is on the screen now, and since when.
    current: Option<(EntryId, Version, Timestamp)>,
    /// Headers that were there long enough before another took their place, with how long.
    before: HashMap<(EntryId, Version), Duration>,
    /// What was opened in which version, in earlier sessions too: it is kept.
    opened: HashMap<EntryId, Version>,
}

impl Seen {
    /// A frame reached the terminal, with this header on it. Returns the one that left the screen, and how long it was
    /// there.
    pub fn shown(
        &mut self,
        header: Option<(EntryId, Version)>,
        at: Timestamp,
    ) -> Option<(EntryId, Version, Duration)> {
        let same = match (&self.current, &header) {
            (Some((entry, version, _)), Some(new)) => (*entry, *version) == *new,
            _ => false,
        };
        if same {
            return None;
        }
        let left = self.current.take().map(|(entry, version, since)| (entry, version, at.since(since)));
        if let Some((entry, version, stretch)) = left {
            let longest = self.before.entry((entry, version)).or_default();
            *longest = (*longest).max(stretch);
        }
        self.current = header.map(|(entry, version)| (entry, version, at));
        left
    }

    /// Time went back: what is on the screen is there from now on.
    pub fn clock_was_set_back(&mut self, now: Timestamp) {
        if let Some((_, _, since)) = &mut self.current {
            *since = now;
        }
    }

    /// What is on the screen, and for how long.
    #[must_use]
    pub fn current(&self, now: Timestamp) -> Option<(EntryId, Version, Duration)> {
        self.current.map(|(entry, version, since)| (entry, version, now.since(since)))
    }

    /// What was opened in earlier sessions.
    pub fn opened_before(&mut self, opened: Vec<(EntryId, Version)>) {
        for (entry, version) in opened {
            self.opened.entry(entry).or_insert(version);
        }
    }

    /// It counts as opened from now on; `false` if it did already.
    pub fn opens(&mut self, entry: EntryId, version: Version) -> bool {
        self.opened.insert(entry, version) != Some(version)
    }

    /// Whether this version was opened: on the screen for as long as is needed, now or in an earlier session.
    #[must_use]
    pub fn was_opened(&self, entry: EntryId, version: Version, needed: Duration, now: Timestamp) -> bool {
        if self.opened.get(&entry) == Some(&version) {
            return true;
        }
        let is_there = matches!(self.current, Some((shown, as_of, _)) if (shown, as_of) == (entry, version));
        let was_there = self.before.contains_key(&(entry, version));
        (is_there || was_there) && self.for_how_long(entry, version, now) >= needed
    }

    /// For how long, at the most in one stretch, this version's header has been on the screen.
    #[must_use]
    pub fn for_how_long(&self, entry: EntryId, version: Version, now: Timestamp) -> Duration {
        let current = match self.current {
            Some((shown, as_of, since)) if (shown, as_of) == (entry, version) => now.since(since),
            _ => Duration::ZERO,
        };
        current.max(self.before.get(&(entry, version)).copied().unwrap_or_default())
    }
}

impl State {
    /// A frame reached the terminal, with this header on it: the one that left counts as opened if it was there long
    /// enough.
    pub(super) fn shown(
        &mut self,
        header: Option<(EntryId, Version)>,
        at: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        if let Some((entry, version, stretch)) = self.decisions.seen.shown(header, at) {
            self.opens(entry, version, stretch, effects);
        }
    }

    /// Before the end: what is on the screen is no less opened than what left it.
    pub(super) fn keep_opened(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        if let Some((entry, version, stretch)) = self.decisions.seen.current(now) {
            let mut first = Vec::new();
            self.opens(entry, version, stretch, &mut first);
            effects.splice(0..0, first);
        }
    }

    fn opens(&mut self, entry: EntryId, version: Version, stretch: Duration, effects: &mut Vec<Effect>) {
        let needed = Duration::from_millis(self.settings.seen_millis);
        if stretch >= needed && self.decisions.seen.opens(entry, version) {
            effects.push(Effect::KeepOpened(vec![(entry, version)]));
        }
    }
}

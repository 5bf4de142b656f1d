//! An entry compared with another: with its contributor's earlier one on the item that was rejected (`D`), or with
//! those like it (`w`). `n` and `p` go from one to the next, Enter goes to one that is still pending.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use crate::app::command::Command;
use crate::app::desk::Pane;
use crate::app::key::{Key, KeyCode};
use crate::app::reader::Body;
use crate::app::{Effect, State};
use crate::domain::background::{Background, Likeness, Past};
use crate::domain::{EntryBody, EntryId, EntryStatus, SafeText, Timestamp, UserId};

use super::{Overlay, pager::Pager};

/// An entry that the one that is read is compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct Other {
    /// What became of it.
    pub past: Past,
    /// Who submitted it.
    pub contributor: UserId,
    /// When.
    pub created_at: Timestamp,
    /// In what it is alike, if it was found by that.
    pub how: Option<Likeness>,
    /// What is read of it.
    pub body: Body,
}

/// The comparison.
#[derive(Debug)]
pub struct Compare {
    /// The entry that is read.
    pub entry: Arc<EntryBody>,
    /// Who submitted it.
    pub contributor: UserId,
    /// With what it is compared.
    pub others: Vec<Other>,
    /// Which of them is shown.
    pub at: usize,
    /// The page.
    pub pager: Pager,
}

impl Compare {
    /// The one that is shown.
    #[must_use]
    pub fn other(&self) -> Option<&Other> {
        self.others.get(self.at)
    }

    /// What the page depends on: what was told of assets, and whether more can be.
    pub(super) fn stamp(&self, state: &State) -> u64 {
        let here = self.other().is_some_and(|other| matches!(other.body, Body::Ready(_) | Body::Missing));
        let mut hasher = DefaultHasher::new();
        (state.desk.reader.assets.told, self.at, here).hash(&mut hasher);
        std::mem::discriminant(&state.shell.link).hash(&mut hasher);
        hasher.finish()
    }

    pub(super) fn on_key(
        mut self: Box<Self>,
        state: &mut State,
        key: Key,
        effects: &mut Vec<Effect>,
    ) -> Option<Overlay> {
        let last = self.others.len().saturating_sub(1);
        match key.code {
            KeyCode::Char('n' | 'w') if !key.ctrl => self.turn_to((self.at + 1).min(last), state, effects),
            KeyCode::Char('p') if !key.ctrl => self.turn_to(self.at.saturating_sub(1), state, effects),
            KeyCode::Char('D') => return None,
            KeyCode::Enter => return self.go(state),
            _ => return self.pager.on_key(key, state.height).then_some(Overlay::Compare(self)),
        }
        Some(Overlay::Compare(self))
    }

    fn turn_to(&mut self, at: usize, state: &State, effects: &mut Vec<Effect>) {
        if at != self.at {
            self.at = at;
            self.pager.scroll.top = 0;
            self.ask(state, effects);
        }
    }

    /// Asks for what is read of the other one; once that is here, for what both submitted.
    fn ask(&mut self, state: &State, effects: &mut Vec<Effect>) {
        let Some(other) = self.others.get_mut(self.at) else { return };
        match &other.body {
            Body::Nothing => {
                other.body = Body::Loading;
                effects.push(Effect::LoadBody(other.past.entry));
            }
            Body::Ready(body) => effects.extend(state.look_at_both(&self.entry, body)),
            Body::Loading | Body::Missing => {}
        }
    }

    /// To the other entry, if it is listed; else stays and says why not.
    fn go(self: Box<Self>, state: &mut State) -> Option<Overlay> {
        let other = self.other()?;
        let entry = other.past.entry;
        if state.desk.queue.set_cursor(entry) {
            if !matches!(state.desk.focus, Pane::Pending | Pane::Entry) {
                state.desk.set_focus(Pane::Pending);
            }
            return None;
        }
        let why = match &other.past.status {
            EntryStatus::Submitted => {
                "it is pending, but not listed here: the filter or the scope leaves it out".into()
            }
            status => SafeText::line(&format!("it was {}: it is no longer in the queue", status.word())),
        };
        state.notices.tell(why, state.now);
        Some(Overlay::Compare(self))
    }
}

impl State {
    /// Whether the entry that is read can be compared like this, or why not.
    pub(in crate::app) fn comparable(&self, command: Command) -> Result<(), SafeText> {
        let (_, behind) = self.behind_read()?;
        let so_far = if behind.whole { "" } else { ", as far as is known here" };
        let words = match command {
            Command::Diff if behind.previous.is_none() => {
                "nothing to compare with: no earlier entry of theirs on this item was rejected"
            }
            Command::Alike if behind.alike.is_empty() => "no other entry of this quest is like this one",
            _ => return Ok(()),
        };
        Err(SafeText::line(&format!("{words}{so_far}")))
    }

    /// What is read, and what stands behind it.
    fn behind_read(&self) -> Result<(&Arc<EntryBody>, &Background), SafeText> {
        let Body::Ready(body) = &self.desk.reader.body else { return Err("its text is not here yet".into()) };
        let behind = self.judging.behind(body.id);
        behind.map(|behind| (body, behind)).ok_or_else(|| "what stands behind it is being looked up".into())
    }

    /// Opens the comparison.
    pub(in crate::app) fn compare(&mut self, command: Command, effects: &mut Vec<Effect>) {
        let Some(row) = self.desk.reader.entry.and_then(|entry| self.desk.queue.row(entry)) else { return };
        let Ok((body, behind)) = self.behind_read() else { return };
        let others = if command == Command::Diff {
            let previous = behind.previous.iter().map(|previous| Other {
                past: previous.past.clone(),
                contributor: row.contributor,
                created_at: previous.created_at,
                how: None,
                body: Body::Ready(Arc::clone(&previous.body)),
            });
            previous.collect()
        } else {
            let alike = behind.alike.iter().map(|alike| Other {
                past: alike.past.clone(),
                contributor: alike.contributor,
                created_at: alike.created_at,
                how: Some(alike.how),
                body: Body::Nothing,
            });
            alike.collect()
        };
        let entry = Arc::clone(body);
        let mut compare =
            Compare { entry, contributor: row.contributor, others, at: 0, pager: Pager::default() };
        compare.ask(self, effects);
        self.overlay = Some(Overlay::Compare(Box::new(compare)));
    }

    /// What is read of an entry came: it may be the one that is compared with.
    pub(in crate::app) fn learn_compared(
        &mut self,
        entry: EntryId,
        body: Option<&Arc<EntryBody>>,
        effects: &mut Vec<Effect>,
    ) {
        let Some(Overlay::Compare(mut compare)) = self.overlay.take_if(is_compare) else { return };
        for other in compare.others.iter_mut().filter(|other| other.past.entry == entry) {
            if !matches!(other.body, Body::Ready(_)) {
                other.body = body.map_or(Body::Missing, |body| Body::Ready(Arc::clone(body)));
            }
        }
        if compare.other().is_some_and(|other| other.past.entry == entry) {
            compare.ask(self, effects);
        }
        self.overlay = Some(Overlay::Compare(compare));
    }
}

const fn is_compare(overlay: &mut Overlay) -> bool {
    matches!(overlay, Overlay::Compare(_))
}

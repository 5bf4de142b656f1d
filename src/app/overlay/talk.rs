//! The comments at an entry, in threads with what they are about. `c` comments on what was submitted, `d` in the
//! quest's discussion.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use crate::app::discussion::{discussion_of, submitted};
use crate::app::key::{Key, KeyCode};
use crate::app::reader::Body;
use crate::app::{Effect, State};
use crate::domain::decision::{Decision, Subject};
use crate::domain::{EntryBody, EntryId, Timestamp};
use crate::sync::{Order, Talk as Read};

use super::{Overlay, pager::Pager};

/// The overlay.
#[derive(Debug)]
pub struct Talk {
    /// The entry.
    pub entry: Arc<EntryBody>,
    /// The page.
    pub pager: Pager,
}

impl Talk {
    pub(super) fn on_key(
        mut self: Box<Self>,
        state: &mut State,
        key: Key,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Option<Overlay> {
        let quest = discussion_of(self.entry.quest);
        match key.code {
            KeyCode::Char('c') if !key.ctrl => {
                let about = submitted(&self.entry).unwrap_or(quest);
                if matches!(state.discussion.talk(about), Some(Read::Closed)) {
                    let words =
                        "what was submitted can't be commented before it is accepted: d writes to the quest";
                    state.notices.warn(words.into(), now);
                    return Some(Overlay::Talk(self));
                }
                self.write(about, state, now, effects)
            }
            KeyCode::Char('d') => self.write(quest, state, now, effects),
            KeyCode::Char('R') => {
                state.read_talk(&self.entry, effects);
                state.notices.tell("reading again".into(), now);
                Some(Overlay::Talk(self))
            }
            _ => self.pager.on_key(key, state.height).then_some(Overlay::Talk(self)),
        }
    }

    fn write(
        self: Box<Self>,
        about: crate::domain::AssetId,
        state: &mut State,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) -> Option<Overlay> {
        state.open_comment(&self.entry, about, false, now, effects);
        // The editor, if it opened; else the comments stay.
        state.overlay.take().or(Some(Overlay::Talk(self)))
    }
}

impl State {
    /// What the page of the comments depends on: what was read, who is known, and where our own comment is.
    pub(super) fn talk_stamp(&self, entry: EntryId) -> u64 {
        let own = self.decisions.on(Subject::Comment(entry));
        let mut hasher = DefaultHasher::new();
        self.discussion.told.hash(&mut hasher);
        self.desk.people.len().hash(&mut hasher);
        let stage = |own: &Decision| std::mem::discriminant(&own.stage);
        own.map(|own| (own.id, own.changed_at, stage(own), self.decisions.is_recording(own.id)))
            .hash(&mut hasher);
        hasher.finish()
    }

    /// Opens the comments at the entry that is read, and reads them.
    pub(in crate::app) fn talk(&mut self, effects: &mut Vec<Effect>) {
        let Body::Ready(body) = &self.desk.reader.body else { return };
        let entry = Arc::clone(body);
        self.read_talk(&entry, effects);
        self.overlay = Some(Overlay::Talk(Box::new(Talk { entry, pager: Pager::default() })));
    }

    /// Opens the run of the entry's evaluation, and reads it.
    pub(in crate::app) fn run_log(&mut self, effects: &mut Vec<Effect>) {
        let Body::Ready(body) = &self.desk.reader.body else { return };
        let Some(action) = body.eval_action else { return };
        effects.push(Effect::Order(Order::Run(action)));
        self.overlay = Some(Overlay::RunLog(Box::new(RunLog { action, pager: Pager::default() })));
    }
}

/// The log of an evaluation's run.
#[derive(Debug)]
pub struct RunLog {
    /// Which run.
    pub action: crate::domain::ActionId,
    /// The page.
    pub pager: Pager,
}

impl RunLog {
    pub(super) fn on_key(mut self: Box<Self>, state: &State, key: Key) -> Option<Overlay> {
        let closes = key.code == KeyCode::Char('L');
        (!closes && self.pager.on_key(key, state.height)).then_some(Overlay::RunLog(self))
    }
}

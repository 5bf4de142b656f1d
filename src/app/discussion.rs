//! Comments: what was read of them, writing one, asking the contributor, and the answers that are waited for.
//!
//! A comment lives the life of a decision (held, sent, read back when no answer came) beside a verdict on the same
//! entry. Asking puts the entry aside until its contributor answers or submits a new version.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use crate::domain::decision::{Act, Bound, Decision, Stage, Subject};
use crate::domain::{
    ActionId, AsideWhy, AssetId, Cost, EntryBody, EntryId, EntryRow, QuestId, Run, SafeText, Timestamp,
};
use crate::sync::{Order, Question, Talk};

use super::decide::Proposal;
use super::overlay::Overlay;
use super::overlay::note::{Note, Purpose};
use super::past::Known;
use super::reader::Body;
use super::{Effect, State};

/// Threads and runs that are kept.
const KEPT: usize = 64;

/// Questions whose answers are looked for.
const QUESTIONS: usize = 50;

/// By how much the clock of the server may be behind ours: an answer must not look older than its question.
const SKEW: Duration = Duration::from_secs(60);

/// What is known of comments and runs.
#[derive(Debug, Default)]
pub struct Discussion {
    talks: HashMap<AssetId, Talk>,
    /// In the order they came, the oldest first.
    order: VecDeque<AssetId>,
    runs: VecDeque<Run>,
    /// Runs that could not be read, and why.
    failed_runs: VecDeque<(ActionId, SafeText)>,
    /// Runs that were asked for.
    asked_runs: VecDeque<ActionId>,
    /// What entries that wait for an answer submitted: where it may come.
    submitted: HashMap<EntryId, Vec<AssetId>>,
    /// What the engine was last told to watch.
    watched: Vec<Question>,
    /// How often something came.
    pub told: u64,
}

impl Discussion {
    /// What was read of the comments on an asset.
    #[must_use]
    pub fn talk(&self, about: AssetId) -> Option<&Talk> {
        self.talks.get(&about)
    }

    /// A run that was read.
    #[must_use]
    pub fn run(&self, id: ActionId) -> Option<&Run> {
        self.runs.iter().find(|run| run.id == id)
    }

    /// Why a run could not be read.
    #[must_use]
    pub fn run_failed(&self, id: ActionId) -> Option<&SafeText> {
        self.failed_runs.iter().find(|(failed, _)| *failed == id).map(|(_, why)| why)
    }

    fn keep(&mut self, about: AssetId, talk: Talk) {
        self.told += 1;
        // What was read once is better than the news that it could not be read again.
        if matches!(talk, Talk::Failed(_)) && matches!(self.talks.get(&about), Some(Talk::Read(_))) {
            return;
        }
        self.order.retain(|known| *known != about);
        if self.order.len() == KEPT
            && let Some(oldest) = self.order.pop_front()
        {
            self.talks.remove(&oldest);
        }
        self.order.push_back(about);
        self.talks.insert(about, talk);
    }

    fn keep_run(&mut self, id: ActionId, run: Result<Run, SafeText>) {
        self.told += 1;
        self.runs.retain(|known| known.id != id);
        self.failed_runs.retain(|(failed, _)| *failed != id);
        if self.runs.len() == KEPT {
            self.runs.pop_front();
        }
        match run {
            Ok(run) => self.runs.push_back(run),
            Err(why) => {
                self.failed_runs.truncate(KEPT);
                self.failed_runs.push_front((id, why));
            }
        }
    }
}

/// The discussion of a quest: a quest is an asset.
#[must_use]
pub const fn discussion_of(quest: QuestId) -> AssetId {
    AssetId::new(quest.uuid())
}

/// What was submitted first: what a comment is on, if it can be.
#[must_use]
pub fn submitted(body: &EntryBody) -> Option<AssetId> {
    body.assets.first().map(|slot| slot.asset)
}

impl State {
    /// Everything that can be talked about at an entry: what was submitted, and the quest.
    #[must_use]
    pub fn talked_about(&self, body: &EntryBody) -> Vec<(AssetId, SafeText)> {
        let mut about: Vec<(AssetId, SafeText)> = Vec::new();
        for slot in &body.assets {
            if about.iter().all(|(known, _)| *known != slot.asset) {
                let name = slot.name.clone().unwrap_or_else(|| slot.asset_type.clone());
                about.push((slot.asset, SafeText::line(&format!("on {name} ({})", slot.key))));
            }
        }
        let quest = self.desk.quest(body.quest).map(|quest| quest.name.clone()).unwrap_or_default();
        about.push((discussion_of(body.quest), SafeText::line(&format!("the quest's discussion, {quest}"))));
        about
    }

    /// Where a question goes: on what was submitted if it can be commented, else to the quest's discussion. What is
    /// submitted to a paid item stays closed until it is accepted.
    #[must_use]
    pub fn place_of_question(&self, body: &EntryBody) -> AssetId {
        let quest = discussion_of(body.quest);
        let Some(asset) = submitted(body) else { return quest };
        match self.discussion.talk(asset) {
            Some(Talk::Read(_)) => asset,
            Some(Talk::Closed) => quest,
            Some(Talk::Failed(_)) | None => {
                let pays = body
                    .item
                    .and_then(|item| self.desk.item(item))
                    .is_some_and(|item| item.reward.money.is_some());
                if pays { quest } else { asset }
            }
        }
    }

    /// Whether the entry that is read can be commented, or why not.
    pub(super) fn commentable(&self) -> Result<(), SafeText> {
        let Body::Ready(body) = &self.desk.reader.body else { return Err("its text is not here yet".into()) };
        if self.desk.queue.cursor() != Some(body.id) {
            return Err("the reader is still on its way there".into());
        }
        Ok(())
    }

    /// Whether the entry that is read was evaluated, so that there is a run to look at.
    pub(super) fn has_run(&self) -> Result<(), SafeText> {
        let Body::Ready(body) = &self.desk.reader.body else { return Err("its text is not here yet".into()) };
        body.eval_action.map(|_| ()).ok_or_else(|| "its evaluation has not run".into())
    }

    /// Opens the editor for a question to the contributor, after which the entry waits aside.
    pub(super) fn ask(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        let Body::Ready(body) = self.desk.reader.body.clone() else { return };
        let about = self.place_of_question(&body);
        self.open_comment(&body, about, true, now, effects);
    }

    /// Opens the editor for a comment.
    pub(super) fn open_comment(
        &mut self,
        body: &EntryBody,
        about: AssetId,
        ask: bool,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        if let Err(why) = self.may_mutate() {
            return self.notices.warn(why, now);
        }
        let Some(row) = self.desk.queue.row(body.id) else { return };
        if let Some(open) = self.decisions.on(Subject::Comment(body.id)).filter(|open| !open.stage.is_over())
        {
            let words = format!("your comment on it is still open ({})", self.decisions.word_for(open, now));
            return self.notices.warn(SafeText::line(&words), now);
        }
        let on_quest = about == discussion_of(body.quest);
        let draft = self.judging.behind(body.id).and_then(|behind| behind.draft.as_ref());
        let mentions = draft.is_some_and(|draft| draft.as_str().contains("{@"));
        let start = if on_quest && ask && !mentions { self.mention(&row) } else { String::new() };
        let who = self.name_of(row.contributor);
        let place = self.talked_about(body).into_iter().find(|(asset, _)| *asset == about);
        let place = place.map(|(_, label)| label).unwrap_or_default();
        let label = SafeText::line(&format!("{place} · {who}"));
        let purpose = Purpose::Comment { entry: body.id, about, ask, gone: None };
        self.open_editor(Note::new(purpose, label, &start), now, effects);
        // Where it can go, and what was said already, is looked up while it is written.
        self.read_talk(body, effects);
    }

    /// How a question in the quest's discussion begins: whom it is for, and what it is about.
    fn mention(&self, row: &EntryRow) -> String {
        let who = self.name_of(row.contributor);
        let item = row.item.and_then(|item| self.desk.item(item));
        let item = item.map_or(String::new(), |item| format!(" about #{} {}", item.number, item.title));
        format!("`{{@{who}}}`{item}: ")
    }

    /// Asks for the comments at an entry.
    pub(super) fn read_talk(&self, body: &EntryBody, effects: &mut Vec<Effect>) {
        let about = self.talked_about(body).into_iter().map(|(about, _)| about).collect();
        effects.push(Effect::Order(Order::Talk(about)));
    }

    /// Writes a comment down, to be sent like a decision; a question puts its entry aside.
    pub(super) fn comment(
        &mut self,
        (entry, about, ask): (EntryId, AssetId, bool),
        text: SafeText,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let Some(row) = self.desk.queue.row(entry) else {
            return self.notices.warn("this entry is no longer in the queue; the text is kept".into(), now);
        };
        let proposal = Proposal {
            act: Act::Comment { entry, about, text },
            quest: row.quest,
            bound: Bound::Entry(row.version),
            cost: Cost::default(),
            label: self.label_of(&row),
            payee: SafeText::default(),
        };
        self.record(proposal, now, effects);
        if ask {
            let newest = match self.discussion.talk(about) {
                Some(Talk::Read(thread)) => thread.last_by(row.contributor),
                _ => None,
            };
            let newer_than = newest.unwrap_or_default().max(now - SKEW);
            self.discussion.submitted.insert(entry, vec![about]);
            self.put_aside(&[entry], AsideWhy::Answer { newer_than }, now, effects);
            self.asides.leave_to_decision();
        }
    }

    /// Opens the editor on what was to go with a decision that somebody else made: to be posted as a comment.
    pub(super) fn comment_instead(
        &mut self,
        known: &Known,
        note: &SafeText,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        if let Err(why) = self.may_mutate() {
            return self.notices.warn(why, now);
        }
        let quest = discussion_of(known.quest);
        let about = match &self.desk.reader.body {
            Body::Ready(body) if body.id == known.entry => self.place_of_question(body),
            _ => quest,
        };
        let item = known.label.as_str().rsplit_once(" · ").map_or("", |(item, _)| item);
        let start = if about == quest {
            format!("`{{@{}}}` about {item}: {note}", known.contributor())
        } else {
            note.to_string()
        };
        let place = if about == quest { "the quest's discussion" } else { "on what was submitted" };
        let label = SafeText::line(&format!("{place} · {}", known.contributor()));
        let purpose =
            Purpose::Comment { entry: known.entry, about, ask: false, gone: Some(Box::new(known.clone())) };
        let mut editor = Note::new(purpose, label, &start);
        editor.touched(now);
        self.open_editor(editor, now, effects);
    }

    /// Writes a comment down on an entry that is no longer in the queue.
    pub(super) fn comment_on_gone(
        &mut self,
        known: &Known,
        about: AssetId,
        text: SafeText,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let proposal = Proposal {
            act: Act::Comment { entry: known.entry, about, text },
            quest: known.quest,
            bound: Bound::Entry(known.version),
            cost: Cost::default(),
            label: known.label.clone(),
            payee: SafeText::default(),
        };
        self.record(proposal, now, effects);
    }

    /// Comments came: what is waited for may be among them.
    pub(super) fn learn_talk(
        &mut self,
        about: AssetId,
        talk: Talk,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        if let Talk::Read(thread) = &talk {
            for question in self.discussion.watched.clone() {
                let answer = thread.last_by(question.contributor).filter(|_| question.about.contains(&about));
                if let Some(at) = answer {
                    self.answer_came(question.entry, at, now, effects);
                }
            }
        }
        self.discussion.keep(about, talk);
    }

    /// A run came, or could not be read.
    pub(super) fn learn_run(&mut self, id: ActionId, run: Result<Run, SafeText>) {
        self.discussion.keep_run(id, run);
    }

    /// What was submitted by an entry that waits for an answer: that may come there.
    pub(super) fn learn_submitted(&mut self, body: &EntryBody) {
        let waits =
            |entry| matches!(self.asides.get(entry).map(|aside| aside.why), Some(AsideWhy::Answer { .. }));
        if waits(body.id) {
            let assets =
                body.assets.iter().map(|slot| slot.asset).chain([discussion_of(body.quest)]).collect();
            self.discussion.submitted.insert(body.id, assets);
        }
    }

    /// Tells the engine which answers are waited for, when that changed; and reads the run of an evaluation that
    /// failed, once.
    pub(super) fn follow_talk(&mut self, effects: &mut Vec<Effect>) {
        let mut questions = Vec::new();
        for aside in self.asides.all().take(QUESTIONS) {
            let AsideWhy::Answer { newer_than } = aside.why else { continue };
            let Some(row) = self.desk.queue.row(aside.entry) else { continue };
            let quest = discussion_of(row.quest);
            let about = self.discussion.submitted.get(&row.id).cloned();
            let about = about.unwrap_or_else(|| {
                // An earlier run of the program asked; where, its assets tell.
                effects.push(Effect::LoadBody(row.id));
                vec![quest]
            });
            self.discussion.submitted.entry(row.id).or_insert_with(|| about.clone());
            questions.push(Question { entry: row.id, about, contributor: row.contributor, newer_than });
        }
        questions.sort_by_key(|question| question.entry);
        if questions != self.discussion.watched {
            self.discussion.watched.clone_from(&questions);
            effects.push(Effect::Order(Order::Watch(questions)));
        }
        self.ask_for_run(effects);
    }

    fn ask_for_run(&mut self, effects: &mut Vec<Effect>) {
        let Body::Ready(body) = &self.desk.reader.body else { return };
        let errored =
            self.desk.queue.row(body.id).is_some_and(|row| row.eval == crate::domain::EvalStatus::Errored);
        let Some(action) = body.eval_action.filter(|_| errored) else { return };
        let discussion = &mut self.discussion;
        if discussion.run(action).is_some() || discussion.asked_runs.contains(&action) {
            return;
        }
        discussion.asked_runs.push_back(action);
        if discussion.asked_runs.len() > KEPT {
            discussion.asked_runs.pop_front();
        }
        effects.push(Effect::Order(Order::Run(action)));
    }

    /// What comes of a comment: the entry of a question that was not asked comes back.
    pub(super) fn comment_moved(&mut self, decision: &Decision, now: Timestamp, effects: &mut Vec<Effect>) {
        let Act::Comment { entry, about, .. } = &decision.act else { return };
        match &decision.stage {
            Stage::Confirmed(_) => {
                self.notices.tell(SafeText::line(&format!("comment sent: {}", decision.label)), now);
                if let Some(Overlay::Talk(_)) = self.overlay {
                    effects.push(Effect::Order(Order::Talk(vec![*about])));
                }
            }
            // The text stays as a draft, as that of any note.
            Stage::Undone | Stage::Refused { .. } | Stage::Conflict(_) => {
                if matches!(self.asides.get(*entry).map(|aside| aside.why), Some(AsideWhy::Answer { .. })) {
                    self.bring_back(&[*entry], now, effects);
                }
            }
            Stage::Held { .. } | Stage::Queued | Stage::Sending | Stage::Unknown { .. } => {}
        }
    }
}

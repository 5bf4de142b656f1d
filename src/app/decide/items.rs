//! Item keys: done, skipped, pending, in progress, complete. What an act ends is said before it is done.

use crate::app::command::Command;
use crate::app::context::key_text;
use crate::domain::decision::{Act, Bound, Subject};
use crate::domain::{Cost, Item, ItemId, ItemStatus, Quest, QuestKind, SafeText, Timestamp};

use super::super::overlay::Overlay;
use super::super::overlay::confirm::Confirm;
use super::super::overlay::note::{Note, Purpose};
use super::super::{Effect, State};
use super::{Proposal, stage_word};

impl State {
    /// Sets the status of the item under the Items cursor.
    pub(in crate::app) fn set_item(
        &mut self,
        status: &ItemStatus,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        if !self.desk.items.marked().is_empty() {
            return self.set_marked_items(status, now);
        }
        match self.desk.item_cursor() {
            Some(item) => self.set_status_of(item, status, now, effects),
            None => self.notices.warn("no item under the cursor".into(), now),
        }
    }

    /// Sets an item's status, after saying what that ends.
    pub(super) fn set_status_of(
        &mut self,
        item: ItemId,
        status: &ItemStatus,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let proposal = match self.propose_status(item, status) {
            Ok(proposal) => proposal,
            Err(why) => return self.notices.warn(why, now),
        };
        let ends = self.desk.item(item).map(|item| self.what_ends(item, status)).unwrap_or_default();
        if ends.is_empty() {
            self.record(proposal, now, effects);
        } else {
            self.overlay = Some(Overlay::Confirm(Box::new(Confirm::new(proposal, ends, now))));
        }
    }

    /// Opens the note with which the item under the cursor is completed.
    pub(in crate::app) fn complete_item(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        let proposal = self
            .desk
            .item_cursor()
            .ok_or_else(|| SafeText::from("no item under the cursor"))
            .and_then(|item| self.propose_completion(item, None));
        match proposal {
            Ok(Proposal { act: Act::Complete { item, .. }, label, .. }) => {
                self.open_editor(Note::new(Purpose::Complete(item), label, ""), now, effects);
            }
            Ok(_) => {}
            Err(why) => self.notices.warn(why, now),
        }
    }

    /// Completes an item with this note; asks first if that pays.
    pub(in crate::app) fn complete_with(
        &mut self,
        item: ItemId,
        note: Option<SafeText>,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        match self.propose_completion(item, note) {
            Err(why) => self.notices.warn(why, now),
            Ok(proposal) if proposal.cost.spends() => {
                let asks = vec!["completing it yourself may pay its reward".into()];
                self.overlay = Some(Overlay::Confirm(Box::new(Confirm::new(proposal, asks, now))));
            }
            Ok(proposal) => self.record(proposal, now, effects),
        }
    }

    pub(in crate::app) fn propose_status(
        &self,
        item: ItemId,
        status: &ItemStatus,
    ) -> Result<Proposal, SafeText> {
        let item = self.open_item(item)?;
        if item.status == *status {
            return Err(SafeText::line(&format!("the item is {} already", status.word().replace('_', " "))));
        }
        Ok(self.item_proposal(item, Act::SetItem { item: item.id, status: status.clone() }, Cost::default()))
    }

    fn propose_completion(&self, item: ItemId, note: Option<SafeText>) -> Result<Proposal, SafeText> {
        let item = self.open_item(item)?;
        if item.status.is_terminal() {
            return Err(SafeText::line(&format!("the item is {} already", item.status.word())));
        }
        let cost = Cost::of_accepting(item.reward, self.fee());
        Ok(self.item_proposal(item, Act::Complete { item: item.id, note }, cost))
    }

    /// An item on which a decision can be made now.
    pub(in crate::app) fn open_item(&self, item: ItemId) -> Result<&Item, SafeText> {
        self.may_mutate()?;
        let item = self.desk.item(item).ok_or_else(|| SafeText::from("this item is not known any more"))?;
        match self.decisions.on(Subject::Item(item.id)).filter(|decision| !decision.stage.is_over()) {
            Some(open) => {
                let word = stage_word(open, self.decisions.is_recording(open.id), self.now);
                let undo = key_text(self, Command::Undo);
                Err(SafeText::line(&format!(
                    "already decided here ({word}): {undo} takes it back while it is held"
                )))
            }
            None => Ok(item),
        }
    }

    pub(in crate::app) fn item_proposal(&self, item: &Item, act: Act, cost: Cost) -> Proposal {
        Proposal {
            act,
            quest: item.quest,
            bound: Bound::Item(item.status.clone()),
            cost,
            label: SafeText::line(&format!("#{} {}", item.number, item.title)),
            payee: self
                .shell
                .account
                .as_ref()
                .map_or_else(|| "you".into(), |account| account.username.clone()),
        }
    }

    /// What setting an item to a terminal status ends: undecided entries, the quest, the escrow.
    fn what_ends(&self, item: &Item, status: &ItemStatus) -> Vec<SafeText> {
        if !status.is_terminal() || item.status.is_terminal() {
            return Vec::new();
        }
        let mut ends = Vec::new();
        let undecided = self.desk.queue.count_item(item.id);
        if undecided > 0 {
            ends.push(SafeText::line(&format!("{} of it {} undecided", entries(undecided), stay(undecided))));
        }
        if let Some(quest) = self.desk.quest(item.quest).filter(|quest| self.is_last_open(quest, item)) {
            let left = self.desk.queue.count_quest(quest.id);
            ends.push(SafeText::line(&format!(
                "closes the quest {}: {} {} undecided",
                quest.name,
                entries(left),
                stay(left)
            )));
        }
        if !ends.is_empty()
            && let Some(money) = item.reward.money.filter(|money| money.amount > 0)
        {
            ends.push(SafeText::line(&format!(
                "what is reserved for it goes back to the owner ({money} an entry)"
            )));
        }
        ends
    }

    /// Whether this is the last open item of a quest that closes itself.
    fn is_last_open(&self, quest: &Quest, item: &Item) -> bool {
        quest.kind == QuestKind::Closable
            && self
                .desk
                .items
                .of(quest.id)
                .iter()
                .filter_map(|other| self.desk.item(*other))
                .all(|other| other.id == item.id || other.status.is_terminal())
    }
}

const fn stay(count: u32) -> &'static str {
    if count == 1 { "stays" } else { "stay" }
}

fn entries(count: u32) -> String {
    if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") }
}

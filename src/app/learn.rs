//! Facts from the engine and the store become state. What was decided here never comes back by a late answer, and
//! an entry with an open decision of ours stays listed until that decision is over.

use crate::domain::decision::{Decision, Subject};
use crate::domain::{EntryId, EntryRow, QuestId, SafeText, Timestamp};
use crate::{store, sync};

use super::queue::Scope;
use super::{Effect, State};

impl State {
    /// A fact from the engine.
    pub(super) fn on_sync(&mut self, news: sync::News, now: Timestamp, effects: &mut Vec<Effect>) {
        match news {
            sync::News::SignedIn(account) => self.shell.account = Some(account),
            sync::News::Link(link) => self.learn_link(link, now),
            sync::News::Reviewed(reviews) => self.learn_reviews(reviews, now),
            sync::News::Budget { used, limit } => self.shell.budget = (used, limit),
            sync::News::Quests(quests) => {
                if !quests.is_empty() {
                    self.shell.trouble = None;
                }
                self.learn_quests(quests);
            }
            sync::News::Items { quest, items } => {
                if self.desk.items.replace(quest, items) {
                    self.names_changed();
                }
            }
            sync::News::People(people) => self.learn_people(people),
            sync::News::Entries { quest: _, upserts, gone } => {
                let aside: Vec<_> =
                    (upserts.iter()).filter(|row| self.aside_is_news(row)).map(|row| row.id).collect();
                self.pending_again(&upserts);
                self.learn_rows(upserts);
                self.asides_changed(&aside, now, effects);
                let gone = self.keep_read(gone);
                self.learn_gone(&gone);
                self.asides_gone(&gone, effects);
                self.sort_quests();
            }
            sync::News::Fresh { quest, at, whole } => {
                if whole {
                    self.desk.counted(Some(quest));
                    self.sort_quests();
                }
                // Between whole readings its ends are looked at, which is where most happens.
                if whole || self.desk.fresh.contains_key(&quest) {
                    self.desk.fresh.insert(quest, at);
                }
            }
            sync::News::Accepted { quest: _, counts } => self.desk.items.count_accepted(counts),
            sync::News::Wallet { balances, fee } => {
                self.shell.wallet = balances;
                self.shell.fee = fee.or(self.shell.fee);
            }
            sync::News::Sending(progress) => self.shell.sending = progress,
            sync::News::Talk { about, talk } => self.learn_talk(about, talk, now, effects),
            sync::News::Route(id, inputs) => self.desk.reader.routes.learn(id, inputs),
            sync::News::Run(id, run) => self.learn_run(id, *run),
            sync::News::RunPrice(of, price) => self.learn_run_price(of, price, now, effects),
            sync::News::Rescored(id, began) => self.learn_rescored(id, &began, now, effects),
            sync::News::Asset(view) => {
                let looked_at = self.looked_at();
                self.desk.reader.assets.learn(view, &looked_at);
            }
            sync::News::AssetAsKept(asset) => self.desk.reader.assets.confirm(asset),
            sync::News::SaveProgress { to, bytes, of } => self.learn_save_progress(&to, bytes, of),
            sync::News::Saved(to, saved) => self.learn_saved(&to, saved, now),
            sync::News::Trouble { what, words } => {
                let words = SafeText::line(&format!("{what}: {words}"));
                self.shell.trouble = Some(words.clone());
                self.notices.fail(words, now);
            }
        }
    }

    /// Says when the connection is lost or the key refused, and when it is back.
    fn learn_link(&mut self, link: sync::Link, now: Timestamp) {
        use sync::Link;
        match (&self.shell.link, &link) {
            (Link::SignedOut { .. }, Link::SignedOut { .. })
            | (Link::Offline { .. }, Link::Offline { .. }) => {}
            (_, Link::SignedOut { why }) => {
                let words =
                    format!("signed out, decisions wait: leave and renew the key (questdesk login): {why}");
                self.notices.fail(SafeText::line(&words), now);
            }
            (_, Link::Offline { why, .. }) => {
                self.notices.warn(SafeText::line(&format!("offline, decisions wait: {why}")), now);
            }
            (Link::Offline { .. } | Link::SignedOut { .. }, Link::Live) => {
                self.notices.tell("connected again".into(), now);
            }
            _ => {}
        }
        if link == Link::Live && self.shell.link != Link::Live {
            self.desk.reader.try_again();
        }
        self.shell.link = link;
        if self.shell.is_cut_off_for_long(now) {
            self.no_price_comes(now);
        }
    }

    fn learn_quests(&mut self, mut quests: Vec<crate::domain::Quest>) {
        quests.retain(|quest| self.is_ours(quest.id));
        let renamed = self.desk.quests.replace(quests);
        self.drop_lost_quests();
        if self.desk.scope_quest().is_some_and(|quest| self.desk.quest(quest).is_none()) {
            self.desk.set_scope(Scope::All);
        }
        self.sort_quests();
        if renamed {
            self.names_changed();
        }
    }

    /// Entries of quests that are no longer there, or no longer ours to see, go with them.
    fn drop_lost_quests(&mut self) {
        let lost = self.desk.queue.quests().filter(|quest| self.desk.quest(*quest).is_none());
        let entries: Vec<_> = lost.flat_map(|quest| self.desk.queue.entries_of(quest)).collect();
        let lost = entries.into_iter().map(|entry| sync::Gone { entry, review: None }).collect();
        let entries = self.keep_read(lost);
        self.learn_gone(&entries);
    }

    fn learn_people(&mut self, people: Vec<crate::domain::Person>) {
        // The filter has seen the entries of those who have some; others it meets with their first entry.
        let matters = |person: &crate::domain::Person| {
            self.desk.queue.knows(person.id) && self.desk.people.get(&person.id) != Some(person)
        };
        let changed = self.desk.filter().is_some() && people.iter().any(matters);
        self.desk.people.extend(people.into_iter().map(|person| (person.id, person)));
        if changed {
            self.names_changed();
        }
    }

    /// The filter asks about names.
    fn names_changed(&mut self) {
        if self.desk.filter().is_some() {
            self.desk.apply_filter();
        }
    }

    pub(super) fn sort_quests(&mut self) {
        let counts: std::collections::HashMap<QuestId, u32> =
            self.desk.quests.order().iter().map(|&quest| (quest, self.desk.pending_of(quest))).collect();
        self.desk.quests.sort(|quest| counts.get(&quest).copied().unwrap_or(0));
    }

    fn learn_rows(&mut self, mut rows: Vec<EntryRow>) {
        rows.retain(|row| self.is_ours(row.quest) && self.is_in_lane(row.id));
        self.desk.upsert(rows);
    }

    fn learn_gone(&mut self, gone: &[EntryId]) {
        let (open, over): (Vec<_>, Vec<_>) =
            gone.iter().partition(|entry| self.decisions.is_open(Subject::Entry(**entry)));
        self.desk.linger(open);
        self.desk.queue.remove_all(&over);
        if self.desk.filling {
            self.desk.gone_early.extend(over);
        }
    }

    /// Whether this desk was asked to show the quest.
    fn is_ours(&self, quest: QuestId) -> bool {
        self.settings.quests.is_empty() || self.settings.quests.contains(&quest)
    }

    /// Whether the entry is in the lane of this desk.
    fn is_in_lane(&self, entry: EntryId) -> bool {
        self.settings.lane.is_none_or(|(lane, of)| lane_of(entry, of) == lane)
    }

    /// A fact from the store.
    pub(super) fn on_store(&mut self, news: store::News, now: Timestamp, effects: &mut Vec<Effect>) {
        match &news {
            store::News::Recorded(decision) | store::News::Moved(decision) => self.log_learns([decision]),
            store::News::RecordedMany { kept: many, .. }
            | store::News::Elsewhere(many)
            | store::News::Left(many) => self.log_learns(many),
            store::News::MovedMany { moved, .. } => self.log_learns(moved),
            _ => {}
        }
        match news {
            store::News::Journal(page) => self.learn_page(page, effects),
            store::News::Trail { id, steps } => self.learn_trail(id, steps),
            store::News::Snapshot(snapshot) => self.learn_snapshot(snapshot),
            store::News::Rows { rows, more } => self.learn_cached(rows, more),
            store::News::Body { entry, body, draft } => {
                self.learn_compared(entry, body.as_ref(), effects);
                self.learn_past(entry, body.as_ref());
                if let Some(body) = &body {
                    self.learn_submitted(body);
                }
                self.desk.reader.learn_body(entry, body, draft);
            }
            store::News::Asides(asides) => self.learn_asides(asides),
            store::News::Opened(opened) => self.decisions.seen.opened_before(opened),
            store::News::Brief { item, text } => self.desk.reader.learn_brief(item, text),
            store::News::Draft { subject, note } => self.learn_draft(subject, note.as_ref(), now),
            store::News::Behind(behind) => self.judging.learn(*behind),
            store::News::DecidedRead(quest) => self.decided_read(quest),
            store::News::Elsewhere(decisions) => self.learn_elsewhere(decisions, now, effects),
            store::News::Turn { ours } => self.learn_turn(ours, now, effects),
            store::News::Rescued { words } => self.notices.warn(words, now),
            store::News::Broken { words } => {
                self.notices.fail(words, now);
                self.shell.broken = true;
            }
            store::News::Mended => {
                self.shell.broken = false;
                self.decisions.ask_again();
                self.notices.tell("the state folder can be written again".into(), now);
            }
            store::News::Moved(decision) => {
                self.shell.broken = false;
                let moved = decision.clone();
                self.learn_decision(store::News::Moved(decision), now, effects);
                self.learn_end(&moved, effects);
            }
            store::News::MovedMany { ref moved, .. } => {
                self.shell.broken = false;
                let over: Vec<Decision> =
                    moved.iter().filter(|decision| decision.stage.is_over()).cloned().collect();
                self.learn_decision(news, now, effects);
                for decision in &over {
                    self.let_go(decision, effects);
                }
                self.sort_quests();
            }
            store::News::RecordedMany { ref kept, .. } => {
                self.shell.broken &= kept.is_empty();
                self.learn_decision(news, now, effects);
            }
            store::News::Recorded(_) => {
                self.shell.broken = false;
                self.learn_decision(news, now, effects);
            }
            store::News::NotRecorded { .. }
            | store::News::NotUndone { .. }
            | store::News::NotMoved { .. }
            | store::News::Left(_) => {
                self.learn_decision(news, now, effects);
            }
        }
    }

    /// Rows of the cache, which the engine may have overtaken: what it said goes first.
    fn learn_cached(&mut self, mut rows: Vec<EntryRow>, more: bool) {
        rows.retain(|row| {
            let known = self.desk.queue.row(row.id);
            known.is_none_or(|known| known.version.updated_at < row.version.updated_at)
                && !self.desk.gone_early.contains(&row.id)
                && self.desk.quest(row.quest).is_some()
        });
        self.learn_rows(rows);
        if !more {
            self.desk.filling = false;
            self.desk.gone_early = std::collections::HashSet::new();
            self.desk.counted(None);
            self.sort_quests();
        }
    }

    fn learn_snapshot(&mut self, snapshot: store::Snapshot) {
        let store::Snapshot { quests, items, people, pending, accepted, fresh } = snapshot;
        // The engine may have been faster: what it said goes first.
        self.desk.items.fill(items);
        self.desk.items.fill_accepted(accepted);
        // In a lane the cache's counts would be too high.
        if self.settings.lane.is_none() {
            let ours: Vec<_> = pending.into_iter().filter(|(quest, _)| self.is_ours(*quest)).collect();
            self.desk.count(ours);
        }
        for (quest, at) in fresh {
            self.desk.fresh.entry(quest).or_insert(at);
        }
        for person in people {
            self.desk.people.entry(person.id).or_insert(person);
        }
        if self.desk.quests.is_empty() {
            self.learn_quests(quests);
        }
        self.names_changed();
    }

    /// A decision that is over lets go of its entry.
    fn learn_end(&mut self, decision: &Decision, effects: &mut Vec<Effect>) {
        if decision.stage.is_over() {
            self.let_go(decision, effects);
            self.sort_quests();
        }
    }

    fn let_go(&mut self, decision: &Decision, effects: &mut Vec<Effect>) {
        let Subject::Entry(entry) = decision.act.subject() else { return };
        if self.desk.lingering.remove(&entry) {
            self.desk.queue.remove(entry);
        }
        if !self.desk.queue.contains(entry) {
            self.forget_asides(&[entry], effects);
        }
    }
}

/// The lane of an entry among so many, from 1: stable over runs and machines (FNV-1a of the id's bytes), so that
/// reviewers with different lanes never meet.
#[must_use]
pub fn lane_of(entry: EntryId, lanes: u32) -> u32 {
    let hash = entry.bytes().iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    (hash % u64::from(lanes.max(1))) as u32 + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_are_stable_and_share_the_queue_evenly() {
        let id = |n: u128| EntryId::from_bytes(n.to_be_bytes());
        assert_eq!(
            lane_of(id(0x0193_b2aa_2222_7000_8000_0000_0000_00c1), 3),
            lane_of(id(0x0193_b2aa_2222_7000_8000_0000_0000_00c1), 3)
        );
        let mut counts = [0; 3];
        for n in 0..3_000 {
            counts[lane_of(id(n), 3) as usize - 1] += 1;
        }
        assert!(counts.iter().all(|count| (900..1_100).contains(count)), "{counts:?}");
    }
}

//! What follows from what was read.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use super::{Asked, Conductor, Failure, Moment, Read, Step};
use crate::domain::{Account, EntryId, EntryStatus, Quest, QuestId, SafeText, UserId};
use crate::ouro::{Entry, ErrorKind, OuroError, Page, QuestDetail};
use crate::sync::Gone;
use crate::sync::connection::left_alone;
use crate::sync::reading::{Sorted, Tallied, is_open};

/// Failures in a row after which one thing that alone fails is worth a word.
const TROUBLE_FROM: u32 = 3;

/// How long sign-in, discovery and the wallet are left alone after a refusal.
const GENERAL_WAIT: Duration = Duration::from_secs(60);

impl Conductor {
    pub(super) fn read_landed(&mut self, step: Step, offset: u32, begun: Moment, read: Read) {
        match read {
            Read::SignIn(Ok(account)) => self.signed_in(account, begun),
            Read::Quests(Ok(page)) => {
                self.answered(begun);
                let more = self.discovery.page(page);
                self.discovered(more);
            }
            Read::Detail(Ok(detail)) => {
                self.answered(begun);
                self.detailed(step, *detail);
            }
            Read::Entries(seed, Ok(page)) => {
                self.answered(begun);
                match step {
                    Step::Queue(quest) => self.queue_window(quest, offset, seed, page),
                    Step::Accepted(quest) => self.accepted_window(quest, offset, page),
                    Step::Rejected(quest) => self.rejected_window(quest, offset, page),
                    _ => {}
                }
            }
            Read::Vanished(wanted, Ok(found)) => {
                self.answered(begun);
                self.looked_up(step, wanted, found);
            }
            Read::Balances(Ok(balances)) => {
                self.answered(begun);
                self.publisher.wallet(balances);
                self.plan.finished(step);
            }
            Read::Person(id, Ok(person)) => {
                self.answered(begun);
                self.publisher.people(vec![person]);
                self.person_done(id);
            }
            Read::Entries(seed, Err(error)) => {
                // What the cache knew came all the same.
                if let Step::Queue(quest) = step
                    && let Some(queue) = self.queues.get_mut(&quest)
                {
                    queue.listing.seed(seed);
                }
                self.read_failed(step, offset, begun, &error);
            }
            Read::Person(id, Err(error)) => {
                if self.failed(&error, begun) == Failure::Denied {
                    self.person_done(id);
                } else {
                    self.read_failed(step, offset, begun, &error);
                }
            }
            Read::Vanished(wanted, Err(error)) => {
                // Why they are gone stays unknown; that they are gone is certain.
                self.looked_up(step, wanted, Vec::new());
                self.read_failed(step, offset, begun, &error);
            }
            Read::SignIn(Err(error))
            | Read::Quests(Err(error))
            | Read::Detail(Err(error))
            | Read::Balances(Err(error)) => self.read_failed(step, offset, begun, &error),
        }
    }

    fn signed_in(&mut self, account: Account, begun: Moment) {
        self.answered(begun);
        self.me = Some(account.id);
        self.publisher.account(account);
        self.plan.finished(Step::SignIn);
    }

    fn person_done(&mut self, id: UserId) {
        self.strangers.done(id);
        self.plan.finished(Step::Person);
        self.plan.set_strangers(self.strangers.next().is_some());
    }

    fn read_failed(&mut self, step: Step, offset: u32, begun: Moment, error: &OuroError) {
        let failure = self.failed(error, begun);
        let denied = failure == Failure::Denied;
        if denied && step == Step::Discover && !self.options.quests.is_empty() {
            self.named_is_missing(error);
            return;
        }
        let now = self.now();
        let failures = self.plan.failures(step);
        let of_quest = matches!(
            step,
            Step::Queue(_) | Step::Items(_) | Step::Vanished(_) | Step::Accepted(_) | Step::Rejected(_)
        );
        let wait =
            if denied && !of_quest { GENERAL_WAIT } else { left_alone(failure, failures, self.options.seed) };
        let wants = if denied { self.give_up(step) } else { self.still_wanted(step, offset) };
        self.plan.failed(step, now + wait, wants);
        let quest = match step {
            Step::Queue(quest) | Step::Items(quest) => Some(quest),
            _ => None,
        };
        if let Some(quest) = quest.filter(|_| denied || failures + 1 == TROUBLE_FROM) {
            let what = SafeText::line(&format!("reading {}", self.publisher.name_of(quest)));
            self.publisher.trouble(&quest.to_string(), what, SafeText::line(&error.to_string()));
            if denied {
                self.leave_alone(quest, now + wait, error.kind == ErrorKind::NotFound);
            }
        } else if !of_quest
            && step != Step::Balances
            && (denied || (failure == Failure::Failing && failures + 1 == TROUBLE_FROM))
        {
            let what = match step {
                Step::SignIn => "signing in",
                Step::Discover => "looking for quests",
                _ => "asking the server",
            };
            self.publisher.trouble(what, what.into(), SafeText::line(&error.to_string()));
        }
    }

    /// The requests that a pass could make once it goes on.
    fn still_wanted(&mut self, step: Step, offset: u32) -> u32 {
        let pass = match step {
            Step::Queue(quest) => self.queues.get_mut(&quest).and_then(|queue| queue.pass.as_mut()),
            Step::Accepted(quest) => self.tallies.get_mut(&quest).and_then(|tally| tally.pass.as_mut()),
            Step::Rejected(quest) => self.rejections.get_mut(&quest).and_then(|tally| tally.pass.as_mut()),
            // The page or the quest that was asked for is asked for again.
            Step::Discover => return 1,
            _ => None,
        };
        pass.map_or(0, |pass| {
            pass.fail(offset);
            u32::try_from(pass.wants().len()).unwrap_or(u32::MAX).max(u32::from(pass.in_flight() == 0))
        })
    }

    fn give_up(&mut self, step: Step) -> u32 {
        match step {
            Step::Queue(quest) => {
                if let Some(queue) = self.queues.get_mut(&quest) {
                    queue.pass = None;
                }
            }
            Step::Accepted(quest) => {
                self.tallies.remove(&quest);
            }
            Step::Rejected(quest) => {
                self.rejections.remove(&quest);
            }
            Step::Discover => self.discovery.begin_again(),
            _ => {}
        }
        0
    }

    /// A quest that may not be read is left alone for a while; one that is not visible any more is taken away.
    fn leave_alone(&mut self, quest: QuestId, until: Moment, is_gone: bool) {
        for step in [Step::Queue(quest), Step::Items(quest), Step::Accepted(quest), Step::Rejected(quest)] {
            self.give_up(step);
            self.plan.failed(step, until, 0);
        }
        if is_gone {
            self.discovery.hide(quest, self.now());
            let left: Vec<_> =
                self.publisher.known_quests().iter().filter(|known| known.id != quest).cloned().collect();
            self.set_quests(left);
        }
    }

    fn named_is_missing(&mut self, error: &OuroError) {
        if let Ok(id) = self.discovery.next(&self.options.quests) {
            let what = SafeText::line(&format!("reading --quest {id}"));
            self.publisher.trouble(&id.to_string(), what, SafeText::line(&error.to_string()));
        }
        let more = self.discovery.named(None, &self.options.quests);
        self.discovered(more);
    }

    fn discovered(&mut self, more: bool) {
        let now = self.now();
        if more {
            self.plan.goes_on(Step::Discover, now, 1);
            return;
        }
        let known = self.publisher.known_quests().to_vec();
        let quests = self.discovery.conclude(&known, &self.options.quests, now);
        self.set_quests(quests);
        self.plan.finished(Step::Discover);
    }

    fn set_quests(&mut self, quests: Vec<Quest>) {
        self.plan.set_quests(quests.iter().map(|quest| (quest.id, is_open(quest))));
        let known: HashSet<QuestId> = quests.iter().map(|quest| quest.id).collect();
        self.queues.retain(|quest, _| known.contains(quest));
        self.tallies.retain(|quest, _| known.contains(quest));
        self.rejections.retain(|quest, _| known.contains(quest));
        self.publisher.quests(quests);
    }

    fn detailed(&mut self, step: Step, detail: QuestDetail) {
        if step == Step::Discover {
            let more = self.discovery.named(Some(detail.quest), &self.options.quests);
            self.discovered(more);
            return;
        }
        let id = detail.quest.id;
        self.plan.finished(step);
        if !self.publisher.known_quests().iter().any(|quest| quest.id == id) {
            tracing::debug!(quest = %id, "items of a quest that is not ours any more");
            return;
        }
        self.publisher.quest(detail.quest);
        let quests: Vec<_> =
            self.publisher.known_quests().iter().map(|quest| (quest.id, is_open(quest))).collect();
        self.plan.set_quests(quests);
        self.publisher.items(id, detail.items);
    }

    fn queue_window(&mut self, quest: QuestId, offset: u32, seed: Vec<EntryId>, page: Page<Entry>) {
        let seq = self.next_seq();
        let now = self.now();
        let Some(queue) = self.queues.get_mut(&quest) else {
            tracing::debug!(%quest, "a window of a quest that is not ours any more");
            return;
        };
        let sorted = queue.take(offset, page, seed, seq);
        let begun = queue.begun;
        let end = queue.end();
        let (pending, has_vanished) = (queue.listing.len(), !queue.vanished.is_empty());
        let wants = queue.pass.as_ref().map_or(0, |pass| pass.wants().len());
        self.meet(&sorted);
        self.publisher.gone(quest, sorted.gone());
        self.publisher.cache(quest, sorted.decided);
        self.publisher.upserts(quest, sorted.upserts);
        self.plan.set_pending(quest, u32::try_from(pending).unwrap_or(u32::MAX));
        let step = Step::Queue(quest);
        let Some(end) = end else {
            self.plan.goes_on(step, now, u32::try_from(wants).unwrap_or(u32::MAX));
            return;
        };
        if end.whole && !end.cheap {
            self.plan.read_whole(quest, now);
        }
        self.plan.finished(step);
        self.publisher.fresh(quest, begun, end.whole);
        if has_vanished {
            self.ask_about_vanished(quest);
        }
    }

    /// Asks what became of vanished entries, other than those whose fate a decision of ours is about to tell.
    pub(super) fn ask_about_vanished(&mut self, quest: QuestId) {
        let Some(queue) = self.queues.get(&quest) else { return };
        if queue.vanished.iter().any(|id| !self.is_ours_to_tell(*id)) {
            self.plan.ask(Step::Vanished(quest), Asked::Now);
        }
    }

    fn accepted_window(&mut self, quest: QuestId, offset: u32, page: Page<Entry>) {
        let now = self.now();
        let Some(tally) = self.tallies.get_mut(&quest) else { return };
        let sorted = tally.take(offset, page);
        let end = tally.end();
        let wants = tally.pass.as_ref().map_or(0, |pass| pass.wants().len());
        self.meet(&sorted);
        self.publisher.cache(quest, sorted.upserts);
        let step = Step::Accepted(quest);
        match end {
            Tallied::GoesOn => self.plan.goes_on(step, now, u32::try_from(wants).unwrap_or(u32::MAX)),
            Tallied::Counted(counts) => {
                self.publisher.accepted(quest, counts);
                self.publisher.decided_read(quest, EntryStatus::Accepted);
                self.plan.finished(step);
            }
            Tallied::Unsaid => self.plan.finished(step),
        }
    }

    fn rejected_window(&mut self, quest: QuestId, offset: u32, page: Page<Entry>) {
        let now = self.now();
        let Some(tally) = self.rejections.get_mut(&quest) else { return };
        let sorted = tally.take(offset, page);
        let end = tally.end();
        let wants = tally.pass.as_ref().map_or(0, |pass| pass.wants().len());
        self.meet(&sorted);
        self.publisher.cache(quest, sorted.upserts);
        let step = Step::Rejected(quest);
        match end {
            Tallied::GoesOn => self.plan.goes_on(step, now, u32::try_from(wants).unwrap_or(u32::MAX)),
            Tallied::Counted(_) => {
                self.publisher.decided_read(quest, EntryStatus::Rejected);
                self.plan.finished(step);
            }
            Tallied::Unsaid => self.plan.finished(step),
        }
    }

    fn meet(&mut self, sorted: &Sorted) {
        for person in &sorted.people {
            self.strangers.done(person.id);
        }
        self.publisher.people(sorted.people.clone());
        self.meet_strangers(sorted.strangers.iter().copied());
    }

    pub(super) fn meet_strangers(&mut self, ids: impl IntoIterator<Item = UserId>) {
        for id in ids {
            if !self.publisher.knows_person(id) {
                self.strangers.meet(id);
            }
        }
        self.plan.set_strangers(self.strangers.next().is_some());
    }

    /// What became of vanished entries was looked up.
    fn looked_up(&mut self, step: Step, wanted: BTreeSet<EntryId>, found: Vec<Entry>) {
        let Step::Vanished(quest) = step else { return };
        self.plan.finished(step);
        let seq = self.next_seq();
        let Some(queue) = self.queues.get_mut(&quest) else { return };
        let mut gone = Vec::new();
        for id in wanted {
            // One that a decision of ours took meanwhile, or that is back, is not told here.
            if !queue.vanished.remove(&id) {
                continue;
            }
            let entry = found.iter().find(|entry| entry.row.id == id);
            if let Some(entry) = entry {
                queue.listing.bury(id, seq, Some(entry.row.version));
            }
            gone.push(Gone { entry: id, review: entry.and_then(|entry| entry.body.review.clone()) });
        }
        self.meet_strangers(gone.iter().filter_map(|gone| gone.review.as_ref()?.reviewer));
        self.publisher.cache(quest, found);
        self.publisher.gone(quest, gone);
    }
}

//! Beginning the reads of the plan.

use std::time::Duration;

use super::flights::{Flight, Landed};
use super::{
    Conductor, EntryFilter, EntryStatus, Moment, Pick, QuestId, QuestScope, Step, Tally, Use, clock, reading,
};

/// Reads at once.
const READS: usize = 4;

/// With more entries than this still to be written, nothing more is read: they lie in memory.
const BACKLOG: usize = 2_500;

/// How long the disk gets to catch up.
const CATCH_UP: Duration = Duration::from_millis(50);

impl Conductor {
    /// Begins the next read of the plan; else says when there will be one.
    pub(super) fn begin_read(&mut self, now: Moment) -> Result<(), Option<Moment>> {
        if self.count(|flight| matches!(flight, Flight::Read { .. })) >= READS {
            return Err(None);
        }
        if self.store.backlog() > BACKLOG {
            return Err(Some(now + CATCH_UP));
        }
        match self.plan.pick(now, &self.budget) {
            Pick::Wait(at) => Err(at),
            Pick::Start(step) => {
                self.read(step, now);
                Ok(())
            }
        }
    }

    fn read(&mut self, step: Step, now: Moment) {
        self.plan.started(step, now);
        self.spend(now, Use::Read, step.cost());
        let client = self.client.clone();
        let flight = |offset| Flight::Read { step, offset, begun: now };
        match step {
            Step::SignIn => self.fly(flight(0), async { Landed::Read(reading::sign_in(client).await) }),
            Step::Discover => match self.discovery.next(&self.options.quests) {
                Ok(quest) => {
                    self.fly(flight(0), async move { Landed::Read(reading::detail(client, quest).await) });
                }
                Err(offset) => {
                    let scope = QuestScope { team: self.options.team, ..QuestScope::default() };
                    let task = async move { Landed::Read(reading::quests(client, scope, offset).await) };
                    self.fly(flight(offset), task);
                }
            },
            Step::Items(quest) => {
                self.fly(flight(0), async move { Landed::Read(reading::detail(client, quest).await) });
            }
            Step::Queue(quest) => self.read_queue(quest, step, now),
            Step::Accepted(quest) => self.read_decided(quest, step, now, EntryFilter::Accepted),
            Step::Rejected(quest) => self.read_decided(quest, step, now, EntryFilter::Rejected),
            Step::Vanished(quest) => {
                let wanted = self.queues.get(&quest).map(|queue| queue.vanished.clone()).unwrap_or_default();
                let wanted = wanted.into_iter().filter(|id| !self.is_ours_to_tell(*id)).collect();
                let task = async move { Landed::Read(reading::vanished(client, quest, wanted).await) };
                self.fly(flight(0), task);
            }
            Step::Balances => self.fly(flight(0), async { Landed::Read(reading::balances(client).await) }),
            Step::Person => match self.strangers.next() {
                Some(id) => {
                    self.fly(flight(0), async move { Landed::Read(reading::person(client, id).await) });
                }
                None => self.plan.finished(step),
            },
        }
    }

    fn read_queue(&mut self, quest: QuestId, step: Step, now: Moment) {
        let begun = self.next_seq();
        let depth = self.plan.depth(quest, now);
        let queue = self.queues.entry(quest).or_default();
        let pass = queue.pass(begun, depth, clock::now());
        for entry in &self.sending {
            pass.excuse(*entry);
        }
        let offset = pass.wants().first().copied();
        if let Some(offset) = offset {
            pass.ask(offset);
        }
        let seed = !std::mem::replace(&mut queue.seeded, true);
        self.read_window(quest, step, now, EntryFilter::Submitted, (offset, seed));
    }

    fn read_decided(&mut self, quest: QuestId, step: Step, now: Moment, filter: EntryFilter) {
        let begun = self.next_seq();
        let tally = match filter {
            EntryFilter::Rejected => {
                self.rejections.entry(quest).or_insert_with(|| Tally::of(EntryStatus::Rejected))
            }
            EntryFilter::Accepted | EntryFilter::Submitted => {
                self.tallies.entry(quest).or_insert_with(|| Tally::of(EntryStatus::Accepted))
            }
        };
        let pass = tally.pass(begun);
        let offset = pass.wants().first().copied();
        if let Some(offset) = offset {
            pass.ask(offset);
        }
        self.read_window(quest, step, now, filter, (offset, false));
    }

    fn read_window(
        &mut self,
        quest: QuestId,
        step: Step,
        now: Moment,
        filter: EntryFilter,
        (offset, seed): (Option<u32>, bool),
    ) {
        let Some(offset) = offset else {
            // All that the pass wants is under way already.
            self.plan.goes_on(step, now, 0);
            return;
        };
        let seed = seed.then(|| self.store.clone());
        let client = self.client.clone();
        self.fly(Flight::Read { step, offset, begun: now }, async move {
            Landed::Read(reading::entries(client, seed, (quest, filter, offset)).await)
        });
    }
}

//! What to fetch next, and when to look again.
//!
//! Pure: told what was found and what time it is, it names the next request, or the moment at which there will be
//! one. It never lets reads go over the [budget](super::budget), and it starves nobody: what is looked at comes
//! first, but each group of duties keeps to a share of the budget by stretching its interval, and a duty that waited
//! for very long goes before everything else.
//!
//! | duty | how often | share |
//! |---|---|---|
//! | queue and items of what is looked at | `focus_every` | 40 % |
//! | whole passes of long queues | 1 min | 20 % |
//! | queue and items of the other open quests | 30 s | 15 % |
//! | accepted entries | 2 min | 5 % |
//! | rejected entries | 5 min | 5 % |
//! | draft, closed, cancelled quests | 15 min | 5 % |
//! | discovery of quests, the wallet | 1 min | 10 % |

mod duty;

use std::collections::BTreeMap;
use std::time::Duration;

use super::budget::{Budget, Moment, WINDOW};
use super::pass::WINDOW_ROWS;
use crate::domain::QuestId;
use duty::Duty;

/// One thing to be fetched. Longer ones take many requests, one after the other or side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Step {
    /// Who we are, and where we may review.
    SignIn,
    /// Which quests there are.
    Discover,
    /// Pending entries of a quest.
    Queue(QuestId),
    /// A quest and its items.
    Items(QuestId),
    /// What became of entries that vanished from a queue.
    Vanished(QuestId),
    /// Accepted entries of a quest.
    Accepted(QuestId),
    /// Rejected entries of a quest: what contributors' records and precedents are made of.
    Rejected(QuestId),
    /// The wallet.
    Balances,
    /// Somebody whose name is not known.
    Person,
}

impl Step {
    /// Requests that one start of it makes.
    pub(super) const fn cost(self) -> u32 {
        match self {
            // The account, teams and organizations, and the exchange of the key.
            Self::SignIn => 4,
            Self::Balances | Self::Vanished(_) => 2,
            Self::Discover
            | Self::Queue(_)
            | Self::Items(_)
            | Self::Accepted(_)
            | Self::Rejected(_)
            | Self::Person => 1,
        }
    }
}

/// What to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pick {
    /// Start this.
    Start(Step),
    /// Nothing until then, unless something happens; `None`: nothing at all.
    Wait(Option<Moment>),
}

/// How much of a long queue is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// Everything.
    Whole,
    /// Its ends, and everything if they differ from what is known.
    IfNeeded,
    /// Its ends: the whole was read a moment ago, and the budget is not for that alone.
    Ends,
}

/// How urgently something is wanted once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Asked {
    /// Soon: many wishes in a row become one request.
    Soon,
    /// At once: somebody pressed a key for it.
    Now,
}

/// A quest as far as planning goes.
#[derive(Debug, Default)]
struct Planned {
    is_open: bool,
    pending: u32,
    queue: Duty,
    items: Duty,
    vanished: Duty,
    accepted: Duty,
    rejected: Duty,
    read_whole: Option<Moment>,
}

impl Planned {
    /// What was refused may be tried again.
    fn forgive(&mut self) {
        let Self { queue, items, vanished, accepted, rejected, .. } = self;
        for duty in [queue, items, vanished, accepted, rejected] {
            duty.forgive();
        }
    }
}

/// What is known, and what follows from it.
#[derive(Debug)]
pub(super) struct Plan {
    focus_every: Duration,
    limit: u32,
    focus: Option<QuestId>,
    quests: BTreeMap<QuestId, Planned>,
    sign_in: Duty,
    discover: Duty,
    balances: Duty,
    people: Duty,
    strangers: bool,
}

/// Something that could be fetched.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    step: Step,
    rank: u8,
    due: Moment,
    /// From when on it goes before everything else.
    starved: Moment,
    /// It leaves room in the budget for what is more important.
    yields: bool,
}

impl Plan {
    /// A plan that knows nothing yet.
    pub(super) fn new(focus_every: Duration, budget: &Budget) -> Self {
        Self {
            focus_every: focus_every.max(Duration::from_millis(100)),
            limit: budget.limit(),
            focus: None,
            quests: BTreeMap::new(),
            sign_in: Duty::default(),
            discover: Duty::default(),
            balances: Duty::default(),
            people: Duty::default(),
            strangers: false,
        }
    }

    /// The next thing to fetch.
    pub(super) fn pick(&self, now: Moment, budget: &Budget) -> Pick {
        let mut best: Option<(u8, Moment, Step)> = None;
        let mut wake: Option<Moment> = None;
        let fits = [1, 2, 4].map(|cost| budget.fits_at(now, cost));
        let roomy = budget.fits_at(now, (self.limit / 4).max(1));
        for candidate in self.candidates() {
            let starved = candidate.starved <= now;
            let room = match candidate.step.cost() {
                _ if candidate.yields && !starved => roomy,
                1 => fits[0],
                2 => fits[1],
                _ => fits[2],
            };
            let at = candidate.due.max(room);
            if at > now {
                wake = Some(wake.map_or(at, |wake| wake.min(at)));
                continue;
            }
            let key = if starved { (1, candidate.starved) } else { (candidate.rank, candidate.due) };
            let key = (key.0, key.1, candidate.step);
            if best.is_none_or(|best| key < best) {
                best = Some(key);
            }
        }
        best.map_or(Pick::Wait(wake), |(_, _, step)| Pick::Start(step))
    }

    /// These are the quests there are; `true`: open. What was known of others is forgotten.
    pub(super) fn set_quests(&mut self, found: impl IntoIterator<Item = (QuestId, bool)>) {
        let mut before = std::mem::take(&mut self.quests);
        for (id, is_open) in found {
            let mut planned = before.remove(&id).unwrap_or_default();
            planned.is_open = is_open;
            self.quests.insert(id, planned);
        }
    }

    /// The quest that is looked at; `None`: all.
    pub(super) fn set_focus(&mut self, focus: Option<QuestId>) {
        self.focus = focus;
    }

    /// How many entries are pending in a quest.
    pub(super) fn set_pending(&mut self, quest: QuestId, pending: u32) {
        if let Some(planned) = self.quests.get_mut(&quest) {
            planned.pending = pending;
        }
    }

    /// Whether there are people whose names are to be looked up.
    pub(super) fn set_strangers(&mut self, some: bool) {
        self.strangers = some;
    }

    /// Whether anything was found out about which quests there are.
    pub(super) fn is_signed_in(&self) -> bool {
        self.sign_in.is_read()
    }

    /// Wants something once more, though it is not its turn.
    pub(super) fn ask(&mut self, step: Step, how: Asked) {
        if let Some(duty) = self.duty(step) {
            duty.ask(how);
        }
    }

    /// Everything that is on the screen is wanted, and what was refused may be tried again.
    pub(super) fn ask_all(&mut self) {
        for duty in [&mut self.sign_in, &mut self.discover, &mut self.balances, &mut self.people] {
            duty.forgive();
        }
        self.discover.ask(Asked::Now);
        self.balances.ask(Asked::Now);
        let looked_at: Vec<QuestId> =
            self.quests.keys().copied().filter(|id| self.is_looked_at(*id)).collect();
        for planned in self.quests.values_mut() {
            planned.forgive();
        }
        for quest in looked_at {
            if let Some(planned) = self.quests.get_mut(&quest) {
                planned.read_whole = None;
            }
            self.ask(Step::Queue(quest), Asked::Now);
            self.ask(Step::Items(quest), Asked::Now);
        }
    }

    /// A request for it begins.
    pub(super) fn started(&mut self, step: Step, now: Moment) {
        if let Some(duty) = self.duty(step) {
            duty.started(now);
        }
    }

    /// One of its requests ended, and so many more could begin at once.
    pub(super) fn goes_on(&mut self, step: Step, now: Moment, wants: u32) {
        if let Some(duty) = self.duty(step) {
            duty.goes_on(now, wants);
        }
    }

    /// It was fetched.
    pub(super) fn finished(&mut self, step: Step) {
        if let Some(duty) = self.duty(step) {
            duty.finished();
        }
    }

    /// A quest's queue was read from end to end.
    pub(super) fn read_whole(&mut self, quest: QuestId, now: Moment) {
        if let Some(planned) = self.quests.get_mut(&quest) {
            planned.read_whole = Some(now);
        }
    }

    /// It failed and is left alone until `until`; then it goes on with so many requests, or begins anew if none.
    pub(super) fn failed(&mut self, step: Step, until: Moment, wants: u32) {
        if let Some(duty) = self.duty(step) {
            duty.failed(until, wants);
        }
    }

    /// How often it failed in a row.
    pub(super) fn failures(&mut self, step: Step) -> u32 {
        self.duty(step).map_or(0, |duty| duty.failures())
    }

    /// How much of a long queue is to be read now.
    pub(super) fn depth(&self, quest: QuestId, now: Moment) -> Depth {
        let Some(planned) = self.quests.get(&quest) else { return Depth::Whole };
        let Some(last) = planned.read_whole else { return Depth::Whole };
        let pages = planned.pending.div_ceil(WINDOW_ROWS);
        if last + self.stretched(Duration::from_secs(60), pages, 20) <= now {
            Depth::Whole
        } else if last + self.stretched(self.focus_every, pages, 40) <= now {
            Depth::IfNeeded
        } else {
            Depth::Ends
        }
    }

    /// `nominal`, or longer if `requests` in that time were more than `percent` of the budget.
    fn stretched(&self, nominal: Duration, requests: u32, percent: u32) -> Duration {
        nominal.max(WINDOW * requests * 100 / (self.limit * percent))
    }

    fn is_looked_at(&self, quest: QuestId) -> bool {
        match self.focus {
            Some(focus) => focus == quest,
            None => self.quests.get(&quest).is_some_and(|planned| planned.is_open && planned.pending > 0),
        }
    }

    fn duty(&mut self, step: Step) -> Option<&mut Duty> {
        match step {
            Step::SignIn => Some(&mut self.sign_in),
            Step::Discover => Some(&mut self.discover),
            Step::Balances => Some(&mut self.balances),
            Step::Person => Some(&mut self.people),
            Step::Queue(id) => self.quests.get_mut(&id).map(|planned| &mut planned.queue),
            Step::Items(id) => self.quests.get_mut(&id).map(|planned| &mut planned.items),
            Step::Vanished(id) => self.quests.get_mut(&id).map(|planned| &mut planned.vanished),
            Step::Accepted(id) => self.quests.get_mut(&id).map(|planned| &mut planned.accepted),
            Step::Rejected(id) => self.quests.get_mut(&id).map(|planned| &mut planned.rejected),
        }
    }

    fn candidates(&self) -> Vec<Candidate> {
        let mut all = Vec::with_capacity(self.quests.len() * 3 + 4);
        if !self.is_signed_in() {
            all.extend(candidate(Step::SignIn, &self.sign_in, Duration::ZERO, 0));
            return all;
        }
        let minute = self.stretched(Duration::from_secs(60), 3, 10);
        let rank = if self.discover.is_read() { 8 } else { 2 };
        all.extend(candidate(Step::Discover, &self.discover, minute, rank));
        let rank = if self.balances.is_asked() { 4 } else { 8 };
        all.extend(candidate(Step::Balances, &self.balances, minute, rank));
        if self.strangers {
            let person = candidate(Step::Person, &self.people, Duration::ZERO, 10);
            all.extend(person.map(|person| Candidate { yields: true, ..person }));
        }
        let intervals = self.intervals();
        for (id, planned) in &self.quests {
            self.of_quest(*id, planned, &intervals, &mut all);
        }
        all
    }

    fn of_quest(&self, id: QuestId, planned: &Planned, every: &Intervals, all: &mut Vec<Candidate>) {
        let looked_at = self.is_looked_at(id);
        let (every_queue, rank) = match (looked_at, planned.is_open) {
            (true, _) => (every.looked_at, 3),
            (false, true) if !planned.queue.is_read() => (every.open, 6),
            (false, true) => (every.open, 9),
            (false, false) => (every.over, 12),
        };
        let mut add = |step, duty: &Duty, every, rank| {
            let found = candidate(step, duty, every, rank);
            all.extend(found.map(|found| Candidate { yields: rank >= 9, ..found }));
        };
        let rank_queue = if planned.queue.is_asked() { 3 } else { rank };
        add(Step::Queue(id), &planned.queue, every_queue, rank_queue);
        let first_items = planned.is_open && !planned.items.is_read();
        let rank_items = match (looked_at || planned.items.is_asked(), first_items) {
            (true, _) => 5,
            (false, true) => 7,
            (false, false) => rank.max(9) + 1,
        };
        add(Step::Items(id), &planned.items, every_queue, rank_items);
        if planned.vanished.is_asked() {
            add(Step::Vanished(id), &planned.vanished, Duration::ZERO, 4);
        }
        if planned.queue.is_read() {
            let (accepted, rejected) =
                if planned.is_open { (every.accepted, every.rejected) } else { (every.over, every.over) };
            add(Step::Accepted(id), &planned.accepted, accepted, 11);
            add(Step::Rejected(id), &planned.rejected, rejected, 11);
        }
    }

    fn intervals(&self) -> Intervals {
        let (mut looked_at, mut open, mut over, mut accepted) = (0, 0, 0, 0);
        for (id, planned) in &self.quests {
            let cost = 2 + u32::from(planned.pending > WINDOW_ROWS);
            accepted += 1;
            match (self.is_looked_at(*id), planned.is_open) {
                (true, _) => looked_at += cost,
                (false, true) => open += cost,
                // Its decided entries are read as often.
                (false, false) => over += cost + 2,
            }
        }
        Intervals {
            looked_at: self.stretched(self.focus_every, looked_at, 40),
            open: self.stretched(Duration::from_secs(30), open, 15),
            over: self.stretched(Duration::from_secs(15 * 60), over, 5),
            accepted: self.stretched(Duration::from_secs(120), accepted, 5),
            rejected: self.stretched(Duration::from_secs(300), accepted, 5),
        }
    }
}

/// How often each group is read.
struct Intervals {
    looked_at: Duration,
    open: Duration,
    over: Duration,
    accepted: Duration,
    rejected: Duration,
}

/// The candidate that a duty makes, if its next request may begin at any time.
fn candidate(step: Step, duty: &Duty, every: Duration, rank: u8) -> Option<Candidate> {
    let due = duty.due(every)?;
    Some(Candidate { step, rank, due, starved: due + duty.patience(every), yields: false })
}

#[cfg(test)]
mod tests;

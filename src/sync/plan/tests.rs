//! A desk that is simulated for twenty minutes and more: nobody starves, and no minute holds too many requests.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::sync::budget::Use;

fn quest(n: u8) -> QuestId {
    QuestId::from_bytes([n; 16])
}

const fn s(seconds: u64) -> Moment {
    Moment::from_secs(seconds)
}

/// What is simulated.
#[derive(Debug, Clone)]
struct World {
    limit: u32,
    focus: Option<u8>,
    /// Pending entries and whether it is open, by quest.
    quests: Vec<(u32, bool)>,
    /// Milliseconds that answers take, in turn.
    latencies: Vec<u64>,
    /// A decision every so many milliseconds; 0: none.
    decisions: u64,
    /// Every so many answers fail; 0: none.
    failing: usize,
}

fn any_world() -> impl Strategy<Value = World> {
    (
        10u32..180,
        any::<Option<u8>>(),
        proptest::collection::vec((prop_oneof![Just(0u32), 1u32..150, 300u32..3_000], any::<bool>()), 1..14),
        proptest::collection::vec(5u64..3_000, 1..8),
        prop_oneof![Just(0u64), 700u64..5_000],
        prop_oneof![Just(0usize), 5usize..20],
    )
        .prop_map(|(limit, focus, quests, latencies, decisions, failing)| {
            let focus = focus.map(|n| n % quests.len() as u8);
            World { limit, focus, quests, latencies, decisions, failing }
        })
}

/// Everything that was fetched, with the time at which it was finished.
#[derive(Debug, Default, PartialEq)]
struct Trace {
    reads: Vec<(Moment, u32)>,
    decisions: Vec<Moment>,
    queues: BTreeMap<QuestId, Vec<Moment>>,
    all: BTreeMap<Step, Vec<Moment>>,
}

struct Simulation {
    world: World,
    plan: Plan,
    budget: Budget,
    now: Moment,
    flying: Vec<(Moment, Step)>,
    pages_left: BTreeMap<Step, u32>,
    answers: usize,
    trace: Trace,
}

impl Simulation {
    fn new(world: World) -> Self {
        let budget = Budget::new(world.limit);
        let mut plan = Plan::new(s(5), &budget);
        plan.set_focus(world.focus.map(quest));
        Self {
            world,
            plan,
            budget,
            now: Moment::ZERO,
            flying: vec![],
            pages_left: BTreeMap::new(),
            answers: 0,
            trace: Trace::default(),
        }
    }

    fn run(mut self, until: Moment) -> Trace {
        let mut next_decision = Duration::from_millis(self.world.decisions);
        for _ in 0..200_000 {
            let mut wake = until;
            while self.flying.len() < 4 {
                match self.plan.pick(self.now, &self.budget) {
                    Pick::Start(step) => self.start(step),
                    Pick::Wait(at) => {
                        if let Some(at) = at {
                            assert!(at > self.now, "waiting for what has been");
                            wake = wake.min(at);
                        }
                        break;
                    }
                }
            }
            wake = self.flying.iter().map(|(at, _)| *at).fold(wake, Moment::min);
            if self.world.decisions > 0 {
                wake = wake.min(next_decision);
            }
            self.now = wake.max(self.now);
            if self.now >= until {
                return self.trace;
            }
            if self.world.decisions > 0 && self.now >= next_decision {
                self.budget.spend(self.now, Use::Decision, 1);
                self.trace.decisions.push(self.now);
                next_decision = self.now + Duration::from_millis(self.world.decisions);
                self.plan.ask(Step::Queue(quest(0)), Asked::Soon);
                self.plan.ask(Step::Balances, Asked::Soon);
            }
            self.land();
        }
        panic!("it spins at {:?}", self.now);
    }

    fn start(&mut self, step: Step) {
        self.budget.spend(self.now, Use::Read, step.cost());
        self.trace.reads.push((self.now, step.cost()));
        self.plan.started(step, self.now);
        let latency = self.world.latencies[self.trace.reads.len() % self.world.latencies.len()];
        self.flying.push((self.now + Duration::from_millis(latency), step));
    }

    fn land(&mut self) {
        let now = self.now;
        let (landed, flying): (Vec<_>, Vec<_>) = self.flying.drain(..).partition(|(at, _)| *at <= now);
        self.flying = flying;
        for (_, step) in landed {
            self.answers += 1;
            if self.world.failing > 0 && self.answers.is_multiple_of(self.world.failing) {
                let wants = u32::from(self.pages_left.contains_key(&step));
                self.plan.failed(step, now + Duration::from_secs(1), wants);
            } else {
                self.answered(step);
            }
        }
    }

    fn answered(&mut self, step: Step) {
        if let Step::Queue(id) = step {
            let pending = self.world.quests[id.bytes()[0] as usize].0;
            self.plan.set_pending(id, pending);
            let pages = pending.div_ceil(192).max(1);
            let whole =
                (self.plan.depth(id, self.now) == Depth::Whole) || self.pages_left.contains_key(&step);
            let all = if whole { pages } else { pages.min(2) };
            let left = self.pages_left.entry(step).or_insert(all);
            *left -= 1;
            if *left > 0 {
                self.plan.goes_on(step, self.now, u32::from(*left > 0));
                return;
            }
            self.pages_left.remove(&step);
            if whole {
                self.plan.read_whole(id, self.now);
            }
            self.trace.queues.entry(id).or_default().push(self.now);
        }
        if step == Step::Discover {
            let open: Vec<_> =
                self.world.quests.iter().enumerate().map(|(n, (_, open))| (quest(n as u8), *open)).collect();
            self.plan.set_quests(open);
        }
        self.trace.all.entry(step).or_default().push(self.now);
        self.plan.finished(step);
    }
}

/// The longest time between two of these, from the start to the end.
fn longest_gap(times: Option<&Vec<Moment>>, end: Moment) -> Moment {
    let mut last = Moment::ZERO;
    let mut longest = Moment::ZERO;
    for time in times.into_iter().flatten().copied().chain([end]) {
        longest = longest.max(time.saturating_sub(last));
        last = time;
    }
    longest
}

/// For each read, the requests of the minute that ends with it: when, reads, decisions.
fn busiest_minutes(trace: &Trace) -> Vec<(Moment, u32, u32)> {
    let mut sent: Vec<(Moment, u32, bool)> =
        trace.reads.iter().map(|(at, cost)| (*at, *cost, true)).collect();
    sent.extend(trace.decisions.iter().map(|at| (*at, 1, false)));
    sent.sort_unstable();
    let (mut first, mut reads, mut decisions) = (0, 0, 0);
    let mut minutes = Vec::new();
    for (at, cost, is_read) in &sent {
        *(if *is_read { &mut reads } else { &mut decisions }) += cost;
        while sent[first].0 + WINDOW <= *at {
            *(if sent[first].2 { &mut reads } else { &mut decisions }) -= sent[first].1;
            first += 1;
        }
        if *is_read {
            minutes.push((*at, reads, decisions));
        }
    }
    minutes
}

fn calm(limit: u32, focus: Option<u8>, quests: &[(u32, bool)]) -> World {
    World { limit, focus, quests: quests.to_vec(), latencies: vec![50], decisions: 0, failing: 0 }
}

#[test]
fn a_small_desk_is_read_within_a_second_and_then_every_five() {
    let quests = [(40, true), (12, true), (0, true), (3, false)];
    let trace = Simulation::new(calm(120, Some(0), &quests)).run(s(300));
    assert!(trace.queues.values().all(|times| times[0] < s(1)), "{:?}", trace.queues);
    let gap = longest_gap(trace.queues.get(&quest(0)), s(300));
    assert!(gap <= Duration::from_millis(5_500), "{gap:?}");
    assert!(trace.queues[&quest(3)].len() <= 2, "a closed quest is looked at rarely");
}

#[test]
fn all_quests_with_entries_take_turns() {
    let quests = [(40, true), (12, true), (7, true), (0, true)];
    let trace = Simulation::new(calm(60, None, &quests)).run(s(600));
    let reads = |n| trace.queues[&quest(n)].len();
    assert!(reads(0).abs_diff(reads(1)) <= 2 && reads(1).abs_diff(reads(2)) <= 2, "{:?}", trace.queues);
    assert!(2 * reads(0) > 3 * reads(3), "the empty one less often");
}

#[test]
fn what_is_asked_for_comes_next_and_many_wishes_are_one() {
    let budget = Budget::new(60);
    let mut plan = Plan::new(s(5), &budget);
    for step in [Step::SignIn, Step::Discover] {
        assert_eq!(plan.pick(s(0), &budget), Pick::Start(step));
        plan.started(step, s(0));
        assert_ne!(plan.pick(s(0), &budget), Pick::Start(step), "once is enough");
        plan.finished(step);
    }
    plan.set_quests([(quest(0), true)]);
    let (accepted, rejected) = (Step::Accepted(quest(0)), Step::Rejected(quest(0)));
    for step in [Step::Queue(quest(0)), Step::Items(quest(0)), Step::Balances, accepted, rejected] {
        assert_eq!(plan.pick(s(0), &budget), Pick::Start(step));
        plan.started(step, s(0));
        plan.finished(step);
    }
    let Pick::Wait(Some(at)) = plan.pick(s(1), &budget) else { panic!("nothing is due") };
    assert_eq!(at, s(30), "nothing is pending: every half minute");
    plan.ask(Step::Queue(quest(0)), Asked::Soon);
    plan.ask(Step::Queue(quest(0)), Asked::Soon);
    assert_eq!(plan.pick(s(1), &budget), Pick::Wait(Some(Duration::from_millis(7_500))));
    plan.ask(Step::Queue(quest(0)), Asked::Now);
    assert_eq!(plan.pick(s(1), &budget), Pick::Start(Step::Queue(quest(0))));
    plan.started(Step::Queue(quest(0)), s(1));
    plan.ask(Step::Queue(quest(0)), Asked::Now);
    plan.finished(Step::Queue(quest(0)));
    assert_eq!(plan.pick(s(1), &budget), Pick::Start(Step::Queue(quest(0))), "asked for while it was read");
}

#[test]
fn what_failed_is_left_alone_until_its_time_or_a_key() {
    let budget = Budget::new(60);
    let mut plan = Plan::new(s(5), &budget);
    plan.started(Step::SignIn, s(0));
    plan.failed(Step::SignIn, s(1_000), 0);
    assert_eq!(plan.failures(Step::SignIn), 1);
    assert_eq!(plan.pick(s(1), &budget), Pick::Wait(Some(s(1_000))));
    plan.ask_all();
    assert_eq!(plan.pick(s(1), &budget), Pick::Start(Step::SignIn));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn nobody_starves_and_no_minute_is_overfull(world in any_world()) {
        let end = s(40 * 60);
        let trace = Simulation::new(world.clone()).run(end);
        let limit = world.limit.max(10);
        for (at, reads, decisions) in busiest_minutes(&trace) {
            let most = limit.max(decisions + (limit / 4).max(5));
            prop_assert!(reads + decisions <= most, "{reads} + {decisions} of {limit} at {at:?}");
        }
        for (n, (pending, is_open)) in world.quests.iter().enumerate() {
            let id = quest(n as u8);
            let times = trace.queues.get(&id);
            if *is_open || world.focus == Some(n as u8) {
                prop_assert!(times.is_some_and(|times| !times.is_empty()), "{n} was never read");
            }
            if world.focus == Some(n as u8) {
                // A budget of ten a minute under constant decisions leaves two reads a minute.
                let pages = u64::from(pending.div_ceil(192)) + 2;
                let slow = if world.decisions > 0 { 6 } else { 1 };
                let fair = s(60 + pages * 60 * slow * 10 / u64::from(limit));
                let gap = longest_gap(times, end);
                prop_assert!(gap <= fair, "the focused quest waited {gap:?}, fair is {fair:?}");
            }
        }
    }

    #[test]
    fn the_same_world_gives_the_same_requests(world in any_world()) {
        let end = s(300);
        prop_assert_eq!(Simulation::new(world.clone()).run(end), Simulation::new(world).run(end));
    }
}

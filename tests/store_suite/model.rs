//! Random requests, compared with a model in memory.

use std::collections::BTreeMap;

use proptest::prelude::*;
use questdesk::domain::decision::{Act, Answer, Check, Clash, Decision, Event, Stage};
use questdesk::domain::*;
use questdesk::store::{News, StoreError};
use questdesk::sync::Gone;

use super::support::*;

/// So many entries, and decisions on them: few, so that they meet.
const ENTRIES: u32 = 4;

#[derive(Debug, Clone)]
enum Op {
    Record { id: u32, entry: u32 },
    Step(u32, Event),
    Claim(u32),
    Put { entry: u32, version: i64, status: EntryStatus },
    Remove(u32, Option<EntryStatus>),
    Restart,
}

fn status() -> impl Strategy<Value = EntryStatus> {
    prop_oneof![3 => Just(EntryStatus::Submitted), 1 => Just(EntryStatus::Accepted), 1 => Just(EntryStatus::Rejected)]
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        1 => Just(Event::Undo),
        2 => Just(Event::Due),
        2 => Just(Event::GoOn),
        3 => Just(Event::Answer(Answer::Done)),
        1 => Just(Event::Answer(Answer::NotSent)),
        1 => Just(Event::Answer(Answer::Lost { why: "timed out".into() })),
        1 => Just(Event::Answer(Answer::Refused { words: "no".into(), look: true })),
        1 => Just(Event::ReadBack(questdesk::domain::decision::Found::Open)),
        1 => Just(Event::ReadBack(questdesk::domain::decision::Found::Gone)),
        1 => Just(Event::SessionDied),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    let (id, on) = (0..ENTRIES * 2, 0..ENTRIES);
    prop_oneof![
        4 => (id.clone(), on.clone()).prop_map(|(id, entry)| Op::Record { id, entry }),
        6 => (id.clone(), event()).prop_map(|(id, event)| Op::Step(id, event)),
        5 => id.prop_map(Op::Claim),
        5 => (on.clone(), 0..2i64, status()).prop_map(|(entry, version, status)| Op::Put { entry, version, status }),
        1 => (on, proptest::option::of(status())).prop_map(|(entry, status)| Op::Remove(entry, status)),
        1 => Just(Op::Restart),
    ]
}

/// What the store should hold.
#[derive(Default)]
struct Model {
    decisions: BTreeMap<DecisionId, Decision>,
    entries: BTreeMap<EntryId, (Version, EntryStatus, Option<Review>)>,
}

impl Model {
    fn step(&mut self, id: DecisionId, event: &Event) -> Option<Result<Decision, decision::NoStep>> {
        let decision = self.decisions.get_mut(&id)?;
        // The store's clock is not ours: a time after all of them.
        let stepped = decision.step(event, Timestamp::from_millis(i64::MAX / 2));
        let decision = decision.clone();
        if stepped.is_ok() && decision.stage.is_over() {
            self.learn(&decision);
        }
        Some(stepped.map(|()| decision))
    }

    fn learn(&mut self, decision: &Decision) {
        let Act::Review { entry, verdict, .. } = &decision.act else { return };
        let known = self.entries.get_mut(entry);
        match (&decision.stage, known) {
            (Stage::Confirmed(_), Some(known)) => known.1 = verdict.status(),
            (Stage::Conflict(Clash::Decided(review)), Some(known)) => {
                (known.1, known.2) = (review.status.clone(), Some(review.clone()));
            }
            (Stage::Conflict(Clash::Gone), Some((_, EntryStatus::Submitted, _))) => {
                self.entries.remove(entry);
            }
            _ => {}
        }
    }

    fn check(&self, decision: &Decision) -> Check {
        let Act::Review { entry, .. } = &decision.act else { panic!() };
        match self.entries.get(entry) {
            None => Check::Vanished,
            Some((v, EntryStatus::Submitted, _)) if *v == version(0) => Check::Same,
            Some((_, EntryStatus::Submitted, _)) => Check::Clashes(Clash::Changed),
            Some((_, status, seen)) => {
                let bare =
                    Review { status: status.clone(), reviewer: None, at: None, note: SafeText::default() };
                let seen = seen.clone().filter(|review| review.status == *status);
                Check::Clashes(Clash::Decided(seen.unwrap_or(bare)))
            }
        }
    }

    fn put(&mut self, entry: EntryId, v: Version, status: &EntryStatus) {
        let late = self.entries.get(&entry).is_some_and(|(known, is, _)| {
            *is != EntryStatus::Submitted
                && *status == EntryStatus::Submitted
                && v.updated_at <= known.updated_at
        });
        if !late {
            let seen = (*status != EntryStatus::Submitted).then(|| review(status.clone()));
            self.entries.insert(entry, (v, status.clone(), seen));
        }
    }

    fn remove(&mut self, entry: EntryId, seen: Option<&Review>) {
        match (self.entries.get_mut(&entry), seen) {
            (Some(known), Some(review)) => (known.1, known.2) = (review.status.clone(), Some(review.clone())),
            (Some((_, EntryStatus::Submitted, _)), None) => {
                self.entries.remove(&entry);
            }
            _ => {}
        }
    }

    fn session_died(&mut self) {
        let ids: Vec<_> = self.decisions.keys().copied().collect();
        for id in ids {
            let _ = self.step(id, &Event::SessionDied);
        }
    }

    fn pending(&self) -> Vec<(EntryId, Version)> {
        let open = self.entries.iter().filter(|(_, (_, status, _))| *status == EntryStatus::Submitted);
        open.map(|(id, (version, ..))| (*id, *version)).collect()
    }
}

/// Without the times that the store's clock gave.
fn timeless(mut decision: Decision) -> Decision {
    decision.changed_at = at(0);
    if let Stage::Unknown { since, .. } = &mut decision.stage {
        *since = at(0);
    }
    decision
}

fn told(desk: &Desk, stepped: Option<Result<Decision, decision::NoStep>>, id: DecisionId) {
    match (desk.next(), stepped) {
        (News::Moved(told), Some(Ok(meant))) => assert_eq!(timeless(told), timeless(meant)),
        (News::NotMoved { why, .. }, Some(Err(meant))) => assert_eq!(why, meant),
        (News::NotMoved { id: told, .. }, None) => assert_eq!(told, id),
        (told, meant) => panic!("{told:?} but {meant:?}"),
    }
}

fn apply(desk: &Desk, model: &mut Model, op: &Op) {
    match op {
        Op::Record { id, entry } => {
            let mut decision = accept(*id, 1);
            let Act::Review { entry: on, .. } = &mut decision.act else { panic!() };
            *on = entry_id(*entry);
            let subject = decision.act.subject();
            let open = model.decisions.values().any(|d| d.act.subject() == subject && !d.stage.is_over());
            let takes = match model.decisions.get(&decision.id) {
                Some(known) => *known == decision,
                None => !open,
            };
            desk.store.record(decision.clone());
            match desk.next() {
                News::Recorded(told) if takes => assert_eq!(told, decision),
                News::NotRecorded { id, .. } if !takes => assert_eq!(id, decision.id),
                other => panic!("{other:?}, but it takes it: {takes}"),
            }
            if takes {
                model.decisions.insert(decision.id, decision);
            }
        }
        Op::Step(id, event) => {
            desk.store.step(decision_id(*id), event.clone());
            told(desk, model.step(decision_id(*id), event), decision_id(*id));
        }
        Op::Claim(id) => {
            let id = decision_id(*id);
            let claimed = wait(desk.store.claim(id));
            let check = model.decisions.get(&id).map(|decision| model.check(decision));
            let stepped = model.step(id, &Event::Claim(check.unwrap_or(Check::Vanished)));
            match (claimed, &stepped) {
                (Ok(claimed), Some(Ok(meant))) => assert_eq!(timeless(claimed), timeless(meant.clone())),
                (Err(StoreError::NotMoved(..)), Some(Err(_)))
                | (Err(StoreError::NoSuchDecision(_)), None) => {}
                (claimed, stepped) => panic!("{claimed:?} but {stepped:?}"),
            }
            told(desk, stepped, id);
        }
        Op::Put { entry: n, version: v, status } => {
            desk.store.put_entries(quest(1), vec![entry(*n, *v, status.clone())]);
            model.put(entry_id(*n), version(*v), status);
        }
        Op::Remove(n, status) => {
            let review = status.clone().filter(|status| *status != EntryStatus::Submitted).map(review);
            model.remove(entry_id(*n), review.as_ref());
            desk.store.remove_pending(quest(1), vec![Gone { entry: entry_id(*n), review }]);
        }
        Op::Restart => {}
    }
}

fn run(ops: &[Op]) {
    let dir = tempfile::tempdir().unwrap();
    let mut session = 1;
    let mut desk = Desk::open(dir.path(), session);
    fill(&desk, []);
    let mut model = Model::default();
    // What this session was told at its start is asked about too, whoever took it away since.
    let mut told = Vec::new();
    for op in ops {
        apply(&desk, &mut model, op);
        if matches!(op, Op::Restart) {
            desk.settled().store.close();
            session += 1;
            desk = Desk::open(dir.path(), session);
            model.session_died();
            told = desk.rows.iter().map(|row| (row.id, row.version)).collect::<Vec<_>>();
            assert_eq!(told, model.pending());
        }
    }
    let mut pending = wait(desk.store.cached_pending(quest(1))).unwrap();
    pending.sort_by_key(|(id, _)| *id);
    let mut meant = model.pending();
    told.retain(|(id, _)| meant.iter().all(|(pending, _)| pending != id));
    meant.extend(told);
    meant.sort_by_key(|(id, _)| *id);
    assert_eq!(pending, meant);
    let mut open: Vec<_> = wait(desk.store.open_decisions()).unwrap().into_iter().map(timeless).collect();
    open.sort_by_key(|decision| decision.id);
    let meant: Vec<_> =
        model.decisions.into_values().filter(|decision| !decision.stage.is_over()).map(timeless).collect();
    assert_eq!(open, meant);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]
    #[test]
    fn the_store_does_what_the_model_does(ops in proptest::collection::vec(op(), 1..50)) {
        run(&ops);
    }
}

//! The last look before sending: the table of what the cache may say.

use questdesk::domain::decision::{
    Act, Answer, Bound, Clash, Decision, Event, Found, NoStep, Settled, Stage, Verdict,
};
use questdesk::domain::*;
use questdesk::store::StoreError;
use questdesk::sync::Gone;

use super::support::*;

/// Claims a decision after the cache was told something, and says in which stage it is then. Once with the cache
/// written, once with all of it still in the queue.
fn claimed(decision: &Decision, prepare: impl Fn(&Desk)) -> Stage {
    let stage = |settle: bool| {
        let dir = tempfile::tempdir().unwrap();
        let desk = Desk::open(dir.path(), 1);
        desk.record(decision);
        desk.moved(decision.id, Event::GoOn);
        if settle {
            prepare(&desk);
            desk.settled();
        } else {
            // Enough to keep the cache's lane busy.
            desk.store
                .put_entries(quest(1), (100..900).map(|n| entry(n, 0, EntryStatus::Submitted)).collect());
            prepare(&desk);
        }
        match desk.claim(decision.id).unwrap().stage {
            Stage::Unknown { why, refusal, .. } => Stage::Unknown { why, refusal, since: at(0) },
            stage => stage,
        }
    };
    let written = stage(true);
    assert_eq!(stage(false), written, "what is still in the queue counts");
    written
}

fn queue(desk: &Desk, sats: i64, entry: questdesk::store::CachedEntry) {
    desk.store.put_quests(vec![a_quest(1)]);
    desk.store.put_items(quest(1), vec![(item(1, sats, ItemStatus::Pending), SafeText::default())]);
    desk.store.put_entries(quest(1), vec![entry]);
}

fn looked_up() -> Stage {
    Stage::Unknown { why: "it is no longer in the queue".into(), refusal: None, since: at(0) }
}

#[test]
fn an_entry_as_it_was_read_is_sent() {
    assert_eq!(
        claimed(&accept(1, 1), |desk| queue(desk, 500, entry(1, 0, EntryStatus::Submitted))),
        Stage::Sending
    );
}

#[test]
fn a_changed_entry_is_not_sent() {
    let stage = claimed(&accept(1, 1), |desk| {
        queue(desk, 500, entry(1, 0, EntryStatus::Submitted));
        desk.store.put_entries(quest(1), vec![entry(1, 1, EntryStatus::Submitted)]);
    });
    assert_eq!(stage, Stage::Conflict(Clash::Changed));
}

#[test]
fn an_entry_that_somebody_decided_is_not_decided_again() {
    let decided = |status: EntryStatus| {
        claimed(&accept(1, 1), |desk| {
            queue(desk, 500, entry(1, 0, EntryStatus::Submitted));
            let review = Some(review(status.clone()));
            desk.store.remove_pending(quest(1), vec![Gone { entry: entry_id(1), review }]);
        })
    };
    let rejected = review(EntryStatus::Rejected);
    assert_eq!(decided(EntryStatus::Rejected), Stage::Conflict(Clash::Decided(rejected)));
    assert_eq!(decided(EntryStatus::Accepted), Stage::Confirmed(Settled::Agreed { with: Some(user(8)) }));
}

/// Scoring item `n` again, one of an act on several: so many runs as far as was known, at a price or at none that is
/// known.
fn rescore(n: u8, runs: u32, gross: Option<i64>) -> Decision {
    Decision {
        batch: Some(BatchId::from_bytes([3; 16])),
        act: Act::Rescore { item: item_id(n), runs, free: false },
        bound: Bound::Item(ItemStatus::Pending),
        cost: Cost { gross: gross.map(Money::sats), fee: None, xp: 0 },
        ..accept(u32::from(n), 1)
    }
}

#[test]
fn what_may_cost_more_than_was_shown_has_its_turn_once_the_runs_before_it_are_counted() {
    for gross in [Some(40), None] {
        let dir = tempfile::tempdir().unwrap();
        let desk = Desk::open(dir.path(), 1);
        desk.store.put_quests(vec![a_quest(1)]);
        let items = (1..=5).map(|n| (item(n, 0, ItemStatus::Pending), SafeText::default())).collect();
        desk.store.put_items(quest(1), items);
        let all: Vec<Decision> = (1..=5).map(|n| rescore(n, 4, gross)).collect();
        for decision in &all {
            desk.record(decision);
            desk.moved(decision.id, Event::GoOn);
        }
        let ids: Vec<DecisionId> = all.iter().map(|decision| decision.id).collect();
        assert_eq!(desk.claim(ids[0]).unwrap().stage, Stage::Sending);
        assert_eq!(desk.store_claim(ids[1]), Err(StoreError::InTurn(ids[1])));
        // As many as were shown.
        desk.moved(ids[0], Event::Answer(Answer::Began(4)));
        assert_eq!(desk.claim(ids[1]).unwrap().stage, Stage::Sending);
        desk.moved(ids[1], Event::Answer(Answer::Lost { why: "timed out".into() }));
        assert_eq!(desk.store_claim(ids[2]), Err(StoreError::InTurn(ids[2])), "who knows how many they were");
        // Twice as many: 12 of 20, and what was taken back is no part of it any more, 12 of 16.
        let twice = desk.moved(ids[1], Event::ReadBack(Found::Runs(8)));
        assert_eq!((twice.began, twice.spends()), (Some(8), gross.map(|_| Money::sats(80))));
        desk.moved(ids[4], Event::Undo);
        assert_eq!(desk.claim(ids[2]).unwrap().stage, Stage::Sending);
        desk.moved(ids[2], Event::Answer(Answer::Began(4)));
        assert_eq!(desk.claim(ids[3]).unwrap().stage, Stage::Conflict(Clash::MoreRuns), "20 of 16");
    }
}

#[test]
fn what_costs_nothing_waits_for_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let desk = Desk::open(dir.path(), 1);
    desk.store.put_quests(vec![a_quest(1)]);
    let items = (1..=2).map(|n| (item(n, 0, ItemStatus::Pending), SafeText::default())).collect();
    desk.store.put_items(quest(1), items);
    for n in [1, 2] {
        let free = Act::Rescore { item: item_id(n), runs: 4, free: true };
        let decision = Decision { act: free, ..rescore(n, 4, None) };
        desk.record(&decision);
        desk.moved(decision.id, Event::GoOn);
        assert_eq!(desk.claim(decision.id).unwrap().stage, Stage::Sending);
    }
}

#[test]
fn an_entry_that_is_not_there_is_looked_up() {
    assert_eq!(claimed(&accept(1, 1), |_| {}), looked_up());
    let gone = claimed(&accept(1, 1), |desk| {
        queue(desk, 500, entry(1, 0, EntryStatus::Submitted));
        desk.store.remove_pending(quest(1), vec![Gone { entry: entry_id(1), review: None }]);
    });
    assert_eq!(gone, looked_up());
    let odd = EntryStatus::Other("parked".into());
    assert_eq!(claimed(&accept(1, 1), |desk| queue(desk, 500, entry(1, 0, odd.clone()))), looked_up());
}

#[test]
fn an_entry_of_a_quest_that_is_gone_is_looked_up() {
    let stage = claimed(&accept(1, 1), |desk| {
        queue(desk, 500, entry(1, 0, EntryStatus::Submitted));
        desk.store.put_quests(vec![a_quest(2)]);
    });
    assert_eq!(stage, looked_up());
}

#[test]
fn an_acceptance_never_pays_another_sum_than_was_shown() {
    let pays = |decision: &Decision, sats| {
        claimed(decision, |desk| queue(desk, sats, entry(1, 0, EntryStatus::Submitted)))
    };
    let conflict = Stage::Conflict(Clash::RewardChanged);
    let paid = accept(1, 1);
    assert_eq!(
        [pays(&paid, 501), pays(&paid, 499), pays(&paid, 0)],
        [conflict.clone(), conflict.clone(), conflict.clone()]
    );
    let free = Decision { cost: Cost::default(), ..accept(1, 1) };
    assert_eq!(pays(&free, 0), Stage::Sending);
    assert_eq!(pays(&free, 1), conflict, "money where none was shown");
    let Act::Review { entry: id, item: on, .. } = paid.act else { panic!() };
    let reject = Act::Review { entry: id, item: on, verdict: Verdict::Reject, note: None };
    let reject = Decision { act: reject, cost: Cost::default(), ..accept(1, 1) };
    assert_eq!(pays(&reject, 501), Stage::Sending, "rejecting pays nothing, whatever the item pays");
}

#[test]
fn an_acceptance_is_not_paid_if_the_item_is_not_known_any_more() {
    let prepare = |desk: &Desk| {
        queue(desk, 500, entry(1, 0, EntryStatus::Submitted));
        desk.store.put_items(quest(1), vec![]);
    };
    assert_eq!(claimed(&accept(1, 1), prepare), Stage::Conflict(Clash::RewardChanged));
}

#[test]
fn an_item_is_set_only_from_the_status_that_was_seen() {
    let with = |status: ItemStatus| {
        claimed(&set_done(2, 1, 1), |desk| {
            desk.store.put_quests(vec![a_quest(1)]);
            desk.store.put_items(quest(1), vec![(item(2, 0, status.clone()), SafeText::default())]);
        })
    };
    assert_eq!(with(ItemStatus::Pending), Stage::Sending);
    assert_eq!(with(ItemStatus::Skipped), Stage::Conflict(Clash::ItemIs(ItemStatus::Skipped)));
    assert_eq!(with(ItemStatus::Done), Stage::Confirmed(Settled::Agreed { with: None }));
    assert_eq!(claimed(&set_done(2, 1, 1), |_| {}), looked_up());
    let complete = Decision {
        act: Act::Complete { item: item_id(2), note: None },
        bound: Bound::Item(ItemStatus::InProgress),
        ..set_done(2, 1, 1)
    };
    let stage = claimed(&complete, |desk| {
        desk.store.put_items(quest(1), vec![(item(2, 0, ItemStatus::Pending), SafeText::default())]);
    });
    assert_eq!(stage, Stage::Conflict(Clash::ItemIs(ItemStatus::Pending)));
}

#[test]
fn a_decision_is_claimed_once() {
    let dir = tempfile::tempdir().unwrap();
    let desk = Desk::open(dir.path(), 1);
    fill(&desk, [1]);
    desk.record(&accept(1, 1));
    let id = decision_id(1);
    assert_eq!(desk.claim(id), Err(StoreError::NotMoved(id, NoStep::NotApplicable)), "it is still held");
    desk.moved(id, Event::GoOn);
    assert_eq!(desk.claim(id).unwrap().attempts, 1);
    assert_eq!(desk.claim(id), Err(StoreError::NotMoved(id, NoStep::NotApplicable)), "it is under way");
}

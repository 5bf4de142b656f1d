//! Acceptances that pay.

use std::collections::{BTreeMap, HashMap, HashSet};

use questdesk::backend::Fault;
use questdesk::domain::decision::{Act, Bound, Settled, Stage, Verdict};
use questdesk::domain::{
    Cost, DecisionId, EntryId, EntryRow, EntryStatus, ItemId, QuestId, QuestStatus, Reward,
};
use questdesk::store;
use questdesk::sync::{News, Order};

use crate::desk::{Desk, Told};

#[test]
fn a_backend_that_loses_answers_pays_each_acceptance_once() {
    let desk = Desk::open();
    let mut pending: BTreeMap<EntryId, EntryRow> = BTreeMap::new();
    let mut rewards: HashMap<ItemId, Reward> = HashMap::new();
    let mut quests: Vec<QuestId> = Vec::new();
    let mut fresh: HashSet<QuestId> = HashSet::new();
    let mut ends: HashMap<DecisionId, Stage> = HashMap::new();
    let mut ids: Vec<(DecisionId, EntryId)> = Vec::new();
    loop {
        let Some(told) = desk.next() else {
            panic!(
                "{} of {} quests read, {} of {} decisions over: {ends:?}",
                fresh.len(),
                quests.len(),
                ends.len(),
                ids.len()
            )
        };
        match told {
            Told::Engine(News::Quests(found)) => {
                let open = found.iter().filter(|quest| quest.status == QuestStatus::Open);
                quests = open.map(|quest| quest.id).collect();
            }
            Told::Engine(News::Items { items, .. }) => {
                rewards.extend(items.iter().map(|item| (item.id, item.reward)));
            }
            Told::Engine(News::Entries { upserts, gone, .. }) => {
                pending.extend(upserts.into_iter().map(|row| (row.id, row)));
                for gone in gone {
                    pending.remove(&gone.entry);
                }
            }
            Told::Engine(News::Fresh { quest, whole: true, .. }) => {
                fresh.insert(quest);
            }
            Told::Store(store::News::Recorded(decision)) => desk.engine.order(Order::Send(decision.id)),
            Told::Store(store::News::Moved(decision)) if decision.stage.is_over() => {
                ends.insert(decision.id, decision.stage);
            }
            _ => {}
        }
        let all_read = !quests.is_empty() && quests.iter().all(|quest| fresh.contains(quest));
        let priced = |row: &EntryRow| row.item.is_none_or(|item| rewards.contains_key(&item));
        if ids.is_empty() && all_read && pending.values().all(priced) {
            for fault in
                [Fault::Lost, Fault::Truncated, Fault::Http500After, Fault::Http500Before, Fault::Garbage]
            {
                desk.backend.script_fault("/review", fault, 2);
            }
            desk.backend.script_fault("/review", Fault::Http429(1), 1);
            // One of each contributor and item: accepting one may end what others wait for.
            let mut items = HashSet::new();
            for row in pending.values().filter(|row| items.insert(row.item)).take(40) {
                let reward = row.item.and_then(|item| rewards.get(&item).copied()).unwrap_or_default();
                let act = Act::Review { entry: row.id, item: row.item, verdict: Verdict::Accept, note: None };
                let cost = Cost::of_accepting(reward, None);
                let id = desk.record(row.quest, act, Bound::Entry(row.version), cost);
                ids.push((id, row.id));
            }
        }
        let over = ids.iter().all(|(id, _)| ends.contains_key(id));
        if !ids.is_empty() && over && ids.iter().all(|(_, entry)| !pending.contains_key(entry)) {
            break;
        }
    }
    let confirmed: Vec<_> =
        ids.iter().filter(|(id, _)| ends[id] == Stage::Confirmed(Settled::Ours)).collect();
    assert_eq!(confirmed.len(), ids.len(), "{ends:#?}");
    for (_, entry) in &ids {
        let state = desk.backend.entry_state(*entry).unwrap().unwrap();
        assert_eq!(state.status, EntryStatus::Accepted, "{state:?}");
    }
    let books = desk.backend.inspect().unwrap();
    assert_eq!((books.ledger_sum, books.balance_difference), (0, 0));
    assert!(books.payments.values().all(|times| *times == 1), "{:?}", books.payments);
    assert!(ids.iter().any(|(_, entry)| books.payments.contains_key(entry)), "something was paid");
    assert!(books.faults.len() >= 5, "the faults were met: {:?}", books.faults);
    desk.close();
}

//! What is put in comes out again, in the right order, and nothing twice.

use std::collections::BTreeSet;
use std::task::Poll;

use questdesk::domain::decision::{Answer, Decision, Event, NoStep, Settled, Stage, Subject};
use questdesk::domain::*;
use questdesk::store::{News, StoreError};
use questdesk::sync::Gone;

use super::support::*;

#[test]
fn a_new_folder_opens_empty() {
    let dir = tempfile::tempdir().unwrap();
    let desk = Desk::open(&dir.path().join("a/b"), 1);
    assert_eq!((desk.rescued, desk.left, desk.rows), (None, vec![], vec![]));
    assert_eq!(desk.snapshot, questdesk::store::Snapshot::default());
}

#[test]
fn what_was_opened_is_known_at_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    let version = |seconds| Version { updated_at: at(seconds) };
    let desk = Desk::open(dir.path(), 1);
    assert_eq!(desk.opened, []);
    desk.store.keep_opened(vec![(entry_id(1), version(1)), (entry_id(2), version(1))]);
    desk.store.keep_opened(vec![(entry_id(1), version(2))]);
    desk.settled().store.close();
    let mut opened = Desk::open(dir.path(), 2).opened;
    opened.sort_unstable_by_key(|(entry, _)| *entry);
    assert_eq!(opened, [(entry_id(1), version(2)), (entry_id(2), version(1))]);
}

#[test]
fn only_the_user_may_look_at_it() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("profile");
    let desk = Desk::open(&folder, 1);
    desk.record(&accept(1, 1));
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    let mut files = 0;
    for file in std::fs::read_dir(&folder).unwrap() {
        let path = file.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        files += 1;
    }
    assert!(files >= 4, "the database, its log and index, our session");
}

#[test]
fn the_cache_comes_back_at_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    let desk = Desk::open(dir.path(), 1);
    let items = vec![item(1, 500, ItemStatus::Pending), item(2, 0, ItemStatus::Other("odd".into()))];
    let people = vec![Person { id: user(3), username: "maria".into(), is_agent: false }];
    desk.store.put_quests(vec![a_quest(1), a_quest(2)]);
    desk.store.put_items(quest(1), items.iter().map(|item| (item.clone(), "a *brief*".into())).collect());
    desk.store.put_people(people.clone());
    let entries: Vec<_> = (0..700).map(|n| entry(699 - n, 0, EntryStatus::Submitted)).collect();
    desk.store.put_entries(quest(1), entries.clone());
    desk.store.put_entries(quest(1), vec![entry(900, 0, EntryStatus::Accepted)]);
    desk.store.put_accepted(quest(1), vec![(item_id(1), 12)]);
    desk.store.mark_fresh(quest(1), at(77));
    desk.settled().store.close();

    let desk = Desk::open(dir.path(), 2);
    assert_eq!(desk.snapshot.quests, vec![a_quest(1), a_quest(2)]);
    assert_eq!(desk.snapshot.items, items);
    assert_eq!(desk.snapshot.people, people);
    assert_eq!(desk.snapshot.pending, vec![(quest(1), 700)]);
    assert_eq!(desk.snapshot.accepted, vec![(item_id(1), 12)]);
    assert_eq!(desk.snapshot.fresh, vec![(quest(1), at(77))]);
    let mut rows: Vec<_> = entries.iter().map(|entry| entry.row.clone()).collect();
    rows.reverse();
    assert_eq!(desk.rows, rows, "oldest first");
    assert_eq!(desk.batches, vec![300, 400]);
    assert_eq!(desk.body(entry_id(5)).0.as_ref(), Some(&entry(5, 0, EntryStatus::Submitted).body));
    assert_eq!(desk.body(entry_id(5_000)), (None, None));
    desk.store.load_brief(item_id(2));
    assert_eq!(desk.next(), News::Brief { item: item_id(2), text: "a *brief*".into() });
}

#[test]
fn what_is_still_in_the_queue_is_read_all_the_same() {
    let dir = tempfile::tempdir().unwrap();
    let desk = Desk::open(dir.path(), 1);
    desk.store.put_entries(quest(1), (0..3_000).map(|n| entry(n, 0, EntryStatus::Submitted)).collect());
    desk.store.put_entries(quest(1), vec![entry(2_999, 4, EntryStatus::Submitted)]);
    let (body, _) = desk.body(entry_id(2_999));
    assert_eq!(body.unwrap().version, version(4));
    let pending = wait(desk.store.cached_pending(quest(1))).unwrap();
    assert_eq!(pending.len(), 3_000);
    assert!(pending.contains(&(entry_id(2_999), version(4))));
}

#[test]
fn a_decision_does_not_wait_for_the_cache() {
    let dir = tempfile::tempdir().unwrap();
    let (desk, go_on) = Desk::open_halting(dir.path());
    // The thread stands still while all of this is handed over.
    desk.store.load_brief(item_id(1));
    desk.next();
    for page in 0..10 {
        let page = page * 200..(page + 1) * 200;
        desk.store.put_entries(quest(1), page.map(|n| entry(n, 0, EntryStatus::Submitted)).collect());
    }
    let (cached, decided) = wait(async {
        let mut pending = std::pin::pin!(desk.store.cached_pending(quest(1)));
        // The request is made when it is polled: from then on it is in the queue.
        let once = std::future::poll_fn(|context| Poll::Ready(pending.as_mut().poll(context).is_ready()));
        assert!(!once.await);
        desk.store.record(accept(1, 1));
        go_on.send(()).unwrap();
        (pending.await.unwrap().len(), desk.news.try_recv())
    });
    assert_eq!(cached, 2_000);
    assert_eq!(decided, Ok(News::Recorded(accept(1, 1))), "told before the cache was through");
}

#[test]
fn drafts_are_kept_until_they_are_dropped() {
    let dir = tempfile::tempdir().unwrap();
    let desk = Desk::open(dir.path(), 1);
    desk.store.save_draft(Subject::Entry(entry_id(1)), "first".into());
    desk.store.save_draft(Subject::Entry(entry_id(1)), SafeText::block("second\nline"));
    assert_eq!(desk.body(entry_id(1)), (None, Some(SafeText::block("second\nline"))));
    desk.settled().store.close();
    let desk = Desk::open(dir.path(), 2);
    assert_eq!(desk.body(entry_id(1)).1, Some(SafeText::block("second\nline")));
    desk.store.drop_draft(Subject::Entry(entry_id(1)));
    assert_eq!(desk.body(entry_id(1)), (None, None));
}

#[test]
fn drafts_on_entries_and_items_are_told_apart_and_read_by_themselves() {
    let dir = tempfile::tempdir().unwrap();
    let desk = Desk::open(dir.path(), 1);
    let (entry, item) = (Subject::Entry(entry_id(1)), Subject::Item(item_id(1)));
    desk.store.save_draft(entry, "of the entry".into());
    desk.store.save_draft(item, "of the item".into());
    for (subject, note) in [(item, Some("of the item".into())), (Subject::Item(item_id(2)), None)] {
        desk.store.load_draft(subject);
        assert_eq!(desk.next(), News::Draft { subject, note });
    }
    desk.store.drop_draft(item);
    assert_eq!(desk.body(entry_id(1)).1, Some("of the entry".into()));
}

#[test]
fn what_is_put_aside_stays_until_it_is_brought_back() {
    let dir = tempfile::tempdir().unwrap();
    let desk = Desk::open(dir.path(), 1);
    assert_eq!(desk.asides, []);
    desk.store.put_aside(vec![aside(3), aside(1), aside(2)]);
    desk.store.drop_aside(vec![entry_id(2), entry_id(9)]);
    desk.settled().store.close();
    let desk = Desk::open(dir.path(), 2);
    assert_eq!(desk.asides, [aside(1), aside(3)], "in the order they were put aside");
    let later = Aside { at: at(100), ..aside(1) };
    desk.store.put_aside(vec![later]);
    desk.settled().store.close();
    assert_eq!(Desk::open(dir.path(), 3).asides, [aside(3), later]);
}

#[test]
fn the_journal_is_read_newest_first_in_pages_and_each_decision_once() {
    use questdesk::domain::journal::{self, Conditions, State, Test};
    const DECISIONS: u32 = 4_500;
    let dir = tempfile::tempdir().unwrap();
    let desk = Desk::open(dir.path(), 1);
    // Several at the same time, so that a page ends between equals; every 9th taken back.
    let decisions: Vec<_> = (0..DECISIONS)
        .map(|n| {
            let made_at = at(i64::from(n / 7));
            let stage = if n % 9 == 0 { Stage::Undone } else { accept(n, 1).stage };
            Decision { made_at, stage, ..accept(n, 1) }
        })
        .collect();
    desk.store.record_many(decisions.clone());
    assert!(matches!(desk.next(), News::RecordedMany { .. }));
    let undone = Conditions(vec![(false, Test::State(State::Undone))]);
    let word = Conditions(vec![(true, Test::Word("maria".into()))]);
    for (conditions, limit) in [(Conditions::default(), 700), (undone, 60), (word, 10)] {
        let (mut found, mut before, mut pages) = (Vec::new(), None, 0);
        loop {
            desk.store.read_journal(7, conditions.clone(), before, limit);
            let News::Journal(page) = desk.next() else { panic!("expected Journal") };
            assert_eq!((page.question, page.total), (7, u64::from(DECISIONS)));
            assert!(page.decisions.len() <= limit);
            found.extend(page.decisions);
            pages += 1;
            before = page.older;
            if before.is_none() {
                break;
            }
        }
        let wanted = journal::page_of(&decisions, 7, &conditions, None, decisions.len());
        assert_eq!(found, wanted.decisions);
        assert!(pages > 1, "in more than one page, also where nothing matches");
    }
    desk.store.read_trail(decision_id(1));
    let News::Trail { id, steps } = desk.next() else { panic!("expected Trail") };
    assert_eq!((id, steps.len(), steps[0].to.as_str()), (decision_id(1), 1, "held"));
}

#[test]
fn there_is_one_open_decision_on_a_subject() {
    let dir = tempfile::tempdir().unwrap();
    let desk = Desk::open(dir.path(), 1);
    let first = accept(1, 1);
    desk.record(&first);
    desk.record(&first);
    let mut second = accept(1, 1);
    second.id = decision_id(2);
    desk.store.record(second.clone());
    let News::NotRecorded { id, words } = desk.next() else { panic!() };
    assert_eq!(id, second.id);
    assert!(
        words.as_str().contains("still open (#1 CIF files · maria, held): take that one back"),
        "{words}"
    );

    let mut other = accept(3, 1);
    other.id = first.id;
    desk.store.record(other);
    assert!(matches!(desk.next(), News::NotRecorded { id, .. } if id == first.id));

    desk.moved(first.id, Event::Undo);
    desk.record(&second);
    assert_eq!(desk.open_stages(), vec![(second.id, second.stage)]);
}

#[test]
fn many_are_written_in_one_go_and_what_is_decided_already_is_left_out() {
    let dir = tempfile::tempdir().unwrap();
    let desk = Desk::open(dir.path(), 1);
    desk.record(&accept(7, 1));
    let mut many: Vec<_> = (0..50).map(|n| accept(n, 1)).collect();
    many[7].id = decision_id(99);
    desk.store.record_many(many.clone());
    let News::RecordedMany { kept, turned } = desk.next() else { panic!() };
    assert_eq!(turned.len(), 1);
    assert_eq!(turned[0].0, decision_id(99));
    assert!(turned[0].1.as_str().contains("still open"), "{}", turned[0].1);
    many.remove(7);
    assert_eq!(kept, many);
    assert_eq!(desk.open_stages().len(), 50);
}

#[test]
fn many_move_in_one_go_and_are_told_in_one() {
    let dir = tempfile::tempdir().unwrap();
    let desk = Desk::open(dir.path(), 1);
    desk.store.record_many((0..50).map(|n| accept(n, 1)).collect());
    assert!(matches!(desk.next(), News::RecordedMany { kept, .. } if kept.len() == 50));
    desk.moved(decision_id(7), Event::Undo);
    desk.store.step_many((0..51).map(decision_id).collect(), Event::Due);
    let News::MovedMany { moved, stayed } = desk.next() else { panic!() };
    assert_eq!(stayed, [(decision_id(7), NoStep::Over), (decision_id(50), NoStep::NotApplicable)]);
    let expected: Vec<_> = (0..50).filter(|n| *n != 7).map(decision_id).collect();
    assert_eq!(moved.iter().map(|decision| decision.id).collect::<Vec<_>>(), expected);
    assert!(moved.iter().all(|decision| decision.stage == Stage::Queued));
}

#[test]
fn a_step_that_is_awaited_is_told_as_well() {
    let dir = tempfile::tempdir().unwrap();
    let desk = Desk::open(dir.path(), 1);
    desk.record(&accept(1, 1));
    let id = decision_id(1);
    let moved = wait(desk.store.step_now(id, Event::Due)).unwrap().unwrap();
    assert_eq!(moved.stage, Stage::Queued);
    assert_eq!(desk.next(), News::Moved(moved));
    let stays = wait(desk.store.step_now(id, Event::Answer(Answer::Done))).unwrap();
    assert_eq!(stays, Err(NoStep::NotApplicable));
    assert_eq!(desk.next(), News::NotMoved { id, why: NoStep::NotApplicable });
    let none = wait(desk.store.step_now(decision_id(2), Event::Due));
    assert_eq!(none, Err(StoreError::NoSuchDecision(decision_id(2))));
}

#[test]
fn what_is_pending_no_more_stays_only_if_its_decision_is_known() {
    let dir = tempfile::tempdir().unwrap();
    let desk = Desk::open(dir.path(), 1);
    fill(&desk, 0..4);
    let rejected = review(EntryStatus::Rejected);
    let gone = [(0, Some(rejected.clone())), (1, None), (9, Some(rejected.clone())), (10, None)];
    let gone = gone.map(|(n, review)| Gone { entry: entry_id(n), review });
    desk.store.remove_pending(quest(1), gone.to_vec());
    let left: BTreeSet<_> =
        wait(desk.store.cached_pending(quest(1))).unwrap().into_iter().map(|(id, _)| id).collect();
    assert_eq!(left, BTreeSet::from([entry_id(2), entry_id(3)]));
    assert_eq!(desk.body(entry_id(0)).0.unwrap().review, Some(rejected));
    assert_eq!(desk.body(entry_id(1)).0, None);
    assert_eq!(desk.body(entry_id(9)).0, None);
}

#[test]
fn a_late_page_does_not_open_a_decided_entry_again_but_a_newer_version_does() {
    let dir = tempfile::tempdir().unwrap();
    let desk = Desk::open(dir.path(), 1);
    let put = |v, status| desk.store.put_entries(quest(1), vec![entry(1, v, status)]);
    let pending = || wait(desk.store.cached_pending(quest(1))).unwrap();
    put(3, EntryStatus::Accepted);
    put(3, EntryStatus::Submitted);
    assert_eq!(pending(), vec![]);
    put(4, EntryStatus::Submitted);
    assert_eq!(pending(), vec![(entry_id(1), version(4))]);
    put(2, EntryStatus::Submitted);
    assert_eq!(pending(), vec![(entry_id(1), version(2))], "the server's word counts, back in time as well");
}

#[test]
fn what_was_confirmed_is_not_offered_again() {
    let dir = tempfile::tempdir().unwrap();
    let desk = Desk::open(dir.path(), 1);
    fill(&desk, 1..3);
    desk.record(&accept(1, 1));
    desk.moved(decision_id(1), Event::GoOn);
    assert_eq!(desk.claim(decision_id(1)).unwrap().stage, Stage::Sending);
    let done = desk.moved(decision_id(1), Event::Answer(Answer::Done));
    assert_eq!(done.stage, Stage::Confirmed(Settled::Ours));
    desk.settled().store.close();
    let desk = Desk::open(dir.path(), 2);
    assert_eq!(desk.rows.iter().map(|row| row.id).collect::<Vec<_>>(), vec![entry_id(2)]);
    assert_eq!(desk.snapshot.pending, vec![(quest(1), 1)]);
}

#[test]
fn an_item_that_was_set_is_known_as_set() {
    let dir = tempfile::tempdir().unwrap();
    let desk = Desk::open(dir.path(), 1);
    fill(&desk, []);
    desk.record(&set_done(1, 1, 1));
    desk.moved(decision_id(1), Event::GoOn);
    desk.claim(decision_id(1)).unwrap();
    desk.moved(decision_id(1), Event::Answer(Answer::Done));
    desk.settled().store.close();
    assert_eq!(Desk::open(dir.path(), 2).snapshot.items[0].status, ItemStatus::Done);
}

#[test]
fn vanished_quests_take_everything_with_them_but_decisions_and_drafts() {
    let dir = tempfile::tempdir().unwrap();
    let desk = Desk::open(dir.path(), 1);
    fill(&desk, 0..1_200);
    desk.store.put_accepted(quest(1), vec![(item_id(1), 1)]);
    desk.record(&accept(1, 1));
    desk.store.save_draft(Subject::Entry(entry_id(2)), "a draft".into());
    desk.store.put_quests(vec![a_quest(2)]);
    assert_eq!(wait(desk.store.cached_pending(quest(1))).unwrap(), vec![]);
    assert_eq!(desk.body(entry_id(2)), (None, Some("a draft".into())));
    assert_eq!(desk.open_stages().len(), 1);
    desk.store.put_quests(vec![a_quest(1), a_quest(2)]);
    desk.store.put_entries(quest(1), vec![entry(5, 0, EntryStatus::Submitted)]);
    desk.settled().store.close();
    let desk = Desk::open(dir.path(), 2);
    assert_eq!(desk.rows.len(), 1);
    assert_eq!((desk.snapshot.items, desk.snapshot.accepted), (vec![], vec![]));
    assert_eq!(desk.snapshot.quests.len(), 2);
}

#[test]
fn a_closed_store_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let desk = Desk::open(dir.path(), 1);
    let store = desk.store.clone();
    desk.store.close();
    desk.store.close();
    store.record(accept(1, 1));
    assert!(matches!(desk.next(), News::NotRecorded { words, .. } if words.as_str().contains("closed")));
    assert_eq!(wait(store.claim(decision_id(1))), Err(StoreError::Closed));
    assert!(!dir.path().join("desk.db-wal").exists(), "the log was moved into the database");
}

/// Longer than the whole of closing may take where nothing is left to be written.
const A_SLOW_DISK: std::time::Duration = std::time::Duration::from_millis(2_500);

#[test]
fn closing_waits_for_a_disk_that_takes_its_time() {
    let dir = tempfile::tempdir().unwrap();
    let (desk, go_on) = Desk::open_halting(dir.path());
    fill(&desk, [1]);
    desk.store.load_brief(item_id(1));
    desk.next();
    // The thread stands still, as it does while the disk is busy.
    desk.store.save_draft(Subject::Entry(entry_id(1)), "the last letters".into());
    let closing = std::thread::spawn({
        let store = desk.store.clone();
        move || store.close()
    });
    assert!(desk.news.recv_timeout(A_SLOW_DISK).is_err());
    assert!(!closing.is_finished(), "it is not written yet");
    go_on.send(()).unwrap();
    closing.join().unwrap();
    drop(desk);
    assert_eq!(Desk::open(dir.path(), 2).body(entry_id(1)).1, Some("the last letters".into()));
}

#[test]
fn everything_that_was_handed_over_before_closing_is_written() {
    let dir = tempfile::tempdir().unwrap();
    let desk = Desk::open(dir.path(), 1);
    fill(&desk, []);
    for n in 0..300 {
        desk.store.record(accept(n, 1));
    }
    desk.store.close();
    drop(desk);
    assert_eq!(Desk::open(dir.path(), 2).left.len(), 300);
}

#[test]
fn a_claim_that_nobody_waits_for_is_given_back() {
    let dir = tempfile::tempdir().unwrap();
    let (desk, go_on) = Desk::open_halting(dir.path());
    fill(&desk, [1]);
    desk.record(&accept(1, 1));
    desk.moved(decision_id(1), Event::GoOn);
    desk.store.load_brief(item_id(1));
    desk.next();
    // The thread stands still; the claim is asked for once and dropped, as when its task is cancelled.
    wait(async {
        let mut claim = std::pin::pin!(desk.store.claim(decision_id(1)));
        let once = std::future::poll_fn(|context| Poll::Ready(claim.as_mut().poll(context).is_ready()));
        assert!(!once.await);
    });
    go_on.send(()).unwrap();
    for stage in [Stage::Sending, Stage::Queued] {
        match desk.next() {
            News::Moved(decision) => assert_eq!(decision.stage, stage),
            other => panic!("{other:?}"),
        }
    }
}

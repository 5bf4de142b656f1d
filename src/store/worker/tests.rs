//! What happens when the disk is full or may not be written, with the worker in the test's own thread.

use std::path::Path;
use std::sync::{Arc, mpsc};

use super::*;
use crate::domain::decision::{Act, Answer, Bound, Event, Stage, Verdict};
use crate::domain::{Cost, DecisionId, Person, QuestId, Timestamp, UserId, Version};

fn worker(dir: &Path) -> (Worker, mpsc::Receiver<News>) {
    let session = SessionId::from_bytes([1; 16]);
    let opened = open::open(dir, session).unwrap();
    let (told, news) = mpsc::channel();
    let sink = Arc::new(move |news| drop(told.send(news)));
    // Nobody sends: the tests hand the requests over themselves.
    let inbox = mpsc::channel().1;
    (Worker::new(opened.db, opened.alive, session, sink, inbox), news)
}

fn decision(n: u8) -> Decision {
    let at = Timestamp::from_millis(1);
    Decision {
        id: DecisionId::from_bytes([n; 16]),
        session: SessionId::from_bytes([1; 16]),
        batch: None,
        quest: QuestId::from_bytes([3; 16]),
        act: Act::Review {
            entry: EntryId::from_bytes([n; 16]),
            item: None,
            verdict: Verdict::Reject,
            note: Some(SafeText::block(&"a long note ".repeat(2_000))),
        },
        bound: Bound::Entry(Version { updated_at: at }),
        cost: Cost::default(),
        label: "#1".into(),
        made_at: at,
        changed_at: at,
        attempts: 0,
        began: None,
        stage: Stage::Held { until: None },
    }
}

fn record(n: u8) -> Urgent {
    Urgent::Record(Box::new(decision(n)))
}

/// A decision that was let go.
fn queued(n: u8) -> Urgent {
    Urgent::Record(Box::new(Decision { stage: Stage::Queued, ..decision(n) }))
}

fn person(n: u8) -> CacheWork {
    let username = SafeText::line(&"x".repeat(500));
    let many = (0..200).map(|m| {
        let mut id = [n; 16];
        id[0] = m;
        Person { id: UserId::from_bytes(id), username: username.clone(), is_agent: false }
    });
    CacheWork::People(many.collect())
}

/// As if the disk were full, or had room again.
fn limit_pages(worker: &Worker, pages: u32) {
    worker.db.reader().query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(())).unwrap();
}

fn told(news: &mpsc::Receiver<News>) -> Vec<News> {
    news.try_iter().collect()
}

#[test]
fn a_full_disk_holds_nothing_says_so_and_works_again_when_there_is_room() {
    let dir = tempfile::tempdir().unwrap();
    let (mut worker, news) = worker(dir.path());
    urgent::serve(&mut worker, vec![record(1)]);
    assert_eq!(told(&news), vec![News::Recorded(decision(1))]);

    limit_pages(&worker, 1);
    let draft = Urgent::DropDraft(Subject::Entry(EntryId::from_bytes([9; 16])));
    urgent::serve(&mut worker, vec![record(2), draft, record(3)]);
    let mut refused = Vec::new();
    let (mut broken, mut mended) = (0, 0);
    for news in told(&news) {
        match news {
            News::NotRecorded { id, words } => {
                assert!(words.as_str().contains("the disk is full"), "{words}");
                assert!(words.as_str().contains("Free some space"), "{words}");
                refused.push(id);
            }
            News::Broken { .. } => broken += 1,
            News::Mended => mended += 1,
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(refused, vec![decision(2).id, decision(3).id]);
    // Once before the draft, which needed no room and was served, and once after it.
    assert_eq!((broken, mended), (2, 1));

    limit_pages(&worker, 1 << 30);
    urgent::serve(&mut worker, vec![record(2), record(3)]);
    assert_eq!(told(&news), vec![News::Mended, News::Recorded(decision(2)), News::Recorded(decision(3))]);
    assert_eq!(worker.open_decisions().unwrap().len(), 3);
}

#[test]
fn the_cache_waits_for_room_and_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (mut worker, news) = worker(dir.path());
    worker.cache = VecDeque::from([person(1), person(2)]);
    limit_pages(&worker, 1);
    worker.work_on_cache();
    worker.work_on_cache();
    assert_eq!(told(&news).len(), 1, "told once");
    assert_eq!((worker.cache.len(), worker.cache_is_due()), (2, false));
    limit_pages(&worker, 1 << 30);
    worker.work_on_cache();
    worker.work_on_cache();
    assert_eq!((worker.cache.len(), told(&news)), (0, vec![News::Mended]));
    assert_eq!(read::snapshot(worker.db.reader()).unwrap().people.len(), 400);
}

#[test]
fn a_database_that_may_not_be_written_can_still_be_read() {
    let dir = tempfile::tempdir().unwrap();
    let (mut worker, news) = worker(dir.path());
    urgent::serve(&mut worker, vec![record(1)]);
    told(&news);
    worker.db.reader().pragma_update(None, "query_only", true).unwrap();
    let id = decision(1).id;
    let (reply, answer) = tokio::sync::oneshot::channel();
    let step = Urgent::Step { ids: vec![id], event: Event::Undo };
    urgent::serve(
        &mut worker,
        vec![record(2), step, Urgent::Claim { wanted: vec![(id, Timestamp::from_millis(0))], reply }],
    );
    let all = told(&news);
    let [News::Broken { .. }, News::NotRecorded { .. }, News::NotUndone { .. }] = &all[..] else {
        panic!("{all:?}")
    };
    let error = answer.blocking_recv().unwrap().unwrap_err();
    assert!(matches!(error, StoreError::ReadOnly { .. }), "{error}");
    assert!(error.to_string().contains("--state-dir"), "{error}");
    assert_eq!(worker.open_decisions().unwrap(), vec![decision(1)]);
    worker.read_body(EntryId::from_bytes([1; 16]));
    assert!(matches!(&told(&news)[..], [News::Body { body: None, .. }]));
}

#[test]
fn damage_that_shows_late_is_remembered_for_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    let (mut worker, news) = worker(dir.path());
    urgent::serve(&mut worker, vec![record(1)]);
    worker.db.reader().execute_batch("INSERT INTO people VALUES (x'01', '{')").unwrap();
    worker.greet(None, Vec::new());
    let broken = told(&news).into_iter().find_map(|news| match news {
        News::Broken { words } => Some(words),
        _ => None,
    });
    assert!(broken.unwrap().as_str().contains("Start questdesk again"));
    drop(worker);
    let opened = open::open(dir.path(), SessionId::from_bytes([2; 16])).unwrap();
    assert!(opened.rescued.unwrap().as_str().contains("1 decision, 0 drafts kept"));
    assert_eq!(opened.left.len(), 1);
    let again = open::open(dir.path(), SessionId::from_bytes([3; 16])).unwrap();
    assert!(again.rescued.is_none());
}

/// A pending entry, as a page of the server showed it.
fn entry(n: u8, updated: i64) -> super::super::CachedEntry {
    let (id, quest, version) = (
        EntryId::from_bytes([n; 16]),
        QuestId::from_bytes([3; 16]),
        Version { updated_at: Timestamp::from_millis(updated) },
    );
    let row = crate::domain::EntryRow {
        id,
        quest,
        item: None,
        contributor: UserId::from_bytes([4; 16]),
        created_at: Timestamp::from_millis(1),
        version,
        score: None,
        eval: crate::domain::EvalStatus::None,
    };
    let body = crate::domain::EntryBody {
        id,
        quest,
        item: None,
        version,
        description: SafeText::default(),
        assets: vec![],
        categories: vec![],
        signals: vec![],
        eval_action: None,
        review: None,
        embeds: Vec::new(),
    };
    super::super::CachedEntry { row, status: crate::domain::EntryStatus::Submitted, body }
}

fn gone(n: u8) -> CacheWork {
    let review = crate::domain::Review {
        status: crate::domain::EntryStatus::Rejected,
        reviewer: None,
        at: None,
        note: SafeText::default(),
    };
    CacheWork::Gone(VecDeque::from([crate::sync::Gone {
        entry: EntryId::from_bytes([n; 16]),
        review: Some(review),
    }]))
}

/// An entry was rejected and opened again in a newer version; both still wait when it is read. Then a decision on
/// the newer version is claimed: the rejection must not count once more.
#[test]
fn what_was_done_early_is_not_done_again() {
    let dir = tempfile::tempdir().unwrap();
    let (mut worker, news) = worker(dir.path());
    worker.db.write(Keep::Cached, |db| cache::put_entry(db, &cache::Prepared::of(&entry(1, 5))?)).unwrap();
    worker.cache =
        VecDeque::from([gone(1), CacheWork::Entries(VecDeque::from([entry(1, 7), entry(2, 7)])), gone(2)]);
    worker.read_body(EntryId::from_bytes([1; 16]));
    assert_eq!(worker.cache.len(), 2, "only what concerns the other entry still waits");
    let mut queued = decision(1);
    queued.stage = Stage::Queued;
    queued.bound = Bound::Entry(Version { updated_at: Timestamp::from_millis(7) });
    urgent::serve(&mut worker, vec![Urgent::Record(Box::new(queued.clone()))]);
    // One piece of what waited has had its turn since.
    worker.work_on_cache();
    let (reply, answer) = tokio::sync::oneshot::channel();
    urgent::serve(
        &mut worker,
        vec![Urgent::Claim { wanted: vec![(queued.id, Timestamp::from_millis(0))], reply }],
    );
    let [Ok(claimed)] = &answer.blocking_recv().unwrap().unwrap()[..] else { panic!("not claimed") };
    assert_eq!(claimed.stage, Stage::Sending);
    while !worker.cache.is_empty() {
        worker.work_on_cache();
    }
    let pending = read::pending(worker.db.reader(), QuestId::from_bytes([3; 16])).unwrap();
    assert_eq!(pending, vec![(entry(1, 7).row.id, entry(1, 7).row.version)]);
    drop(told(&news));
}

/// One of many that can't be read holds up none of the others.
#[test]
fn what_is_asked_for_together_fails_alone() {
    let dir = tempfile::tempdir().unwrap();
    let (mut worker, news) = worker(dir.path());
    urgent::serve(&mut worker, vec![queued(1), queued(2), queued(3)]);
    worker
        .db
        .write(Keep::Cached, |db| {
            (1..=3).try_for_each(|n| cache::put_entry(db, &cache::Prepared::of(&entry(n, 1))?))
        })
        .unwrap();
    let broken = "UPDATE decisions SET json = '{' WHERE id = ?";
    worker.db.reader().execute(broken, [decision(2).id.bytes()]).unwrap();
    let (reply, answer) = tokio::sync::oneshot::channel();
    let wanted = (1..=3).map(|n| (decision(n).id, Timestamp::from_millis(0))).collect();
    urgent::serve(&mut worker, vec![Urgent::Claim { wanted, reply }]);
    let claims = answer.blocking_recv().unwrap().unwrap();
    assert!(matches!(&claims[..], [Ok(_), Err(_), Ok(_)]), "{claims:?}");
    let (reply, answer) = tokio::sync::oneshot::channel();
    let steps = (1..=3).map(|n| (decision(n).id, Event::Answer(Answer::NotSent))).collect();
    urgent::serve(&mut worker, vec![Urgent::StepNow { steps, reply }]);
    let steps = answer.blocking_recv().unwrap().unwrap();
    assert!(matches!(&steps[..], [Ok(Ok(_)), Err(_), Ok(Ok(_))]), "{steps:?}");
    drop(told(&news));
}

/// The sender went away while its claims were being written: none of them was sent, all are queued again.
#[test]
fn claims_that_nobody_hears_of_are_given_back() {
    let dir = tempfile::tempdir().unwrap();
    let (mut worker, news) = worker(dir.path());
    urgent::serve(&mut worker, vec![queued(1), queued(2)]);
    worker
        .db
        .write(Keep::Cached, |db| {
            (1..=2).try_for_each(|n| cache::put_entry(db, &cache::Prepared::of(&entry(n, 1))?))
        })
        .unwrap();
    let (reply, answer) = tokio::sync::oneshot::channel();
    drop(answer);
    let wanted = (1..=2).map(|n| (decision(n).id, Timestamp::from_millis(0))).collect();
    urgent::serve(&mut worker, vec![Urgent::Claim { wanted, reply }]);
    worker.turn();
    assert!(told(&news).iter().any(|news| matches!(news, News::MovedMany { moved, .. } if moved.len() == 2)));
    let open = worker.open_decisions().unwrap();
    assert!(open.len() == 2 && open.iter().all(|decision| decision.stage == Stage::Queued), "{open:?}");
    drop(told(&news));
}

#[test]
fn cache_work_that_goes_on_is_done_together_and_makes_way_for_decisions() {
    let dir = tempfile::tempdir().unwrap();
    let (mut worker, _news) = worker(dir.path());
    worker.cache.clear();
    for work in [vec![entry(1, 1)], vec![entry(2, 1), entry(3, 1)]] {
        worker.take(Request::Cache(CacheWork::Entries(work.into())));
    }
    worker.take(Request::Cache(gone(1)));
    worker.take(Request::Cache(CacheWork::Entries(VecDeque::from([entry(1, 2)]))));
    assert_eq!(worker.cache.len(), 3, "what comes after something else stays after it");
    assert!(worker.cache_is_due());
    worker.make_way();
    assert!(!worker.cache_is_due());
    let (_, latest) = worker.makes_way.unwrap();
    worker.make_way();
    assert_eq!(worker.makes_way.unwrap().1, latest, "while something waits, the limit stays");
    worker.closing = Some(mpsc::channel().0);
    assert!(worker.cache_is_due(), "at the end there is nothing to make way for");
}

#[test]
fn a_note_that_could_not_be_written_is_read_all_the_same_and_written_once_there_is_room() {
    let dir = tempfile::tempdir().unwrap();
    let (mut worker, news) = worker(dir.path());
    let subject = Subject::Entry(EntryId::from_bytes([9; 16]));
    let draft = |note: &'static str| Urgent::SaveDraft { subject, note: note.into() };
    let read = |worker: &mut Worker| {
        worker.read_draft(subject);
        told(&news).into_iter().find_map(|news| match news {
            News::Draft { note, .. } => Some(note),
            _ => None,
        })
    };
    urgent::serve(&mut worker, vec![draft("before")]);
    worker.db.reader().pragma_update(None, "query_only", true).unwrap();
    urgent::serve(&mut worker, vec![draft("with care")]);
    assert_eq!(read(&mut worker), Some(Some("with care".into())));
    worker.db.reader().pragma_update(None, "query_only", false).unwrap();
    urgent::serve(&mut worker, vec![record(1)]);
    while !worker.urgent.is_empty() {
        worker.turn();
    }
    assert_eq!(drafts::load(worker.db.reader(), subject).unwrap(), Some("with care".into()));
    worker.db.reader().pragma_update(None, "query_only", true).unwrap();
    urgent::serve(&mut worker, vec![Urgent::DropDraft(subject)]);
    assert_eq!(read(&mut worker), Some(None), "what was thrown away does not come back");
}

#[test]
fn what_is_owed_is_tried_again_by_itself_and_told_once() {
    let dir = tempfile::tempdir().unwrap();
    let (mut worker, news) = worker(dir.path());
    urgent::serve(&mut worker, vec![queued(1)]);
    told(&news);
    let is_told = |news: &News| matches!(news, News::NotUndone { .. });
    worker.db.reader().pragma_update(None, "query_only", true).unwrap();
    urgent::serve(&mut worker, vec![Urgent::Step { ids: vec![decision(1).id], event: Event::Undo }]);
    assert_eq!(told(&news).iter().filter(|news| is_told(news)).count(), 1);
    let due = worker.owed.due().unwrap();
    let again = worker.owed.again();
    urgent::serve(&mut worker, again);
    assert!(!told(&news).iter().any(is_told), "once");
    assert!(worker.owed.due().unwrap() >= due);
    worker.db.reader().pragma_update(None, "query_only", false).unwrap();
    let again = worker.owed.again();
    urgent::serve(&mut worker, again);
    assert!(worker.open_decisions().unwrap().is_empty());
    assert_eq!(worker.owed.due(), None);
}

#[test]
fn what_was_taken_back_on_a_full_disk_is_never_sent() {
    let dir = tempfile::tempdir().unwrap();
    let (mut worker, news) = worker(dir.path());
    urgent::serve(&mut worker, vec![queued(1)]);
    told(&news);
    let ids = vec![decision(1).id];
    worker.db.reader().pragma_update(None, "query_only", true).unwrap();
    urgent::serve(&mut worker, vec![Urgent::Step { ids: ids.clone(), event: Event::Undo }]);
    let said = told(&news);
    assert!(said.iter().any(|news| matches!(news, News::NotUndone { .. })), "{said:?}");
    worker.db.reader().pragma_update(None, "query_only", false).unwrap();
    // The sender is first to come, before it was tried again.
    let (reply, answer) = tokio::sync::oneshot::channel();
    urgent::serve(
        &mut worker,
        vec![Urgent::Claim { wanted: vec![(ids[0], Timestamp::from_millis(0))], reply }],
    );
    let claimed = answer.blocking_recv().unwrap().unwrap();
    assert!(matches!(&claimed[..], [Ok(Decision { stage: Stage::Undone, .. })]), "{claimed:?}");
    while !worker.urgent.is_empty() {
        worker.turn();
    }
    assert!(worker.open_decisions().unwrap().is_empty());
    assert!(worker.owed.again().is_empty());
}

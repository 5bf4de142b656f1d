//! What was told is on the disk, whenever the process ends.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use questdesk::domain::decision::{Answer, Event, Stage};
use questdesk::store::News;

use super::support::*;

/// The name of the variable in which the child finds its folder.
const FOLDER: &str = "STORE_SUITE_FOLDER";

/// The stages that a decision of a file went through, from its trail.
pub(crate) fn trail(dir: &Path, id: questdesk::domain::DecisionId) -> Vec<String> {
    let db = rusqlite::Connection::open(dir.join("desk.db")).unwrap();
    let mut steps = db.prepare(r#"SELECT "to" FROM steps WHERE decision = ? ORDER BY rowid"#).unwrap();
    steps.query_map([id.bytes()], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

fn name(stage: &Stage) -> &'static str {
    match stage {
        Stage::Held { .. } => "held",
        Stage::Queued => "queued",
        Stage::Sending => "sending",
        Stage::Confirmed(_) => "confirmed",
        other => panic!("{other:?}"),
    }
}

/// What may have been sent is read back first: it never goes back to those that are to be sent.
fn assert_not_sent_again(dir: &Path, id: questdesk::domain::DecisionId) {
    let trail = trail(dir, id);
    let sent = trail.iter().position(|went| went == "sending");
    let back = sent.is_some_and(|sent| trail[sent..].iter().any(|went| went == "queued" || went == "held"));
    assert!(!back, "{id}: {trail:?}");
}

/// Not a test by itself: the process that is killed. It decides as fast as it can, and writes down each news.
#[test]
#[ignore = "the child of the test below"]
fn child() {
    let Ok(dir) = std::env::var(FOLDER) else { return };
    let desk = Desk::open(Path::new(&dir), 1);
    fill(&desk, 0..2_000);
    let mut told = std::io::stdout();
    for n in 0..2_000 {
        desk.store.record(accept(n, 1));
        desk.store.step(decision_id(n), Event::GoOn);
        desk.store
            .put_entries(quest(1), vec![entry(n + 5_000, 0, questdesk::domain::EntryStatus::Submitted)]);
        if n % 3 == 0 {
            let _ = wait(desk.store.claim(decision_id(n)));
            desk.store.step(decision_id(n), Event::Answer(Answer::Done));
        }
        while let Ok(news) = desk.news.try_recv() {
            let (News::Recorded(decision) | News::Moved(decision)) = news else { continue };
            // One write: a line is told whole or not at all.
            let line = format!("told {} {}\n", decision.id, name(&decision.stage));
            told.write_all(line.as_bytes()).unwrap();
        }
    }
}

#[test]
fn a_kill_loses_nothing_that_was_told() {
    // Early, in the middle and late in what the child tells.
    for enough in [1, 90, 500, 1_200] {
        let dir = tempfile::tempdir().unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "survival::child", "--ignored", "--nocapture", "--test-threads=1"])
            .env(FOLDER, dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut told = Vec::new();
        let mut killed = false;
        // After the kill the pipe is read to its end: what is in it was told.
        for line in lines.filter(|line| line.starts_with("told ")) {
            told.push(line);
            if told.len() >= enough && !killed {
                child.kill().unwrap();
                killed = true;
            }
        }
        child.wait().unwrap();
        assert!(killed, "the child ended by itself after {} of {enough} news", told.len());
        let desk = Desk::open(dir.path(), 2);
        assert_eq!(desk.rescued, None);
        for line in told {
            let mut words = line.split(' ').skip(1);
            let (id, stage) = (words.next().unwrap().parse().unwrap(), words.next().unwrap());
            let trail = trail(dir.path(), id);
            assert!(
                trail.iter().any(|went| went == stage),
                "{id} was told as {stage}, the file has {trail:?}"
            );
            assert_not_sent_again(dir.path(), id);
        }
        assert!(desk.left.iter().all(|decision| decision.stage != Stage::Sending));
    }
}

#[test]
fn a_copy_taken_the_moment_it_is_told_holds_it() {
    let dir = tempfile::tempdir().unwrap();
    let desk = Desk::open(dir.path(), 1);
    for n in 0..30 {
        desk.record(&accept(n, 1));
        if n % 2 == 0 {
            desk.moved(decision_id(n), Event::GoOn);
        }
        // The log has not been moved into the database since the start, so a copy of both is what a power cut leaves.
        let copy = tempfile::tempdir().unwrap();
        for file in ["desk.db", "desk.db-wal"] {
            fs::copy(dir.path().join(file), copy.path().join(file)).unwrap();
        }
        let found = Desk::open(copy.path(), 2);
        assert_eq!((found.left.len(), found.rescued), (n as usize + 1, None));
    }
}

#[test]
fn whenever_the_power_fails_nothing_goes_from_sending_back_to_those_to_be_sent() {
    let dir = tempfile::tempdir().unwrap();
    let desk = Desk::open(dir.path(), 1);
    fill(&desk, 0..24);
    let log = dir.path().join("desk.db-wal");
    // How long the log was when each decision was told as being sent.
    let mut sending = Vec::new();
    for n in 0..24 {
        desk.record(&accept(n, 1));
        desk.moved(decision_id(n), Event::GoOn);
        wait(desk.store.claim(decision_id(n))).unwrap();
        assert!(matches!(desk.next(), News::Moved(decision) if decision.stage == Stage::Sending));
        sending.push((decision_id(n), fs::metadata(&log).unwrap().len()));
        if n % 3 == 0 {
            desk.moved(decision_id(n), Event::Answer(Answer::Done));
        }
    }
    let whole = fs::read(&log).unwrap();
    for cut in 0..=24 {
        let length = whole.len() * cut / 24;
        let copy = tempfile::tempdir().unwrap();
        fs::copy(dir.path().join("desk.db"), copy.path().join("desk.db")).unwrap();
        fs::write(copy.path().join("desk.db-wal"), &whole[..length]).unwrap();
        let found = Desk::open(copy.path(), 2);
        for (id, at) in &sending {
            let left = found.left.iter().find(|decision| decision.id == *id);
            let ends_well = |stage: &Stage| matches!(stage, Stage::Unknown { .. } | Stage::Confirmed(_));
            if *at <= length as u64 {
                assert!(left.is_none_or(|left| ends_well(&left.stage)), "{left:?} at {length}");
            }
            assert_not_sent_again(copy.path(), *id);
        }
    }
}

#[test]
fn a_torn_log_keeps_everything_before_the_tear() {
    let dir = tempfile::tempdir().unwrap();
    let desk = Desk::open(dir.path(), 1);
    let log = dir.path().join("desk.db-wal");
    let mut sizes = Vec::new();
    for n in 0..30 {
        desk.record(&accept(n, 1));
        sizes.push(fs::metadata(&log).unwrap().len());
    }
    for cut in 0..=20 {
        let length = sizes[29] * cut / 20;
        let copy = tempfile::tempdir().unwrap();
        fs::copy(dir.path().join("desk.db"), copy.path().join("desk.db")).unwrap();
        let bytes = fs::read(&log).unwrap();
        fs::write(copy.path().join("desk.db-wal"), &bytes[..length as usize]).unwrap();
        let found = Desk::open(copy.path(), 2);
        let synced = sizes.iter().filter(|size| **size <= length).count();
        assert!(found.left.len() >= synced, "{} of {synced} at {length}", found.left.len());
        assert_eq!(found.rescued, None);
    }
}

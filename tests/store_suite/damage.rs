//! Files that can't be used: set aside, never destroyed, with as many decisions saved as can be read.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use questdesk::domain::SafeText;
use questdesk::domain::decision::{Act, Event, Stage, Subject};
use questdesk::store::{News, Options, Store, StoreError};
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};

use super::support::*;

/// A folder with a database of 40 decisions and some cache, closed.
fn filled(dir: &Path) -> PathBuf {
    let desk = Desk::open(dir, 1);
    fill(&desk, 0..400);
    for n in 0..40 {
        desk.record(&accept(n, 1));
    }
    desk.moved(decision_id(0), Event::Undo);
    desk.store.save_draft(Subject::Entry(entry_id(7)), "a draft".into());
    desk.store.put_aside(vec![aside(8)]);
    desk.store.close();
    dir.join("desk.db")
}

fn set_aside(dir: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(dir).unwrap().map(|file| file.unwrap().path());
    files.filter(|path| path.to_string_lossy().contains("desk.db.aside-")).collect()
}

/// How many open decisions were saved after the file was treated like this. Whatever it was, the desk works then.
fn saved(damage: impl Fn(&Path)) -> (usize, String) {
    let dir = tempfile::tempdir().unwrap();
    let file = filled(dir.path());
    damage(&file);
    let desk = Desk::open(dir.path(), 2);
    let words = desk.rescued.as_ref().map(ToString::to_string).unwrap_or_default();
    assert!(!set_aside(dir.path()).is_empty(), "the old file is kept");
    assert!(words.contains("the old one") && words.contains("lies in"), "{words}");
    assert!(desk.left.iter().all(|decision| decision.stage == Stage::Held { until: None }));
    desk.record(&accept(1_000, 2));
    let saved = desk.left.len();
    desk.store.close();
    drop(desk);
    let again = Desk::open(dir.path(), 3);
    assert_eq!((again.rescued, again.left.len()), (None, saved + 1), "what was saved stays saved");
    (saved, words)
}

fn overwrite(file: &Path, from: usize, to: usize) {
    let mut bytes = fs::read(file).unwrap();
    let to = to.min(bytes.len());
    for (index, byte) in bytes[from..to].iter_mut().enumerate() {
        *byte = (index % 251) as u8;
    }
    fs::write(file, bytes).unwrap();
}

#[test]
fn what_was_put_aside_moves_over_with_the_decisions() {
    let dir = tempfile::tempdir().unwrap();
    let file = filled(dir.path());
    rusqlite::Connection::open(&file).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
    let desk = Desk::open(dir.path(), 2);
    assert!(desk.rescued.is_some());
    assert_eq!(desk.asides, [aside(8)]);
    assert_eq!(desk.body(entry_id(7)).1, Some("a draft".into()));
}

#[test]
fn drafts_of_the_first_version_move_over_too() {
    let dir = tempfile::tempdir().unwrap();
    let file = filled(dir.path());
    let db = rusqlite::Connection::open(&file).unwrap();
    let older = "DROP TABLE asides; ALTER TABLE drafts RENAME COLUMN subject TO entry;
        UPDATE drafts SET entry = substr(entry, 2); ALTER TABLE decisions ADD COLUMN mood TEXT; PRAGMA user_version = 99";
    db.execute_batch(older).unwrap();
    drop(db);
    let desk = Desk::open(dir.path(), 2);
    assert_eq!((desk.asides.len(), desk.body(entry_id(7)).1), (0, Some("a draft".into())));
}

#[test]
fn a_newer_database_is_set_aside_and_its_decisions_are_read() {
    let (saved, words) = saved(|file| {
        let db = rusqlite::Connection::open(file).unwrap();
        db.execute_batch("ALTER TABLE decisions ADD COLUMN mood TEXT; PRAGMA user_version = 99").unwrap();
    });
    assert_eq!(saved, 39);
    assert!(words.contains("was written by a newer version of questdesk"), "{words}");
    assert!(words.contains("40 decisions, 1 draft kept;"), "{words}");
}

#[test]
fn a_damaged_header_costs_no_decision() {
    let (saved, words) = saved(|file| overwrite(file, 0, 100));
    assert_eq!(saved, 39);
    assert!(words.contains("is damaged"), "{words}");
}

#[test]
fn a_damaged_schema_costs_no_decision() {
    assert_eq!(saved(|file| overwrite(file, 100, 4_096)).0, 39);
}

#[test]
fn a_truncated_file_keeps_what_is_left_in_it() {
    let (saved, words) = saved(|file| {
        let bytes = fs::read(file).unwrap();
        fs::write(file, &bytes[..bytes.len() / 2]).unwrap();
    });
    assert!(saved <= 39, "{saved}");
    assert!(words.contains("could not be read whole"), "{words}");
}

#[test]
fn garbage_leaves_nothing_and_the_desk_opens() {
    assert_eq!(saved(|file| fs::write(file, vec![b'x'; 50_000]).unwrap()).0, 0);
}

#[test]
fn the_database_of_another_program_is_not_touched() {
    let (saved, words) = saved(|file| {
        fs::remove_file(file).unwrap();
        let db = rusqlite::Connection::open(file).unwrap();
        db.execute_batch("CREATE TABLE recipes (name TEXT)").unwrap();
    });
    assert_eq!(saved, 0);
    assert!(words.contains("belongs to another program"), "{words}");
}

#[test]
fn an_unreadable_decision_does_not_cost_the_others() {
    let (saved, words) = saved(|file| {
        let db = rusqlite::Connection::open(file).unwrap();
        db.execute("UPDATE decisions SET json = '{' WHERE id = ?", [decision_id(5).bytes()]).unwrap();
    });
    assert!(saved >= 38, "{saved}");
    assert!(words.contains("could not be read whole"), "{words}");
}

#[test]
fn an_empty_file_is_a_new_database() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("desk.db"), b"").unwrap();
    let desk = Desk::open(dir.path(), 1);
    assert_eq!(desk.rescued, None);
    desk.record(&accept(1, 1));
}

#[test]
fn decisions_in_the_log_alone_are_found_too() {
    let dir = tempfile::tempdir().unwrap();
    let desk = Desk::open(dir.path(), 1);
    for n in 0..20 {
        desk.record(&accept(n, 1));
    }
    // As after a kill: the log was never moved into the database, whose first page is then lost.
    let copy = tempfile::tempdir().unwrap();
    for name in ["desk.db", "desk.db-wal"] {
        fs::copy(dir.path().join(name), copy.path().join(name)).unwrap();
    }
    overwrite(&copy.path().join("desk.db-wal"), 0, 32);
    overwrite(&copy.path().join("desk.db"), 0, 100);
    let desk = Desk::open(copy.path(), 2);
    assert_eq!(desk.left.len(), 20);
}

#[test]
fn a_forged_decision_in_a_contributors_text_is_not_saved_as_ours() {
    let dir = tempfile::tempdir().unwrap();
    let desk = Desk::open(dir.path(), 1);
    let forged = format!("\u{1e}qd1\u{1e}{}", serde_json::to_string(&accept(6, 1)).unwrap());
    let brief = SafeText::block(&forged);
    let item = item(1, 500, questdesk::domain::ItemStatus::Pending);
    desk.store.put_items(quest(1), vec![(item, brief.clone())]);
    desk.store.save_draft(Subject::Entry(entry_id(1)), brief);
    desk.store.close();
    overwrite(&dir.path().join("desk.db"), 0, 100);
    assert_eq!(Desk::open(dir.path(), 2).left, vec![]);
}

#[test]
fn a_database_in_use_is_not_set_aside() {
    let dir = tempfile::tempdir().unwrap();
    let first = Desk::open(dir.path(), 1);
    first.record(&accept(1, 1));
    let db = rusqlite::Connection::open(dir.path().join("desk.db")).unwrap();
    db.execute_batch("PRAGMA user_version = 99").unwrap();
    let error = Desk::try_open(dir.path(), 2).err().unwrap();
    assert!(matches!(error, StoreError::InUse { .. }), "{error}");
    assert_eq!(set_aside(dir.path()), Vec::<PathBuf>::new());
    first.record(&accept(2, 1));
}

#[test]
fn a_folder_that_is_a_file_is_named_with_its_mend() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("state");
    fs::write(&file, b"").unwrap();
    for folder in [file.clone(), file.join("deeper")] {
        let error = Desk::try_open(&folder, 1).err().unwrap();
        assert!(matches!(error, StoreError::Folder { .. }), "{error:?}");
        let words = error.to_string();
        assert!(words.contains(&*folder.to_string_lossy()) && words.contains("--state-dir"), "{words}");
    }
}

#[test]
fn a_database_that_is_a_folder_is_an_error_and_stays() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("desk.db")).unwrap();
    let error = Desk::try_open(dir.path(), 1).err().unwrap();
    assert!(matches!(error, StoreError::ReadOnly { .. } | StoreError::Folder { .. }), "{error:?}");
    assert!(dir.path().join("desk.db").is_dir());
}

#[test]
fn a_rescue_that_fails_leaves_the_old_file_where_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let file = filled(dir.path());
    overwrite(&file, 0, 100);
    let before = fs::read(&file).unwrap();
    // In the way of the new database, as a full disk would be.
    let in_the_way = dir.path().join("desk.db.new");
    fs::create_dir(&in_the_way).unwrap();
    assert!(Desk::try_open(dir.path(), 2).is_err());
    assert_eq!(fs::read(&file).unwrap(), before);
    fs::remove_dir(&in_the_way).unwrap();
    assert_eq!(Desk::open(dir.path(), 3).left.len(), 39);
}

#[test]
fn a_rescue_that_was_cut_off_is_done_again_or_finished() {
    // Cut off while the new database was made: its half is thrown away.
    let dir = tempfile::tempdir().unwrap();
    let file = filled(dir.path());
    overwrite(&file, 0, 100);
    fs::write(dir.path().join("desk.db.new"), b"half").unwrap();
    fs::write(dir.path().join("desk.db.new-wal"), b"half").unwrap();
    assert_eq!(Desk::open(dir.path(), 2).left.len(), 39);

    // Cut off when it was complete: it counts, whether or not the old one was moved already.
    for moved in [false, true] {
        let (dir, rescued) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let file = filled(dir.path());
        let desk = Desk::open(rescued.path(), 1);
        desk.record(&accept(1, 1));
        desk.store.close();
        fs::rename(rescued.path().join("desk.db"), dir.path().join("desk.db.complete")).unwrap();
        if moved {
            fs::rename(&file, dir.path().join("desk.db.aside-earlier")).unwrap();
        }
        fs::write(dir.path().join("desk.db-wal"), vec![0; 5_000]).unwrap();
        let desk = Desk::open(dir.path(), 2);
        assert_eq!(desk.left.len(), 1);
        assert!(desk.rescued.unwrap().as_str().contains("took its place"));
        assert!(!set_aside(dir.path()).is_empty());
        assert_eq!(Desk::open(dir.path(), 3).rescued, None);
    }
}

#[test]
fn a_log_whose_database_is_empty_is_searched() {
    let dir = tempfile::tempdir().unwrap();
    let desk = Desk::open(dir.path(), 1);
    for n in 0..20 {
        desk.record(&accept(n, 1));
    }
    let copy = tempfile::tempdir().unwrap();
    fs::write(copy.path().join("desk.db"), b"").unwrap();
    fs::copy(dir.path().join("desk.db-wal"), copy.path().join("desk.db-wal")).unwrap();
    assert_eq!(Desk::open(copy.path(), 2).left.len(), 20);
}

#[test]
fn a_long_decision_is_read_though_the_log_is_damaged() {
    let dir = tempfile::tempdir().unwrap();
    let desk = Desk::open(dir.path(), 1);
    let mut long = accept(1, 1);
    if let Act::Review { note, .. } = &mut long.act {
        *note = Some(SafeText::block(&"too long to lie in one piece ".repeat(1_000)));
    }
    desk.record(&long);
    desk.store.close();
    fs::write(dir.path().join("desk.db-wal"), vec![b'x'; 5_000]).unwrap();
    let desk = Desk::open(dir.path(), 2);
    assert_eq!(desk.left.len(), 1);
    assert_eq!(desk.left[0].act, long.act);
    let kept = set_aside(dir.path()).iter().any(|path| path.to_string_lossy().ends_with("-wal"));
    assert!(kept, "the log is evidence too");
}

/// Opens and closes, whatever is told on the way; says whether something was rescued or found broken.
fn visit(dir: &Path, session: u8) -> (bool, bool) {
    let (told, news) = mpsc::channel();
    let options = Options { dir: dir.to_owned(), session: self::session(session), may_send: true };
    let store = Store::open(options, Arc::new(move |news| drop(told.send(news)))).unwrap();
    let (mut rescued, mut broken) = (false, false);
    loop {
        match news.recv_timeout(Duration::from_secs(20)).unwrap() {
            News::Rescued { .. } => rescued = true,
            News::Broken { .. } => broken = true,
            News::Rows { more: false, .. } => break,
            _ => {}
        }
    }
    store.close();
    (rescued, broken || news.try_iter().any(|news| matches!(news, News::Broken { .. })))
}

#[test]
fn whatever_is_damaged_the_desk_opens_and_works_after_a_start_or_two() {
    let dir = tempfile::tempdir().unwrap();
    let sound = fs::read(filled(dir.path())).unwrap();
    for round in 0..40 {
        let mut random = SmallRng::seed_from_u64(round);
        let dir = tempfile::tempdir().unwrap();
        let mut bytes = sound.clone();
        let (from, length) = (random.random_range(0..bytes.len()), random.random_range(1..9_000));
        let to = bytes.len().min(from + length);
        random.fill(&mut bytes[from..to]);
        if round % 4 == 0 {
            bytes.truncate(from + 1);
        }
        fs::write(dir.path().join("desk.db"), bytes).unwrap();
        let first = visit(dir.path(), 2);
        let second = visit(dir.path(), 3);
        assert!(!first.1 || second.0 || second.1, "damage that showed once is dealt with: round {round}");
        let last = visit(dir.path(), 4);
        assert!(!last.1 || !second.1, "still broken: round {round}");
    }
}

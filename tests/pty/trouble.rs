//! What goes wrong around the desk: keys that end, servers that fail, names nobody knows, broken files, a second desk.
//! Each is told with its mend, and no decision is lost or made twice.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use questdesk::backend::{Faults, Options};
use questdesk::domain::EntryStatus;
use tempfile::TempDir;

use crate::harness::{Program, Session, look};
use crate::server::{Server, empty};

/// How long a server is waited for that answers every time.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often a server is looked at, 50 times a second, that fails nearly every second time.
const LOOKS: u32 = 1_500;

/// What the desk calls a decision whose end is not known.
const ON_THE_WAY: [&str; 5] = ["sending", "unknown", "reading back", "queued", "recording"];

/// A server whose data outlives it, and a state folder that outlives the desks.
pub(crate) struct Place {
    pub(crate) server: Server,
    pub(crate) dir: TempDir,
}

impl Place {
    pub(crate) fn new() -> Self {
        let dir = TempDir::new().unwrap();
        let server = Server::start_with(kept(dir.path()));
        Self { server, dir }
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.dir.path().join("state")
    }

    /// The desk on this state folder, with these lines of configuration under `[decide]`.
    pub(crate) fn program(&self, decide: &str) -> Program {
        let config = self.dir.path().join("config.toml");
        let sync = "[sync]\nrequests_per_minute = 6000\n";
        fs::write(&config, format!("{sync}[decide]\n{decide}\n")).unwrap();
        let mut program = Program::questdesk()
            .size(120, 40)
            .variable("QUESTDESK_STATE_DIR", self.state().to_str().unwrap())
            .variable("QUESTDESK_CONFIG", config.to_str().unwrap());
        for (name, value) in self.server.variables() {
            program = program.variable(name, &value);
        }
        program
    }

    pub(crate) fn open(&self, decide: &str) -> Session {
        let session = self.program(decide).start();
        session.wait_for("First try");
        look();
        session
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.state().join("profiles/default/desk.db")
    }
}

/// Data in a file, so that a server can be replaced by one with the same data.
pub(crate) fn kept(dir: &Path) -> Options {
    Options { db: Some(dir.join("backend.db")), ..empty() }
}

pub(crate) fn leave(mut session: Session) {
    session.type_keys("q");
    assert_eq!(session.wait_exit(), 0);
    session.assert_given_back();
}

#[test]
fn ten_decisions_arrive_once_though_nearly_every_second_request_fails() {
    let mut place = Place::new();
    for text in ["Run 9", "Run 10", "Run 11", "Run 12", "Run 13"] {
        place.server.submit("bot-7", 1, text);
    }
    let mut session = place.open("undo_seconds = 0\nseen_ms = 0\nconfirm_paid = \"never\"");
    session.wait_for("10 pending");
    let faults: Faults =
        "lost=0.2,truncated=0.1,http500=0.1,http429=0.1,refuse=0.1,slow=0.05".parse().unwrap();
    place.server.replace(Options { faults, seed: 7, ..kept(place.dir.path()) });

    session.type_keys("r 1");
    session.wait_for("Second try");
    // The next key acts on the next undecided entry; on one that is on its way it does nothing.
    let (server, all) = (&place.server, 0..place.server.entries.len());
    let mut looks = 0;
    server.wait_within(PATIENCE * 2, "ten decisions", || {
        // One key in 300 ms: as fast as somebody who does not wait.
        if looks % 15 == 0 {
            session.type_keys("a");
        }
        // Whoever sees that it doesn't go on asks for it.
        if looks % 50 == 49 {
            session.type_keys("R");
        }
        looks += 1;
        let open = all.clone().any(|n| server.entry(n).status == EntryStatus::Submitted);
        (!open || looks == LOOKS).then_some(())
    });
    // What has not arrived by now is on its way, and said to be.
    if all.clone().any(|n| server.entry(n).status == EntryStatus::Submitted) {
        let screen = session.screen();
        assert!(ON_THE_WAY.iter().any(|word| screen.contains(word)), "{screen}");
    }
    assert!(all.clone().all(|n| server.payments(n) <= 1));
    // With nothing in the way all of it arrives, and the desk knows.
    place.server.replace(kept(place.dir.path()));
    let mut looks = 0;
    place.server.wait_within(PATIENCE, "the desk to know", || {
        if looks % 50 == 0 {
            session.type_keys("R");
        }
        looks += 1;
        let screen = session.screen();
        (screen.contains(" 0 pending") && !ON_THE_WAY.iter().any(|word| screen.contains(word))).then_some(())
    });
    let server = &place.server;
    for n in all {
        let (entry, payments) = (server.entry(n), server.payments(n));
        let (status, paid) = match n {
            0 => (EntryStatus::Rejected, 0),
            1 | 2 => (EntryStatus::Accepted, 0),
            _ => (EntryStatus::Accepted, 1),
        };
        assert_eq!((&entry.status, payments), (&status, paid), "entry {n}");
    }
    leave(session);
}

#[test]
fn a_key_that_ends_while_the_desk_is_open_costs_nothing() {
    let mut place = Place::new();
    let mut session = place.open("undo_seconds = 0");
    // Another server at the same address, which knows neither the key nor the tokens.
    place.server.replace(Options { seed: 99, ..empty() });
    session.press_until("R", "the refusal", |screen| screen.contains("signed out"));
    session.wait_for("questdesk login");
    session.wait_for("First try");
    session.type_keys("r 1");
    session.wait_for("rejecting queued");
    place.server.replace(kept(place.dir.path()));
    session.press_until("R", "the connection", |screen| !screen.contains("signed out"));
    place.server.wait_entry(0, &EntryStatus::Rejected);
    session.wait_for("4 pending");
    assert_eq!(place.server.entry(1).status, EntryStatus::Submitted);
    leave(session);
}

#[test]
fn names_that_nobody_knows_are_told_on_the_screen() {
    let place = Place::new();
    let nobody = "11111111-2222-4333-8444-555555555555";
    let session = place.program("").arguments(&["--org", "nosuch"]).start();
    session.wait_for("Organization not found");
    session.wait_for("doctor");
    leave(session);
    let session = place.program("").arguments(&["--quest", nobody]).start();
    session.wait_for("Quest not found");
    session.wait_for("--quest");
    leave(session);
}

#[test]
fn a_server_that_answers_nonsense_is_told_with_what_to_do() {
    // All at once: each is told only after some patience.
    let desks = [("garbage=1", "HTML"), ("truncated=1", "broke off"), ("http500=1", "failed")].map(
        |(faults, words)| {
            let mut place = Place::new();
            let faults = faults.parse().unwrap();
            place.server.replace(Options { faults, ..kept(place.dir.path()) });
            let session = place.program("").start();
            (place, session, words)
        },
    );
    for (_place, session, words) in desks {
        session.wait_for("does not answer as it should");
        session.wait_for(words);
        session.wait_for("doctor");
        leave(session);
    }
}

#[test]
fn a_broken_database_is_told_and_its_decisions_are_kept() {
    let place = Place::new();
    let mut session = place.open("undo_seconds = 600");
    session.type_keys("r 1");
    session.wait_for("rejecting");
    session.kill();
    // Its version becomes one that no questdesk has: the four bytes at 60.
    let copy = place.dir.path().join("copy.db");
    fs::copy(place.database(), &copy).unwrap();
    fs::copy(beside(&place.database(), "-wal"), beside(&copy, "-wal")).unwrap();
    let newer = rusqlite::Connection::open(&copy).unwrap();
    newer.pragma_update(None, "user_version", 999).unwrap();
    newer.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    drop(newer);
    fs::remove_file(beside(&place.database(), "-wal")).unwrap();
    fs::rename(&copy, place.database()).unwrap();

    let mut session = place.program("undo_seconds = 600").start();
    session.wait_for("new state database: 1 decision");
    session.wait_for("1 not sent");
    look();
    session.type_keys("Enter");
    session.wait_gone("1 not sent");
    place.server.wait_entry(0, &EntryStatus::Rejected);
    leave(session);
}

fn beside(file: &Path, suffix: &str) -> PathBuf {
    PathBuf::from(format!("{}{suffix}", file.display()))
}

#[test]
fn the_log_holds_neither_key_nor_note_nor_description() {
    let place = Place::new();
    let mut session = place.open("undo_seconds = 0");
    session.type_keys("r 3");
    place.server.wait_entry(0, &EntryStatus::Rejected);
    session.wait_for("4 pending");
    look();
    session.type_keys("A");
    session.wait_for("Ctrl-s");
    session.type_keys("w e l l - d o n e Ctrl-s");
    place.server.wait_entry(1, &EntryStatus::Accepted);
    session.wait_for("3 pending");
    leave(session);
    let log = place.state().join("log/questdesk.log");
    assert_eq!(fs::metadata(&log).unwrap().mode() & 0o777, 0o600);
    let log = fs::read_to_string(log).unwrap();
    for secret in [&place.server.key("ana"), "well-done", "No source", "First", "Second try", "Bearer"] {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
}

#[test]
fn a_window_that_becomes_too_small_decides_nothing() {
    let place = Place::new();
    let mut session = place.open("undo_seconds = 0");
    session.resize(30, 8);
    session.wait_for("needs 40");
    // The repaint shows that the keys before it were taken while the screen was small.
    let length = session.raw().len();
    session.type_keys("a r 1 Ctrl-l");
    session.wait_more(length);
    session.resize(80, 24);
    session.wait_for("First try");
    session.wait_for("5 pending");
    assert_eq!(place.server.entry(0).status, EntryStatus::Submitted);
    leave(session);
}

//! Assets in the reader, from outside: fetched behind, never in the way, saved to the disk.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use questdesk::backend::Fault;
use questdesk::domain::EntryStatus;
use serde_json::json;
use tempfile::TempDir;

use crate::harness::{Program, Session};
use crate::server::Server;

/// A server with two more entries to item 1, each with a file, and a state folder.
struct Desk {
    server: Server,
    state: TempDir,
}

/// A table, and a program.
const FILES: [(&str, &str); 2] = [
    ("run7.csv", "field_koe,moment_emu\n-15.0,-56.2\n0.0,1.5\n15.0,57.1\n"),
    ("fit.py", "import numpy as np\n\ndef curie(run):\n    return np.argmax(run)\n"),
];

impl Desk {
    fn new() -> Self {
        let mut server = Server::start();
        let item = format!("/quests/{}/items/{}", server.quest, server.items[0]);
        let declared = json!({"item": {"submission_assets": {"data": {
            "asset_type": "file", "required": true, "label": "Raw data"}}}});
        server.call("ana", "PUT", &item, &declared);
        for (name, text) in FILES {
            let file = server.upload("maria", name, text.as_bytes(), "organization");
            server.submit_assets("maria", 0, &format!("with {name}"), &json!({"data": file}));
        }
        Self { server, state: TempDir::new().unwrap() }
    }

    fn open(&self) -> Session {
        self.open_with("7 pending")
    }

    fn open_with(&self, pending: &str) -> Session {
        let mut program = Program::questdesk()
            .size(120, 40)
            .variable("QUESTDESK_STATE_DIR", self.state.path().to_str().unwrap());
        let config = self.state.path().join("config.toml");
        if config.exists() {
            program = program.variable("QUESTDESK_CONFIG", config.to_str().unwrap());
        }
        for (name, value) in self.server.variables() {
            program = program.variable(name, &value);
        }
        let session = program.start();
        session.wait_for(pending);
        session
    }
}

fn leave(mut session: Session) {
    session.type_keys("q");
    assert_eq!(session.wait_exit(), 0);
    session.assert_given_back();
}

#[test]
fn data_is_compared_beyond_the_rows_of_its_preview_and_how_far_is_said() {
    let mut server = Server::without_entries();
    let item = format!("/quests/{}/items/{}", server.quest, server.items[0]);
    let declared =
        json!({"item": {"submission_assets": {"data": {"asset_type": "dataset", "required": true}}}});
    server.call("ana", "PUT", &item, &declared);
    let mut datasets = Vec::new();
    for wrong in [77, 1_201] {
        let row = |n: usize| json!({"run": n, "t": if n == wrong { 0 } else { n * 2 }});
        let rows: Vec<_> = (1..=1_500).map(row).collect();
        datasets.push(server.dataset("maria", "runs", "CREATE TABLE runs (run bigint, t bigint)", &rows));
    }
    server.submit_assets("maria", 0, "The first runs", &json!({"data": datasets[0]}));
    let review = format!("/quests/{}/entries/{}/review", server.quest, server.entries[0]);
    server.call("ana", "PUT", &review, &json!({"status": "rejected", "review": "Run 77 is off."}));
    server.submit_assets("maria", 0, "The second runs", &json!({"data": datasets[1]}));
    let desk = Desk { server, state: TempDir::new().unwrap() };
    fs::write(desk.state.path().join("config.toml"), "[sync]\nrequests_per_minute = 6000\n").unwrap();
    let mut session = desk.open_with("1 pending");
    session.wait_for("The second runs");
    session.wait_for("1,500 rows");
    session.wait_for("1 rejected (0");
    session.type_keys("D");
    session.wait_for("Compared with the rejected one");
    session.wait_for("compared: all 1,500 rows before, all 1,500 rows now");
    session.wait_for("1,498 rows the same, 2 changed");
    session.wait_for("row 1201: t 2402 -> 0");
    session.type_keys("Esc");
    leave(session);
}

/// Pastes, as a terminal does it.
fn paste(session: &mut Session, text: &str) {
    session.send_raw(format!("\x1b[200~{text}\x1b[201~").as_bytes());
}

#[test]
fn files_are_shown_in_place_opened_and_saved_without_writing_over_anything() {
    let desk = Desk::new();
    let mut session = desk.open();
    session.type_keys("G k");
    session.wait_for("with run7.csv");
    session.wait_for("3 rows · 2 columns");
    session.wait_for("moment_emu");
    session.type_keys("v");
    session.wait_for("Asset 1 of 1");
    session.wait_for("57.1");
    let target = desk.state.path().join("saved.csv");
    session.type_keys("w");
    session.wait_for("save as:");
    session.type_keys("Ctrl-u");
    paste(&mut session, target.to_str().unwrap());
    session.wait_for("saved.csv");
    session.type_keys("Enter");
    session.wait_gone("save as:");
    assert_eq!(fs::read_to_string(&target).unwrap(), FILES[0].1);
    // The same name once more: it is there already.
    session.type_keys("w");
    session.wait_for("save as:");
    session.type_keys("Ctrl-u");
    paste(&mut session, target.to_str().unwrap());
    session.wait_for("saved.csv");
    fs::write(&target, "mine").unwrap();
    session.type_keys("Enter");
    session.wait_for("is there already");
    assert_eq!(fs::read_to_string(&target).unwrap(), "mine");
    session.type_keys("Esc Esc");
    session.wait_gone("Asset 1 of 1");
    leave(session);
    let kept = fs::read_dir(desk.state.path().join("profiles/default/previews")).unwrap();
    for file in kept {
        let mode = file.unwrap().metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600);
    }
}

#[test]
fn the_next_entry_and_its_decision_never_wait_for_a_preview() {
    let desk = Desk::new();
    // Every look into a file is held for as long as the test lasts.
    desk.server.faults("/files/", Fault::HoldBefore, 1_000);
    let mut session = desk.open();
    session.type_keys("G");
    session.wait_for("with fit.py");
    session.wait_for("looking into it");
    session.type_keys("k");
    session.wait_for("with run7.csv");
    session.wait_for("looking into it");
    session.type_keys("k");
    session.wait_for("Run 8");
    session.type_keys("G r 2");
    desk.server.wait_entry(6, &EntryStatus::Rejected);
    leave(session);
}

#[test]
fn what_comes_next_is_fetched_ahead_and_shown_without_a_word_from_the_server() {
    let desk = Desk::new();
    let mut session = desk.open();
    session.type_keys("G k k k");
    session.wait_for("Run 7");
    // Two down is the first entry with a file; the one behind it has the other.
    session.type_keys("j j");
    session.wait_for("3 rows · 2 columns");
    let previews = desk.state.path().join("profiles/default/previews");
    desk.server.wait_within(Duration::from_secs(20), "the next entry's file to be kept", || {
        let kept = fs::read_dir(&previews).map_or(0, Iterator::count);
        (kept == 2).then_some(())
    });
    // From here on the server says nothing about files, and what comes next is there all the same.
    desk.server.faults("/files/", Fault::HoldBefore, 1_000);
    session.type_keys("j");
    session.wait_for("with fit.py");
    session.wait_for("np.argmax");
    leave(session);
}

#[test]
fn what_was_seen_is_there_without_a_network() {
    let desk = Desk::new();
    let mut session = desk.open();
    session.type_keys("G k");
    session.wait_for("3 rows · 2 columns");
    leave(session);
    desk.server.faults("/files/", Fault::Http500Before, 1_000);
    let mut session = desk.open();
    session.type_keys("G k");
    session.wait_for("3 rows · 2 columns");
    session.wait_for("kept from earlier");
    leave(session);
}

#[test]
fn a_hostile_file_does_nothing_to_the_terminal_or_the_desk() {
    let mut desk = Desk::new();
    let hostile = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m,b\n\u{202e}x,\u{200b}y\n";
    let file = desk.server.upload("maria", "run.csv", hostile.as_bytes(), "organization");
    desk.server.submit_assets("maria", 0, "hostile", &json!({"data": file}));
    let pdf = desk.server.upload("maria", "a.pdf", b"%PDF-1.4\n1 0 obj\n[[[[[", "organization");
    desk.server.submit_assets("maria", 0, "a broken document", &json!({"data": pdf}));
    let mut session = desk.open_with("9 pending");
    session.type_keys("G");
    session.wait_for("a broken document");
    session.wait_for("can't be read");
    session.type_keys("k");
    session.wait_for("hostile");
    session.wait_for("1 row · 2 columns");
    let bytes = session.raw();
    for needle in [&b"owned\x07"[..], b"\x1b]0;owned", b"\xc2\x9b31m", "\u{202e}".as_bytes()] {
        assert!(!bytes.windows(needle.len()).any(|window| window == needle), "{needle:?}");
    }
    leave(session);
}

//! The desk itself, from outside: the real binary in a terminal, against the local backend.

use std::fs;
use std::path::Path;
use std::time::Duration;

use questdesk::backend::Fault;
use questdesk::domain::EntryStatus;
use rustix::process::Signal;
use tempfile::TempDir;

use crate::harness::{Program, Session, look};
use crate::server::Server;

/// A server, and a state folder that outlives the desks that are opened on it.
struct Desk {
    server: Server,
    state: TempDir,
}

impl Desk {
    fn new() -> Self {
        Self { server: Server::start(), state: TempDir::new().unwrap() }
    }

    /// The desk, with an undo window of so many seconds.
    fn program(&self, undo_seconds: u32) -> Program {
        let config = self.state.path().join("config.toml");
        fs::write(&config, format!("[decide]\nundo_seconds = {undo_seconds}\n")).unwrap();
        let mut program = Program::questdesk()
            .size(120, 40)
            .variable("QUESTDESK_STATE_DIR", path(self.state.path()))
            .variable("QUESTDESK_CONFIG", path(&config));
        for (name, value) in self.server.variables() {
            program = program.variable(name, &value);
        }
        program
    }

    /// Waits until a draft is in the state database.
    fn wait_draft(&self, note: &str) {
        self.wait_for_state(&format!("SELECT count(*) FROM drafts WHERE note = '{note}'"), 1);
    }

    /// Waits until a query of the state database gives this number.
    fn wait_for_state(&self, query: &str, wanted: i64) {
        let file = self.state.path().join("profiles/default/desk.db");
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let db = rusqlite::Connection::open_with_flags(file, flags).unwrap();
        let found = || db.query_row(query, [], |row| row.get::<_, i64>(0)).ok();
        self.server.wait_within(Duration::from_secs(20), query, || (found() == Some(wanted)).then_some(()));
    }

    /// Opens it, waits for the queue and what is read of its first entry, and looks at it.
    fn open(&self, undo_seconds: u32) -> Session {
        let session = self.program(undo_seconds).start();
        session.wait_for("5 pending");
        session.wait_for("First try");
        look();
        session
    }
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Leaves the desk, and sees that the terminal is as it was.
fn leave(mut session: Session) {
    // The status line counts what is under way; leaving then would ask first.
    session.wait_gone(" sending");
    session.wait_gone(" queued");
    session.type_keys("q");
    assert_eq!(session.wait_exit(), 0);
    session.assert_given_back();
}

#[test]
fn it_opens_on_the_oldest_entry_and_shows_what_accepting_brings() {
    let desk = Desk::new();
    let session = desk.open(5);
    session.wait_for("Curie sweep");
    session.wait_for("#1 Write up the method");
    session.wait_for("10 xp");
    leave(session);
}

#[test]
fn each_decision_arrives_once() {
    let desk = Desk::new();
    let mut session = desk.open(0);
    session.type_keys("a");
    let accepted = desk.server.wait_entry(0, &EntryStatus::Accepted);
    assert_eq!((accepted.xp, accepted.paid), (10, None));
    session.wait_for("Second try");
    session.type_keys("r 2");
    let rejected = desk.server.wait_entry(1, &EntryStatus::Rejected);
    assert!(rejected.note.is_some_and(|note| note.contains("Units or labels")));
    session.wait_for("3 pending");
    leave(session);
}

#[test]
fn a_payment_asks_for_a_sum_and_pays_once() {
    let desk = Desk::new();
    let mut session = desk.open(0);
    session.type_keys("G");
    session.wait_for("Run 8");
    session.wait_for("accept: 500 sat (450 net, fee 50) to bot-7");
    session.press_until("a", "the envelope", |screen| screen.contains("may pay"));
    look();
    session.type_keys("1 0 0 0");
    session.wait_for("may pay   1000");
    session.type_keys("Enter");
    desk.server.wait_entry(4, &EntryStatus::Accepted);
    assert_eq!(desk.server.payments(4), 1);
    session.wait_for("500 of");
    leave(session);
}

#[test]
fn item_keys_arrive_and_say_what_they_end() {
    let desk = Desk::new();
    let mut session = desk.open(0);
    session.type_keys("h Tab");
    session.wait_for("Tidy the folder");
    session.type_keys("G s");
    desk.server.wait_item(2, "skipped");
    session.type_keys("g d");
    session.wait_for("undecided");
    look();
    session.type_keys("y");
    session.wait_gone("undecided");
    desk.server.wait_item(0, "done");
    leave(session);
}

#[test]
fn what_is_taken_back_never_arrives() {
    let desk = Desk::new();
    let mut session = desk.open(600);
    session.type_keys("r 1");
    session.wait_for("rejecting");
    session.type_keys("u");
    session.wait_for("took back");
    leave(session);
    assert_eq!(desk.server.entry(0).status, EntryStatus::Submitted);
}

#[test]
fn what_was_held_survives_a_kill_and_one_key_sends_it() {
    let desk = Desk::new();
    let mut session = desk.open(600);
    session.type_keys("r 3");
    session.wait_for("rejecting");
    session.kill();
    assert_eq!(desk.server.entry(0).status, EntryStatus::Submitted);

    let mut session = desk.program(600).start();
    session.wait_for("1 not sent");
    look();
    session.type_keys("Enter");
    session.wait_gone("1 not sent");
    let entry = desk.server.wait_entry(0, &EntryStatus::Rejected);
    assert!(entry.note.is_some_and(|note| note.contains("No source")));
    session.wait_for("4 pending");
    leave(session);
}

#[test]
fn a_lost_answer_is_read_back_and_nothing_is_sent_twice() {
    let desk = Desk::new();
    let mut session = desk.open(0);
    desk.server.next_fault("/review", Fault::Lost);
    session.type_keys("r 1");
    desk.server.wait_entry(0, &EntryStatus::Rejected);
    session.wait_for("4 pending");
    leave(session);
}

#[test]
fn a_server_that_goes_away_is_one_word_and_the_queue_stays() {
    let desk = Desk::new();
    let mut session = desk.open(600);
    let program = desk.program(600).variable("OURO_BASE_URL", "http://127.0.0.1:9");
    session.type_keys("q");
    session.wait_exit();
    let session = program.start();
    session.wait_for("offline");
    session.wait_for("First try");
    leave(session);
}

#[test]
fn torn_arrows_never_decide() {
    let desk = Desk::new();
    loop {
        let mut session = desk.open(600);
        session.type_keys("j");
        session.wait_for("Second try");
        let short = (0..5).all(|_| session.send_torn(&[b"\x1b", b"[A"]));
        if !short {
            continue;
        }
        session.wait_for("First try");
        session.type_keys("M");
        session.wait_for("Messages");
        session.type_keys("Esc");
        leave(session);
        assert_eq!(desk.server.entry(0).status, EntryStatus::Submitted);
        return;
    }
}

#[test]
fn pasted_text_is_offered_as_a_filter_and_never_runs() {
    let desk = Desk::new();
    let mut session = desk.open(600);
    session.send_raw(b"\x1b[200~aaarrr111\x1b[201~");
    session.wait_for("aaarrr111");
    session.type_keys("Esc");
    session.wait_gone("aaarrr111");
    session.wait_for("5 pending");
    leave(session);
}

#[test]
fn a_hang_up_ends_it_and_keeps_what_was_held() {
    let desk = Desk::new();
    let mut session = desk.open(600);
    session.type_keys("r 1");
    session.wait_for("rejecting");
    session.hang_up();
    session.wait_end();
    let session = desk.program(600).start();
    session.wait_for("1 not sent");
}

#[test]
fn sigterm_gives_the_terminal_back_even_while_nobody_reads() {
    let desk = Desk::new();
    let mut session = desk.open(600);
    // With a decision, there is also something to be said at the end.
    session.type_keys("r 1");
    session.wait_for("rejecting");
    session.stop_reading();
    session.fill_up();
    session.type_keys("j r 1");
    session.signal(Signal::TERM);
    session.wait_end();
    assert!(session.settings_are_as_found());
}

#[test]
fn leaving_with_something_held_asks_first() {
    let desk = Desk::new();
    let mut session = desk.open(600);
    session.type_keys("r 1");
    session.wait_for("rejecting");
    session.type_keys("q");
    session.wait_for("not sent");
    session.type_keys("s");
    desk.server.wait_entry(0, &EntryStatus::Rejected);
    assert_eq!(session.wait_exit(), 0);
    session.assert_given_back();
}

#[test]
fn it_holds_at_any_size_and_says_when_it_is_too_small() {
    let desk = Desk::new();
    let mut session = desk.open(5);
    for (width, height) in [(80, 24), (40, 10), (200, 60), (120, 40)] {
        session.resize(width, height);
        session.wait_for("pending");
    }
    session.resize(30, 8);
    session.wait_for("needs 40");
    session.resize(120, 40);
    session.wait_for("First try");
    leave(session);
}

#[test]
fn a_note_survives_a_kill_in_the_middle_of_writing_it() {
    let desk = Desk::new();
    let session = {
        let mut session = desk.open(5);
        session.type_keys("r");
        session.wait_for("why?");
        session.type_keys("p l e a s e");
        session.wait_for("please");
        session
    };
    desk.wait_draft("please");
    session.kill();
    drop(session);
    // On the entry it belongs to, whatever the verdict; other entries have none.
    let mut session = desk.open(5);
    session.type_keys("A");
    session.wait_for("please");
    session.type_keys("Esc j");
    session.wait_for("Entry 2 of 5");
    session.type_keys("A");
    session.wait_for("Accept with a note");
    session.wait_gone("please");
    session.type_keys("Esc k");
    session.wait_for("Entry 1 of 5");
    session.type_keys("r Enter");
    session.wait_for("please");
    session.type_keys("Ctrl-s");
    desk.server.wait_entry(0, &EntryStatus::Rejected);
    assert_eq!(desk.server.entry(0).note.as_deref().map(str::trim), Some("please"));
    leave(session);
}

#[test]
fn the_last_letters_of_a_note_survive_a_lost_terminal_and_a_request_to_end() {
    for hangs_up in [true, false] {
        let desk = Desk::new();
        let mut session = desk.open(5);
        session.type_keys("r");
        session.wait_for("why?");
        // No pause in writing: nothing else would have kept the last of it yet.
        session.type_keys("p l e a s e");
        session.wait_for("please");
        if hangs_up {
            session.hang_up();
        } else {
            session.signal(Signal::TERM);
        }
        session.wait_end();
        drop(session);
        let mut session = desk.open(5);
        session.type_keys("A");
        session.wait_for("please");
        session.type_keys("Esc");
        leave(session);
    }
}

#[test]
fn what_is_put_aside_is_still_there_after_a_kill() {
    let desk = Desk::new();
    let mut session = desk.open(5);
    session.type_keys("b");
    session.wait_for("4 pending");
    session.wait_for("1 aside");
    desk.wait_for_state("SELECT count(*) FROM asides", 1);
    session.kill();
    drop(session);
    let mut session = desk.program(5).start();
    session.wait_for("4 pending");
    session.type_keys("F b");
    session.wait_for("Aside 1 of 1");
    session.wait_for("First try");
    session.type_keys("b Esc");
    session.wait_for("5 pending");
    leave(session);
}

#[test]
fn the_log_tells_what_became_of_a_decision_after_a_restart() {
    let desk = Desk::new();
    let mut session = desk.open(0);
    session.type_keys("r 2");
    desk.server.wait_entry(0, &EntryStatus::Rejected);
    session.wait_for("4 pending");
    leave(session);
    let mut session = desk.program(0).start();
    session.wait_for("4 pending");
    session.type_keys("3");
    session.wait_for("Log 1");
    session.wait_for("rejected");
    session.wait_for("Units or labels are missing");
    session.wait_for("trail");
    session.type_keys("1");
    session.wait_for("Pending 4");
    leave(session);
}

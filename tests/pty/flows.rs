//! Two whole sessions, key by key, with every key counted: a mixed queue of two hundred, and 137 rejections at once.

use std::time::Duration;

use questdesk::domain::EntryStatus;
use tempfile::TempDir;

use crate::harness::{Program, Session, look};
use crate::server::Server;

/// Long enough for a whole session on a busy machine.
const SESSION: Duration = Duration::from_secs(120);

/// What the status line says while sending is paused.
const PAUSED: &str = "paused: P goes on";

/// A reviewer whose keys are counted.
struct Reviewer {
    session: Session,
    keys: u32,
}

impl Reviewer {
    fn open(server: &Server, state: &TempDir, config: &str) -> Self {
        let file = state.path().join("config.toml");
        std::fs::write(&file, config).unwrap();
        let mut program = Program::questdesk()
            .size(120, 40)
            .variable("QUESTDESK_STATE_DIR", state.path().to_str().unwrap())
            .variable("QUESTDESK_CONFIG", file.to_str().unwrap());
        for (name, value) in server.variables() {
            program = program.variable(name, &value);
        }
        Self { session: program.start(), keys: 0 }
    }

    /// Presses keys, each counted.
    fn press(&mut self, keys: &str) {
        self.keys += u32::try_from(keys.split_whitespace().count()).unwrap();
        self.session.type_keys(keys);
    }

    /// Looks at what pays, then accepts it, until the screen is as wanted: what the desk says was not looked at long
    /// enough is looked at again.
    fn pay(&mut self, what: &str, done: impl Fn(&str) -> bool) {
        const NOT_YET: &str = "look, then press it again";
        loop {
            look();
            self.press("a");
            self.session.wait_until(what, |screen| {
                let screen = screen.contents();
                done(&screen) || screen.contains(NOT_YET)
            });
            if done(&self.session.screen()) {
                return;
            }
            self.session.wait_gone(NOT_YET);
        }
    }

    /// Leaves, letting go what is still held. Returns the keys that all took, and what is said at the end.
    fn leave(mut self, server: &Server, all: impl Fn() -> bool) -> (u32, String) {
        self.press("q");
        self.session.wait_for("not sent");
        self.press("s");
        server.wait_within(SESSION, "everything to arrive", || all().then_some(()));
        assert_eq!(self.session.wait_exit(), 0);
        self.session.assert_given_back();
        (self.keys, self.session.screen())
    }
}

/// Of every twenty entries the last six are rejected, with one reason.
const fn is_rejected(n: usize) -> bool {
    n % 20 >= 14
}

/// The digit of that reason.
const fn reason_of(n: usize) -> usize {
    (n / 20) % 4 + 1
}

/// Which item entry `n` is submitted to: every third one pays 500 sat, every third XP, every third nothing.
const fn item_of(n: usize) -> usize {
    n % 3
}

#[test]
fn two_hundred_mixed_entries_take_less_than_1_2_keys_each() {
    const ENTRIES: usize = 200;
    let mut server = Server::without_entries();
    for n in 0..ENTRIES {
        server.submit(
            if n % 2 == 0 { "maria" } else { "bot-7" },
            item_of(n),
            &format!("Sample {n:03} was measured"),
        );
    }
    let state = TempDir::new().unwrap();
    let mut ana = Reviewer::open(&server, &state, "");
    ana.session.wait_for("200 pending");
    ana.session.wait_for("Sample 000");
    look();
    let mut agreed = false;
    for n in 0..ENTRIES {
        let sample = format!("Sample {n:03}");
        ana.session.wait_for(&sample);
        let pays = item_of(n) == 1;
        if n % 60 == 25 {
            // A slip, taken back. Sending rests meanwhile: however long this takes, it is not too late.
            ana.session.type_keys("P");
            ana.session.wait_for(PAUSED);
            ana.press("r 1");
            ana.session.wait_for(&format!("Sample {:03}", n + 1));
            ana.press("u");
            ana.session.wait_for(&sample);
            ana.session.type_keys("P");
            ana.session.wait_gone(PAUSED);
        }
        let gone = |screen: &str| !screen.contains(&sample);
        if is_rejected(n) && !is_rejected(n - 1) {
            ana.press("r");
            ana.session.wait_for("why?");
            ana.press(&reason_of(n).to_string());
        } else if is_rejected(n) {
            ana.press(".");
        } else if pays && !agreed {
            ana.pay("the envelope", |screen| screen.contains("may pay"));
            // Its first moments take no digit.
            look();
            ana.press("7 0 0 0 0");
            ana.session.wait_for("may pay   70000");
            ana.press("Enter");
            agreed = true;
        } else if pays {
            ana.pay("the payment", gone);
        } else {
            ana.press("a");
        }
    }
    ana.session.wait_gone(" recording");
    let accepted = |n: usize| !is_rejected(n);
    let done = |n: usize| {
        let wanted = if accepted(n) { EntryStatus::Accepted } else { EntryStatus::Rejected };
        server.entry(n).status == wanted
    };
    let (keys, said) = ana.leave(&server, || (0..ENTRIES).all(done));
    assert!(said.contains("200 decided: 140 accepted, 60 rejected"), "{said}");
    assert!(said.contains("paid 23,500 sat to 2 people"), "{said}");
    for n in 0..ENTRIES {
        let paid = u32::from(accepted(n) && item_of(n) == 1);
        assert_eq!(server.payments(n), paid, "entry {n}");
        let note = server.entry(n).note.unwrap_or_default();
        let reason = ["Incomplete", "Units or labels", "No source", "Can't be reproduced"][reason_of(n) - 1];
        assert_eq!(note.contains(reason), is_rejected(n), "entry {n}: {note}");
    }
    let rejected = (0..ENTRIES).filter(|n| is_rejected(*n)).count();
    assert_eq!(rejected, 60, "three in ten");
    assert!(f64::from(keys) / ENTRIES as f64 <= 1.2, "{keys} keys for {ENTRIES} entries");
}

#[test]
fn a_hundred_and_thirty_seven_rejections_take_four_keys_and_one_is_taken_back() {
    let mut server = Server::without_entries();
    for n in 0..150 {
        // Thirteen of maria's among bot-7's.
        let who = if n % 11 == 5 && n < 143 { "maria" } else { "bot-7" };
        server.submit(who, 0, &format!("Spam or not {n:03}"));
    }
    let bots: Vec<usize> = (0..150).filter(|n| !(n % 11 == 5 && *n < 143)).collect();
    assert_eq!(bots.len(), 137);
    let state = TempDir::new().unwrap();
    let mut ana = Reviewer::open(&server, &state, "[decide]\nbulk_undo_seconds = 600\n");
    ana.session.wait_for("150 pending");
    ana.session.wait_for("Spam or not 000");
    look();

    ana.press("=");
    ana.session.wait_for("137 of 137 marked");
    ana.press("r");
    ana.session.wait_for("why?");
    ana.press("3");
    ana.session.wait_for("Reject 137 entries?");
    ana.session.wait_for("of 137 were never opened");
    look();
    ana.press("Enter");
    ana.session.wait_for("137 held");
    assert!(ana.keys <= 5, "{} keys", ana.keys);

    // The third one was honest work.
    ana.press("j j u");
    ana.session.wait_for("136 held");
    ana.session.wait_for("took back: reject");
    let done = |n: &usize| server.entry(*n).status == EntryStatus::Rejected;
    ana.leave(&server, || bots.iter().filter(|n| done(n)).count() == 136);
    assert_eq!(server.entry(bots[2]).status, EntryStatus::Submitted);
    for n in 0..150 {
        let entry = server.entry(n);
        let rejected = bots.contains(&n) && n != bots[2];
        assert_eq!(entry.status == EntryStatus::Rejected, rejected, "entry {n}");
        assert_eq!(entry.note.is_some_and(|note| note.contains("No source")), rejected, "entry {n}");
    }
}

#[test]
fn a_paid_bulk_wants_its_total_and_pays_each_once() {
    let server = Server::start();
    let state = TempDir::new().unwrap();
    let mut ana = Reviewer::open(&server, &state, "[decide]\nbulk_undo_seconds = 0\n");
    ana.session.wait_for("5 pending");
    ana.press("G =");
    ana.session.wait_for("2 of 2 marked");
    look();
    ana.press("a");
    ana.session.wait_for("Accept 2 entries?");
    look();
    // Neither Enter nor another sum agrees.
    ana.press("Enter");
    ana.session.wait_for("type the total that is shown");
    ana.press("9 9 Enter");
    ana.session.wait_for("99 is not the total");
    assert_eq!((server.payments(3), server.payments(4)), (0, 0));
    ana.press("Backspace Backspace 1 0 0 0 Enter");
    server.wait_entry(3, &EntryStatus::Accepted);
    server.wait_entry(4, &EntryStatus::Accepted);
    assert_eq!((server.payments(3), server.payments(4)), (1, 1));
    ana.session.wait_for("1,000 of 1,000");
}

#[test]
fn bursts_pastes_and_torn_escapes_pay_for_nothing() {
    let server = Server::start();
    let state = TempDir::new().unwrap();
    let mut ana = Reviewer::open(&server, &state, "[decide]\nundo_seconds = 0\nbulk_undo_seconds = 0\n");
    ana.session.wait_for("5 pending");
    ana.press("G");
    ana.session.wait_for("Run 8");
    for bytes in [
        &b"a1000\raaaa\r"[..],
        b"\x1b[200~*a1000\r\x1b[201~",
        b"=a\r\r1000\r",
        b"\x1b",
        b"[A",
        b"\x1b",
        b"[B",
    ] {
        ana.session.send_raw(bytes);
    }
    // Out of whatever that opened, and back at the list.
    // One key too many says that nothing is open, in the place of the hints.
    let at_the_list = |screen: &str| screen.contains("? help") || screen.contains("nothing is open");
    ana.session.press_until("Esc", "the list", at_the_list);
    ana.press("M");
    ana.session.wait_for("Messages");
    assert_eq!((server.payments(3), server.payments(4)), (0, 0));
    assert!((0..5).all(|n| server.entry(n).status == EntryStatus::Submitted));
}

//! Runs of evaluations that cost something: each way to start them, key by key, and what the server's books say then.

use questdesk::backend::Options;
use questdesk::domain::Money;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Program, Session};
use crate::server::{Server, empty};

/// A quest whose first two items are evaluated when somebody asks, at this price.
struct Priced {
    server: Server,
    dir: TempDir,
    before: i64,
}

impl Priced {
    fn at(sats: i64) -> Self {
        let run_prices = vec![("structure-check".to_owned(), Money::sats(sats))];
        let server = Server::start_with(Options { run_prices, ..empty() });
        let route = server.backend().ready().routes["structure-check"];
        for item in &server.items[..2] {
            let path = format!("/quests/{}/items/{item}", server.quest);
            let scored = json!({"item": {"eval_route_id": route, "eval_trigger": "owner"}});
            server.call("ana", "PUT", &path, &scored);
        }
        let mut place = Self { server, dir: TempDir::new().unwrap(), before: 0 };
        place.before = place.available();
        place
    }

    fn available(&self) -> i64 {
        self.server.call("ana", "GET", "/wallet/balance", &Value::Null)["available"].as_i64().unwrap()
    }

    /// What runs were paid, each by itself, as the wallet's list has it.
    fn paid(&self) -> Vec<i64> {
        let rows = self.server.call("ana", "GET", "/wallet/transactions", &Value::Null);
        let runs = rows.as_array().unwrap().iter().filter(|row| row["type"] == "route-run");
        runs.map(|row| row["value"].as_i64().unwrap()).collect()
    }

    fn wait_paid(&self, runs: usize, sats: i64) {
        let within = std::time::Duration::from_secs(20);
        self.server
            .wait_within(within, &format!("{runs} paid runs"), || (self.paid().len() == runs).then_some(()));
        assert_eq!(self.before - self.available(), sats);
    }

    fn open(&self, decide: &str) -> Session {
        let config = self.dir.path().join("config.toml");
        let text = format!("[decide]\nundo_seconds = 0\nbulk_undo_seconds = 0\n{decide}\n");
        std::fs::write(&config, text).unwrap();
        let mut program = Program::questdesk()
            .size(120, 40)
            .variable("QUESTDESK_STATE_DIR", self.dir.path().join("state").to_str().unwrap())
            .variable("QUESTDESK_CONFIG", config.to_str().unwrap());
        for (name, value) in self.server.variables() {
            program = program.variable(name, &value);
        }
        let session = program.start();
        session.wait_for("First");
        session
    }
}

/// Presses `e` until its question is there: an entry must have been on the screen for a moment.
fn ask(session: &mut Session, question: &str) {
    session.press_until("e", question, |screen| screen.contains(question));
}

/// Types what is asked for, once the sheet has stood for long enough to take it, and agrees.
fn agree(session: &mut Session, asks: &str, typed: &str, sheet: &str) {
    session.press_until("Enter", asks, |screen| screen.contains(asks));
    session.type_keys(typed);
    session.press_until("Enter", "the sheet to close", |screen| !screen.contains(sheet));
}

const SUM: &str = "type the sum this session may pay, or";
const TOTAL: &str = "type the total that is shown";

fn leave(mut session: Session) {
    session.type_keys("q");
    assert_eq!(session.wait_exit(), 0);
    session.assert_given_back();
}

#[test]
fn one_run_many_and_those_of_an_item_are_priced_agreed_on_and_paid() {
    let place = Priced::at(25);
    let mut session = place.open("");
    // One: the first payment agrees on a sum.
    ask(&mut session, "a run costs you 25 sat");
    agree(&mut session, SUM, "1 2 5", "a run costs you");
    place.wait_paid(1, 25);
    // All that are left of the first item: 75 more would still be inside; with the second item's they are not.
    session.press_until("- *", "all marks", |screen| screen.contains("5 marked"));
    ask(&mut session, "125 sat for 5 runs");
    agree(&mut session, TOTAL, "1 2 5", "125 sat for 5 runs");
    place.wait_paid(6, 150);
    // Again, all of an item.
    session.wait_gone(TOTAL);
    session.type_keys("Shift-Tab g");
    ask(&mut session, "75 sat for 3 runs");
    agree(&mut session, TOTAL, "7 5", "75 sat for 3 runs");
    place.wait_paid(9, 225);
    assert!(place.paid().iter().all(|value| *value == -25));
    leave(session);
}

#[test]
fn above_the_cap_and_beyond_the_sum_a_run_asks_whatever_is_confirmed() {
    let place = Priced::at(25);
    let mut session = place.open("entry_cap_sats = 20\nconfirm_paid = \"never\"");
    ask(&mut session, "above your cap");
    session.press_until("Esc", "the question to go", |screen| !screen.contains("above your cap"));
    assert!(place.paid().is_empty());
    leave(session);
    // Inside the cap nothing is asked, and it counts.
    let mut session = place.open("entry_cap_sats = 30\nconfirm_paid = \"never\"");
    session.press_until("e", "the run", |_| place.paid().len() == 1);
    leave(session);
    place.wait_paid(1, 25);
    // A sum that was agreed on is not crossed unasked.
    let mut session = place.open("entry_cap_sats = 30");
    ask(&mut session, "a run costs you 25 sat");
    agree(&mut session, SUM, "3 0", "a run costs you");
    place.wait_paid(2, 50);
    session.type_keys("j");
    ask(&mut session, "30 sat");
    session.press_until("Esc", "the question to go", |screen| !screen.contains("a run costs you"));
    leave(session);
    assert_eq!(place.paid().len(), 2);
}

#[test]
fn a_run_that_the_wallet_cannot_pay_is_refused_and_nothing_is_spent() {
    let place = Priced::at(2_000_000);
    let mut session = place.open("entry_cap_sats = 9000000");
    ask(&mut session, "your wallet holds only");
    agree(&mut session, SUM, "2 0 0 0 0 0 0", "your wallet holds only");
    session.wait_for("Not enough funds");
    assert!(place.paid().is_empty());
    assert_eq!(place.available(), place.before);
    leave(session);
}

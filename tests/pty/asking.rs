//! Asking a contributor and reading on, from outside: the question is sent, the entry waits aside until its answer
//! comes; what was written survives a kill; what is read stays where it is.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{Program, Session, look};
use crate::server::Server;

/// A server on which maria submitted a file to item 1 last, and a state folder.
struct Desk {
    server: Server,
    state: TempDir,
    file: String,
}

impl Desk {
    fn new() -> Self {
        let mut server = Server::start();
        let item = format!("/quests/{}/items/{}", server.quest, server.items[0]);
        let declared =
            json!({"item": {"submission_assets": {"data": {"asset_type": "file", "required": true}}}});
        server.call("ana", "PUT", &item, &declared);
        let file = server.upload("maria", "run7.csv", b"t,m\n1,2\n", "organization");
        let text = format!("with run7.csv\n\n{}", "A paragraph that says something.\n\n".repeat(60));
        server.submit_assets("maria", 0, &text, &json!({"data": file}));
        Self { server, state: TempDir::new().unwrap(), file }
    }

    fn open(&self, undo_seconds: u32) -> Session {
        let config = self.state.path().join("config.toml");
        let text = format!("[sync]\nrequests_per_minute = 6000\n[decide]\nundo_seconds = {undo_seconds}\n");
        fs::write(&config, text).unwrap();
        let mut program = Program::questdesk()
            .size(120, 40)
            .variable("QUESTDESK_STATE_DIR", self.state.path().to_str().unwrap())
            .variable("QUESTDESK_CONFIG", config.to_str().unwrap());
        for (name, value) in self.server.variables() {
            program = program.variable(name, &value);
        }
        program.start()
    }

    /// What was written on the file, with the ids of the comments.
    fn comments(&self) -> Vec<(String, String)> {
        let rows = self.server.call("ana", "GET", &format!("/assets/{}/comments", self.file), &Value::Null);
        let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let rows = rows.as_array().unwrap().iter();
        rows.map(|row| (text(row, "id"), text(&row["content"], "text").trim().to_owned())).collect()
    }

    fn wait_comment(&self, words: &str) -> String {
        let within = std::time::Duration::from_secs(20);
        self.server.wait_within(within, "the comment", || {
            self.comments().into_iter().find(|(_, text)| text == words).map(|(id, _)| id)
        })
    }
}

fn leave(mut session: Session) {
    session.wait_gone(" sending");
    session.type_keys("q");
    assert_eq!(session.wait_exit(), 0);
    session.assert_given_back();
}

#[test]
fn a_question_is_sent_and_its_entry_waits_aside_until_the_answer_comes() {
    let desk = Desk::new();
    let mut session = desk.open(0);
    session.wait_for("6 pending");
    session.type_keys("G");
    session.wait_for("with run7.csv");
    look();
    session.type_keys("m");
    session.wait_for("Ctrl-s");
    session.type_keys("u n i t s ?");
    session.wait_for("units?");
    session.type_keys("Ctrl-s");
    let question = desk.wait_comment("units?");
    session.wait_for("5 pending");
    session.wait_for("1 aside");
    // In the pile it says since when an answer is waited for.
    session.type_keys("F b");
    session.wait_for("Aside 1 of 1");
    session.wait_for("asked just now");
    session.wait_for("no answer yet");
    let answer = json!({"comment": {"parent_id": question, "asset_type": "comment", "source": "api",
        "attribution": {"originality": "original"}}, "content": "In kelvin."});
    desk.server.call("maria", "POST", "/comments/create", &answer);
    // Whoever does not want to wait for the next look asks for it.
    session.press_until("R", "the entry to come back", |screen| screen.contains("6 pending"));
    session.type_keys("Esc");
    session.wait_for("Pending 6");
    assert_eq!(desk.comments().iter().filter(|(_, text)| text == "units?").count(), 1);
    leave(session);
}

#[test]
fn a_comment_that_was_held_survives_a_kill_and_is_written_once() {
    let desk = Desk::new();
    let mut session = desk.open(600);
    session.wait_for("6 pending");
    session.type_keys("G");
    session.wait_for("with run7.csv");
    look();
    session.type_keys("c");
    session.wait_for("Comments");
    session.type_keys("c");
    session.wait_for("Ctrl-s");
    session.type_keys("w h y ?");
    session.wait_for("why?");
    session.type_keys("Ctrl-s");
    // Its row says what became of it.
    session.wait_for("commenting");
    session.kill();
    drop(session);
    assert_eq!(desk.comments(), []);

    let mut session = desk.open(600);
    session.wait_for("1 not sent");
    look();
    session.type_keys("Enter");
    session.wait_gone("1 not sent");
    desk.wait_comment("why?");
    session.wait_for("6 pending");
    leave(session);
    assert_eq!(desk.comments().len(), 1);
}

#[test]
fn each_entry_is_found_where_it_was_left_and_acts_leave_it_there() {
    let desk = Desk::new();
    let mut session = desk.open(600);
    session.wait_for("6 pending");
    session.type_keys("G Enter");
    session.wait_for("with run7.csv");
    session.wait_for("more lines");
    session.type_keys("Space");
    session.wait_gone("with run7.csv");
    let page = |session: &Session| {
        let screen = session.screen();
        let lines: Vec<String> = screen.lines().skip(6).take(30).map(str::to_owned).collect();
        (screen.lines().nth(1).unwrap_or_default().to_owned(), lines)
    };
    let before = page(&session);
    session.type_keys("K");
    session.wait_for("Run 8");
    session.type_keys("J");
    session.wait_until("the place it was left at", |screen| screen.contents().contains(&before.0));
    assert_eq!(page(&session), before);
    // A comment, and the page is where it was.
    session.type_keys("c");
    session.wait_for("Comments");
    session.type_keys("c");
    session.wait_for("Ctrl-s");
    session.type_keys("o k Ctrl-s");
    session.wait_for("1 held");
    session.wait_until("the place it was left at", |screen| screen.contents().contains(&before.0));
    assert_eq!(page(&session).1, before.1);
    session.type_keys("u");
    session.wait_for("took back");
    session.type_keys("Esc");
    leave(session);
}

//! The desk against a server whose every refusal comes in an odd shape: inside of a 200, as a bare string, as a 500 that
//! is none. The queue is read, entries are read and decided, and what is refused is told as what it is.

use std::fs;

use questdesk::backend::Options;
use questdesk::domain::EntryStatus;
use serde_json::json;
use tempfile::TempDir;

use crate::harness::{Program, Session};
use crate::server::{Server, empty};

fn open(server: &Server, state: &TempDir) -> Session {
    let config = state.path().join("config.toml");
    fs::write(
        &config,
        "[sync]\nrequests_per_minute = 6000\nfocus_seconds = 3600\n[decide]\nundo_seconds = 0\n",
    )
    .unwrap();
    let mut program = Program::questdesk()
        .size(140, 40)
        .variable("QUESTDESK_STATE_DIR", state.path().to_str().unwrap())
        .variable("QUESTDESK_CONFIG", config.to_str().unwrap());
    for (name, value) in server.variables() {
        program = program.variable(name, &value);
    }
    program.start()
}

#[test]
fn refusals_in_odd_shapes_are_told_as_what_they_are_and_pay_nobody() {
    for seed in 1..=2 {
        let state = TempDir::new().unwrap();
        let faults = "quirks".parse().unwrap();
        let mut server = Server::start_with(Options { faults, seed, ..empty() });
        // A file that opens with the acceptance: until then the server refuses it.
        let item = format!("/quests/{}/items/{}", server.quest, server.items[1]);
        let declared =
            json!({"item": {"submission_assets": {"data": {"asset_type": "file", "required": true}}}});
        server.call("ana", "PUT", &item, &declared);
        let file = server.upload("bot-7", "run9.csv", b"t,m\n1,2\n", "private");
        server.submit_assets("bot-7", 1, "Run 9, closed", &json!({"data": file}));

        let mut session = open(&server, &state);
        session.wait_for("6 pending");
        session.type_keys("G Enter");
        session.wait_for("Run 9, closed");
        session.wait_for("Private: it opens with the acceptance");
        session.type_keys("c");
        session.wait_until("the comments", |screen| {
            let screen = screen.contents();
            screen.contains("Not open to you") || screen.contains("No comments")
        });
        session.type_keys("Esc");
        session.wait_gone("write to the quest");
        session.type_keys("Esc");
        session.wait_for("Pending 6");
        session.type_keys("g");
        session.wait_for("First try");
        // Three are decided here; while sending is paused, somebody else decides them otherwise.
        session.type_keys("P");
        session.wait_for("paused: P goes on");
        session.type_keys("a a a");
        session.wait_for("3 queued");
        for n in 0..3 {
            let review = format!("/quests/{}/entries/{}/review", server.quest, server.entries[n]);
            server.call("ravi", "PUT", &review, &json!({"status": "rejected", "review": "Units."}));
        }
        session.type_keys("P");
        session.wait_for("3 pending");
        session.type_keys("3");
        session.wait_until("three conflicts", |screen| screen.contents().matches("conflict").count() >= 3);
        for n in 0..3 {
            assert_eq!(server.entry(n).status, EntryStatus::Rejected, "seed {seed}: never overridden");
            assert_eq!(server.payments(n), 0, "seed {seed}");
        }
        // What is not refused goes through.
        session.wait_for("by       ravi: rejected");
        session.type_keys("1");
        session.wait_for("Pending 3");
        session.type_keys("G");
        session.wait_for("Run 9, closed");
        session.type_keys("r 2");
        server.wait_entry(5, &EntryStatus::Rejected);
        session.wait_gone(" sending");
        session.type_keys("q");
        assert_eq!(session.wait_exit(), 0);
        session.assert_given_back();
    }
}

//! The README says what the program does: its key table is the command table, its commands exist.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test by panicking")]

use std::fmt::Write;
use std::fs;
use std::path::Path;

use questdesk::app::command::{Place, TABLE};

fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

/// The key table as the README must have it.
fn key_table() -> String {
    let mut table = String::from("| where | key | what it does | name |\n|---|---|---|---|\n");
    for place in Place::ALL {
        for row in TABLE.iter().filter(|row| row.place == place) {
            let keys: Vec<_> = row.keys.iter().map(|key| format!("`{key}`")).collect();
            writeln!(table, "| {} | {} | {} | `{}` |", place.title(), keys.join(" "), row.sentence, row.id)
                .unwrap();
        }
    }
    table
}

#[test]
fn the_key_table_is_the_command_table() {
    let text = readme();
    let (_, rest) = text.split_once("<!-- keys -->\n").expect("the README has no <!-- keys --> mark");
    let (shown, _) = rest.split_once("<!-- /keys -->").expect("the README has no <!-- /keys --> mark");
    let expected = key_table();
    assert!(shown == expected, "the README's key table is out of date; put this there:\n{expected}");
}

#[test]
fn both_commands_are_there() {
    let text = readme();
    for mark in ["demo-command", "test-command"] {
        let start = format!("<!-- {mark} -->`cargo ");
        assert!(text.lines().any(|line| line.starts_with(&start)), "no line begins with {start}");
    }
}

#[test]
fn every_file_it_points_to_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = readme();
    let mut links = 0;
    for (_, rest) in text.match_indices("](").map(|(at, mark)| text.split_at(at + mark.len())) {
        let target = rest.split(')').next().unwrap_or_default();
        if !target.contains("://") {
            links += 1;
            assert!(root.join(target).exists(), "the README points to {target}, which is not there");
        }
    }
    assert!(links > 2);
}

//! `app`, `ui` and `domain` do no I/O and read no clock. Imports would show it first, so they are looked for.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

/// What must not be named in the pure folders, and what to do instead.
const FORBIDDEN: &[(&str, &str)] = &[
    ("tokio::", "return an Effect: `run` and `sync` do the waiting"),
    ("reqwest", "return an Effect: only `ouro` speaks HTTP"),
    ("rusqlite", "return an Effect: only `store` and `backend` touch SQLite"),
    ("std::fs", "return an Effect: `run::perform` touches files"),
    ("std::net", "return an Effect"),
    ("std::io", "return an Effect"),
    ("std::process", "return an Effect"),
    ("std::thread", "return an Effect"),
    ("std::env", "settings come in with the state"),
    ("crate::clock", "time comes in with messages"),
    ("Instant::now", "time comes in with messages"),
    ("SystemTime", "time comes in with messages"),
    ("Timestamp::now", "time comes in with messages"),
    ("rand::", "what is random comes in with the state"),
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn the_pure_folders_do_no_io_and_read_no_clock() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    for folder in ["app", "ui", "domain"] {
        sources(&root.join(folder), &mut found);
    }
    assert!(found.len() > 5, "the pure folders have moved: tell this test where they are");
    let mut offences = Vec::new();
    for path in found {
        let text = fs::read_to_string(&path).unwrap();
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            for (word, instead) in FORBIDDEN {
                if code.contains(word) {
                    offences.push(format!("{}:{}: {word}: {instead}", path.display(), number + 1));
                }
            }
        }
    }
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

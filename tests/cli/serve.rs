//! `serve` as scripts meet it.

use std::io::{BufRead, BufReader, Read};
use std::sync::mpsc;
use std::thread;

use rustix::process::{Pid, Signal, kill_process};

use crate::harness::{DEADLINE, Home, ended};

#[test]
fn serve_says_one_line_of_json_and_ends_on_a_signal() {
    for signal in [Signal::TERM, Signal::INT] {
        let home = Home::new();
        let mut child = home.command(&["serve", "--fixture", "empty", "--fee", "2.5"], &[]).spawn().unwrap();
        let id = Pid::from_child(&child);
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let (said, first) = mpsc::channel();
        let reader = thread::spawn(move || {
            let mut line = String::new();
            output.read_line(&mut line).unwrap();
            said.send(line).unwrap();
            let mut rest = String::new();
            output.read_to_string(&mut rest).unwrap();
            rest
        });
        let Ok(line) = first.recv_timeout(DEADLINE) else {
            let _ = kill_process(id, Signal::KILL);
            panic!("serve says nothing");
        };
        let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert!(ready["url"].as_str().unwrap().starts_with("http://127.0.0.1:"), "{line}");
        let names: Vec<_> = ready["accounts"]
            .as_array()
            .unwrap()
            .iter()
            .map(|account| account["username"].as_str().unwrap())
            .collect();
        for name in ["ana", "ravi", "maria", "bot-7", "olga"] {
            assert!(names.contains(&name), "{name} is in {names:?}");
        }
        kill_process(id, signal).unwrap();
        let run = ended(child);
        assert_eq!((run.code, run.err.as_str()), (0, ""));
        assert_eq!(reader.join().unwrap(), "", "nothing after the first line");
    }
}

#[test]
fn serve_refuses_faults_and_files_it_cannot_use() {
    let home = Home::new();
    let run = home.run(&["serve", "--faults", "weather=1"], &[], "");
    assert_eq!(run.code, 2, "{}", run.err);
    assert!(run.err.contains("there is no fault `weather`"), "{}", run.err);
    let nowhere = home.path().join("no/such/folder/data.db").display().to_string();
    let run = home.run(&["serve", "--db", &nowhere], &[], "");
    assert_eq!(run.code, 2, "{}", run.err);
    assert!(run.err.contains("--db"), "{}", run.err);
}

//! The terminal layer in a real terminal, through `examples/term_probe.rs`.

use crate::harness::{Program, Session};
use rustix::process::Signal;

fn probe() -> Session {
    let session = Program::example("term_probe").arguments(&["/var/log/probe.log"]).start();
    session.wait_for("ready");
    session
}

#[test]
fn quitting_gives_the_terminal_back() {
    let mut session = probe();
    assert!(!session.settings_are_as_found(), "raw while it runs");
    session.wait_until("the alternate screen", vt100::Screen::alternate_screen);
    session.type_keys("q");
    session.wait_gone("ready");
    assert_eq!(session.wait_exit(), 0);
    session.assert_given_back();
}

#[test]
fn a_link_that_a_torn_frame_left_open_is_closed_where_there_are_links_at_all() {
    for (forced, closes) in [("1", true), ("0", false)] {
        let mut session = Program::example("term_probe").variable("FORCE_HYPERLINK", forced).start();
        session.wait_for("ready");
        session.type_keys("q");
        assert_eq!(session.wait_exit(), 0);
        let raw = String::from_utf8_lossy(&session.raw()).into_owned();
        let (before, _) = raw.rsplit_once("\u{1b}[?1049l").unwrap();
        assert_eq!(before.contains("\u{1b}\\\u{1b}]8;;\u{1b}\\\u{1b}\\"), closes, "{before:?}");
        assert_eq!(raw.contains("]8;;"), closes);
    }
}

#[test]
fn a_panic_in_a_thread_gives_the_terminal_back_and_says_where_the_log_is() {
    let mut session = probe();
    session.type_keys("P");
    assert_eq!(session.wait_exit(), 101);
    session.assert_given_back();
    let screen = session.screen();
    assert!(screen.contains("/var/log/probe.log"), "{screen}");
    assert_eq!(screen.matches("questdesk had to stop").count(), 1, "{screen}");
    assert!(!screen.contains("probed") && !screen.contains("backtrace"), "{screen}");
}

#[test]
fn a_panic_ends_the_program_even_while_nobody_reads() {
    let mut session = probe();
    session.stop_reading();
    session.fill_up();
    session.type_keys("P");
    assert_eq!(session.wait_end(), 101);
    assert!(session.settings_are_as_found());
}

#[test]
fn a_panic_shows_details_only_if_they_are_wanted() {
    let mut session = Program::example("term_probe").variable("RUST_BACKTRACE", "1").size(100, 200).start();
    session.wait_for("ready");
    session.type_keys("P");
    assert_eq!(session.wait_exit(), 101);
    let raw = String::from_utf8_lossy(&session.raw()).into_owned();
    assert!(raw.contains("probed \u{FFFD}[31m"), "{}", session.screen());
}

#[test]
fn a_request_to_end_gives_the_terminal_back() {
    let mut session = probe();
    session.signal(Signal::TERM);
    assert_eq!(session.wait_exit(), 143);
    session.assert_given_back();
}

#[test]
fn a_hang_up_signal_ends_the_program() {
    let mut session = probe();
    session.signal(Signal::HUP);
    assert_eq!(session.wait_exit(), 129);
    session.assert_given_back();
}

#[test]
fn a_terminal_that_is_gone_ends_the_program_without_spinning() {
    let mut session = probe();
    let before = session.cpu_ticks().unwrap();
    session.hang_up();
    assert_eq!(session.wait_exit(), 129);
    assert!(session.cpu_ticks().is_none_or(|after| after - before < 20), "it spun");
}

#[test]
fn without_a_terminal_it_says_so() {
    let session = Program::at("sh")
        .arguments(&["-c", "\"$0\" </dev/null; echo ended with $?"])
        .arguments(&[Program::example("term_probe").path()])
        .start();
    session.wait_for("standard input is not a terminal");
    session.wait_for("ended with 2");
}

#[test]
fn keys_arrive_however_they_are_cut_up() {
    let mut session = probe();
    session.type_keys("j A Up Ctrl-PgDn F5 Shift-Tab Alt-x Space é Esc Enter");
    for name in ["j", "A", "Up", "Ctrl-PgDn", "F5", "Shift-Tab", "Alt-x", "Space", "é", "Esc", "Enter"] {
        session.wait_for(&format!("key {name}"));
    }
    session.send_raw(b"\x1b[1;");
    session.send_raw(b"5");
    session.send_raw(b"B\xe7\xa5");
    session.send_raw(b"\xa8");
    session.wait_for("key Ctrl-Down\nkey 票");
}

#[test]
fn an_arrow_torn_after_its_escape_never_becomes_a_letter() {
    loop {
        let mut session = probe();
        if !session.send_torn(&[b"\x1b", b"[A"]) {
            continue;
        }
        session.type_keys("z");
        session.wait_for("key z");
        let screen = session.screen();
        assert!(!screen.contains("key A") && !screen.contains("key ["), "{screen}");
        return;
    }
}

#[test]
fn a_paste_is_no_keys_bracketed_or_not() {
    let mut session = probe();
    session.send_raw(b"\x1b[200~AAq\rP\x1b[201~");
    session.wait_for(r#"Paste { text: "AAq\nP", cut: false }"#);
    session.send_raw(b"accept all of it\rPq");
    session.wait_for(r#"Burst("accept all of it\nPq")"#);
}

#[test]
fn a_terminal_that_takes_nothing_blocks_neither_keys_nor_the_end() {
    let mut session = Program::example("term_probe").size(200, 60).start();
    session.wait_for("ready");
    session.stop_reading();
    session.type_keys("F");
    session.fill_up();
    session.type_keys("q");
    assert_eq!(session.wait_end(), 0, "the key was heard");
    assert!(session.settings_are_as_found());
}

#[test]
fn a_terminal_that_takes_nothing_does_not_hold_up_a_request_to_end() {
    let mut session = Program::example("term_probe").size(200, 60).start();
    session.wait_for("ready");
    session.stop_reading();
    session.type_keys("F");
    session.fill_up();
    session.signal(Signal::TERM);
    assert_eq!(session.wait_end(), 143);
    assert!(session.settings_are_as_found());
}

#[test]
fn frames_go_on_when_the_terminal_is_read_again() {
    let mut session = Program::example("term_probe").size(200, 60).start();
    session.wait_for("ready");
    session.stop_reading();
    session.type_keys("F");
    session.fill_up();
    session.resume_reading();
    session.wait_until("a flood", |screen| screen.contents().len() > 200 * 59);
    session.type_keys("q");
    assert_eq!(session.wait_exit(), 0);
    session.assert_given_back();
}

#[test]
fn a_storm_of_sizes_ends_with_the_last() {
    let mut session = probe();
    for step in 0..50 {
        session.resize(20 + step * 2, 5 + step);
    }
    session.wait_for("signal Resize(118, 54)");
    session.type_keys("q");
    assert_eq!(session.wait_exit(), 0);
    session.assert_given_back();
}

#[test]
fn the_editor_gets_the_terminal_and_the_text_comes_back() {
    // An editor that looks at the terminal it was given, and answers.
    let script = "stty -a | grep -q ' icanon' && echo cooked >>\"$1\"; echo more >>\"$1\"";
    let session = probe_with_editor("good", script);
    session.wait_for("edited draftcooked more");
    session.wait_until("the alternate screen", vt100::Screen::alternate_screen);
    assert!(!session.settings_are_as_found(), "raw again");
}

#[test]
fn an_editor_that_fails_keeps_the_text() {
    let session = probe_with_editor("bad", "echo lost >>\"$1\"; exit 3");
    session.wait_for("the text is kept");
    session.wait_until("the alternate screen", vt100::Screen::alternate_screen);
}

#[test]
fn a_missing_editor_is_named_with_the_mend() {
    let mut session =
        Program::example("term_probe").variable("VISUAL", "no-such-editor --wait").size(120, 24).start();
    session.wait_for("ready");
    session.type_keys("E");
    session.wait_for("no-such-editor --wait");
    session.wait_for("set VISUAL or EDITOR");
}

#[test]
fn a_request_to_end_reaches_the_editor_too() {
    let mut session = probe_with_editor("slow", "echo open; exec cat");
    session.wait_for("open");
    session.signal(Signal::TERM);
    assert_eq!(session.wait_exit(), 143);
    session.assert_given_back();
}

/// A probe whose editor is a script; it is asked to edit.
fn probe_with_editor(name: &str, script: &str) -> Session {
    // The program's own folder is where it starts, so a name is enough.
    let mut session = Program::example("term_probe").variable("VISUAL", &format!("sh {name}")).start();
    std::fs::write(session.home().join(name), script).unwrap();
    session.wait_for("ready");
    session.type_keys("E");
    session
}

/// A shell with the probe as its job.
fn probe_in_shell() -> Session {
    let mut session = Program::at("bash")
        .arguments(&["--norc", "--noprofile", "-i"])
        .variable("PS1", "shell> ")
        .variable("VISUAL", "sh editor")
        .start();
    session.wait_for("shell>");
    session.send_raw(format!("{}\r", Program::example("term_probe").path()).as_bytes());
    session.wait_for("ready");
    session
}

/// Continues the stopped probe, sees it listen, and ends it and the shell.
fn continue_and_end(session: &mut Session) {
    session.wait_for("Stopped");
    session.wait_until("the first screen", |screen| !screen.alternate_screen());
    session.send_raw(b"fg\r");
    session.wait_for("back again");
    session.wait_until("the alternate screen", vt100::Screen::alternate_screen);
    session.type_keys("k");
    session.wait_for("key k");
    session.type_keys("q");
    session.wait_until("the first screen", |screen| !screen.alternate_screen());
    session.send_raw(b"exit\r");
    assert_eq!(session.wait_exit(), 0);
    session.assert_given_back();
}

#[test]
fn a_shell_gets_the_terminal_on_ctrl_z_and_gives_it_back() {
    let mut session = probe_in_shell();
    session.type_keys("Ctrl-z");
    continue_and_end(&mut session);
}

#[test]
fn a_request_to_stop_is_a_ctrl_z() {
    let mut session = probe_in_shell();
    session.signal_foreground(Signal::TSTP);
    continue_and_end(&mut session);
}

#[test]
fn ctrl_z_inside_the_editor_stops_both_and_both_go_on() {
    let mut session = probe_in_shell();
    // What the terminal does at Ctrl-z: the whole job is asked to stop.
    let script = "echo open; kill -TSTP 0; echo more >>\"$1\"";
    std::fs::write(session.home().join("editor"), script).unwrap();
    session.type_keys("E");
    session.wait_for("Stopped");
    session.send_raw(b"fg\r");
    session.wait_for("edited draftmore");
    session.wait_until("the alternate screen", vt100::Screen::alternate_screen);
    session.type_keys("k");
    session.wait_for("key k");
}

#[test]
fn after_a_stop_that_was_not_ours_everything_is_painted_again() {
    let mut session = probe();
    session.signal(Signal::STOP);
    let entered = |session: &Session| session.raw().windows(8).filter(|part| *part == b"\x1b[?1049h").count();
    let before = entered(&session);
    session.signal(Signal::CONT);
    session.wait_for("signal Continued");
    assert_eq!(entered(&session), before + 1);
    session.type_keys("q");
    assert_eq!(session.wait_exit(), 0);
    session.assert_given_back();
}

#[test]
fn without_a_shell_ctrl_z_says_why_not() {
    let mut session = probe();
    session.type_keys("Ctrl-z");
    session.wait_for("there is no shell to go back to");
}

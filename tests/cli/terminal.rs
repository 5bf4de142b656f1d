//! The commands that people type at, in a terminal.

use std::io::{Read, Write};
use std::sync::mpsc;
use std::thread;

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

use crate::harness::{DEADLINE, Home, PROGRAM, with_backend};

/// Runs in a terminal; types `keys` once `prompt` is there. The exit code and all that was shown.
fn in_a_terminal(
    home: &Home,
    arguments: &[&str],
    variables: &[(&str, &str)],
    prompt: &str,
    keys: &str,
) -> (u32, String) {
    let pty =
        native_pty_system().openpty(PtySize { rows: 24, cols: 80, pixel_width: 0, pixel_height: 0 }).unwrap();
    let mut command = CommandBuilder::new(PROGRAM);
    command.args(arguments);
    command.env_clear();
    for (name, value) in home.variables() {
        command.env(name, value);
    }
    for (name, value) in variables {
        command.env(name, value);
    }
    let mut child = pty.slave.spawn_command(command).unwrap();
    drop(pty.slave);
    let mut reader = pty.master.try_clone_reader().unwrap();
    let mut writer = pty.master.take_writer().unwrap();
    let (sender, pieces) = mpsc::channel();
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(count) = reader.read(&mut buffer) {
            if count == 0 || sender.send(buffer[..count].to_vec()).is_err() {
                return;
            }
        }
    });
    let mut shown = Vec::new();
    let mut typed = keys.is_empty();
    loop {
        match pieces.recv_timeout(DEADLINE) {
            Ok(piece) => shown.extend(piece),
            Err(mpsc::RecvTimeoutError::Disconnected) => break,
            Err(mpsc::RecvTimeoutError::Timeout) => {
                child.kill().unwrap();
                panic!("the program hangs after {}", String::from_utf8_lossy(&shown));
            }
        }
        if !typed && String::from_utf8_lossy(&shown).contains(prompt) {
            writer.write_all(keys.as_bytes()).unwrap();
            typed = true;
        }
    }
    assert!(typed, "no prompt: {}", String::from_utf8_lossy(&shown));
    (child.wait().unwrap().exit_code(), String::from_utf8_lossy(&shown).into_owned())
}

#[test]
fn a_typed_key_is_not_shown() {
    with_backend(|url, key| {
        let home = Home::new();
        let keys = format!("{key}\r");
        let (code, shown) = in_a_terminal(&home, &["login", "--base-url", url], &[], "API key", &keys);
        assert_eq!(code, 0, "{shown}");
        assert!(shown.contains("signed in as @ana") && !shown.contains(key), "{shown}");
        let (code, shown) =
            in_a_terminal(&home, &["login", "--base-url", url], &[], "API key", "pat-half\x03");
        assert_eq!(code, 2, "{shown}");
        assert!(shown.contains("no key was given") && !shown.contains("pat-half"), "{shown}");
    });
}

#[test]
fn without_a_key_there_is_text_even_in_a_terminal() {
    let home = Home::new();
    let (code, shown) = in_a_terminal(&home, &[], &[("TERM", "xterm-256color")], "", "");
    assert_eq!(code, 3, "{shown}");
    assert!(shown.contains("questdesk login") && !shown.contains('\x1b'), "text, not a screen: {shown:?}");
}

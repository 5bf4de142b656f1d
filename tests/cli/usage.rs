//! What is wrong with the arguments, the configuration or the surroundings.

use std::fs;

use crate::harness::{Home, WRONG_KEY, nobody};

#[test]
fn help_and_version_are_results() {
    let home = Home::new();
    let help = home.run(&["--help"], &[], "");
    assert_eq!((help.code, help.err.as_str()), (0, ""));
    assert!(help.out.contains("doctor") && help.out.contains("--read-only"), "{}", help.out);
    assert!(!help.out.contains("--api-key") && !help.out.contains("--key"), "a key is never an argument");
    let serve = home.run(&["serve", "--help"], &[], "").out;
    assert!(serve.contains("--faults") && serve.contains("--state-dir"), "{serve}");
    assert!(!serve.contains("--read-only") && !serve.contains("--profile"), "it lists what it uses: {serve}");
    let demo = home.run(&["demo", "--help"], &[], "").out;
    assert!(demo.contains("--faults") && demo.contains("--read-only"), "{demo}");
    let version = home.run(&["--version"], &[], "");
    assert_eq!((version.code, version.out), (0, format!("questdesk {}\n", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn wrong_usage_ends_with_2_and_a_mend() {
    let home = Home::new();
    for arguments in [
        &["--bogus"][..],
        &["--lane", "4/3"],
        &["--quest", "curie"],
        &["serve", "--addr", "0.0.0.0:80"],
        &["serve", "--fee", "101"],
        &["demo", "--live", "-1"],
        &["fly"],
    ] {
        let run = home.run(arguments, &[], "");
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.err);
        assert!(run.err.starts_with("questdesk: ") && run.err.contains("\n  mend: "), "{}", run.err);
        assert_eq!(run.out, "");
    }
}

#[test]
fn without_a_key_it_says_the_two_ways_on() {
    let home = Home::new();
    let run = home.run(&[], &[], "");
    assert_eq!((run.code, run.out.as_str()), (3, ""));
    assert!(run.err.contains("questdesk login") && run.err.contains("questdesk demo"), "{}", run.err);
}

#[test]
fn without_a_terminal_there_is_no_desk() {
    let home = Home::new();
    for arguments in [&[][..], &["demo"]] {
        let run = home.run(arguments, &[("OURO_API_KEY", WRONG_KEY)], "");
        assert_eq!(run.code, 2, "{}", run.err);
        assert!(run.err.starts_with("questdesk: the desk needs a terminal"), "{}", run.err);
    }
}

#[test]
fn a_bad_configuration_is_named_with_file_and_line() {
    let home = Home::new();
    let file = home.path().join("my.toml");
    fs::write(&file, "[decide]\nundo_secs = 5\nseen_ms = -1\n").unwrap();
    let file = file.display().to_string();
    for arguments in [&["--config", &file][..], &["--config", &file, "login"], &["--config", &file, "logout"]]
    {
        let run = home.run(arguments, &[], "");
        assert_eq!(run.code, 2);
        assert_eq!(
            run.err,
            format!(
                "questdesk: {file}:2: unknown key `undo_secs` in [decide]\n  mend: did you mean `undo_seconds`?\n\
                 questdesk: {file}:3: `seen_ms` in [decide] can't be -1\n  \
                 mend: `seen_ms` takes a whole number from 0 to 1000\n"
            )
        );
    }
    let doctor = home.run(&["doctor"], &[("QUESTDESK_CONFIG", &file)], "");
    assert_eq!(doctor.code, 2);
    assert!(doctor.out.contains(&format!("fail  config    {file}:2: unknown key")), "{}", doctor.out);
    assert!(doctor.out.contains(" locale "), "it goes on with what it can check: {}", doctor.out);
}

#[test]
fn keys_views_and_the_filter_are_checked_before_the_desk_opens() {
    let home = Home::new();
    let file = home.path().join("my.toml");
    fs::write(&file, "[keys]\nacept = \"e\"\n[views]\nold = \"is:paid eval:pased\"\n").unwrap();
    let file = file.display().to_string();
    let flags = ["--config", &file, "--filter", "curie bi:maria"];
    let said = [
        format!("{file}:2: [keys]: there is no command `acept`"),
        format!(
            "{file}:4: `old` in [views]: character 14, at `pased`: there is no `eval:pased`; did you mean `eval:passed`?"
        ),
        "--filter: character 7, at `bi:maria`: there is no `bi`; did you mean `by`?".to_owned(),
    ];
    let desk = home.run(&flags, &[], "");
    let doctor = home.run(&[&["doctor"], &flags[..]].concat(), &[], "");
    assert_eq!((desk.code, doctor.code), (2, 2));
    for what in said {
        assert!(desk.err.contains(&format!("questdesk: {what}\n  mend: ")), "{}", desk.err);
        assert!(doctor.out.contains(&format!("fail  config    {what}\n")), "{}", doctor.out);
    }
}

#[test]
fn a_state_folder_that_cannot_be_written_is_named() {
    let home = Home::new();
    let file = home.path().join("file");
    fs::write(&file, "").unwrap();
    let state = file.join("state").display().to_string();
    let run = home.run(&["--state-dir", &state], &[("OURO_API_KEY", WRONG_KEY)], "");
    assert_eq!(run.code, 2);
    let said = format!("questdesk: the state folder {state} can't be written: ");
    assert!(run.err.starts_with(&said) && run.err.contains("--state-dir"), "{}", run.err);
    let doctor = home.run(&["--state-dir", &state, "--base-url", &nobody(), "doctor"], &[], "");
    assert!(doctor.out.contains("fail  state "), "{}", doctor.out);
}

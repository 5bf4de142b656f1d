//! The program as people and scripts meet it: exit codes, what it says, how to mend it, and that no API key ever
//! shows up in what it writes.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail the test by panicking"
)]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use questdesk::backend::{Backend, Fixture, Options};
use rustix::process::{Pid, Signal, kill_process};

const PROGRAM: &str = env!("CARGO_BIN_EXE_questdesk");
/// Nothing here takes longer unless it hangs.
const DEADLINE: Duration = Duration::from_secs(60);
/// A key that the backend doesn't know.
const WRONG_KEY: &str = "pat-wrong-0123456789";

/// A home of its own for each test, and the program run in it.
struct Home {
    dir: tempfile::TempDir,
}

/// How a run ended.
struct Run {
    code: i32,
    out: String,
    err: String,
}

impl Home {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn variables(&self) -> Vec<(&'static str, String)> {
        let home = self.path().display().to_string();
        vec![
            ("HOME", home.clone()),
            ("QUESTDESK_STATE_DIR", format!("{home}/state")),
            ("LANG", "C.UTF-8".to_owned()),
        ]
    }

    fn command(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).env_clear().envs(self.variables()).envs(variables.iter().copied());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, arguments: &[&str], variables: &[(&str, &str)], input: &str) -> Run {
        let mut child = self.command(arguments, variables).spawn().unwrap();
        // A program that ends without reading leaves a broken pipe behind.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let ended = ended(child);
        for secret in variables
            .iter()
            .filter(|(name, _)| *name == "OURO_API_KEY")
            .map(|(_, key)| *key)
            .chain([input.trim()].into_iter().filter(|text| !text.is_empty()))
        {
            assert!(!ended.out.contains(secret) && !ended.err.contains(secret), "the key is shown");
            assert!(!self.log().contains(secret), "the key is logged");
        }
        ended
    }

    fn log(&self) -> String {
        fs::read_to_string(self.path().join("state/log/questdesk.log")).unwrap_or_default()
    }
}

/// Waits for the end, within the deadline.
fn ended(child: Child) -> Run {
    let id = Pid::from_child(&child);
    let (done, waited) = mpsc::channel();
    thread::spawn(move || done.send(child.wait_with_output()));
    let Ok(output) = waited.recv_timeout(DEADLINE) else {
        let _ = kill_process(id, Signal::KILL);
        panic!("the program hangs");
    };
    let output = output.unwrap();
    Run {
        code: output.status.code().expect("it ends by itself"),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A backend in this process, for as long as the work takes.
fn with_backend(work: impl FnOnce(&str, &str)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let options = Options { fixture: Fixture::Empty, ..Options::default() };
    let backend = runtime.block_on(Backend::start(options)).unwrap();
    let ready = backend.ready();
    work(&ready.url, &ready.account("ana").unwrap().api_key);
    runtime.block_on(backend.stop());
}

/// An address where nobody listens.
fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

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

type Flags<'f> = &'f [&'f str];
type Variables<'v> = &'v [(&'v str, &'v str)];

#[test]
fn doctor_says_how_pictures_are_drawn_and_why() {
    let home = Home::new();
    let file = home.path().join("my.toml");
    fs::write(&file, "[previews]\npictures = \"kitty\"\n").unwrap();
    let file = file.display().to_string();
    let tmux = ("TMUX", "/tmp/x,1,0");
    let tables: [(Flags<'_>, Variables<'_>, &str); 7] = [
        (&[], &[("TERM", "xterm-kitty")], "ok    pictures  Kitty: TERM is xterm-kitty\n"),
        (
            &[],
            &[("TERM", "foot"), ("SSH_TTY", "/dev/pts/1")],
            "ok    pictures  Sixel: TERM is foot; fetched when an asset is opened\n",
        ),
        (&[], &[("TERM", "xterm-kitty"), tmux], "ok    pictures  half blocks: inside tmux\n"),
        (
            &[],
            &[("TERM", "foot"), ("NO_COLOR", "1")],
            "ok    pictures  their measures only: NO_COLOR is set\n",
        ),
        (&["--no-images"], &[("TERM", "foot")], "ok    pictures  --no-images shows none\n"),
        (&["--config", &file], &[("TERM", "xterm")], "ok    pictures  Kitty: the configuration says so\n"),
        (
            &["--config", &file],
            &[("TERM", "xterm"), tmux],
            "warn  pictures  half blocks: the configuration says",
        ),
    ];
    for (flags, variables, line) in tables {
        let doctor = home.run(&[&["doctor"], flags].concat(), variables, "");
        assert!(doctor.out.contains(line), "{variables:?}: {}", doctor.out);
    }
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
fn a_key_is_not_sent_in_the_open() {
    let home = Home::new();
    let run = home.run(&["--base-url", "http://ouro.example.org", "login"], &[], WRONG_KEY);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("would send the API key unencrypted"), "{}", run.err);
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

#[test]
fn a_server_that_is_not_there_ends_with_4() {
    let home = Home::new();
    let url = nobody();
    let run = home.run(&["--base-url", &url, "login"], &[], WRONG_KEY);
    assert_eq!(run.code, 4, "{}", run.err);
    assert!(
        run.err.starts_with("questdesk: the server is out of reach") && run.err.contains("mend: "),
        "{}",
        run.err
    );
    assert!(!home.path().join("state/profiles/default/key").exists(), "an unchecked key is not kept");
    let doctor = home.run(&["doctor"], &[("OURO_BASE_URL", &url), ("OURO_API_KEY", WRONG_KEY)], "");
    assert_eq!(doctor.code, 4);
    assert!(doctor.out.contains("fail  server "), "{}", doctor.out);
}

#[test]
fn a_wrong_key_ends_with_3_and_says_where_keys_come_from() {
    with_backend(|url, _| {
        let home = Home::new();
        let run = home.run(&["login", "--base-url", url], &[], &format!("{WRONG_KEY}\n"));
        assert_eq!(run.code, 3, "{}", run.err);
        assert!(run.err.starts_with("questdesk: the API key was refused"), "{}", run.err);
        assert!(run.err.contains("mend: make a key on the site"), "{}", run.err);
        assert!(!home.path().join("state/profiles/default/key").exists());
        let doctor = home.run(&["doctor", "--base-url", url], &[("OURO_API_KEY", WRONG_KEY)], "");
        assert_eq!(doctor.code, 3, "{}", doctor.out);
        assert!(
            doctor.out.contains("ok    server ") && doctor.out.contains("fail  account "),
            "{}",
            doctor.out
        );
    });
}

#[test]
fn what_is_no_key_is_refused_before_it_is_sent() {
    let home = Home::new();
    for input in ["\n", "two words\n", "caf\u{e9}\n"] {
        let run = home.run(&["login", "--base-url", &nobody()], &[], input);
        assert_eq!(run.code, 2, "{}", run.err);
        assert!(run.err.starts_with("questdesk: that is no API key"), "{}", run.err);
    }
}

#[test]
fn login_keeps_the_key_doctor_finds_it_and_logout_forgets_it() {
    with_backend(|url, key| {
        let home = Home::new();
        let server = ("OURO_BACKEND_URL", url);
        let run = home.run(&["login"], &[server], &format!("  {key}\r\n"));
        assert_eq!(run.code, 0, "{}", run.err);
        assert!(run.out.starts_with(&format!("signed in as @ana on {url}\n")), "{}", run.out);
        assert!(!run.out.contains(key));
        let file = home.path().join("state/profiles/default/key");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        let doctor = home.run(&["doctor"], &[server], "");
        assert_eq!(doctor.code, 0, "{}", doctor.out);
        assert!(
            doctor.out.contains("warn  key ") && doctor.out.contains("others could read"),
            "{}",
            doctor.out
        );
        for fine in ["account   @ana", "link ", "clock "] {
            assert!(doctor.out.contains(&format!("ok    {fine}")), "{}", doctor.out);
        }
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "tightened");
        assert!(home.run(&["doctor"], &[server], "").out.contains("ok    key "));

        let elsewhere = home.run(&["--base-url", &nobody()], &[], "");
        assert_eq!(elsewhere.code, 3, "the key is for one server only: {}", elsewhere.err);

        let run = home.run(&["logout"], &[server, ("OURO_API_KEY", WRONG_KEY)], "");
        assert_eq!(run.code, 0);
        assert!(
            run.out.starts_with("signed out") && run.err.contains("OURO_API_KEY is set"),
            "{}{}",
            run.out,
            run.err
        );
        assert!(!file.exists());
        assert!(home.run(&["logout"], &[server], "").out.starts_with("no key was kept"));
    });
}

#[test]
fn doctor_knows_organization_and_team() {
    with_backend(|url, key| {
        let home = Home::new();
        let variables = [("OURO_BASE_URL", url), ("OURO_API_KEY", key)];
        let team = "0193b2aa-2222-7000-8000-0000000000c1";
        let doctor = home.run(&["doctor", "--org", "nobodys", "--team", team], &variables, "");
        assert_eq!(doctor.code, 2, "{}", doctor.out);
        assert!(
            doctor.out.contains("fail  org       you are in no organization `nobodys`"),
            "{}",
            doctor.out
        );
        let doctor = home.run(&["doctor", "--team", team], &variables, "");
        assert_eq!(doctor.code, 2, "{}", doctor.out);
        assert!(
            doctor.out.contains("fail  team ") && doctor.out.contains("name one you are in: "),
            "{}",
            doctor.out
        );
    });
}

#[test]
fn a_token_command_gives_the_key_and_its_failure_is_told() {
    with_backend(|url, key| {
        let home = Home::new();
        let secret = home.path().join("secret");
        fs::write(&secret, key).unwrap();
        let file = home.path().join("config.toml");
        let text = format!("base_url = \"{url}\"\ntoken_command = [\"cat\", \"{}\"]\n", secret.display());
        fs::write(&file, text).unwrap();
        let path = std::env::var("PATH").unwrap();
        let variables = [("QUESTDESK_CONFIG", file.to_str().unwrap()), ("PATH", path.as_str())];
        let doctor = home.run(&["doctor"], &variables, "");
        assert!(doctor.out.contains("ok    key       from token_command"), "{}", doctor.out);
        assert!(doctor.out.contains("ok    account   @ana") && !doctor.out.contains(key), "{}", doctor.out);
        fs::remove_file(&secret).unwrap();
        let run = home.run(&[], &variables, "");
        assert_eq!(run.code, 3);
        assert!(run.err.starts_with("questdesk: token_command failed (exit status: 1): "), "{}", run.err);
        assert!(home.log().contains("token_command: "), "its words are in the log");
    });
}

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

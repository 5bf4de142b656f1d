//! A program in a pseudo terminal, and somebody in front of it who reads, types, resizes, and pulls the plug.
//!
//! Everything waits for a condition, with a deadline; nothing sleeps and hopes. Knows nothing of the desk's screens.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use portable_pty::{CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};
use questdesk::app::key::{Key, KeyCode};
use rustix::process::{Pid, Signal, kill_process};
use rustix::termios::{OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
use tempfile::TempDir;

/// Long enough for a busy machine; a test that needs this long has failed.
const DEADLINE: Duration = Duration::from_secs(20);

/// How long a key that may have come too early is given before it is pressed again.
const PRESS_AGAIN: Duration = Duration::from_millis(120);

/// How long somebody looks before a key that follows what has just come up: longer than the desk lets such a key wait
/// (`seen_ms`, a question that is new, a list that moved by itself), which has it from a moment before it is seen here.
const A_LOOK: Duration = Duration::from_millis(400);

/// Between two parts of something that is torn on the way, at the most: well within what the desk promises to join or
/// to swallow (250 ms), with room for the way there.
const TORN_WITHIN: Duration = Duration::from_millis(100);

/// Ends a run of typed characters without being a key itself: the terminal's "I have the focus".
const NOT_A_KEY: &[u8] = b"\x1b[I";

/// The end of the output so far; the terminal shows nothing of it.
const MARK: &[u8] = b"\x1b]777;mark\x07";

/// What encloses a frame of more than a few lines: whoever looks sees all of it or nothing.
const FRAME_BEGINS: &[u8] = b"\x1b[?2026h";
const FRAME_ENDS: &[u8] = b"\x1b[?2026l";

/// Somebody looks at the screen for as long as the desk wants them to. No condition can say that somebody has looked,
/// and a machine that takes longer looks longer.
pub(crate) fn look() {
    let (_nobody, nothing) = std::sync::mpsc::channel::<()>();
    // Nobody sends anything: only the time ends it.
    let _ = nothing.recv_timeout(A_LOOK);
}

/// What is to be started.
pub(crate) struct Program {
    command: PathBuf,
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
    size: (u16, u16),
}

impl Program {
    /// Any program.
    pub(crate) fn at(command: impl Into<PathBuf>) -> Self {
        Self { command: command.into(), arguments: Vec::new(), variables: Vec::new(), size: (80, 24) }
    }

    /// The desk.
    pub(crate) fn questdesk() -> Self {
        Self::at(env!("CARGO_BIN_EXE_questdesk"))
    }

    /// An example of this package; cargo builds them along with the tests.
    pub(crate) fn example(name: &str) -> Self {
        let test = std::env::current_exe().unwrap();
        let path = test.parent().unwrap().parent().unwrap().join("examples").join(name);
        assert!(
            path.exists(),
            "the example {name} isn't built: run `cargo test`, or `cargo build --examples` first"
        );
        Self::at(path)
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &str {
        self.command.to_str().unwrap()
    }

    pub(crate) fn arguments(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(|&argument| argument.to_owned()));
        self
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Cells across and down.
    pub(crate) fn size(mut self, width: u16, height: u16) -> Self {
        self.size = (width, height);
        self
    }

    /// Starts it, with nothing of our own environment but the path, and a home of its own.
    pub(crate) fn start(self) -> Session {
        let home = TempDir::new().unwrap();
        let pair = native_pty_system().openpty(pty_size(self.size)).unwrap();
        let tty = open_tty(&pair.master.tty_name().unwrap());
        let found = tcgetattr(&tty).unwrap();
        let mut command = CommandBuilder::new(&self.command);
        command.args(&self.arguments);
        command.env_clear();
        command.cwd(home.path());
        command.env("PATH", std::env::var("PATH").unwrap_or_default());
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command.env("HOME", home.path());
        command.env("QUESTDESK_STATE_DIR", home.path().join("state"));
        for (name, value) in &self.variables {
            command.env(name, value);
        }
        let mut child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let pid = Pid::from_raw(child.process_id().unwrap().try_into().unwrap()).unwrap();
        let seen = Arc::new(Seen::new(self.size));
        let (reader, waiter) = (Arc::clone(&seen), Arc::clone(&seen));
        let bytes = pair.master.try_clone_reader().unwrap();
        let reading = std::thread::spawn(move || {
            reader.read_all(bytes);
            reader.change(|state| state.ended = true);
        });
        std::thread::spawn(move || {
            let exit = child.wait().unwrap();
            waiter.change(|state| state.exit = Some(exit));
        });
        let writer = pair.master.take_writer().unwrap();
        Session { line: Some((pair.master, writer)), tty, found, pid, seen, reading: Some(reading), home }
    }
}

fn pty_size((width, height): (u16, u16)) -> PtySize {
    PtySize { rows: height, cols: width, pixel_width: 0, pixel_height: 0 }
}

fn open_tty(path: &std::path::Path) -> File {
    let flags = rustix::fs::OFlags::NOCTTY.bits().cast_signed();
    OpenOptions::new().read(true).write(true).custom_flags(flags).open(path).unwrap()
}

/// What has come out of the program.
struct State {
    raw: Vec<u8>,
    terminal: vt100::Parser,
    /// How much of it is on the screen.
    shown: usize,
    /// Where a frame began that has not ended yet: none of it is shown.
    frame: Option<usize>,
    exit: Option<ExitStatus>,
    /// Nobody reads: the terminal fills up.
    held: bool,
    /// The reading thread is to end.
    unplugged: bool,
    /// It has, and let go of the line.
    ended: bool,
}

impl State {
    /// Bytes came. A frame is shown when it is whole, as by terminals that can.
    fn take(&mut self, bytes: &[u8]) {
        let known = self.raw.len();
        self.raw.extend_from_slice(bytes);
        // A mark may have been cut in two.
        let cut = FRAME_BEGINS.len() - 1;
        let mut from = match self.frame {
            None => self.shown.saturating_sub(cut),
            Some(begun) => begun.max(known.saturating_sub(cut)),
        };
        loop {
            let (mark, ends) = match self.frame {
                None => (FRAME_BEGINS, false),
                Some(_) => (FRAME_ENDS, true),
            };
            let found = self.raw[from..].windows(mark.len()).position(|part| part == mark);
            let until = match found.map(|at| from + at + if ends { mark.len() } else { 0 }) {
                Some(at) => at,
                None if ends => return,
                None => self.raw.len(),
            };
            if until > self.shown {
                self.terminal.process(&self.raw[self.shown..until]);
                self.shown = until;
            }
            if found.is_none() {
                return;
            }
            self.frame = if ends { None } else { Some(until) };
            from = until;
        }
    }
}

struct Seen {
    state: Mutex<State>,
    changed: Condvar,
}

impl Seen {
    fn new((width, height): (u16, u16)) -> Self {
        let terminal = vt100::Parser::new(height, width, 0);
        let state = State {
            raw: Vec::new(),
            terminal,
            shown: 0,
            frame: None,
            exit: None,
            held: false,
            unplugged: false,
            ended: false,
        };
        Self { state: Mutex::new(state), changed: Condvar::new() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }

    fn read_all(&self, mut bytes: Box<dyn Read + Send>) {
        let mut buffer = [0; 4096];
        loop {
            let held = |state: &mut State| state.held && !state.unplugged;
            let state = self.changed.wait_while(self.lock(), held).unwrap();
            if state.unplugged {
                return;
            }
            drop(state);
            match bytes.read(&mut buffer) {
                Ok(0) | Err(_) => return,
                Ok(count) => self.change(|state| state.take(&buffer[..count])),
            }
        }
    }

    /// Waits until `done` gives something; `None` after the deadline.
    fn wait<T>(&self, done: impl FnMut(&State) -> Option<T>) -> Option<T> {
        self.wait_within(DEADLINE, done)
    }

    fn wait_within<T>(&self, within: Duration, mut done: impl FnMut(&State) -> Option<T>) -> Option<T> {
        let mut found = None;
        let not_yet = |state: &mut State| {
            found = done(state);
            found.is_none()
        };
        let state = self.changed.wait_timeout_while(self.lock(), within, not_yet).unwrap();
        drop(state);
        found
    }
}

/// A running program and the terminal it runs in. Kills the program when dropped.
pub(crate) struct Session {
    /// Our end of the terminal, until the plug is pulled.
    line: Option<(Box<dyn MasterPty>, Box<dyn Write + Send>)>,
    /// The program's end, kept open so that its settings can be looked at after the program ended.
    tty: File,
    found: Termios,
    pid: Pid,
    seen: Arc<Seen>,
    reading: Option<JoinHandle<()>>,
    home: TempDir,
}

impl Session {
    /// The program's own folder.
    pub(crate) fn home(&self) -> &std::path::Path {
        self.home.path()
    }

    /// The screen as text.
    pub(crate) fn screen(&self) -> String {
        self.seen.lock().terminal.screen().contents()
    }

    /// All bytes that came out.
    pub(crate) fn raw(&self) -> Vec<u8> {
        self.seen.lock().raw.clone()
    }

    /// Waits until the screen holds `text`.
    pub(crate) fn wait_for(&self, text: &str) {
        self.wait_until(&format!("{text:?} on the screen"), |screen| screen.contents().contains(text));
    }

    /// Waits until the screen no longer holds `text`.
    pub(crate) fn wait_gone(&self, text: &str) {
        self.wait_until(&format!("{text:?} gone"), |screen| !screen.contents().contains(text));
    }

    /// Waits until the terminal's screen is as wanted.
    pub(crate) fn wait_until(&self, what: &str, done: impl Fn(&vt100::Screen) -> bool) {
        let found = self.seen.wait(|state| done(state.terminal.screen()).then_some(()));
        assert!(found.is_some(), "waited in vain for {what}; the screen:\n{}", self.screen());
    }

    /// Waits until the output so far is as wanted.
    pub(crate) fn wait_output(&self, what: &str, done: impl Fn(&[u8]) -> bool) {
        let found = self.seen.wait(|state| done(&state.raw).then_some(()));
        assert!(found.is_some(), "waited in vain for {what}; the screen:\n{}", self.screen());
    }

    /// Waits for the end of the program and for all it has written; its exit code.
    pub(crate) fn wait_exit(&mut self) -> u32 {
        let code = self.wait_end();
        self.catch_up();
        code
    }

    /// Waits for the end of the program only; its exit code.
    pub(crate) fn wait_end(&self) -> u32 {
        let Some(status) = self.seen.wait(|state| state.exit.clone()) else {
            panic!("the program didn't end; the screen:\n{}", self.screen());
        };
        assert_eq!(status.signal(), None, "ended by a signal; the screen:\n{}", self.screen());
        status.exit_code()
    }

    /// Waits until all that was written so far has been read.
    fn catch_up(&mut self) {
        let before = self.raw().len();
        if self.line.is_none() || self.tty.write_all(MARK).is_err() {
            return;
        }
        let marked =
            |state: &State| state.raw[before..].windows(MARK.len()).any(|part| part == MARK).then_some(());
        assert!(self.seen.wait(marked).is_some(), "the terminal is stuck");
    }

    /// Types keys, written as people write them, with spaces between: `"j j Ctrl-l Esc"`.
    ///
    /// However they are cut up on the way, each arrives as the key it is.
    pub(crate) fn type_keys(&mut self, keys: &str) {
        for name in keys.split_whitespace() {
            let key: Key = name.parse().unwrap();
            let mut bytes = bytes_of(key);
            bytes.extend_from_slice(NOT_A_KEY);
            self.send_raw(&bytes);
        }
    }

    /// Sends bytes as they are.
    pub(crate) fn send_raw(&mut self, bytes: &[u8]) {
        let (_, writer) = self.line.as_mut().unwrap();
        writer.write_all(bytes).unwrap();
        writer.flush().unwrap();
    }

    /// Sends parts with a gap between them, as a slow line does. `false` if the gap may have been longer than anything is
    /// promised for: this machine was busy, and nothing that comes of it says anything.
    pub(crate) fn send_torn(&mut self, parts: &[&[u8]]) -> bool {
        let mut short = true;
        let mut before = questdesk::clock::monotonic();
        for part in parts {
            self.send_raw(part);
            let after = questdesk::clock::monotonic();
            short &= after.saturating_duration_since(before) <= TORN_WITHIN;
            before = after;
        }
        short
    }

    /// Gives the terminal another size.
    pub(crate) fn resize(&mut self, width: u16, height: u16) {
        self.seen.lock().terminal.screen_mut().set_size(height, width);
        self.line.as_ref().unwrap().0.resize(pty_size((width, height))).unwrap();
    }

    /// The numbers that the program gives its pictures where the terminal keeps them.
    pub(crate) fn picture_ids(&self) -> std::ops::RangeInclusive<u32> {
        let first = (self.pid.as_raw_nonzero().get().cast_unsigned() & 0x00ff_ffff) << 4;
        first + 1..=first + 8
    }

    /// Sends the program a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid, signal).unwrap();
    }

    /// Sends a signal to the job that has the terminal: a program that a shell started.
    pub(crate) fn signal_foreground(&self, signal: Signal) {
        let (master, _) = self.line.as_ref().unwrap();
        let leader = Pid::from_raw(master.process_group_leader().unwrap()).unwrap();
        assert_ne!(leader, self.pid, "the shell itself has the terminal");
        kill_process(leader, signal).unwrap();
    }

    /// Presses keys again and again until it is so. Only for keys that do no harm when they are taken twice: on a busy
    /// machine the first press may be on its way yet when the second one follows. For all others, [`look`] first.
    pub(crate) fn press_until(&mut self, keys: &str, what: &str, done: impl Fn(&str) -> bool) {
        let end = questdesk::clock::monotonic() + DEADLINE;
        while questdesk::clock::monotonic() < end {
            self.type_keys(keys);
            let seen = |state: &State| done(&state.terminal.screen().contents()).then_some(());
            if self.seen.wait_within(PRESS_AGAIN, seen).is_some() {
                return;
            }
        }
        panic!("pressed {keys} in vain for {what}; the screen:\n{}", self.screen());
    }

    /// Waits for output beyond the first `length` bytes.
    pub(crate) fn wait_more(&self, length: usize) {
        let more = |state: &State| (state.raw.len() > length).then_some(());
        assert!(self.seen.wait(more).is_some(), "nothing more was written; the screen:\n{}", self.screen());
    }

    /// `kill -9`, and waits until it is gone.
    pub(crate) fn kill(&self) {
        self.signal(Signal::KILL);
        assert!(self.seen.wait(|state| state.exit.clone()).is_some(), "it survived a kill");
    }

    /// Stops reading: the program can write about 20 KiB more, then nobody takes it.
    pub(crate) fn stop_reading(&self) {
        self.seen.change(|state| state.held = true);
    }

    /// Reads on.
    pub(crate) fn resume_reading(&self) {
        self.seen.change(|state| state.held = false);
    }

    /// Fills what room the terminal has left for output that nobody reads.
    pub(crate) fn fill_up(&mut self) {
        rustix::io::ioctl_fionbio(&self.tty, true).unwrap();
        while self.tty.write(&[b' '; 256]).is_ok() {}
        rustix::io::ioctl_fionbio(&self.tty, false).unwrap();
    }

    /// Pulls the plug: the terminal is gone, as when a window is closed or a connection lost.
    pub(crate) fn hang_up(&mut self) {
        self.seen.change(|state| state.unplugged = true);
        // The reading thread has the line open too. A byte of output wakes it; then it sees that it is to end.
        let _ = rustix::io::ioctl_fionbio(&self.tty, true);
        let end = questdesk::clock::monotonic() + DEADLINE;
        let ended = |state: &State| state.ended.then_some(());
        while questdesk::clock::monotonic() < end && self.seen.wait_within(Duration::ZERO, ended).is_none() {
            // The end of the program may have cut off our own end of the line: then it is opened anew.
            if self.tty.write_all(b"\0").is_err()
                && let Some(path) = self.line.as_ref().and_then(|(master, _)| master.tty_name())
            {
                self.tty = open_tty(&path);
            }
            let _ = self.seen.wait_within(PRESS_AGAIN, ended);
        }
        // This may be on the way out of a test that failed: what still hangs is left to the end of the process.
        if let Some(reading) = self.reading.take().filter(JoinHandle::is_finished) {
            reading.join().unwrap();
        }
        // The library would type an end-of-file before closing; a pulled plug types nothing.
        if let Ok(mut settings) = tcgetattr(&self.tty) {
            settings.special_codes[SpecialCodeIndex::VEOF] = 0;
            let _ = tcsetattr(&self.tty, OptionalActions::Now, &settings);
        }
        self.line = None;
    }

    /// Processor time the program has used, in ticks (a hundredth of a second); `None` once it has ended.
    pub(crate) fn cpu_ticks(&self) -> Option<u64> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid)).ok()?;
        // The name may hold spaces; what follows its closing bracket doesn't.
        let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let (user, system): (u64, u64) = (fields.get(11)?.parse().ok()?, fields.get(12)?.parse().ok()?);
        Some(user + system)
    }

    /// Whether the terminal's settings are as they were before the program came.
    pub(crate) fn settings_are_as_found(&self) -> bool {
        described(&tcgetattr(&self.tty).unwrap()) == described(&self.found)
    }

    /// Asserts that the terminal is as it was: settings, first screen, cursor, paste.
    pub(crate) fn assert_given_back(&self) {
        let raw = self.raw();
        let times = |bytes: &[u8]| raw.windows(bytes.len()).filter(|part| *part == bytes).count();
        assert!(self.settings_are_as_found(), "the settings have changed");
        assert!(times(b"\x1b[?1049l") <= times(b"\x1b[?1049h"), "left more often than entered");
        let state = self.seen.lock();
        let screen = state.terminal.screen();
        assert!(!screen.alternate_screen(), "still on the alternate screen");
        assert!(!screen.bracketed_paste(), "paste is still bracketed");
        assert!(!screen.hide_cursor(), "the cursor is still hidden");
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if self.seen.lock().exit.is_none() {
            let _ = kill_process(self.pid, Signal::KILL);
        }
        self.hang_up();
    }
}

fn described(settings: &Termios) -> String {
    let Termios { input_modes, output_modes, control_modes, local_modes, special_codes, .. } = settings;
    format!("{input_modes:?} {output_modes:?} {control_modes:?} {local_modes:?} {special_codes:?}")
}

/// What a terminal sends for a key.
fn bytes_of(key: Key) -> Vec<u8> {
    let modifiers = 1 + 2 * u8::from(key.alt) + 4 * u8::from(key.ctrl);
    let sequence = |middle: &str, last: char| match (modifiers, middle) {
        (1, "1") => format!("\x1b[{last}"),
        (1, _) => format!("\x1b[{middle}{last}"),
        _ => format!("\x1b[{middle};{modifiers}{last}"),
    };
    let text = match key.code {
        KeyCode::Char(character) if key.ctrl => {
            let byte = if character == ' ' { 0 } else { (character as u8).to_ascii_uppercase() & 0x1f };
            format!("{}{}", if key.alt { "\x1b" } else { "" }, char::from(byte))
        }
        KeyCode::Char(character) if key.alt => format!("\x1b{character}"),
        KeyCode::Char(character) => character.to_string(),
        KeyCode::Enter => "\r".to_owned(),
        KeyCode::Esc => "\x1b".to_owned(),
        KeyCode::Tab => "\t".to_owned(),
        KeyCode::BackTab => "\x1b[Z".to_owned(),
        KeyCode::Backspace => "\x7f".to_owned(),
        KeyCode::Up => sequence("1", 'A'),
        KeyCode::Down => sequence("1", 'B'),
        KeyCode::Right => sequence("1", 'C'),
        KeyCode::Left => sequence("1", 'D'),
        KeyCode::Home => sequence("1", 'H'),
        KeyCode::End => sequence("1", 'F'),
        KeyCode::Insert => sequence("2", '~'),
        KeyCode::Delete => sequence("3", '~'),
        KeyCode::PageUp => sequence("5", '~'),
        KeyCode::PageDown => sequence("6", '~'),
        KeyCode::F(number @ 1..=5) => sequence(&(10 + number).to_string(), '~'),
        KeyCode::F(number @ 6..=10) => sequence(&(11 + number).to_string(), '~'),
        KeyCode::F(number) => sequence(&(12 + number).to_string(), '~'),
    };
    text.into_bytes()
}

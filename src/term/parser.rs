//! Bytes from the keyboard to [`Input`]. Pure: time comes in, nothing is read.
//!
//! The one rule behind all the states: **bytes that belong to a sequence never become keys**, however they are cut
//! up on the way. Over a slow line the arrow `ESC [ A` comes as `ESC` now and `[A` later; taken literally, that is
//! the key `A`, which decides.
//!
//! - A lone `ESC` is held for [`LONE_ESCAPE`] and joined with what follows. Once it has been given out as `Esc`, a
//!   `[` or `O` within [`LATE_TAIL`] opens a sequence that is swallowed.
//! - Only silence ends a wait: [`Parser::expire`] is called when a look at the terminal found nothing to read, so a
//!   reader that was itself late never takes bytes apart that had been there together.
//! - A paste is one event, whether the terminal brackets it or not. Printable text that comes faster than anyone
//!   types is a [`Input::Burst`]. A run of the same character is a key held down, and stays keys.
//!
//! It must never turn a terminal's reply, a torn sequence or pasted text into key presses.

use std::time::{Duration, Instant};

use crate::app::key::{Key, KeyCode};

use super::csi::{self, Meaning};
use super::input::Input;

/// How long a lone `ESC` waits for the rest of a sequence before it is the key `Esc`.
pub const LONE_ESCAPE: Duration = Duration::from_millis(30);
/// How long after that a late tail is still swallowed. Gaps up to 250 ms are promised; the rest is margin.
pub const LATE_TAIL: Duration = Duration::from_millis(260);
/// How long a sequence that has begun waits for its end.
pub const SEQUENCE_END: Duration = Duration::from_millis(500);
/// How long a paste waits for its next byte before what came is given out.
pub const PASTE_END: Duration = Duration::from_secs(1);
/// How long more text is waited for, once text came faster than it can be typed.
pub const BURST_GAP: Duration = Duration::from_millis(20);
/// Bytes of a paste that are kept.
pub const PASTE_LIMIT: usize = 64 * 1024;

/// At most this many printable characters in one run are keys.
const TYPED_AT_MOST: usize = 8;
/// Up to this many in one read are given out at once; nobody waits for them.
const GIVEN_AT_ONCE: usize = 2;
/// Parameters of a sequence that are kept; no key has more.
const PARAMETERS_KEPT: usize = 32;
const ESC: u8 = 0x1b;
const PASTE_ENDS: &[u8] = b"\x1b[201~";

/// Where in a sequence the last byte left us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Between sequences.
    Ground,
    /// `ESC`, held.
    Escape,
    /// After `CSI`; its key is not given out if it is `late`.
    Csi { late: bool },
    /// After `SS3`.
    Ss3 { late: bool },
    /// After `CSI [`, from the Linux console.
    LinuxConsole { late: bool },
    /// Bytes of an old mouse report that are still to come.
    Mouse { left: u8 },
    /// Inside an OSC, DCS, SOS, PM or APC string, opened by `ESC opener`.
    Text { opener: u8, empty: bool, escaped: bool },
    /// Inside a bracketed paste; so many bytes of its end have matched.
    Paste { matched: usize },
}

/// The state machine. See the module.
#[derive(Debug)]
pub struct Parser {
    state: State,
    /// When the last byte came.
    last_byte: Option<Instant>,
    /// A late tail is swallowed until silence reaches this point.
    late_until: Option<Instant>,
    parameters: Vec<u8>,
    partial: Vec<u8>,
    partial_alt: bool,
    run: Run,
    paste: Vec<u8>,
    paste_cut: bool,
    out: Vec<Input>,
}

/// Printable characters (and the `Enter` and `Tab` between them) that are not given out yet.
#[derive(Debug, Default)]
struct Run {
    text: String,
    printable: usize,
    mixed: bool,
    /// When it began, or, once it is a burst, when its last part came.
    since: Option<Instant>,
}

impl Run {
    fn push(&mut self, character: char, now: Instant) {
        if self.text.len() >= PASTE_LIMIT {
            return;
        }
        self.mixed |= self.text.chars().next_back().is_some_and(|last| last != character);
        self.printable += usize::from(!character.is_control());
        self.text.push(character);
        if self.since.is_none() || self.is_burst() {
            self.since = Some(now);
        }
    }

    fn is_burst(&self) -> bool {
        self.mixed && self.printable > TYPED_AT_MOST
    }

    fn may_wait(&self) -> bool {
        self.mixed && self.printable > GIVEN_AT_ONCE
    }
}

impl Default for Parser {
    fn default() -> Self {
        Self::new()
    }
}

impl Parser {
    /// A parser between sequences.
    #[must_use]
    pub fn new() -> Self {
        Self {
            state: State::Ground,
            last_byte: None,
            late_until: None,
            parameters: Vec::new(),
            partial: Vec::new(),
            partial_alt: false,
            run: Run::default(),
            paste: Vec::new(),
            paste_cut: false,
            out: Vec::new(),
        }
    }

    /// Takes the bytes of one read.
    pub fn feed(&mut self, bytes: &[u8], now: Instant) -> Vec<Input> {
        for &byte in bytes {
            self.step(byte, now);
            self.last_byte = Some(now);
        }
        if !self.run.may_wait() {
            self.give_run();
        }
        std::mem::take(&mut self.out)
    }

    /// When silence would change something: call [`Parser::expire`] then, if nothing has come.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        let state = self.state_ends();
        let run = self.run.since.map(|since| since + BURST_GAP);
        let partial = self.last_byte.filter(|_| !self.partial.is_empty()).map(|since| since + SEQUENCE_END);
        [state, run, partial, self.late_until].into_iter().flatten().min()
    }

    /// Says that nothing has come until `now`.
    pub fn expire(&mut self, now: Instant) -> Vec<Input> {
        let passed = |end: Option<Instant>| end.is_some_and(|end| now >= end);
        if passed(self.run.since.map(|since| since + BURST_GAP)) {
            self.give_run();
        }
        if passed(self.late_until) {
            self.late_until = None;
        }
        if passed(self.last_byte.map(|since| since + SEQUENCE_END)) {
            self.partial.clear();
            self.partial_alt = false;
        }
        if passed(self.state_ends()) {
            self.end_state(now);
        }
        std::mem::take(&mut self.out)
    }

    fn state_ends(&self) -> Option<Instant> {
        let wait = match self.state {
            State::Ground => return None,
            State::Escape => LONE_ESCAPE,
            State::Csi { late: true } | State::Ss3 { late: true } | State::LinuxConsole { late: true } => {
                LATE_TAIL
            }
            State::Paste { .. } => PASTE_END,
            _ => SEQUENCE_END,
        };
        self.last_byte.map(|since| since + wait)
    }

    /// What silence makes of an unfinished sequence: a key if it was one, otherwise nothing.
    fn end_state(&mut self, now: Instant) {
        let nothing_came = self.parameters.is_empty();
        match std::mem::replace(&mut self.state, State::Ground) {
            State::Escape => {
                self.give(Key::plain(KeyCode::Esc));
                self.late_until = Some(now + LATE_TAIL);
            }
            State::Csi { late: false } if nothing_came => self.give(Key::alt('[')),
            State::Ss3 { late: false } if nothing_came => self.give(Key::alt('O')),
            State::Text { opener, empty: true, escaped: false } => self.give(Key::alt(char::from(opener))),
            State::Paste { matched } => {
                self.give_paste();
                // The rest of the end mark may still come: it is the tail of a sequence like any other.
                match matched {
                    0 => {}
                    1 => self.late_until = Some(now + LATE_TAIL),
                    _ => self.open(State::Csi { late: true }),
                }
                self.last_byte = Some(now);
            }
            _ => {}
        }
        self.parameters.clear();
    }

    fn step(&mut self, byte: u8, now: Instant) {
        let late = self.late_until.take().is_some();
        match self.state {
            State::Ground if late && byte == b'[' => self.open(State::Csi { late: true }),
            State::Ground if late && byte == b'O' => self.open(State::Ss3 { late: true }),
            State::Ground => self.ground(byte, now),
            State::Escape => self.after_escape(byte, now),
            State::Csi { late } => self.in_csi(byte, late, now),
            State::Ss3 { late } => self.in_ss3(byte, late, now),
            State::LinuxConsole { late } => {
                self.state = State::Ground;
                self.give_unless(late, csi::key_of_linux_console(byte));
            }
            State::Mouse { left } => {
                self.state = if left > 1 { State::Mouse { left: left - 1 } } else { State::Ground };
            }
            State::Text { opener, escaped, .. } => self.in_text(byte, opener, escaped, now),
            State::Paste { matched } => self.in_paste(byte, matched),
        }
    }

    fn ground(&mut self, byte: u8, now: Instant) {
        if !self.partial.is_empty() || byte >= 0x80 {
            return self.in_character(byte, now);
        }
        match byte {
            ESC => {
                self.give_run();
                self.state = State::Escape;
            }
            b'\r' | b'\t' | b' '..=b'~' => self.run.push(char::from(byte), now),
            _ => self.give(Key::normalised(KeyCode::Char(char::from(byte)), false, false, false)),
        }
    }

    /// A character of several bytes; what is not UTF-8 is dropped.
    fn in_character(&mut self, byte: u8, now: Instant) {
        let continues = byte & 0xC0 == 0x80;
        if continues == self.partial.is_empty() {
            let torn = !self.partial.is_empty();
            self.partial.clear();
            self.partial_alt = false;
            if torn {
                self.ground(byte, now);
            }
            return;
        }
        self.partial.push(byte);
        let wanted = match self.partial[0] {
            0xC2..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF4 => 4,
            _ => 1,
        };
        if self.partial.len() < wanted {
            return;
        }
        let character = std::str::from_utf8(&self.partial).ok().and_then(|text| text.chars().next());
        self.partial.clear();
        let alt = std::mem::take(&mut self.partial_alt);
        match character.filter(|character| !character.is_control()) {
            Some(character) if alt => self.give(Key::alt(character)),
            Some(character) => self.run.push(character, now),
            None => {}
        }
    }

    fn after_escape(&mut self, byte: u8, now: Instant) {
        self.state = State::Ground;
        match byte {
            b'[' => self.open(State::Csi { late: false }),
            b'O' => self.open(State::Ss3 { late: false }),
            b']' | b'P' | b'X' | b'^' | b'_' => {
                self.state = State::Text { opener: byte, empty: true, escaped: false };
            }
            ESC => {
                self.give(Key::plain(KeyCode::Esc));
                self.state = State::Escape;
            }
            0x80.. => {
                self.partial_alt = true;
                self.ground(byte, now);
                self.partial_alt &= !self.partial.is_empty();
            }
            _ => self.give(Key::normalised(KeyCode::Char(char::from(byte)), false, true, false)),
        }
    }

    fn open(&mut self, state: State) {
        self.parameters.clear();
        self.state = state;
    }

    fn in_csi(&mut self, byte: u8, late: bool, now: Instant) {
        match byte {
            b'[' if self.parameters.is_empty() => self.state = State::LinuxConsole { late },
            0x20..=0x3F => {
                if self.parameters.len() < PARAMETERS_KEPT {
                    self.parameters.push(byte);
                }
            }
            0x40..=0x7E => {
                self.state = State::Ground;
                match csi::meaning(&self.parameters, byte) {
                    Meaning::Key(key) => self.give_unless(late, Some(key)),
                    // Even a torn beginning begins a paste: the text after it must not run as keys.
                    Meaning::PasteBegins => self.state = State::Paste { matched: 0 },
                    Meaning::MouseFollows => self.state = State::Mouse { left: 3 },
                    Meaning::Nothing => {}
                }
            }
            _ => self.torn(byte, now),
        }
    }

    fn in_ss3(&mut self, byte: u8, late: bool, now: Instant) {
        match byte {
            b'0'..=b'9' | b';' => self.parameters.push(byte),
            b' '..=b'~' => {
                self.state = State::Ground;
                self.give_unless(late, csi::key_after_ss3(byte));
            }
            _ => self.torn(byte, now),
        }
    }

    fn in_text(&mut self, byte: u8, opener: u8, escaped: bool, now: Instant) {
        match byte {
            0x07 => self.state = State::Ground,
            b'\\' if escaped => self.state = State::Ground,
            _ if escaped => {
                self.state = State::Ground;
                self.after_escape(byte, now);
            }
            ESC => self.state = State::Text { opener, empty: false, escaped: true },
            0x00..0x20 => self.torn(byte, now),
            _ => self.state = State::Text { opener, empty: false, escaped: false },
        }
    }

    /// A byte that cannot belong to the sequence: it never came to its end, and the byte begins something new.
    fn torn(&mut self, byte: u8, now: Instant) {
        self.parameters.clear();
        self.state = State::Ground;
        self.ground(byte, now);
    }

    fn in_paste(&mut self, byte: u8, matched: usize) {
        if byte == PASTE_ENDS[matched] {
            if matched + 1 == PASTE_ENDS.len() {
                self.state = State::Ground;
                self.give_paste();
            } else {
                self.state = State::Paste { matched: matched + 1 };
            }
            return;
        }
        self.keep_pasted(&PASTE_ENDS[..matched]);
        let begins_again = byte == ESC;
        if !begins_again {
            self.keep_pasted(&[byte]);
        }
        self.state = State::Paste { matched: usize::from(begins_again) };
    }

    fn keep_pasted(&mut self, bytes: &[u8]) {
        let room = PASTE_LIMIT - self.paste.len();
        self.paste_cut |= bytes.len() > room;
        self.paste.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn give_paste(&mut self) {
        let bytes = std::mem::take(&mut self.paste);
        let cut = std::mem::take(&mut self.paste_cut);
        let text: String = bytes.utf8_chunks().map(|chunk| chunk.valid()).collect();
        self.out.push(Input::Paste { text: unix_lines(&text), cut });
    }

    fn give(&mut self, key: Key) {
        self.give_run();
        self.out.push(Input::Key(key));
    }

    fn give_unless(&mut self, late: bool, key: Option<Key>) {
        if let Some(key) = key.filter(|_| !late) {
            self.give(key);
        }
    }

    fn give_run(&mut self) {
        let run = std::mem::take(&mut self.run);
        if run.is_burst() {
            self.out.push(Input::Burst(unix_lines(&run.text)));
            return;
        }
        for character in run.text.chars() {
            let key = Key::normalised(KeyCode::Char(character), false, false, false);
            self.out.push(Input::Key(key));
        }
    }
}

/// Terminals send a carriage return for each line break of a pasted text.
fn unix_lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

#[cfg(test)]
#[path = "parser_tests.rs"]
mod tests;

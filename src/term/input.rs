//! The reader: a thread that turns the bytes of the terminal into [`Input`].
//!
//! It waits in `poll` for the terminal and for its own wake-up pipe, so that it can be paused (for an editor, for
//! `Ctrl-z`) and stopped at any time. At the end of input, an error or a hang-up it says [`Input::Gone`] once and
//! ends; it must never try a dead terminal again.

use std::io::{PipeReader, PipeWriter, Read as _, Write as _};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::app::key::Key;
use crate::clock;

use super::parser::Parser;

/// What came from the keyboard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// One key press.
    Key(Key),
    /// A text the terminal said was pasted. Line breaks are `\n`.
    Paste {
        /// The text, at most [`super::parser::PASTE_LIMIT`] bytes of it.
        text: String,
        /// More was pasted than is kept.
        cut: bool,
    },
    /// Printable text that came faster than anyone types: most likely pasted into a terminal that doesn't say so.
    Burst(String),
    /// The terminal is gone; nothing comes after this.
    Gone,
}

/// Where [`Input`] goes. Called on the reader's thread.
pub type InputSink = Box<dyn Fn(Input) + Send>;

/// What the reader is asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Reading,
    Paused,
    Stopped,
}

/// What it is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doing {
    Reading,
    Paused,
    Ended,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<(Wanted, Doing)>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, (Wanted, Doing)> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The handle of the reader thread. Stops it when dropped.
#[derive(Debug)]
pub struct Reader {
    shared: Arc<Shared>,
    wake: PipeWriter,
    thread: Option<JoinHandle<()>>,
}

impl Reader {
    /// Starts reading `terminal`.
    pub fn start(terminal: OwnedFd, sink: InputSink) -> std::io::Result<Self> {
        let (woken, wake) = std::io::pipe()?;
        let shared = Arc::new(Shared {
            state: Mutex::new((Wanted::Reading, Doing::Reading)),
            changed: Condvar::new(),
        });
        let reading = Reading { terminal, woken, shared: Arc::clone(&shared), sink, parser: Parser::new() };
        let thread = std::thread::Builder::new().name("keys".into()).spawn(move || reading.run())?;
        Ok(Self { shared, wake, thread: Some(thread) })
    }

    /// Returns once the thread no longer reads. What the user types from now on is left to others.
    pub fn pause(&mut self) {
        self.want(Wanted::Paused);
        let mut state = self.shared.lock();
        while state.1 == Doing::Reading {
            state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Goes on reading.
    pub fn resume(&mut self) {
        self.want(Wanted::Reading);
    }

    fn want(&mut self, wanted: Wanted) {
        self.shared.lock().0 = wanted;
        self.shared.changed.notify_all();
        // The pipe can only be full if the thread has many wake-ups waiting already.
        let _ = self.wake.write(&[0]);
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.want(Wanted::Stopped);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What a look at the terminal found.
enum Found {
    Bytes(usize),
    Silence,
    Woken,
    Gone,
}

/// The thread's own things.
struct Reading {
    terminal: OwnedFd,
    woken: PipeReader,
    shared: Arc<Shared>,
    sink: InputSink,
    parser: Parser,
}

impl Reading {
    fn run(mut self) {
        let mut bytes = [0_u8; 4096];
        while self.may_read() {
            match self.look(&mut bytes) {
                Found::Bytes(count) => {
                    let came = self.parser.feed(&bytes[..count], clock::monotonic());
                    self.give(came);
                }
                Found::Silence => {
                    let came = self.parser.expire(clock::monotonic());
                    self.give(came);
                }
                Found::Woken => {}
                Found::Gone => {
                    (self.sink)(Input::Gone);
                    break;
                }
            }
        }
        self.shared.lock().1 = Doing::Ended;
        self.shared.changed.notify_all();
    }

    fn give(&self, came: Vec<Input>) {
        for input in came {
            (self.sink)(input);
        }
    }

    /// Waits while paused; false when it is time to end.
    fn may_read(&mut self) -> bool {
        let mut state = self.shared.lock();
        while state.0 == Wanted::Paused {
            state.1 = Doing::Paused;
            self.parser = Parser::new();
            self.shared.changed.notify_all();
            state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.1 = Doing::Reading;
        state.0 == Wanted::Reading
    }

    fn look(&mut self, bytes: &mut [u8]) -> Found {
        let wait = self.parser.deadline().map(|end| timespec(end, clock::monotonic()));
        let mut fds = [PollFd::new(&self.terminal, PollFlags::IN), PollFd::new(&self.woken, PollFlags::IN)];
        match poll(&mut fds, wait.as_ref()) {
            Ok(0) => return Found::Silence,
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => return Found::Woken,
            Err(_) => return Found::Gone,
        }
        let terminal = fds[0].revents();
        if !fds[1].revents().is_empty() {
            let _ = self.woken.read(&mut [0; 64]);
            return Found::Woken;
        }
        if terminal.contains(PollFlags::IN) {
            return read(&self.terminal, bytes);
        }
        if terminal.is_empty() { Found::Woken } else { Found::Gone }
    }
}

fn read(terminal: impl AsFd, bytes: &mut [u8]) -> Found {
    match rustix::io::read(terminal, bytes) {
        Ok(0) => Found::Gone,
        Ok(count) => Found::Bytes(count),
        Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => Found::Woken,
        Err(_) => Found::Gone,
    }
}

/// The wait from `now` to `end`, rounded up so that the end has passed when it is over.
fn timespec(end: Instant, now: Instant) -> Timespec {
    let wait = end.saturating_duration_since(now) + Duration::from_micros(50);
    Timespec { tv_sec: wait.as_secs().try_into().unwrap_or(1), tv_nsec: wait.subsec_nanos().into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Receiver, channel};

    const DEADLINE: Duration = Duration::from_secs(10);

    fn reader() -> (Reader, PipeWriter, Receiver<Input>) {
        let (from, keyboard) = std::io::pipe().unwrap();
        let (inputs, came) = channel();
        let sink = Box::new(move |input| inputs.send(input).unwrap_or_default());
        (Reader::start(from.into(), sink).unwrap(), keyboard, came)
    }

    #[test]
    fn keys_come_and_a_lone_escape_after_its_time() {
        let (_reader, mut keyboard, came) = reader();
        keyboard.write_all(b"j\x1b").unwrap();
        assert_eq!(came.recv_timeout(DEADLINE), Ok(Input::Key("j".parse().unwrap())));
        assert_eq!(came.recv_timeout(DEADLINE), Ok(Input::Key("Esc".parse().unwrap())));
    }

    #[test]
    fn the_end_of_input_is_said_once() {
        let (_reader, keyboard, came) = reader();
        drop(keyboard);
        assert_eq!(came.recv_timeout(DEADLINE), Ok(Input::Gone));
        assert!(came.recv_timeout(DEADLINE).is_err(), "the thread has ended");
    }

    #[test]
    fn while_paused_nothing_is_read() {
        let (mut reader, mut keyboard, came) = reader();
        reader.pause();
        keyboard.write_all(b"j").unwrap();
        reader.pause();
        assert!(came.try_recv().is_err());
        reader.resume();
        assert_eq!(came.recv_timeout(DEADLINE), Ok(Input::Key("j".parse().unwrap())));
    }

    #[test]
    fn pausing_and_dropping_a_reader_that_has_ended_return() {
        let (mut reader, keyboard, came) = reader();
        drop(keyboard);
        assert_eq!(came.recv_timeout(DEADLINE), Ok(Input::Gone));
        reader.pause();
        reader.resume();
    }
}

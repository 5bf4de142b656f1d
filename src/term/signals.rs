//! Signals, on a thread of their own, as plain data. Nothing is done inside a signal handler.
//!
//! While the terminal is lent to an editor or a shell ([`Signals::away`]), the keyboard's signals are theirs: an
//! interrupt is ignored, a stop stops us too, and an end is passed on to the editor.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rustix::process::{Pid, Signal as Number, getpgrp, getsid, kill_current_process_group, kill_process};
use rustix::termios::tcgetwinsize;
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::iterator::{Handle, Signals as Incoming};

/// For terminals that don't know their own size.
const USUAL_SIZE: (u16, u16) = (80, 24);
/// How long after being continued we wait to hear of it; it only orders two threads.
const CONTINUE_PATIENCE: Duration = Duration::from_secs(1);

/// What a signal means to the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// The terminal is gone: leave now, ask nothing.
    Gone,
    /// Somebody wants us to end.
    Terminate,
    /// The terminal has this many cells across and down now.
    Resize(u16, u16),
    /// Somebody wants us to stop, as with `Ctrl-z`.
    Suspend,
    /// We were stopped and go on; the terminal may have been used by others.
    Continued,
}

/// Where [`Signal`] goes. Called on the signals' thread.
pub type SignalSink = Box<dyn Fn(Signal) + Send>;

/// Cells across and down of the terminal behind standard output.
#[must_use]
pub fn size() -> (u16, u16) {
    match tcgetwinsize(io::stdout()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col, size.ws_row),
        _ => USUAL_SIZE,
    }
}

/// Pixels that a cell may have, either way.
pub const CELL: std::ops::RangeInclusive<u16> = 3..=128;

/// Pixels of a cell, across and down, as the terminal told the system; not all do.
#[must_use]
pub fn cell_size() -> Option<(u16, u16)> {
    let size = tcgetwinsize(io::stdout()).ok()?;
    let width = size.ws_xpixel.checked_div(size.ws_col)?;
    let height = size.ws_ypixel.checked_div(size.ws_row)?;
    (CELL.contains(&width) && CELL.contains(&height)).then_some((width, height))
}

/// Whether a shell would notice that we stopped, and could continue us. A session's first process group has nobody
/// above it, and would stay stopped for good.
#[must_use]
pub fn has_job_control() -> bool {
    getsid(None).is_ok_and(|session| session != getpgrp())
}

#[derive(Debug, Default)]
struct Shared {
    away: AtomicBool,
    editor: Mutex<Editor>,
    continued: Mutex<u64>,
    has_continued: Condvar,
}

/// The process that has the terminal, and what it is to be told: whichever of the two comes first waits for the
/// other. We leave at the first request to end, so that is never taken back.
#[derive(Debug, Default)]
struct Editor {
    process: Option<Pid>,
    ending: Option<Number>,
}

impl Editor {
    fn tell(&self) {
        if let (Some(process), Some(number)) = (self.process, self.ending) {
            let _ = kill_process(process, number);
        }
    }
}

impl Shared {
    fn editor(&self) -> MutexGuard<'_, Editor> {
        self.editor.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end(&self, number: Number) {
        let mut editor = self.editor();
        editor.ending = Some(number);
        editor.tell();
    }

    fn lock(&self) -> MutexGuard<'_, u64> {
        self.continued.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The handle of the signals' thread. When dropped, signals do again what they do by default.
#[derive(Debug)]
pub struct Signals {
    shared: Arc<Shared>,
    handle: Handle,
    thread: Option<JoinHandle<()>>,
}

impl Signals {
    /// Starts listening.
    pub fn start(sink: SignalSink) -> io::Result<Self> {
        let unheard = end_unless_heard()?;
        let mut incoming = Incoming::new([SIGHUP, SIGTERM, SIGINT, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT])?;
        unheard.store(false, Ordering::SeqCst);
        let handle = incoming.handle();
        let shared = Arc::new(Shared::default());
        let heard = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("signals".into()).spawn(move || {
            for number in &mut incoming {
                if let Some(signal) = meaning(number, &heard) {
                    sink(signal);
                }
            }
        })?;
        Ok(Self { shared, handle, thread: Some(thread) })
    }

    /// Whether somebody else has the terminal.
    pub fn away(&self, away: bool) {
        self.shared.away.store(away, Ordering::SeqCst);
    }

    /// The process that is told when we are told to end.
    pub fn set_child(&self, child: Option<u32>) {
        let mut editor = self.shared.editor();
        editor.process = child.and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        editor.tell();
    }

    /// Stops our whole job, as the terminal's `Ctrl-z` does, and returns when a shell has continued it.
    pub fn stop_job(&self) {
        let before = *self.shared.lock();
        if kill_current_process_group(Number::STOP).is_err() {
            return;
        }
        let not_yet = |count: &mut u64| *count == before;
        let woken =
            self.shared.has_continued.wait_timeout_while(self.shared.lock(), CONTINUE_PATIENCE, not_yet);
        drop(woken);
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        self.handle.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        if let Ok(unheard) = end_unless_heard() {
            unheard.store(true, Ordering::SeqCst);
        }
    }
}

/// Registers, once, that signals do what they do by default while nobody listens. (A handler that was installed
/// stays installed, and alone would swallow them.)
fn end_unless_heard() -> io::Result<&'static AtomicBool> {
    static UNHEARD: OnceLock<Arc<AtomicBool>> = OnceLock::new();
    if let Some(unheard) = UNHEARD.get() {
        return Ok(unheard);
    }
    let unheard = Arc::new(AtomicBool::new(false));
    for number in [SIGHUP, SIGTERM, SIGINT, SIGQUIT, SIGTSTP] {
        signal_hook::flag::register_conditional_default(number, Arc::clone(&unheard))?;
    }
    Ok(UNHEARD.get_or_init(|| unheard))
}

fn meaning(number: i32, shared: &Shared) -> Option<Signal> {
    let away = shared.away.load(Ordering::SeqCst);
    match number {
        SIGWINCH => {
            let (width, height) = size();
            Some(Signal::Resize(width, height))
        }
        SIGCONT => {
            *shared.lock() += 1;
            shared.has_continued.notify_all();
            (!away).then_some(Signal::Continued)
        }
        SIGTSTP if away => {
            let _ = signal_hook::low_level::raise(signal_hook::consts::SIGSTOP);
            None
        }
        SIGTSTP => Some(Signal::Suspend),
        SIGINT | SIGQUIT if away => None,
        SIGHUP => {
            shared.end(Number::HUP);
            Some(Signal::Gone)
        }
        _ => {
            shared.end(Number::TERM);
            Some(Signal::Terminate)
        }
    }
}

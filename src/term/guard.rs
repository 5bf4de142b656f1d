//! Entering the terminal, and leaving it exactly once, whatever happens: at the end, on a panic in any thread, for
//! an editor or a shell.
//!
//! What is undone at leaving is kept in one place for the whole process, and whoever takes it out does the leaving.
//! Errors while leaving are ignored: there is nobody left to tell. The terminal is never asked anything.

use std::backtrace::Backtrace;
use std::io;
use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::termios::{OptionalActions, Termios, isatty, tcgetattr, tcsetattr};

use crate::domain::SafeText;

use super::error::TermError;
use super::output::{self, Outlet};

/// Alternate screen, bracketed paste. No mouse: it would take the terminal's own selection away.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?2004h";
/// Ends whatever sequence a torn frame has begun.
const END_TORN: &[u8] = b"\x1b\\";
/// Ends whatever a torn frame has begun, then undoes [`ENTER`], pens and a hidden cursor.
const LEAVE: &[u8] = b"\x1b\\\x1b[?2026l\x1b[m\x1b[?2004l\x1b[?1049l\x1b[?25h";

/// The exit code after a panic, as Rust's own.
const PANIC_EXIT_CODE: i32 = 101;

/// What leaving has to undo.
struct Entered {
    found: Termios,
    outlet: Arc<Outlet>,
    /// What takes away what does not go with the screen.
    undo: Vec<u8>,
}

static ENTERED: Mutex<Option<Entered>> = Mutex::new(None);

fn entered() -> MutexGuard<'static, Option<Entered>> {
    ENTERED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Refuses to go on unless standard input and output are a terminal.
pub fn require_terminal() -> Result<(), TermError> {
    if !isatty(io::stdin()) {
        return Err(TermError::NotATerminal { stream: "standard input" });
    }
    if !isatty(io::stdout()) {
        return Err(TermError::NotATerminal { stream: "standard output" });
    }
    Ok(())
}

/// The terminal is entered as long as this lives. There is one at a time.
#[derive(Debug)]
pub struct Guard {
    outlet: Arc<Outlet>,
    found: Termios,
    undo: Vec<u8>,
}

impl Guard {
    /// Raw mode, alternate screen, bracketed paste.
    ///
    /// `undo` is sent first at leaving: it takes away what does not go with the alternate screen, pictures and a link that
    /// a torn frame left open, where there are such.
    pub fn enter(outlet: Arc<Outlet>, undo: Vec<u8>) -> Result<Self, TermError> {
        require_terminal()?;
        let found = tcgetattr(io::stdin()).map_err(|errno| TermError::refused("read")(errno.into()))?;
        let guard = Self { outlet, found, undo };
        guard.enter_again()?;
        Ok(guard)
    }

    /// After [`Guard::leave`], or when somebody else has changed the terminal: as it was when it was entered.
    pub fn enter_again(&self) -> Result<(), TermError> {
        let mut raw = self.found.clone();
        raw.make_raw();
        let (found, outlet, undo) = (self.found.clone(), Arc::clone(&self.outlet), self.undo.clone());
        let undo = Entered { found, outlet, undo };
        *entered() = Some(undo);
        if let Err(errno) = tcsetattr(io::stdin(), OptionalActions::Now, &raw) {
            leave();
            return Err(TermError::refused("put into raw mode")(errno.into()));
        }
        self.outlet.write_within_patience(ENTER);
        self.outlet.set_open(true);
        Ok(())
    }

    /// As [`Guard::enter_again`], but from now on, leaving restores what is found now: after a shell had it.
    pub fn enter_as_found(&mut self) -> Result<(), TermError> {
        self.found = tcgetattr(io::stdin()).map_err(|errno| TermError::refused("read")(errno.into()))?;
        self.enter_again()
    }

    /// Gives the terminal back, if it is entered.
    pub fn leave(&self) {
        leave();
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        leave();
    }
}

/// Gives the terminal back as it was found, if it is entered; the second caller finds nothing to do.
pub fn leave() {
    let mut entered = entered();
    if let Some(Entered { found, outlet, undo }) = entered.take() {
        outlet.set_open(false);
        if undo.is_empty() {
            outlet.write_within_patience(LEAVE);
        } else {
            outlet.write_within_patience(&[END_TORN, &undo, LEAVE].concat());
        }
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &found);
    }
}

/// From now on a panic in any thread gives the terminal back, says so in one message, and ends the process.
///
/// A half-dead desk behind a living screen would be worse, and decisions are on disk. The details go to the log;
/// with `RUST_BACKTRACE` set they are printed too.
pub fn install_panic_hook(log: PathBuf) {
    std::panic::set_hook(Box::new(move |panic| end_after(panic, &log)));
}

#[expect(
    clippy::disallowed_methods,
    reason = "a panic in one thread cannot return an exit code up to main, and the terminal is given back already"
)]
fn end_after(panic: &PanicHookInfo<'_>, log: &Path) -> ! {
    static ENDING: AtomicBool = AtomicBool::new(false);
    if ENDING.swap(true, Ordering::SeqCst) {
        // Another thread is ending the process.
        loop {
            std::thread::park();
        }
    }
    leave();
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let thread = std::thread::current().name().unwrap_or("unnamed").to_owned();
    let what = SafeText::line(payload(panic));
    tracing::error!(%place, %thread, %what, "panic");
    let wanted = std::env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0" && !value.is_empty());
    let details =
        if wanted { format!("{what} ({place})\n{}\n", Backtrace::force_capture()) } else { String::new() };
    let log = SafeText::line(&log.display().to_string());
    let message = format!(
        "questdesk had to stop, because of a mistake in itself. Your decisions are kept.\n\
         What happened is in the log: {log}\n{details}"
    );
    output::complain(&message);
    std::process::exit(PANIC_EXIT_CODE)
}

fn payload<'a>(panic: &'a PanicHookInfo<'_>) -> &'a str {
    let payload = panic.payload();
    payload
        .downcast_ref::<&'static str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

//! The only code that writes to the standard output and error of commands. It takes [`SafeText`] or our own words,
//! never a text from the network, a file or the command line as it came.
//!
//! A reader that went away (`questdesk serve | head -1`) is no error: what can't be written is left out.

use std::io::{self, Write};

use crate::domain::SafeText;

use super::exit::Failure;

/// A line of a command's result, to the standard output.
pub fn line(text: &SafeText) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Something to know that is not the result, to the standard error.
pub fn note(text: &SafeText) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// A question whose answer is typed on the same line, to the standard error.
pub fn ask(question: &'static str) {
    let mut error = io::stderr().lock();
    let _ = write!(error, "{question}").and_then(|()| error.flush());
}

/// What happened and how to mend it, to the standard error.
pub fn failure(failure: &Failure) {
    let mut error = io::stderr().lock();
    for complaint in &failure.complaints {
        let _ = writeln!(error, "questdesk: {}\n  mend: {}", complaint.what, complaint.mend);
    }
}

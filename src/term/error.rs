//! What can go wrong with the terminal: each says what, and how to mend it.

use std::io;

/// Why the terminal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TermError {
    /// Standard input or output leads to a file or a pipe.
    #[error(
        "{stream} is not a terminal: start questdesk in one, without redirection (in scripts, use its subcommands)"
    )]
    NotATerminal {
        /// Which stream, in words.
        stream: &'static str,
    },
    /// `TERM` is empty or says that the cursor cannot be moved.
    #[error(
        "TERM={0:?} says that this terminal cannot move its cursor: set TERM to what it is (mostly xterm-256color)"
    )]
    Dumb(String),
    /// The system refused.
    #[error("the terminal could not be {doing}: {source}")]
    Refused {
        /// What was tried.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// `Ctrl-z`, but no shell started us as a job that it could continue.
    #[error("there is no shell to go back to: questdesk was not started from one with job control")]
    NoJobControl,
}

impl TermError {
    pub(super) fn refused(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Refused { doing, source }
    }
}

/// Why no text came back from the editor.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// It could not be started.
    #[error(
        "the editor {editor:?} could not be started ({source}): set VISUAL or EDITOR to one that is installed"
    )]
    Missing {
        /// What was tried.
        editor: String,
        /// What the system said.
        source: io::Error,
    },
    /// It ended with a failure; what it left in the file is kept.
    #[error("the editor {editor:?} ended with {status}: the text is kept as it was in the file")]
    Failed {
        /// Which editor.
        editor: String,
        /// How it ended, in the system's words.
        status: String,
        /// What was in the file.
        text: String,
    },
    /// The file it was given could not be written or read.
    #[error("the file for the editor could not be {doing}: {source}")]
    File {
        /// What was tried.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The terminal could not be left or entered again.
    #[error(transparent)]
    Terminal(#[from] TermError),
}

//! `token_command`: a program, usually of a secret manager, that prints the API key.
//!
//! It runs in a session of its own without a terminal, so that it can neither read the keys typed at the desk nor
//! draw over it; what it says on its error output goes to the log. It has 30 seconds, then it and all it started
//! are ended.

use std::io::{BufRead, BufReader, Read};
use std::process::{ChildStderr, ChildStdout, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use process_wrap::std::{ChildWrapper, CommandWrap, ProcessSession};
use rustix::process::{Pid, Signal, kill_process_group};
use secrecy::SecretString;
use secrecy::zeroize::Zeroizing;

use crate::clock;
use crate::domain::SafeText;

use super::key::read_key;

/// How long the command may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);
/// More than this no key has; the rest is not read.
const LONGEST_OUTPUT: u64 = 64 * 1024;
/// Lines of its error output that are logged.
const MOST_LINES: usize = 50;

/// Why the command gave no key. None of it repeats what the command printed on its output.
#[derive(Debug, thiserror::Error)]
pub enum TokenCommandError {
    /// It can't be started.
    #[error("token_command can't be started: {0}: {1}")]
    Start(SafeText, std::io::Error),
    /// It did not end in time.
    #[error("token_command took longer than {0} seconds and was ended")]
    TooLong(u64),
    /// It failed.
    #[error("token_command failed ({0}){1}")]
    Failed(ExitStatus, SafeText),
    /// It printed no key.
    #[error("token_command printed no API key: one line with one word was expected")]
    NoKey,
}

impl TokenCommandError {
    /// What to do about it.
    #[must_use]
    pub const fn mend(&self) -> &'static str {
        match self {
            Self::Start(..) => {
                "give the program's full path, and each argument as a text of its own in the list"
            }
            Self::TooLong(_) => {
                "unlock the secret manager first: the command has no terminal in which it could ask"
            }
            Self::Failed(..) => "run the command by hand; what it said is also in the log",
            Self::NoKey => "make the command print the key alone, on one line",
        }
    }
}

/// Runs the command (program and arguments, not empty) and reads the key it prints.
pub fn run_token_command(command: &[String], patience: Duration) -> Result<SecretString, TokenCommandError> {
    let end = clock::monotonic() + patience;
    let (program, arguments) = command.split_first().ok_or(TokenCommandError::NoKey)?;
    let cannot = |error| TokenCommandError::Start(SafeText::line(program), error);
    let mut wrapped = CommandWrap::with_new(program, |command| {
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    });
    let mut child = wrapped.wrap(ProcessSession).spawn().map_err(cannot)?;
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let (words, last_words) = mpsc::channel();
    if let Some(errors) = child.stderr().take() {
        thread::spawn(move || log_lines(errors, &words));
    }
    let output = child.stdout().take();
    let (done, ended) = mpsc::channel();
    thread::spawn(move || {
        let _ = done.send(read_to_end(child, output));
    });
    match ended.recv_timeout(patience) {
        Ok(Ok((text, status))) if status.success() => read_one_line(&text),
        Ok(Ok((_, status))) => Err(TokenCommandError::Failed(status, last_line(&last_words, end))),
        Ok(Err(error)) => Err(cannot(error)),
        Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
            if let Some(group) = group {
                let _ = kill_process_group(group, Signal::KILL);
            }
            Err(TokenCommandError::TooLong(patience.as_secs()))
        }
    }
}

type Ended = std::io::Result<(Zeroizing<String>, ExitStatus)>;

/// Waits for the end of the output, then for the end of the command.
fn read_to_end(mut child: Box<dyn ChildWrapper>, output: Option<ChildStdout>) -> Ended {
    let mut text = Zeroizing::new(String::new());
    if let Some(output) = output {
        output.take(LONGEST_OUTPUT).read_to_string(&mut text)?;
    }
    Ok((text, child.wait()?))
}

fn read_one_line(text: &str) -> Result<SecretString, TokenCommandError> {
    read_key(text).ok_or(TokenCommandError::NoKey)
}

/// Logs what the command says about itself, and hands the lines on.
fn log_lines(errors: ChildStderr, words: &Sender<SafeText>) {
    for line in
        BufReader::new(errors.take(LONGEST_OUTPUT)).split(b'\n').map_while(Result::ok).take(MOST_LINES)
    {
        let line = SafeText::line(&String::from_utf8_lossy(&line));
        tracing::info!("token_command: {line}");
        if words.send(line).is_err() {
            return;
        }
    }
}

/// The last thing the command said, as the end of a sentence. It has ended, and its words with it, unless something
/// that it started and left behind could still say more.
fn last_line(words: &Receiver<SafeText>, end: Instant) -> SafeText {
    let mut last = SafeText::default();
    while let Ok(line) = words.recv_timeout(end.saturating_duration_since(clock::monotonic())) {
        if !line.is_empty() {
            last = SafeText::line(&format!(": {line}"));
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn shell(script: &str, patience: Duration) -> Result<SecretString, TokenCommandError> {
        run_token_command(&["sh".to_owned(), "-c".to_owned(), script.to_owned()], patience)
    }

    #[test]
    fn the_key_is_what_it_prints_without_the_line_end() {
        assert_eq!(shell("echo pat-1", PATIENCE).unwrap().expose_secret(), "pat-1");
    }

    #[test]
    fn it_has_no_terminal_and_no_input() {
        let script = "if read x; then echo input; elif (exec 3</dev/tty) 2>/dev/null; then echo tty; else echo none; fi";
        assert_eq!(shell(script, PATIENCE).unwrap().expose_secret(), "none");
    }

    #[test]
    fn more_than_one_line_is_no_key_and_is_not_repeated() {
        let error = shell("echo pat-secret; echo more", PATIENCE).unwrap_err();
        assert!(matches!(error, TokenCommandError::NoKey));
        assert!(!format!("{error} {error:?}").contains("pat-secret"));
    }

    #[test]
    fn a_failure_ends_with_its_last_words() {
        let error = shell("echo pat-secret; echo the store is locked >&2; exit 3", PATIENCE).unwrap_err();
        assert_eq!(error.to_string(), "token_command failed (exit status: 3): the store is locked");
    }

    #[test]
    fn a_command_that_hangs_is_ended_with_its_children() {
        let dir = tempfile::tempdir().unwrap();
        let fifo = dir.path().join("alive");
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        let script = format!("exec 3>'{}'; echo begun >&3; sleep 600 & wait", fifo.display());
        let mut patience = Duration::from_millis(500);
        loop {
            // A reader that is there already keeps nobody waiting.
            let flags = rustix::fs::OFlags::RDONLY | rustix::fs::OFlags::NONBLOCK;
            let reader = rustix::fs::open(&fifo, flags, rustix::fs::Mode::empty()).unwrap();
            let error = shell(&script, patience).unwrap_err();
            assert!(matches!(error, TokenCommandError::TooLong(_)), "{error}");
            rustix::io::ioctl_fionbio(&reader, false).unwrap();
            let (gone, all_gone) = mpsc::channel();
            thread::spawn(move || {
                let mut said = String::new();
                // Ends when the last process that has the pipe open for writing is gone.
                let read = std::fs::File::from(reader).read_to_string(&mut said);
                let _ = gone.send(read.map(|_| said).unwrap());
            });
            let said = all_gone.recv_timeout(Duration::from_secs(20)).unwrap();
            if said == "begun\n" {
                return;
            }
            // A busy machine: it was ended before it began.
            patience *= 2;
            assert!(patience < Duration::from_secs(60), "it never began");
        }
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let error = run_token_command(&["/nowhere/secrets".to_owned()], PATIENCE).unwrap_err();
        assert!(
            error.to_string().starts_with("token_command can't be started: /nowhere/secrets: "),
            "{error}"
        );
    }
}

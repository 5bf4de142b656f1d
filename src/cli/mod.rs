//! The command line: arguments, one file a command, and the only code that prints (`print`).
//!
//! A command returns how it ends; nothing here leaves the process by itself, so that destructors run. No command
//! takes an API key as an argument, and none prints one.

pub mod args;
mod demo;
mod desk;
mod doctor;
pub mod exit;
mod logging;
mod login;
pub mod print;
mod prompt;
mod serve;
mod start;
mod terminal;

use std::process::ExitCode;

pub use args::Lane;
pub use desk::DeskOptions;
pub use exit::{Complaint, Exit, Failure};

use crate::preview;
use args::{Arguments, Command};
use start::Start;

/// Runs the program and returns its exit code.
#[must_use]
pub fn run() -> ExitCode {
    // One of our own, started to look into one file: nothing of what follows is needed, nor wanted, for that.
    if std::env::args_os().nth(1).is_some_and(|first| first == preview::CHILD) {
        return if preview::run_child().is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let arguments = match Arguments::read(std::env::args_os()) {
        Ok(arguments) => arguments,
        Err(refusal) => return usage(&refusal).into(),
    };
    let start = Start::new(arguments.common);
    let ended = match &arguments.command {
        None => desk::run(&start),
        Some(Command::Demo(data)) => demo::run(&start, data),
        Some(Command::Serve(flags)) => serve::run(&start, flags),
        Some(Command::Login) => login::login(&start),
        Some(Command::Logout) => login::logout(&start),
        Some(Command::Doctor) => Ok(doctor::run(&start)),
    };
    match ended {
        Ok(exit) => exit.into(),
        Err(failure) => {
            print::failure(&failure);
            failure.exit.into()
        }
    }
}

/// What clap has to say: help and version are results, everything else is wrong usage.
fn usage(refusal: &clap::Error) -> Exit {
    let text = refusal.to_string();
    if !refusal.use_stderr() {
        print::line(&crate::domain::SafeText::block(text.trim_end()));
        return Exit::Done;
    }
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let what = text.split("\n\nFor more information").next().unwrap_or(text).trim_end();
    print::failure(&Failure::new(Exit::Usage, what, "`questdesk --help` lists commands and flags"));
    Exit::Usage
}

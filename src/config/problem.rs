//! What is wrong with the configuration: where it stands, what it is, and how to mend it. Problems are collected,
//! never thrown one by one, so that one run shows all of them.

use std::fmt;
use std::path::PathBuf;

use crate::app::nearest::nearest;
use crate::domain::SafeText;

/// Where a setting was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// On a line (from 1) of a file.
    Line(PathBuf, usize),
    /// A file as a whole.
    File(PathBuf),
    /// An environment variable.
    Variable(&'static str),
    /// A flag of the command line.
    Flag(&'static str),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(file, line) => write!(f, "{}:{line}", file.display()),
            Self::File(file) => write!(f, "{}", file.display()),
            Self::Variable(name) => write!(f, "environment {name}"),
            Self::Flag(name) => f.write_str(name),
        }
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it stands.
    pub place: Place,
    /// What is wrong there.
    pub what: SafeText,
    /// What to do about it.
    pub mend: SafeText,
}

impl Problem {
    /// A problem in words that may quote the user's text.
    #[must_use]
    pub fn new(place: Place, what: &str, mend: &str) -> Self {
        Self { place, what: SafeText::line(what), mend: SafeText::line(mend) }
    }
}

/// `config.toml:3: unknown key `undo` in [decide]`.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", SafeText::line(&self.place.to_string()), self.what)
    }
}

/// Everything that is wrong, in the order it was found. Never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", listed(.0))]
pub struct ConfigError(pub Vec<Problem>);

impl From<Problem> for ConfigError {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

/// One problem a line, each followed by its mend.
fn listed(problems: &[Problem]) -> String {
    let lines: Vec<String> =
        problems.iter().map(|problem| format!("{problem}\n  mend: {}", problem.mend)).collect();
    lines.join("\n")
}

/// The mend for a name nobody knows: the nearest one, or the list.
#[must_use]
pub fn name_one_of(given: &str, known: &[&str]) -> String {
    match nearest(given, known) {
        Some(name) => format!("did you mean `{name}`?"),
        None if known.is_empty() => "take it out".to_owned(),
        None => format!("known are: {}", known.join(", ")),
    }
}

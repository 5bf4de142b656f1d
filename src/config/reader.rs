//! The file while it is read: notes what is wrong, with its line, and lets the reading go on.

use std::path::Path;

use toml::Spanned;

use super::problem::{Place, Problem, name_one_of};
use super::value::{Value, Wanted};

/// The file being read, and what was found wrong so far.
pub(super) struct Reader<'r> {
    file: &'r Path,
    text: &'r str,
    /// The section being read; empty at the top level.
    within: String,
    problems: &'r mut Vec<Problem>,
}

impl<'r> Reader<'r> {
    /// Begins at the top level.
    pub(super) fn new(file: &'r Path, text: &'r str, problems: &'r mut Vec<Problem>) -> Self {
        Self { file, text, within: String::new(), problems }
    }

    /// Reads something in a section, which complaints then name.
    pub(super) fn within(&mut self, section: &str, read: impl FnOnce(&mut Self)) {
        let outside = std::mem::replace(&mut self.within, section.to_owned());
        read(self);
        self.within = outside;
    }

    /// Takes a value that reads well; notes the problem of one that doesn't.
    pub(super) fn set<'v, 't, T>(
        &mut self,
        key: &str,
        value: &'v Value<'t>,
        into: &mut T,
        read: impl Fn(&'v Value<'t>) -> Wanted<T>,
    ) {
        if let Some(read) = self.wanted(key, value, read(value)) {
            *into = read;
        }
    }

    pub(super) fn set_some<'v, 't, T>(
        &mut self,
        key: &str,
        value: &'v Value<'t>,
        into: &mut Option<T>,
        read: impl Fn(&'v Value<'t>) -> Wanted<T>,
    ) {
        if let Some(read) = self.wanted(key, value, read(value)) {
            *into = Some(read);
        }
    }

    pub(super) fn wanted<T>(&mut self, key: &str, value: &Value<'_>, read: Wanted<T>) -> Option<T> {
        read.map_err(|wanted| {
            let given = self.text.get(value.span()).unwrap_or_default();
            let what = format!("`{key}`{} can't be {}", self.place_within(), shortened(given));
            self.problem(value.span().start, &what, &format!("`{key}` takes {wanted}"));
        })
        .ok()
    }

    pub(super) fn unknown(&mut self, key: &Spanned<toml::de::DeString<'_>>, known: &[&str]) {
        const SECRETS: [&str; 5] = ["api_key", "key", "token", "pat", "password"];
        let name = key.get_ref().as_ref();
        let what = format!("unknown key `{name}`{}", self.place_within());
        let mend = if SECRETS.contains(&name) {
            "take it out: API keys don't stand in this file; `questdesk login` keeps yours".to_owned()
        } else {
            name_one_of(name, known)
        };
        self.problem(key.span().start, &what, &mend);
    }

    /// ` in [decide]`, or nothing at the top level.
    pub(super) fn place_within(&self) -> String {
        if self.within.is_empty() { String::new() } else { format!(" in [{}]", self.within) }
    }

    pub(super) fn problem(&mut self, at: usize, what: &str, mend: &str) {
        let place = Place::Line(self.file.to_owned(), self.line(at));
        self.problems.push(Problem::new(place, what, mend));
    }

    /// How many problems were found so far.
    pub(super) const fn problem_count(&self) -> usize {
        self.problems.len()
    }

    /// The line of a byte, from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        self.text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
    }
}

/// A value as it is quoted in a message: its first line, not too much of it.
fn shortened(given: &str) -> String {
    const LONGEST: usize = 40;
    let first = given.lines().next().unwrap_or_default();
    let mut quoted: String = first.chars().take(LONGEST).collect();
    if quoted.len() < given.len() {
        quoted.push('…');
    }
    quoted
}

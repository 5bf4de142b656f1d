//! What the desk itself understands, `[keys]`, `[views]` and `reasons`: the desk reads them, this file says on which line
//! they are wrong and how to mend them.

use toml::de::DeTable;

use crate::app::command::TABLE;
use crate::app::keymap::{Keymap, KeymapError};
use crate::app::queue::filter::{Filter, FilterError};
use crate::app::reasons::{Template, TemplateError};
use crate::domain::SafeText;

use super::problem::name_one_of;
use super::reader::Reader;
use super::settings::SavedView;
use super::value::{self, Value, Wanted};

/// What to do about a filter that is not understood.
pub(super) const FILTER_MEND: &str = "write it as after `/`: words, by:NAME, item:N, quest:WORD, eval:failed, is:paid, \
    is:agent, is:aside, age>2d, score<0.5, reward>0; a `-` before a term negates it";

/// What to do about a reason that is not understood.
const REASON_MEND: &str = "a reason may name {contributor}, {item}, {quest}, {score}, {pass_min} and {pass_max}, which are \
    filled for each entry; `{{` is a brace as it is";

/// The texts of a list of reasons, each with its byte in the file.
fn reason_texts(value: &Value<'_>, wanted: &str) -> Wanted<Vec<(usize, String)>> {
    let list = value.get_ref().as_array().ok_or_else(|| wanted.to_owned())?;
    let mut texts: Vec<(usize, String)> = Vec::with_capacity(list.len());
    for element in list {
        let given = element.get_ref().as_str().ok_or_else(|| wanted.to_owned())?;
        let text = SafeText::line(given.trim()).to_string();
        let fits = !text.is_empty() && text.chars().count() <= LONGEST_REASON;
        if !fits || texts.len() == MOST_REASONS || texts.iter().any(|(_, before)| *before == text) {
            return Err(wanted.to_owned());
        }
        texts.push((element.span().start, text));
    }
    Ok(texts)
}

/// Reads a filter; the error quotes the text from where it is not understood. `None`: there is nothing in it.
pub(super) fn filter(text: &str) -> Result<Option<Filter>, String> {
    Filter::parse(text).map_err(|FilterError { at, words }| {
        let rest: String = text.chars().skip(at).collect();
        let place = if rest.is_empty() { "its end".to_owned() } else { format!("`{rest}`") };
        format!("character {}, at {place}: {words}", at + 1)
    })
}

/// How many reasons there may be: one for each of the digits 1 to 9.
const MOST_REASONS: usize = 9;
/// Letters of a reason.
const LONGEST_REASON: usize = 500;

/// One line of `[keys]`.
struct Binding {
    /// The command's id as written.
    command: String,
    /// The keys as written; none: the command has no key.
    keys: Vec<String>,
    /// Its byte in the file.
    at: usize,
}

impl Reader<'_> {
    /// `[views]`: filters by name, in the order of the file.
    pub(super) fn views(&mut self, value: &Value<'_>) -> Vec<SavedView> {
        let Some(table) = self.wanted("views", value, value::table(value)) else { return Vec::new() };
        let mut views = Vec::with_capacity(table.len());
        for (key, value) in table {
            let name = key.get_ref();
            let wanted = || "a filter in quotes, as after `/` on the desk".to_owned();
            let written = value.get_ref().as_str().filter(|text| !text.trim().is_empty()).ok_or_else(wanted);
            let Some(written) = self.wanted(&format!("views.{name}"), value, written) else { continue };
            match filter(written) {
                Ok(filter) => {
                    let name = SafeText::line(name);
                    views.extend(filter.map(|filter| SavedView { name, filter }));
                }
                Err(why) => {
                    let what = format!("`{name}` in [views]: {why}");
                    self.problem(value.span().start, &what, FILTER_MEND);
                }
            }
        }
        views
    }

    /// `reasons`: what the contributors are told, with placeholders that are filled for each entry.
    pub(super) fn reasons(&mut self, value: &Value<'_>, into: &mut Vec<Template>) {
        let wanted =
            format!("at most {MOST_REASONS} different texts of at most {LONGEST_REASON} letters each");
        let Some(texts) = self.wanted("reasons", value, reason_texts(value, &wanted)) else { return };
        let before = self.problem_count();
        let mut reasons = Vec::with_capacity(texts.len());
        for (at, text) in texts {
            match Template::parse(&text) {
                Ok(template) => reasons.push(template),
                Err(TemplateError { at: place, words }) => {
                    let what = format!("`reasons`{}, character {}: {words}", self.place_within(), place + 1);
                    self.problem(at, &what, REASON_MEND);
                }
            }
        }
        if self.problem_count() == before {
            *into = reasons;
        }
    }

    /// `[keys]`, laid over the table of commands.
    pub(super) fn keymap(&mut self, value: &Value<'_>) -> Keymap {
        let mut bindings = Vec::new();
        if let Some(table) = self.wanted("keys", value, value::table(value)) {
            self.within("keys", |reader| reader.bindings("", table, &mut bindings));
        }
        let remaps: Vec<_> = bindings.iter().map(|one| (one.command.clone(), one.keys.clone())).collect();
        Keymap::new(&remaps).unwrap_or_else(|errors| {
            self.refuse(&bindings, &errors);
            Keymap::default()
        })
    }

    /// The bindings of a table. An id with a dot that isn't quoted arrives as a table in the table.
    fn bindings(&mut self, prefix: &str, table: &DeTable<'_>, into: &mut Vec<Binding>) {
        for (key, value) in table {
            let command = format!("{prefix}{}", key.get_ref());
            if let Some(inner) = value.get_ref().as_table() {
                self.bindings(&format!("{command}."), inner, into);
                continue;
            }
            let wanted = "a key in quotes, a list of keys, or \"\" for none";
            if let Some(keys) = self.wanted(&command, value, value::one_or_more(value, wanted)) {
                into.push(Binding { command, keys, at: key.span().start });
            }
        }
    }

    /// Notes what the desk says of the keys, in the order of the file.
    fn refuse(&mut self, bindings: &[Binding], errors: &[KeymapError]) {
        let at = |id: &str| bindings.iter().find(|one| one.command == id).map(|one| one.at);
        let mut errors: Vec<_> =
            errors.iter().map(|error| (at(error.id()).unwrap_or_default(), error)).collect();
        errors.sort_by_key(|(at, _)| *at);
        for (place, error) in errors {
            let mend = match error {
                KeymapError::UnknownCommand { id } => {
                    let known: Vec<_> = TABLE.iter().map(|row| row.id).collect();
                    name_one_of(id, &known)
                }
                KeymapError::BadKey { .. } => "write it as the README's table of keys does".to_owned(),
                KeymapError::Digit { .. } | KeymapError::Torn { .. } => "take another key".to_owned(),
                KeymapError::Twice { other, .. } => match at(other) {
                    Some(at) => {
                        format!("take it from one of them: line {} gives it to `{other}`", self.line(at))
                    }
                    None => format!("take another key, or give `{other}` another one as well"),
                },
            };
            self.problem(place, &format!("[keys]: {error}"), &mend);
        }
    }
}

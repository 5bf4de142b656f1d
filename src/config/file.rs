//! `config.toml` to settings: one function a section, one arm a key. Reading never stops at a mistake; it notes it
//! with its line and goes on with the default, so that all of them are shown at once.

use std::path::Path;

use toml::de::DeTable;

use crate::domain::SafeText;
use crate::ouro::BaseUrl;

use super::problem::Problem;
use super::reader::Reader;
use super::server::{self, ServerLayer};
use super::settings::{
    Config, ConfirmPaid, Decide, KeyBinding, LogLevel, Profile, SavedView, Sync, ThemeName,
};
use super::value::{self, Value};

/// What the file says.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct FileSettings {
    /// The server keys of the top level.
    pub(super) top: ServerLayer,
    /// `[profiles.NAME]`, in the order of the file.
    pub(super) profiles: Vec<(Profile, ServerLayer)>,
    /// All the rest; its `profile` and `server` are defaults.
    pub(super) config: Config,
    /// The text was no TOML: nothing of it is known.
    pub(super) malformed: bool,
}

const SERVER_KEYS: [&str; 5] = ["base_url", "org", "team", "token_command", "fee_percent"];
const SECTIONS: [&str; 7] = ["profiles", "decide", "sync", "views", "keys", "theme", "log"];
const DECIDE_KEYS: [&str; 9] = [
    "undo_seconds",
    "bulk_undo_seconds",
    "confirm_paid",
    "entry_cap_sats",
    "entry_cap_usd",
    "type_total_over_sats",
    "type_total_over_usd",
    "seen_ms",
    "reasons",
];
const SYNC_KEYS: [&str; 2] = ["focus_seconds", "requests_per_minute"];
const VIEW_KEYS: [&str; 2] = ["filter", "sort"];
const THEMES: [(&str, ThemeName); 4] = [
    ("dark", ThemeName::Dark),
    ("light", ThemeName::Light),
    ("mono", ThemeName::Mono),
    ("high-contrast", ThemeName::HighContrast),
];
const CONFIRM_PAID: [(&str, ConfirmPaid); 4] = [
    ("envelope", ConfirmPaid::Envelope),
    ("always", ConfirmPaid::Always),
    ("bulk", ConfirmPaid::Bulk),
    ("never", ConfirmPaid::Never),
];
const LEVELS: [(&str, LogLevel); 5] = [
    ("error", LogLevel::Error),
    ("warn", LogLevel::Warn),
    ("info", LogLevel::Info),
    ("debug", LogLevel::Debug),
    ("trace", LogLevel::Trace),
];

/// Reads the whole text. A text that is no TOML gives one problem and the defaults.
pub(super) fn parse(file: &Path, text: &str, problems: &mut Vec<Problem>) -> FileSettings {
    let mut reader = Reader::new(file, text, problems);
    match DeTable::parse(text) {
        Ok(document) => reader.document(document.get_ref()),
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            let what = format!("this is not TOML: {}", error.message().trim());
            reader.problem(at, &what, "correct the line; texts stand in quotes, sections in [brackets]");
            FileSettings { malformed: true, ..FileSettings::default() }
        }
    }
}

impl Reader<'_> {
    fn document(&mut self, document: &DeTable<'_>) -> FileSettings {
        let mut settings = FileSettings::default();
        for (key, value) in document {
            let config = &mut settings.config;
            match key.get_ref().as_ref() {
                name if SERVER_KEYS.contains(&name) => self.server_key(name, value, &mut settings.top),
                "profiles" => settings.profiles = self.profiles(value),
                "decide" => self.section("decide", value, &DECIDE_KEYS, &mut config.decide, Self::decide_key),
                "sync" => self.section("sync", value, &SYNC_KEYS, &mut config.sync, Self::sync_key),
                "views" => config.views = self.views(value),
                "keys" => config.keys = self.keys(value),
                "theme" => self.section("theme", value, &["name"], &mut config.theme, Self::theme_key),
                "log" => self.section("log", value, &["level"], &mut config.log, Self::log_key),
                _ => self.unknown(key, &[SERVER_KEYS.as_slice(), &SECTIONS].concat()),
            }
        }
        settings
    }

    /// Reads a section's known keys with `read` and complains of the others.
    fn section<T>(
        &mut self,
        name: &str,
        value: &Value<'_>,
        known: &[&str],
        into: &mut T,
        read: impl Fn(&mut Self, &str, &Value<'_>, &mut T),
    ) {
        let Some(table) = self.wanted(name, value, value::table(value)) else { return };
        self.within(name, |reader| {
            for (key, value) in table {
                if known.contains(&key.get_ref().as_ref()) {
                    read(reader, key.get_ref(), value, into);
                } else {
                    reader.unknown(key, known);
                }
            }
        });
    }

    fn server_key(&mut self, key: &str, value: &Value<'_>, into: &mut ServerLayer) {
        match key {
            "base_url" => self.base_url(value, &mut into.base_url),
            "org" => self.set(key, value, &mut into.org, |value| value::text(value).map(server::org)),
            "team" => self.set(key, value, &mut into.team, |value| server::team(value::text(value)?)),
            "token_command" => self.set_some(key, value, &mut into.token_command, |value| {
                value::list(
                    value,
                    "a list of texts: the program and its arguments, like [\"pass\", \"ouro\"]",
                )
            }),
            _ => self.set_some(key, value, &mut into.fee, value::fee),
        }
    }

    /// An address is not quoted in a complaint: there may be a password in it.
    fn base_url(&mut self, value: &Value<'_>, into: &mut Option<BaseUrl>) {
        let Some(given) = self.wanted("base_url", value, value::text(value)) else { return };
        match server::base_url(given) {
            Ok(url) => *into = Some(url),
            Err(why) => {
                let what = format!("`base_url`{}: {why}", self.place_within());
                self.problem(value.span().start, &what, "give an address like https://api.ouro.foundation");
            }
        }
    }

    fn profiles(&mut self, value: &Value<'_>) -> Vec<(Profile, ServerLayer)> {
        let Some(table) = self.wanted("profiles", value, value::table(value)) else { return Vec::new() };
        let mut profiles = Vec::with_capacity(table.len());
        for (key, value) in table {
            let Some(profile) = Profile::parse(key.get_ref()) else {
                let what = format!("`{}` can't be a profile's name", key.get_ref());
                self.problem(key.span().start, &what, PROFILE_NAMES);
                continue;
            };
            let mut layer = ServerLayer::default();
            let name = format!("profiles.{}", profile.as_str());
            self.section(&name, value, &SERVER_KEYS, &mut layer, Self::server_key);
            profiles.push((profile, layer));
        }
        profiles
    }

    fn decide_key(&mut self, key: &str, value: &Value<'_>, into: &mut Decide) {
        match key {
            "undo_seconds" => self.set(key, value, &mut into.undo, |value| value::seconds(value, 0..=600)),
            "bulk_undo_seconds" => {
                self.set(key, value, &mut into.bulk_undo, |value| value::seconds(value, 0..=3600));
            }
            "confirm_paid" => {
                self.set(key, value, &mut into.confirm_paid, |value| value::word(value, &CONFIRM_PAID));
            }
            "entry_cap_sats" => self.set(key, value, &mut into.entry_cap_sats, value::sats),
            "entry_cap_usd" => self.set(key, value, &mut into.entry_cap_usd, value::dollars),
            "type_total_over_sats" => self.set(key, value, &mut into.type_total_over_sats, value::sats),
            "type_total_over_usd" => self.set(key, value, &mut into.type_total_over_usd, value::dollars),
            "seen_ms" => self.set(key, value, &mut into.seen, |value| value::milliseconds(value, 0..=1000)),
            _ => self.set(key, value, &mut into.reasons, value::reasons),
        }
    }

    fn sync_key(&mut self, key: &str, value: &Value<'_>, into: &mut Sync) {
        match key {
            "focus_seconds" => self.set(key, value, &mut into.focus, |value| value::seconds(value, 1..=3600)),
            _ => self.set(key, value, &mut into.requests_per_minute, |value| {
                value::whole(value, 6..=6000).map(|number| u32::try_from(number).unwrap_or(u32::MAX))
            }),
        }
    }

    fn theme_key(&mut self, key: &str, value: &Value<'_>, into: &mut ThemeName) {
        self.set(key, value, into, |value| value::word(value, &THEMES));
    }

    fn log_key(&mut self, key: &str, value: &Value<'_>, into: &mut LogLevel) {
        self.set(key, value, into, |value| value::word(value, &LEVELS));
    }

    fn views(&mut self, value: &Value<'_>) -> Vec<SavedView> {
        let Some(table) = self.wanted("views", value, value::table(value)) else { return Vec::new() };
        let mut views = Vec::with_capacity(table.len());
        for (key, value) in table {
            let name = format!("views.{}", key.get_ref());
            let mut view = SavedView {
                name: SafeText::line(key.get_ref()),
                filter: String::new(),
                sort: None,
                line: Some(self.line(key.span().start)),
            };
            if let Some(filter) = value.get_ref().as_str() {
                filter.clone_into(&mut view.filter);
            } else if value.get_ref().is_table() {
                self.section(&name, value, &VIEW_KEYS, &mut view, |reader, key, value, view| match key {
                    "filter" => {
                        reader
                            .set(key, value, &mut view.filter, |value| value::text(value).map(str::to_owned));
                    }
                    _ => reader
                        .set_some(key, value, &mut view.sort, |value| value::text(value).map(str::to_owned)),
                });
            } else {
                self.wanted::<()>(
                    &name,
                    value,
                    Err("a filter in quotes, or { filter = \"…\", sort = \"…\" }".to_owned()),
                );
            }
            views.push(view);
        }
        views
    }

    fn keys(&mut self, value: &Value<'_>) -> Vec<KeyBinding> {
        let mut bindings = Vec::new();
        if let Some(table) = self.wanted("keys", value, value::table(value)) {
            self.within("keys", |reader| reader.bindings("", table, &mut bindings));
        }
        bindings
    }

    /// The bindings of a table. An id with a dot that isn't quoted arrives as a table in the table.
    fn bindings(&mut self, prefix: &str, table: &DeTable<'_>, into: &mut Vec<KeyBinding>) {
        for (key, value) in table {
            let command = format!("{prefix}{}", key.get_ref());
            if let Some(inner) = value.get_ref().as_table() {
                self.bindings(&format!("{command}."), inner, into);
                continue;
            }
            let wanted = "a key in quotes, a list of keys, or \"\" for none";
            let Some(keys) = self.wanted(&command, value, value::one_or_more(value, wanted)) else {
                continue;
            };
            let twice =
                keys.iter().enumerate().find(|(at, key)| keys.iter().take(*at).any(|before| before == *key));
            if let Some((_, key)) = twice {
                let what = format!("the key `{key}` is given to `{command}` twice");
                self.problem(value.span().start, &what, "name each key once");
            }
            into.push(KeyBinding { command, keys, line: self.line(key.span().start) });
        }
    }
}

/// What a profile may be called.
pub(super) const PROFILE_NAMES: &str =
    "a profile's name has 1 to 64 letters, digits, `-`, `_` or `.`, and doesn't begin with `.`";

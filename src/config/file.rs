//! `config.toml` to settings: one function a section, one arm a key. Reading never stops at a mistake; it notes it
//! with its line and goes on with the default, so that all of them are shown at once.

use std::path::Path;

use toml::de::DeTable;

use crate::ouro::BaseUrl;
use crate::term::pictures::{Protocol, Way};

use super::problem::Problem;
use super::reader::Reader;
use super::server::{self, ServerLayer};
use super::settings::{
    Config, ConfirmPaid, Decide, Images, LogLevel, Previews, Profile, Reading, Sync, ThemeName,
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
const SECTIONS: [&str; 9] =
    ["profiles", "decide", "sync", "reader", "previews", "views", "keys", "theme", "log"];
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
const PREVIEW_KEYS: [&str; 6] = ["images", "pictures", "cell", "ahead", "largest_mb", "cache_mb"];
const IMAGES: [(&str, Images); 4] =
    [("auto", Images::Auto), ("always", Images::Always), ("open", Images::Open), ("never", Images::Never)];
const WAYS: [(&str, Way); 5] = [
    ("auto", Way::Auto),
    ("kitty", Way::By(Protocol::Kitty)),
    ("sixel", Way::By(Protocol::Sixel)),
    ("iterm2", Way::By(Protocol::Iterm2)),
    ("blocks", Way::Blocks),
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
                "reader" => self.section("reader", value, &["width"], &mut config.reading, Self::reader_key),
                "previews" => {
                    self.section("previews", value, &PREVIEW_KEYS, &mut config.previews, Self::preview_key);
                }
                "views" => config.views = self.views(value),
                "keys" => config.keymap = self.keymap(value),
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
            _ => self.reasons(value, &mut into.reasons),
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

    fn reader_key(&mut self, key: &str, value: &Value<'_>, into: &mut Reading) {
        self.set(key, value, &mut into.width, |value| {
            value::whole(value, 40..=400).map(|number| u16::try_from(number).unwrap_or(u16::MAX))
        });
    }

    fn preview_key(&mut self, key: &str, value: &Value<'_>, into: &mut Previews) {
        let number = |value: &Value<'_>, bounds| {
            value::whole(value, bounds).map(|number| u32::try_from(number).unwrap_or(u32::MAX))
        };
        match key {
            "images" => self.set(key, value, &mut into.images, |value| value::word(value, &IMAGES)),
            "pictures" => self.set(key, value, &mut into.pictures, |value| value::word(value, &WAYS)),
            "cell" => self.set(key, value, &mut into.cell, value::cell),
            "ahead" => self.set(key, value, &mut into.ahead, |value| number(value, 0..=10)),
            "largest_mb" => self.set(key, value, &mut into.largest, |value| number(value, 1..=64)),
            _ => self.set(key, value, &mut into.cache, |value| number(value, 0..=4096)),
        }
    }

    fn theme_key(&mut self, key: &str, value: &Value<'_>, into: &mut ThemeName) {
        self.set(key, value, into, |value| value::word(value, &ThemeName::ALL));
    }

    fn log_key(&mut self, key: &str, value: &Value<'_>, into: &mut LogLevel) {
        self.set(key, value, into, |value| value::word(value, &LEVELS));
    }
}

/// What a profile may be called.
pub(super) const PROFILE_NAMES: &str =
    "a profile's name has 1 to 64 letters, digits, `-`, `_` or `.`, and doesn't begin with `.`";

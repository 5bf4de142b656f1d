//! The settings as one plain tree, with their defaults. What each may be is checked where it is read (`file`,
//! `environment`), so whoever holds a [`Config`] needs to check nothing.

use std::time::Duration;

use secrecy::SecretString;

use crate::app::keymap::Keymap;
use crate::app::queue::filter::Filter;
use crate::app::reasons::Template;
use crate::domain::{FeeRate, Money, SafeText, TeamId};
use crate::ouro::{self, BaseUrl, OrgRef};
use crate::term::pictures::Way;

/// Everything that can be set, checked. Flags win over the environment, which wins over the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The profile this run uses: its server, its key, its state.
    pub profile: Profile,
    /// Where Ouro is, and who we are there.
    pub server: Server,
    /// How decisions are held, confirmed and worded.
    pub decide: Decide,
    /// How often and how much is asked of the server.
    pub sync: Sync,
    /// How texts are set.
    pub reading: Reading,
    /// How assets are looked into.
    pub previews: Previews,
    /// Saved filters, in the order of the file.
    pub views: Vec<SavedView>,
    /// The filter to begin with; only `--filter` says it.
    pub filter: Option<Filter>,
    /// Which key means what: the table of commands with `[keys]` laid over it.
    pub keymap: Keymap,
    /// How it looks.
    pub theme: ThemeName,
    /// How much is written to the log file.
    pub log: LogLevel,
}

/// What holds when nothing is set; `config.example.toml` says the same.
impl Default for Config {
    fn default() -> Self {
        Self {
            profile: Profile::default(),
            server: Server::default(),
            decide: Decide::default(),
            sync: Sync::default(),
            reading: Reading::default(),
            previews: Previews::default(),
            views: standard_views(),
            filter: None,
            // The table alone is never refused: a test beside it holds it to that.
            keymap: Keymap::new(&[]).unwrap_or_default(),
            theme: ThemeName::default(),
            log: LogLevel::default(),
        }
    }
}

/// A profile's name: it is part of file names, so letters, digits, `-`, `_` and `.` only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile(String);

impl Profile {
    /// A name that can be a folder's name everywhere; `None` for anything else.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let fits = (1..=64).contains(&name.len()) && name.chars().all(plain) && !name.starts_with('.');
        fits.then(|| Self(name.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Profile {
    fn default() -> Self {
        Self("default".to_owned())
    }
}

/// Where Ouro is, and who we are there.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Server {
    /// The API's address: https, or http on this machine.
    pub base_url: BaseUrl,
    /// The organization the client is pinned to; `None`: the personal context.
    pub org: Option<OrgRef>,
    /// The team whose quests are shown; `None`: all teams.
    pub team: Option<TeamId>,
    /// A program (and its arguments) that prints the API key; empty: none.
    pub token_command: Vec<String>,
    /// What the platform keeps of a payment, as the profile says it; `None`: unknown unless the server says it.
    pub fee: Option<FeeRate>,
}

impl Server {
    /// What a client for it needs.
    #[must_use]
    pub fn client_settings(&self, key: SecretString) -> ouro::Settings {
        ouro::Settings {
            base_url: self.base_url.clone(),
            key,
            org: self.org.clone(),
            timeouts: ouro::Timeouts::default(),
        }
    }
}

/// When a paid acceptance asks first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ConfirmPaid {
    /// A sum per session is agreed on once; inside it one key pays.
    #[default]
    Envelope,
    /// Each paid acceptance asks.
    Always,
    /// Only paid bulks ask.
    Bulk,
    /// Nothing asks.
    Never,
}

/// How decisions are held, confirmed and worded.
#[derive(Debug, Clone, PartialEq)]
pub struct Decide {
    /// How long one decision can be taken back before it is sent; whole seconds, 0 to 600.
    pub undo: Duration,
    /// The same for a bulk; whole seconds, 0 to 3600.
    pub bulk_undo: Duration,
    /// When a paid acceptance asks first.
    pub confirm_paid: ConfirmPaid,
    /// One entry that pays more than this asks, envelope or not; in sats.
    pub entry_cap_sats: Money,
    /// The same in dollars; kept in cents.
    pub entry_cap_usd: Money,
    /// A bulk that pays more than this has its total typed; in sats.
    pub type_total_over_sats: Money,
    /// The same in dollars; kept in cents.
    pub type_total_over_usd: Money,
    /// How long an entry's header must have been on the screen before accepting it may pay; 0 to 1000 ms.
    pub seen: Duration,
    /// What the keys 1–9 of the reason picker say to the contributor; at most nine.
    pub reasons: Vec<Template>,
}

impl Default for Decide {
    fn default() -> Self {
        Self {
            undo: Duration::from_secs(5),
            bulk_undo: Duration::from_secs(30),
            confirm_paid: ConfirmPaid::default(),
            entry_cap_sats: Money::sats(20_000),
            entry_cap_usd: Money::cents(2_000),
            type_total_over_sats: Money::sats(100_000),
            type_total_over_usd: Money::cents(10_000),
            seen: Duration::from_millis(250),
            reasons: STANDARD_REASONS.map(Template::from).to_vec(),
        }
    }
}

/// Reasons every queue needs; each says what to do so that the next try is accepted.
const STANDARD_REASONS: [&str; 6] = [
    "Incomplete: not everything the item asks for is there. Compare with its description, add what is missing and submit again.",
    "Units or labels are missing or wrong. Name the unit of every quantity and column, then submit again.",
    "No source: I can't check where this comes from. Add the reference, the raw file or how it was measured, then submit again.",
    "Can't be reproduced: with the steps given I get something else. Add the exact steps, versions and inputs, then submit again.",
    "Wrong format: the file doesn't open or isn't the kind the item asks for. Convert it as the item says and submit again.",
    "Duplicate: this is already among the accepted entries. Have a look at those and submit something they don't cover.",
];

/// How often and how much is asked of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sync {
    /// How often the quest you look at is refreshed; whole seconds, 1 to 3600.
    pub focus: Duration,
    /// How many requests a minute the desk allows itself, all together; 6 to 6000.
    pub requests_per_minute: u32,
}

impl Default for Sync {
    fn default() -> Self {
        Self { focus: Duration::from_secs(5), requests_per_minute: 60 }
    }
}

/// How texts are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The widest that running text is set; columns, 40 to 400.
    pub width: u16,
}

impl Default for Reading {
    fn default() -> Self {
        Self { width: TEXT_WIDTH }
    }
}

/// When pictures are fetched and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Images {
    /// As everything else here, and when an asset is opened over SSH.
    #[default]
    Auto,
    /// As everything else.
    Always,
    /// When an asset is opened.
    Open,
    /// Never.
    Never,
}

/// How assets are looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Previews {
    /// When pictures are fetched and shown.
    pub images: Images,
    /// How they are drawn.
    pub pictures: Way,
    /// Pixels of a cell of the terminal, across and down, whatever it says itself; `None`: as it says.
    pub cell: Option<(u16, u16)>,
    /// Entries whose assets are fetched ahead; 0 to 10.
    pub ahead: u32,
    /// The largest picture, document or archive that is fetched; megabytes, 1 to 64.
    pub largest: u32,
    /// What is kept on the disk; megabytes, 0 to 4096.
    pub cache: u32,
}

impl Default for Previews {
    fn default() -> Self {
        Self {
            images: Images::default(),
            pictures: Way::default(),
            cell: None,
            ahead: 2,
            largest: 8,
            cache: 64,
        }
    }
}

/// A filter with a name.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedView {
    /// What it is called.
    pub name: SafeText,
    /// The filter, in the language of `/`.
    pub filter: Filter,
}

/// The views one starts with; a `[views]` section takes their place.
fn standard_views() -> Vec<SavedView> {
    const VIEWS: [(&str, &str); 5] = [
        ("passed", "eval:passed"),
        ("failed", "eval:failed"),
        ("paid", "is:paid"),
        ("waiting", "age>2d"),
        ("agents", "is:agent"),
    ];
    // All of them are read: the example file has the same, and a test compares.
    let read = |(name, filter): (&'static str, &str)| {
        Some(SavedView { name: name.into(), filter: Filter::parse(filter).ok()?? })
    };
    VIEWS.into_iter().filter_map(read).collect()
}

pub use crate::ui::ThemeName;
use crate::ui::layout::TEXT_WIDTH;

/// How much is written to the log file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogLevel {
    /// What went wrong.
    Error,
    /// And what was odd.
    Warn,
    /// And what happened.
    #[default]
    Info,
    /// And why.
    Debug,
    /// Everything.
    Trace,
}

impl LogLevel {
    /// The word of the configuration file.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

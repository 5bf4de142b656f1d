//! The state: what is true at the desk. Each part is owned by its file; this one only puts them together.

use std::time::Duration;

use crate::config::{Config, ConfirmPaid, SavedView};
use crate::domain::{Account, FeeRate, QuestId, SafeText, SessionId, Timestamp};
use crate::sync::{Balance, Link, Progress};
use crate::ui::theme::Look;

use super::aside::Asides;
use super::decisions::Decisions;
use super::desk::Desk;
use super::discussion::Discussion;
use super::elsewhere::Kept;
use super::evals::Prices;
use super::judging::Judging;
use super::key::Key;
use super::keymap::Keymap;
use super::log::{Log, View};
use super::notice::Notices;
use super::overlay::Overlay;
use super::overlay::save;
use super::reader::assets::Pictures;
use super::reasons::Template;
use super::reviewers::Reviewers;
use super::saving::Savings;
use super::summary::Evaluations;

/// As long as this a connection that was lost may come back before somebody is told not to wait for it.
const PATIENCE: Duration = Duration::from_secs(3);

/// Everything the desk knows. Changed by [`super::update`] only, drawn by `ui::draw`.
#[derive(Debug)]
pub struct State {
    /// The time of the last message: what ages are counted from.
    pub now: Timestamp,
    /// When the session began.
    pub begun: Timestamp,
    /// Columns of the terminal.
    pub width: u16,
    /// Rows of the terminal.
    pub height: u16,
    /// What the configuration and the flags say.
    pub settings: Settings,
    /// How the terminal is drawn on: the reader's page depends on it.
    pub look: Look,
    /// Which key means what where.
    pub keymap: Keymap,
    /// The account, the connection, the wallet.
    pub shell: Shell,
    /// The Desk view: quests, items, pending entries, the reader.
    pub desk: Desk,
    /// What helps to judge the entry that is read.
    pub judging: Judging,
    /// Which view is on the screen.
    pub view: View,
    /// The Log view: what was decided.
    pub log: Log,
    /// Comments, and the runs of evaluations.
    pub discussion: Discussion,
    /// What runs of evaluations cost.
    pub prices: Prices,
    /// Files on their way to the disk.
    pub savings: Savings,
    /// Our decisions, as the store last told them.
    pub decisions: Decisions,
    /// What the evaluation had said of what was decided.
    pub evaluations: Evaluations,
    /// The entry that is read, where it was decided or taken away meanwhile.
    pub elsewhere: Kept,
    /// What is put aside.
    pub asides: Asides,
    /// Who else is reviewing.
    pub reviewers: Reviewers,
    /// What has been said to the reviewer.
    pub notices: Notices,
    /// What lies over the view and takes the keys first.
    pub overlay: Option<Overlay>,
    /// The key that is being answered.
    pub pressed: Option<Key>,
    /// A count typed before a moving key (`5j`).
    pub count: Option<u32>,
    /// When its last digit was typed: a digit alone that nothing follows shows a view.
    pub(super) count_at: Timestamp,
    /// Set once leaving has begun.
    pub leaving: bool,
}

/// What the configuration and the flags say, as far as the desk needs it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// This run of the program.
    pub session: SessionId,
    /// Undo window of one decision, in milliseconds.
    pub undo_millis: u64,
    /// Undo window of a decision on many, in milliseconds.
    pub bulk_undo_millis: u64,
    /// A decision on many that pays more than this many sats has its total typed; `None`: no limit.
    pub type_total_over_sats: Option<i64>,
    /// The same in cents.
    pub type_total_over_cents: Option<i64>,
    /// When a paid acceptance asks first.
    pub confirm_paid: ConfirmPaid,
    /// A paid acceptance above this many sats asks; `None`: no cap.
    pub entry_cap_sats: Option<i64>,
    /// A paid acceptance above this many cents asks; `None`: no cap.
    pub entry_cap_cents: Option<i64>,
    /// How long an entry's header must have been on the screen before a paid acceptance counts, in milliseconds.
    pub seen_millis: u64,
    /// Saved reasons for rejecting, in their fixed order.
    pub reasons: Vec<Template>,
    /// Saved filters, in the order of the configuration.
    pub views: Vec<SavedView>,
    /// The platform fee as the profile says it; the server's word goes before it.
    pub fee: Option<FeeRate>,
    /// Nothing that changes anything.
    pub read_only: bool,
    /// Lines instead of boxes, for a screen reader.
    pub plain: bool,
    /// Only these quests, if any are named.
    pub quests: Vec<QuestId>,
    /// The K-th of N lanes of the queue (K from 1), by a hash of the entry's id.
    pub lane: Option<(u32, u32)>,
    /// Whether pictures are fetched and shown.
    pub pictures: Pictures,
    /// The widest that running text is set, in columns.
    pub text_width: u16,
    /// Entries whose assets are fetched ahead.
    pub previews_ahead: u32,
    /// The folder that assets are saved to, unless another is typed.
    pub save_to: SafeText,
    /// The home folder: what `~` means in a path.
    pub home: Option<String>,
    /// The organization and team that the session is bound to, to be shown.
    pub place: SafeText,
}

/// The account, the connection, the wallet: what the status line tells.
#[derive(Debug, Clone, PartialEq)]
pub struct Shell {
    /// Who is signed in, once it is known.
    pub account: Option<Account>,
    /// The connection.
    pub link: Link,
    /// Requests in the busiest minute of late, and the most there may be.
    pub budget: (u32, u32),
    /// The wallet by currency, as the server last reported it.
    pub wallet: Vec<Balance>,
    /// The platform fee as the server says it.
    pub fee: Option<FeeRate>,
    /// Whether it is this desk that sends; else another one on the same state database does.
    pub sends: bool,
    /// How the sender is getting on, as the engine last told it.
    pub sending: Progress,
    /// The store could not write last time. A decision may be tried all the same: it is held only once it is
    /// written, and that it works again shows only by trying.
    pub broken: bool,
    /// What could not be read since the quests were read last.
    pub trouble: Option<SafeText>,
}

impl Settings {
    /// What the configuration says, in a run without flags or a home.
    #[must_use]
    pub fn of(config: &Config, session: SessionId) -> Self {
        let decide = &config.decide;
        Self {
            session,
            undo_millis: millis(decide.undo),
            bulk_undo_millis: millis(decide.bulk_undo),
            type_total_over_sats: Some(decide.type_total_over_sats.amount),
            type_total_over_cents: Some(decide.type_total_over_usd.amount),
            confirm_paid: decide.confirm_paid,
            entry_cap_sats: Some(decide.entry_cap_sats.amount),
            entry_cap_cents: Some(decide.entry_cap_usd.amount),
            seen_millis: millis(decide.seen),
            reasons: decide.reasons.clone(),
            views: config.views.clone(),
            fee: config.server.fee,
            read_only: false,
            plain: false,
            quests: Vec::new(),
            lane: None,
            pictures: Pictures::Shown,
            text_width: config.reading.width,
            previews_ahead: config.previews.ahead,
            save_to: ".".into(),
            home: None,
            place: SafeText::default(),
        }
    }

    /// Where a typed path leads.
    #[must_use]
    pub fn path(&self, typed: &str) -> std::path::PathBuf {
        save::path_of(typed, self.home.as_deref())
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl State {
    /// The platform fee: the server's word, else the profile's, else unknown.
    #[must_use]
    pub fn fee(&self) -> Option<FeeRate> {
        self.shell.fee.or(self.settings.fee)
    }
}

impl Shell {
    /// Whether nothing can be sent now: the server is out of reach, or does not let us in.
    #[must_use]
    pub const fn is_cut_off(&self) -> bool {
        matches!(self.link, Link::Offline { .. } | Link::SignedOut { .. })
    }

    /// Whether that is so for so long that nobody should wait for an answer.
    #[must_use]
    pub fn is_cut_off_for_long(&self, now: Timestamp) -> bool {
        match &self.link {
            Link::Offline { since, .. } => now.since(*since) >= PATIENCE,
            link => matches!(link, Link::SignedOut { .. }),
        }
    }
}

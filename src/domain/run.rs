//! An evaluation's run: what it costs, what became of it, and what it wrote down.

use super::{ActionId, AssetId, Money, SafeText, Timestamp};

/// What is asked when the price of a run is: of which route, on what, where one input stands for all that is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriceOf {
    /// The route that would run.
    pub route: AssetId,
    /// What it would run on. `None`: on several, or it is not known.
    pub input: Option<AssetId>,
}

/// What a run costs whoever starts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunPrice {
    /// This, the server says; it may be nothing.
    Costs(Money),
    /// It is not known, for this reason.
    Unsaid(SafeText),
}

/// What scoring an item's entries again began.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rescored {
    /// Runs that were begun.
    pub started: u32,
    /// Why entries were left out, one line each.
    pub left_out: Vec<SafeText>,
}

/// A run of an eval route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its id.
    pub id: ActionId,
    /// The server's word: `queued`, `in-progress`, `success`, `error`, `timed-out`, or another.
    pub status: SafeText,
    /// The route's name.
    pub route: Option<SafeText>,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// Why it failed.
    pub error: Option<SafeText>,
    /// What was written down, oldest first.
    pub log: Vec<LogLine>,
    /// There is more of that.
    pub cut: bool,
}

impl Run {
    /// Whether nothing more comes.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.status.as_str(), "success" | "error" | "timed-out")
    }
}

/// A line of a run's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// When.
    pub at: Option<Timestamp>,
    /// The server's word: `info`, `error`, …
    pub level: SafeText,
    /// What.
    pub message: SafeText,
}

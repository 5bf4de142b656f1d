//! An evaluation's run: what became of it, and what it wrote down.

use super::{ActionId, SafeText, Timestamp};

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

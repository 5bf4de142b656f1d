//! Evaluation of entries by an eval route: the score, the band it must fall in, and what became of the run.

use serde::{Deserialize, Serialize};

use super::{AssetId, SafeText};

/// What the wire calls `eval_status`. Independent of the entry's own status (the contract, 4.5).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum EvalStatus {
    /// The item has no evaluation, or it has not begun.
    #[default]
    None,
    /// Waits for the owner to start it (`eval_trigger = owner`).
    Pending,
    /// Started; the result is outstanding.
    Running,
    /// The score lies inside the band.
    Passed,
    /// The score lies outside the band.
    Failed,
    /// The route failed, timed out, or gave no usable score.
    Errored,
    /// Not run.
    Skipped,
    /// A word this version does not know, shown as it is.
    Other(SafeText),
}

impl EvalStatus {
    /// From the wire's word.
    #[must_use]
    pub fn from_word(word: Option<&str>) -> Self {
        match word {
            None | Some("") => Self::None,
            Some("pending") => Self::Pending,
            Some("running") => Self::Running,
            Some("passed") => Self::Passed,
            Some("failed") => Self::Failed,
            Some("errored") => Self::Errored,
            Some("skipped") => Self::Skipped,
            Some(other) => Self::Other(SafeText::line(other)),
        }
    }

    /// The wire's word, empty for none.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::None => "",
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Errored => "errored",
            Self::Skipped => "skipped",
            Self::Other(word) => word.as_str(),
        }
    }
}

/// When an item's evaluation runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum EvalTrigger {
    /// By itself, at submission.
    #[default]
    Submit,
    /// When an owner starts it, who pays for it.
    Owner,
}

/// The inclusive band a score must fall in; a missing bound is open, no bounds at all let every number pass.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct PassBand {
    /// Lowest passing score.
    pub min: Option<f64>,
    /// Highest passing score.
    pub max: Option<f64>,
}

/// Where a score stands to its band.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Standing {
    /// Inside, bounds included.
    Inside,
    /// Below or above, or not a number.
    Outside,
}

impl PassBand {
    /// Where `score` stands.
    #[must_use]
    pub fn standing(&self, score: f64) -> Standing {
        let above_min = self.min.is_none_or(|min| score >= min);
        let below_max = self.max.is_none_or(|max| score <= max);
        if above_min && below_max && score.is_finite() { Standing::Inside } else { Standing::Outside }
    }
}

/// An item's evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct EvalRule {
    /// The band a passing score lies in.
    pub band: PassBand,
    /// When it runs.
    pub trigger: EvalTrigger,
    /// The route that scores.
    #[serde(default)]
    pub route: Option<AssetId>,
}

/// Which way an item's leaderboard counts (the contract, 4.7). Equal scores stand in the order they were submitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum LeaderboardOrder {
    /// The highest score wins.
    #[default]
    HighestFirst,
    /// The lowest score wins.
    LowestFirst,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_band_includes_its_bounds_and_is_open_where_one_is_missing() {
        let band = PassBand { min: Some(0.8), max: Some(1.0) };
        assert_eq!(band.standing(0.8), Standing::Inside);
        assert_eq!(band.standing(1.0), Standing::Inside);
        assert_eq!(band.standing(0.799), Standing::Outside);
        assert_eq!(PassBand { min: Some(0.8), max: None }.standing(1e9), Standing::Inside);
        assert_eq!(PassBand::default().standing(-5.0), Standing::Inside);
        assert_eq!(PassBand::default().standing(f64::NAN), Standing::Outside);
    }

    #[test]
    fn unknown_words_are_kept() {
        assert_eq!(EvalStatus::from_word(Some("queued")).word(), "queued");
        assert_eq!(EvalStatus::from_word(None), EvalStatus::None);
    }
}

//! An item of a quest: one thing to be done, and what it brings.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::{
    AssetId, EntryId, EvalRule, ItemId, LeaderboardOrder, QuestId, Reward, SafeText, Timestamp, UserId,
};

/// Where an item is in its life. Done and skipped are terminal.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ItemStatus {
    /// Nobody is on it.
    Pending,
    /// Someone is on it, or it waits for something.
    InProgress,
    /// Finished.
    Done,
    /// Left out.
    Skipped,
    /// A word this version does not know.
    Other(SafeText),
}

impl ItemStatus {
    /// From the wire's word; absent is pending, the server's default.
    #[must_use]
    pub fn from_word(word: Option<&str>) -> Self {
        match word {
            None | Some("pending") => Self::Pending,
            Some("in_progress") => Self::InProgress,
            Some("done") => Self::Done,
            Some("skipped") => Self::Skipped,
            Some(other) => Self::Other(SafeText::line(other)),
        }
    }

    /// The wire's word.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Pending => "pending",
            Self::InProgress => "in_progress",
            Self::Done => "done",
            Self::Skipped => "skipped",
            Self::Other(word) => word.as_str(),
        }
    }

    /// Done or skipped: nothing more happens to it by itself.
    #[must_use]
    pub const fn is_terminal(&self) -> bool {
        matches!(self, Self::Done | Self::Skipped)
    }
}

/// Why an item is parked, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// What it waits for.
    pub on: SafeText,
    /// When it is due again; none = until somebody changes it.
    pub until: Option<Timestamp>,
}

/// One input that an item asks of a contributor.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SubmissionKey {
    /// The key in `assets`.
    pub key: SafeText,
    /// What it is called, if the author gave it a label.
    pub label: Option<SafeText>,
    /// Whether an entry must have it.
    pub required: bool,
    /// The asset type asked for.
    pub asset_type: SafeText,
    /// Endings that a file's name may have (lower case, without the dot); empty: any.
    #[serde(default)]
    pub extensions: Vec<SafeText>,
    /// Endings of which an archive must hold some; empty: nothing is asked of it.
    #[serde(default)]
    pub contains: Vec<SafeText>,
    /// The category a file must be of: `image`, `pdf`, `atomic structure`, …
    #[serde(default)]
    pub category: Option<SafeText>,
}

/// The evaluation whose inputs are what an item asks for (contract, 4.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputsOf {
    /// Its route.
    pub route: AssetId,
    /// Inputs that the author has set: nobody is asked for those.
    pub fixed: Vec<SafeText>,
}

/// An item as the desk shows it. Its whole brief stays in the database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Its id.
    pub id: ItemId,
    /// The quest it belongs to.
    pub quest: QuestId,
    /// Its place in the quest, from 1, as people count.
    pub number: u32,
    /// The first line of its description.
    pub title: SafeText,
    /// Where it is in its life.
    pub status: ItemStatus,
    /// The backend skipped it because the quest ended.
    pub auto_skipped: bool,
    /// What one accepted entry brings.
    pub reward: Reward,
    /// How its entries are scored, if they are.
    pub eval: Option<EvalRule>,
    /// Which way its leaderboard counts, if it has one.
    #[serde(default)]
    pub leaderboard: Option<LeaderboardOrder>,
    /// Why it is parked.
    pub waiting: Option<Waiting>,
    /// What it asks of a contributor.
    pub keys: Vec<SubmissionKey>,
    /// Whose inputs take the place of those, once they were read; none where the server listed what is asked for.
    #[serde(default)]
    pub inputs: Option<InputsOf>,
    /// Who it is meant for.
    pub assignee: Option<UserId>,
    /// The entry that finished it.
    pub completed_by: Option<EntryId>,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Item {
    /// What is asked for, given what the evaluation's route takes, if that was read: all of its inputs that the author
    /// has not set. Of the author's own declarations only the labels count then.
    #[must_use]
    pub fn asked_for(&self, taken: Option<&[SubmissionKey]>) -> Cow<'_, [SubmissionKey]> {
        let (Some(inputs), Some(taken)) = (&self.inputs, taken) else { return Cow::Borrowed(&self.keys) };
        let open = taken.iter().filter(|input| !inputs.fixed.contains(&input.key));
        let key = |input: &SubmissionKey| SubmissionKey {
            required: true,
            label: self.keys.iter().find(|own| own.key == input.key).and_then(|own| own.label.clone()),
            ..input.clone()
        };
        Cow::Owned(open.map(key).collect())
    }
}

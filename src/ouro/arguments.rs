//! What a caller says in a call, and how it is written on the wire.

use std::fmt::Write as _;

use super::{ErrorKind, OuroError};
use crate::domain::{OrgId, TeamId, UserId};

/// The longest note that is sent, in bytes. The server names no limit (contract, U22).
const NOTE_LIMIT: usize = 64 << 10;

/// Which quests to list. An empty scope lists all that are visible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QuestScope {
    /// Of this team only.
    pub team: Option<TeamId>,
    /// Of this organization only.
    pub org: Option<OrgId>,
    /// Of this owner only.
    pub owner: Option<UserId>,
}

/// Which entries of a quest to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryFilter {
    /// Those that wait for a decision.
    Submitted,
    /// Those that were accepted.
    Accepted,
    /// Those that were rejected.
    Rejected,
}

impl EntryFilter {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
        }
    }
}

/// A reviewer's decision as the server takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReviewVerdict {
    /// Accept: may pay.
    Accept,
    /// Reject.
    Reject,
}

impl ReviewVerdict {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Accept => "accepted",
            Self::Reject => "rejected",
        }
    }
}

/// The search's filters: one JSON object as text, spaced as the official clients space it.
pub(super) fn filters(scope: &QuestScope) -> String {
    let mut text = r#"{"asset_type": "quest""#.to_owned();
    let ids = [
        ("org_id", scope.org.map(|id| id.to_string())),
        ("team_id", scope.team.map(|id| id.to_string())),
        ("user_id", scope.owner.map(|id| id.to_string())),
    ];
    for (key, id) in ids {
        if let Some(id) = id {
            // Writing into a String cannot fail.
            let _ = write!(text, r#", "{key}": "{id}""#);
        }
    }
    text.push('}');
    text
}

/// Puts a note into a body; a blank one is left out, one that is too long is refused unsent.
pub(super) fn put_note(body: &mut serde_json::Value, key: &str, note: Option<&str>) -> Result<(), OuroError> {
    let Some(note) = note.filter(|note| !note.trim().is_empty()) else { return Ok(()) };
    if note.len() > NOTE_LIMIT {
        let words = format!("the note has {} bytes; {NOTE_LIMIT} are the most that is sent", note.len());
        return Err(OuroError::new(ErrorKind::TooLarge, &words));
    }
    if let Some(fields) = body.as_object_mut() {
        fields.insert(key.to_owned(), note.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn filters_are_json_that_names_what_was_asked_for() {
        assert_eq!(filters(&QuestScope::default()), r#"{"asset_type": "quest"}"#);
        let team = Some(TeamId::from_bytes([7; 16]));
        let text = filters(&QuestScope { team, ..QuestScope::default() });
        assert_eq!(text, r#"{"asset_type": "quest", "team_id": "07070707-0707-0707-0707-070707070707"}"#);
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
    }

    #[test]
    fn a_blank_note_is_left_out_and_a_huge_one_refused() {
        let mut body = json!({ "status": "rejected" });
        put_note(&mut body, "review", Some(" \n")).unwrap();
        put_note(&mut body, "review", None).unwrap();
        assert_eq!(body, json!({ "status": "rejected" }));
        put_note(&mut body, "review", Some("units?")).unwrap();
        assert_eq!(body["review"], "units?");
        let error = put_note(&mut body, "review", Some(&"x".repeat(NOTE_LIMIT + 1))).unwrap_err();
        assert_eq!((error.kind, error.fate()), (ErrorKind::TooLarge, crate::ouro::Fate::Refused));
    }
}

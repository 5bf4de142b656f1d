//! The lives of quests and items: which changes are allowed, and what ends what (5.1, 5.8).

use crate::backend::error::Refusal;
use crate::domain::{ItemStatus, QuestKind, QuestStatus};

/// Whether a quest in this state is over for good.
pub(crate) const fn is_over(status: &QuestStatus) -> bool {
    matches!(status, QuestStatus::Closed | QuestStatus::Cancelled)
}

/// Whether a quest may go from one state to another: closed and cancelled are final (5.1.3), draft and open may be
/// exchanged, staying is always fine.
pub(crate) fn may_become(from: &QuestStatus, to: &QuestStatus) -> Result<(), Refusal> {
    if is_over(from) && from != to {
        return Err(Refusal::conflict(
            "quest_final",
            format!("This quest is {}: that is final", from.word()),
        ));
    }
    Ok(())
}

/// Only open quests take entries and completions (5.1.2).
pub(crate) fn takes_entries(status: &QuestStatus) -> Result<(), Refusal> {
    match status {
        QuestStatus::Open => Ok(()),
        QuestStatus::Draft => Err(Refusal::conflict(
            "quest_draft_not_accepting_entries",
            "This quest is a draft; it takes no entries yet",
        )),
        over => Err(Refusal::conflict(
            "quest_not_accepting_entries",
            format!("This quest is {}; it takes no entries", over.word()),
        )),
    }
}

/// Whether a quest closes itself now: an open closable one whose items are all done or skipped (5.1.5).
pub(crate) fn closes_itself(kind: &QuestKind, status: &QuestStatus, items: &[ItemStatus]) -> bool {
    *kind == QuestKind::Closable
        && *status == QuestStatus::Open
        && !items.is_empty()
        && items.iter().all(ItemStatus::is_terminal)
}

/// What an item becomes when one of its entries is accepted: done on a closable quest; on a continuous one it stays
/// as it is (our choice, the contract's U15).
pub(crate) fn after_acceptance(kind: &QuestKind, item: &ItemStatus) -> ItemStatus {
    if *kind == QuestKind::Continuous { item.clone() } else { ItemStatus::Done }
}

/// The wire's word for a kind of quest.
pub(crate) const fn kind_word(kind: &QuestKind) -> &'static str {
    match kind {
        QuestKind::Continuous => "continuous",
        QuestKind::Closable | QuestKind::Other(_) => "closable",
    }
}

/// Reads a kind of quest, refusing words that no client would understand.
pub(crate) fn kind_of(word: &str) -> Result<QuestKind, Refusal> {
    match QuestKind::from_word(Some(word)) {
        QuestKind::Other(_) => Err(Refusal::field("type", "must be closable or continuous")),
        kind => Ok(kind),
    }
}

/// Reads a state of a quest.
pub(crate) fn quest_status_of(word: &str) -> Result<QuestStatus, Refusal> {
    match QuestStatus::from_word(Some(word)) {
        QuestStatus::Other(_) => Err(Refusal::field("status", "must be draft, open, closed or cancelled")),
        status => Ok(status),
    }
}

/// Reads a state of an item.
pub(crate) fn item_status_of(word: &str) -> Result<ItemStatus, Refusal> {
    match ItemStatus::from_word(Some(word)) {
        ItemStatus::Other(_) => {
            Err(Refusal::field("status", "must be pending, in_progress, done or skipped"))
        }
        status => Ok(status),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closed_and_cancelled_are_final() {
        use QuestStatus::{Cancelled, Closed, Draft, Open};
        for (from, to, allowed) in [
            (Draft, Open, true),
            (Open, Draft, true),
            (Open, Closed, true),
            (Closed, Closed, true),
            (Closed, Open, false),
            (Cancelled, Draft, false),
            (Cancelled, Closed, false),
        ] {
            assert_eq!(may_become(&from, &to).is_ok(), allowed, "{from:?} to {to:?}");
        }
    }

    #[test]
    fn only_open_quests_take_entries_and_drafts_say_so_by_their_code() {
        assert!(takes_entries(&QuestStatus::Open).is_ok());
        let draft = takes_entries(&QuestStatus::Draft).unwrap_err();
        assert_eq!((draft.status(), draft.code()), (409, "quest_draft_not_accepting_entries"));
        assert_eq!(takes_entries(&QuestStatus::Closed).unwrap_err().code(), "quest_not_accepting_entries");
        assert_eq!(takes_entries(&QuestStatus::Cancelled).unwrap_err().status(), 409);
    }

    #[test]
    fn a_closable_quest_closes_when_nothing_is_left_to_do() {
        use ItemStatus::{Done, Pending, Skipped};
        let closes = |kind, status, items: &[ItemStatus]| closes_itself(&kind, &status, items);
        assert!(closes(QuestKind::Closable, QuestStatus::Open, &[Done, Skipped]));
        assert!(!closes(QuestKind::Closable, QuestStatus::Open, &[Done, Pending]));
        assert!(!closes(QuestKind::Closable, QuestStatus::Open, &[]));
        assert!(!closes(QuestKind::Continuous, QuestStatus::Open, &[Done]));
        assert!(!closes(QuestKind::Closable, QuestStatus::Draft, &[Done]));
    }
}

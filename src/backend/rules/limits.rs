//! How often one may submit, and with what (5.2).

use crate::backend::error::Refusal;
use crate::domain::{EntryStatus, QuestKind};

/// Whether an entry counts against the limits: submitted or accepted; a rejection frees everything (5.2.1, 5.2.3).
#[cfg(test)]
pub(crate) const fn is_active(status: &EntryStatus) -> bool {
    matches!(status, EntryStatus::Submitted | EntryStatus::Accepted)
}

/// A closable quest takes one active entry per contributor and item; a continuous one any number (5.2.1, 5.2.2).
pub(crate) fn one_active_entry(kind: &QuestKind, active_on_item: u32) -> Result<(), Refusal> {
    if *kind == QuestKind::Continuous || active_on_item == 0 {
        return Ok(());
    }
    Err(Refusal::conflict(
        "entry_limit_reached",
        "You already have an active entry on this item; it must be rejected before you submit again",
    ))
}

/// Where an asset already is on an active entry of the same quest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Used {
    /// Nowhere.
    No,
    /// On another item of the quest.
    OnQuest,
    /// On this very item.
    OnItem,
}

/// An asset is on one active entry per quest; a route once per item, so that a model can enter every track (5.2.3).
pub(crate) fn asset_is_free(asset_type: &str, used: Used) -> Result<(), Refusal> {
    let free = match used {
        Used::No => true,
        Used::OnQuest => asset_type == "route",
        Used::OnItem => false,
    };
    if free {
        return Ok(());
    }
    Err(Refusal::conflict(
        "asset_already_submitted",
        "This asset is already on an active entry of this quest; a rejection frees it",
    ))
}

/// Only what waits for a decision can be decided. The same decision again is an answer without effect, another one
/// a conflict (our choice, the contract's U1 and U2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decided {
    /// The decision is new: carry it out.
    Now,
    /// It was decided so before: answer with the entry as it is.
    AlreadySo,
}

/// See [`Decided`].
pub(crate) fn may_decide(current: &EntryStatus, wanted: &EntryStatus) -> Result<Decided, Refusal> {
    if *current == EntryStatus::Submitted {
        return Ok(Decided::Now);
    }
    if current == wanted {
        return Ok(Decided::AlreadySo);
    }
    Err(Refusal::conflict(
        "entry_already_reviewed",
        format!("This entry was already {}; a decision is final", current.word()),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closable_items_take_one_active_entry_and_continuous_ones_any_number() {
        assert!(one_active_entry(&QuestKind::Closable, 0).is_ok());
        assert_eq!(one_active_entry(&QuestKind::Closable, 1).unwrap_err().code(), "entry_limit_reached");
        assert!(one_active_entry(&QuestKind::Continuous, 9).is_ok());
        assert!(is_active(&EntryStatus::Accepted) && !is_active(&EntryStatus::Rejected));
    }

    #[test]
    fn an_asset_is_used_once_per_quest_and_a_route_once_per_item() {
        assert!(asset_is_free("file", Used::No).is_ok());
        assert!(asset_is_free("file", Used::OnQuest).is_err());
        assert!(asset_is_free("route", Used::OnQuest).is_ok());
        assert_eq!(asset_is_free("route", Used::OnItem).unwrap_err().code(), "asset_already_submitted");
    }

    #[test]
    fn a_decision_is_made_once_and_repeats_only_as_itself() {
        use EntryStatus::{Accepted, Rejected, Submitted};
        assert_eq!(may_decide(&Submitted, &Accepted), Ok(Decided::Now));
        assert_eq!(may_decide(&Accepted, &Accepted), Ok(Decided::AlreadySo));
        assert_eq!(may_decide(&Rejected, &Rejected), Ok(Decided::AlreadySo));
        assert_eq!(may_decide(&Accepted, &Rejected).unwrap_err().code(), "entry_already_reviewed");
        assert_eq!(may_decide(&Rejected, &Accepted).unwrap_err().status(), 409);
    }
}

//! Entries that left the queue: what is still known of one, and what can honestly be done about it.
//!
//! A rejection that was sent may be decided again, if the server allows that: only the server knows. It goes through
//! every gate of a fresh acceptance, and always asks. What was accepted stays accepted.

use crate::domain::decision::{Act, Bound, Clash, Decision, Settled, Stage, Subject, Verdict};
use crate::domain::{
    Cost, EntryId, EntryRow, EntryStatus, ItemId, QuestId, Reviewing, SafeText, Timestamp, Version, age_text,
};

use super::decide::{Proposal, stage_word};
use super::overlay::Overlay;
use super::overlay::confirm::Confirm;
use super::{Effect, State};

/// What is known of an entry without its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The entry.
    pub entry: EntryId,
    /// Its quest.
    pub quest: QuestId,
    /// Its item; none on legacy entries.
    pub item: Option<ItemId>,
    /// The version that was read.
    pub version: Version,
    /// `#3 Curie temps · bot-7`.
    pub label: SafeText,
}

impl Known {
    /// What a decision on an entry knows of it.
    #[must_use]
    pub fn of_decision(decision: &Decision) -> Option<Self> {
        Self::of(&decision.act, &decision.bound, decision.quest, &decision.label)
    }

    /// What a proposal knows of it.
    pub(super) fn of_proposal(proposal: &Proposal) -> Option<Self> {
        Self::of(&proposal.act, &proposal.bound, proposal.quest, &proposal.label)
    }

    fn of(act: &Act, bound: &Bound, quest: QuestId, label: &SafeText) -> Option<Self> {
        match (act, bound) {
            (Act::Review { entry, item, .. }, Bound::Entry(version) | Bound::Rejected(version)) => {
                Some(Self { entry: *entry, quest, item: *item, version: *version, label: label.clone() })
            }
            _ => None,
        }
    }

    /// What its row knew of it.
    #[must_use]
    pub fn of_row(state: &State, row: &EntryRow) -> Self {
        Self {
            entry: row.id,
            quest: row.quest,
            item: row.item,
            version: row.version,
            label: state.label_of(row),
        }
    }

    /// Who submitted it, as the label names them.
    #[must_use]
    pub fn contributor(&self) -> &str {
        self.label.as_str().rsplit(" · ").next().unwrap_or_default()
    }
}

/// Whether a decision came to a rejection that could be decided again: ours that was sent, or somebody else's.
#[must_use]
pub fn is_rejected(decision: &Decision) -> bool {
    let Act::Review { verdict, .. } = decision.act else { return false };
    match &decision.stage {
        Stage::Confirmed(Settled::Ours | Settled::Agreed { .. }) => verdict == Verdict::Reject,
        Stage::Conflict(Clash::Decided(review)) => {
            verdict == Verdict::Accept && review.status == EntryStatus::Rejected
        }
        _ => false,
    }
}

impl State {
    /// Accepting an entry that was rejected, or why that can't even be asked of the server.
    pub(super) fn acceptance_instead(&self, known: &Known) -> Result<Proposal, SafeText> {
        self.may_mutate()?;
        if self.desk.queue.contains(known.entry) && self.elsewhere.on(known.entry).is_none() {
            return Err("it is pending: decide it in the queue".into());
        }
        let subject = Subject::Entry(known.entry);
        if let Some(open) = self.decisions.on(subject).filter(|decision| !decision.stage.is_over()) {
            let word = stage_word(open, self.decisions.is_recording(open.id), self.now);
            return Err(SafeText::line(&format!("already decided here ({word})")));
        }
        if let Some(Reviewing::Refused(words)) = self.desk.quest(known.quest).map(|quest| &quest.reviewing) {
            return Err(SafeText::line(&format!(
                "the server lets you read this quest, not review it: {words}"
            )));
        }
        let cost = match known.item {
            None => Cost::default(),
            Some(item) => match self.desk.item(item) {
                Some(item) => Cost::of_accepting(item.reward, self.fee()),
                None => return Err("its item is not known here, so what accepting pays is unknown".into()),
            },
        };
        Ok(Proposal {
            act: Act::Review { entry: known.entry, item: known.item, verdict: Verdict::Accept, note: None },
            quest: known.quest,
            bound: Bound::Rejected(known.version),
            cost,
            label: known.label.clone(),
            payee: SafeText::line(known.contributor()),
        })
    }

    /// Asks whether an entry that was rejected is to be accepted after all. One that pays is looked at first.
    pub(super) fn accept_instead(
        &mut self,
        known: &Known,
        rejected: &SafeText,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        let proposal = match self.acceptance_instead(known) {
            Ok(proposal) => proposal,
            Err(why) => return self.notices.warn(why, now),
        };
        if let Some(gross) = proposal.cost.gross {
            if self.seen_long_enough(&proposal, now).is_err() {
                self.notices.tell("it pays: look at it first, then a accepts it instead".into(), now);
                return self.open_past(known.clone(), effects);
            }
            let mut asks = again(rejected);
            asks.extend(self.questions(&proposal, gross));
            self.overlay = Some(match self.ask_for_sum(&proposal, asks.clone(), now) {
                Some(ask) => Overlay::Envelope(ask),
                None => Overlay::Confirm(Box::new(Confirm::new(proposal, asks, now))),
            });
        } else {
            self.overlay = Some(Overlay::Confirm(Box::new(Confirm::new(proposal, again(rejected), now))));
        }
    }

    /// The same after a decision that came to a rejection.
    pub(super) fn accept_after(&mut self, decision: &Decision, now: Timestamp, effects: &mut Vec<Effect>) {
        let Some(known) = Known::of_decision(decision) else { return };
        let words = self.rejected_words(decision, now);
        self.accept_instead(&known, &words, now, effects);
    }

    /// `you rejected it 3m ago`
    fn rejected_words(&self, decision: &Decision, now: Timestamp) -> SafeText {
        let (who, at) = match &decision.stage {
            Stage::Confirmed(Settled::Ours) => ("you".into(), Some(decision.changed_at)),
            Stage::Confirmed(Settled::Agreed { with }) => {
                (with.map_or_else(|| "someone".into(), |user| self.name_of(user)), Some(decision.changed_at))
            }
            Stage::Conflict(Clash::Decided(review)) => (self.reviewer_name(review), review.at),
            _ => ("someone".into(), None),
        };
        let when = match at.map(|at| age_text(now.since(at))) {
            None => String::new(),
            Some(age) if age == "now" => " just now".to_owned(),
            Some(age) => format!(" {age} ago"),
        };
        SafeText::line(&format!("{who} rejected it{when}"))
    }
}

fn again(rejected: &SafeText) -> Vec<SafeText> {
    vec![rejected.clone(), "only the server knows whether it may be decided again".into()]
}

#[cfg(test)]
mod tests;

//! What the store says of our decisions, and what follows from it.

use crate::domain::decision::{Act, Bound, Clash, Decision, Event, NoStep, Settled, Stage, Want};
use crate::domain::{DecisionId, SafeText, Timestamp};
use crate::{store, sync};

use super::super::{Effect, State};
use super::words::{act_word, clash_sentence};

impl State {
    /// Takes what the store says of decisions; other news of the store are not for here.
    pub(in crate::app) fn learn_decision(
        &mut self,
        news: store::News,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        match news {
            store::News::Recorded(decision) => {
                if decision.act.takes_a_note() {
                    self.keep_draft(decision.act.subject(), None, effects);
                }
                self.let_go_if_leaving(std::slice::from_ref(&decision), effects);
                self.decisions.recorded(decision);
            }
            store::News::RecordedMany { kept, turned } => self.recorded_many(kept, turned, now, effects),
            store::News::MovedMany { moved, stayed } => self.moved_many(moved, &stayed, now, effects),
            store::News::NotRecorded { id, words } => {
                let decision = self.decisions.not_recorded(id);
                if let Some(decision) = &decision {
                    self.keep_note_of(decision, effects);
                }
                let label = decision.map(|decision| decision.label).unwrap_or_default();
                self.notices.fail(SafeText::line(&format!("not decided: {words} ({label})")), now);
            }
            store::News::NotUndone { words } => {
                let words =
                    format!("could not write that it is taken back; it is not sent meanwhile: {words}");
                self.notices.fail(SafeText::line(&words), now);
            }
            store::News::Moved(decision) => self.decision_moved(&decision, now, effects),
            store::News::NotMoved { id, why } => {
                self.decisions.not_moved(id);
                // The sender may ask for what was taken back while it rested: nobody needs to hear of that.
                let undone = self.decisions.get(id).is_some_and(|decision| decision.stage == Stage::Undone);
                if why != NoStep::NotYet && why != NoStep::NotApplicable && !undone {
                    self.notices.warn(SafeText::line(&why.to_string()), now);
                }
            }
            store::News::Left(left) if !left.is_empty() => {
                for decision in &left {
                    self.decisions.adopt(decision.clone());
                    follow(decision, effects);
                }
                self.were_left(&left, now);
            }
            _ => {}
        }
    }

    /// Asks the store to move on what is due.
    pub(in crate::app) fn due(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        let due = self.decisions.due(now);
        if !due.is_empty() {
            effects.push(Effect::Step(due, Event::Due));
        }
    }

    fn recorded_many(
        &mut self,
        kept: Vec<Decision>,
        turned: Vec<(DecisionId, SafeText)>,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        for decision in &kept {
            if decision.act.takes_a_note() {
                self.keep_draft(decision.act.subject(), None, effects);
            }
        }
        self.let_go_if_leaving(&kept, effects);
        self.decisions.recorded_many(kept);
        if let Some((_, words)) = turned.first() {
            let words = format!("{} not decided: {words}", turned.len());
            self.notices.fail(SafeText::line(&words), now);
        }
        for (id, _) in turned {
            if let Some(decision) = self.decisions.not_recorded(id) {
                self.keep_note_of(&decision, effects);
                self.mark_again(&decision);
            }
        }
    }

    /// What one event did to many: the store was asked for it by a key or by the time, so nothing came of a request.
    fn moved_many(
        &mut self,
        moved: Vec<Decision>,
        stayed: &[(DecisionId, NoStep)],
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        for decision in &moved {
            follow(decision, effects);
            self.decisions.put(decision.clone());
        }
        let (undone, others): (Vec<_>, Vec<_>) =
            moved.into_iter().partition(|decision| decision.stage == Stage::Undone);
        if !undone.is_empty() {
            self.were_undone(&undone, now, effects);
        }
        debug_assert!(others.iter().all(|decision| !decision.stage.is_over()), "only a request ends one");
        for (id, _) in stayed {
            self.decisions.not_moved(*id);
        }
        let late = stayed.iter().filter(|(_, why)| *why == NoStep::TooLate).count();
        if late > 0 {
            let words = format!("{late} were on their way already and can't be taken back");
            self.notices.warn(SafeText::line(&words), now);
        }
    }

    pub(super) fn decision_moved(&mut self, decision: &Decision, now: Timestamp, effects: &mut Vec<Effect>) {
        follow(decision, effects);
        self.decisions.put(decision.clone());
        if decision.began.is_some() {
            self.stop_beyond_agreed(now, effects);
        }
        match &decision.stage {
            Stage::Undone => self.were_undone(std::slice::from_ref(decision), now, effects),
            Stage::Confirmed(settled) => self.was_confirmed(decision, *settled, now),
            Stage::Refused { words } => {
                self.keep_note_of(decision, effects);
                self.mark_again(decision);
                let text = format!("refused: {} {}: {words}", act_word(&decision.act), decision.label);
                self.notices.fail(SafeText::line(&text), now);
            }
            Stage::Conflict(clash) => self.clashed(decision, clash, now, effects),
            Stage::Unknown { why, .. } => {
                let text = format!("no clear answer for {}: {why}; it is being read back", decision.label);
                self.notices.warn(SafeText::line(&text), now);
            }
            Stage::Held { .. } | Stage::Queued | Stage::Sending => {}
        }
        if decision.stage != Stage::Undone {
            self.comment_moved(decision, now, effects);
        }
    }

    fn was_confirmed(&mut self, decision: &Decision, settled: Settled, now: Timestamp) {
        self.leaves_the_list(decision);
        if let Settled::Agreed { with } = settled {
            let who = with.map_or_else(|| "someone".into(), |user| self.name_of(user));
            let text = format!("agreed with {who} on {}: nothing of yours was needed", decision.label);
            self.notices.tell(SafeText::line(&text), now);
        }
    }

    fn clashed(&mut self, decision: &Decision, clash: &Clash, now: Timestamp, effects: &mut Vec<Effect>) {
        self.keep_note_of(decision, effects);
        let mut who: SafeText = "someone".into();
        if let Clash::Decided(review) = clash {
            who = review.reviewer.map_or(who, |user| self.name_of(user));
        }
        // What is decided or gone leaves the list; what only changed stays, to be looked at again.
        if let Clash::Decided(_) | Clash::Gone = clash {
            self.leaves_the_list(decision);
        } else {
            self.mark_again(decision);
        }
        // The cause first: a narrow screen cuts the end.
        let text = format!(
            "{} (yours: {} {})",
            clash_sentence(clash, &who),
            act_word(&decision.act),
            decision.label
        );
        self.notices.warn(SafeText::line(&text), now);
    }

    /// An entry that is decided leaves the list, and a late answer does not bring it back.
    pub(super) fn leaves_the_list(&mut self, decision: &Decision) {
        if let (Act::Review { entry, .. }, Bound::Entry(version)) = (&decision.act, &decision.bound) {
            self.desk.decided(*entry, *version);
        }
    }
}

/// Tells the engine what a decision wants of it.
fn follow(decision: &Decision, effects: &mut Vec<Effect>) {
    match decision.stage.want() {
        Want::Send => effects.push(Effect::Order(sync::Order::Send(decision.id))),
        Want::ReadBackAt(at) => effects.push(Effect::Order(sync::Order::ReadBack(decision.id, at))),
        Want::WakeAt(_) | Want::Word | Want::Nothing => {}
    }
}

//! What other desks on the same state database do: their decisions show on their rows, and whoever's turn it is sends
//! what any of them queued.

use crate::app::command::Command;
use crate::app::context::key_text;
use crate::domain::decision::{Clash, Decision, Stage, Want};
use crate::domain::{SafeText, Timestamp};
use crate::sync::Order;

use super::super::overlay::Overlay;
use super::super::overlay::left::Left;
use super::super::{Effect, State};

impl State {
    /// Another desk made these decisions, or moved them on.
    pub(in crate::app) fn learn_elsewhere(
        &mut self,
        decisions: Vec<Decision>,
        now: Timestamp,
        effects: &mut Vec<Effect>,
    ) {
        for decision in decisions {
            // One of ours, which that desk sent for us.
            if self.decisions.is_ours(decision.id) {
                self.decision_moved(&decision, now, effects);
                continue;
            }
            if self.shell.sends && decision.stage.want() == Want::Send {
                effects.push(Effect::Order(Order::Send(decision.id)));
            }
            if let Stage::Confirmed(_) | Stage::Conflict(Clash::Decided(_) | Clash::Gone) = decision.stage {
                self.leaves_the_list(&decision);
            }
            self.decisions.put_elsewhere(decision);
        }
    }

    /// It is this desk's turn to send, or another's.
    pub(in crate::app) fn learn_turn(&mut self, ours: bool, now: Timestamp, effects: &mut Vec<Effect>) {
        self.shell.sends = ours;
        if ours {
            effects.push(Effect::Order(Order::TakeOver));
            self.notices.tell("the other desk has ended: this one sends now".into(), now);
        } else {
            self.notices.tell("another desk on this profile sends what is decided here".into(), now);
        }
    }

    /// What a dead session left: asked about at once, but never over something that is being written or confirmed.
    pub(super) fn were_left(&mut self, left: &[Decision], now: Timestamp) {
        if self.overlay.is_none() {
            // At the start, it is told before there is anything on the desk.
            let left = Left::new(left.iter().collect(), !self.desk.filling, now);
            self.overlay = Some(Overlay::Left(left));
        } else {
            let ask = key_text(self, Command::Pause);
            let words =
                format!("another desk ended and left {} decisions: {ask} asks about them", left.len());
            self.notices.warn(SafeText::line(&words), now);
        }
    }
}

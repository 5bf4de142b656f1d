//! What a session came to: said in a few lines once the terminal is given back.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use crate::domain::decision::{Act, Decision, Settled, Stage, Subject, Verdict};
use crate::domain::{Currency, DecisionId, EvalStatus, Money, SafeText, Timestamp};

use super::State;
use super::decide::Proposal;
use super::past::Known;

/// Longer than this between two acts is a pause and says nothing about the pace.
const PAUSE: Duration = Duration::from_secs(10 * 60);

/// Acts between which the time is told, at least: the middle of fewer says nothing.
const FEW: usize = 4;

/// What the evaluation had said of entries when they were decided: they are gone from the queue when it is counted.
#[derive(Debug, Default)]
pub struct Evaluations(HashMap<DecisionId, Verdict>);

impl State {
    /// Remembers what the evaluation says of an entry that is being decided.
    pub(super) fn note_evaluation(&mut self, id: DecisionId, proposal: &Proposal) {
        let (Act::Review { .. }, Subject::Entry(entry)) = (&proposal.act, proposal.act.subject()) else {
            return;
        };
        let verdict = match self.desk.queue.row(entry).map(|row| row.eval) {
            Some(EvalStatus::Passed) => Verdict::Accept,
            Some(EvalStatus::Failed) => Verdict::Reject,
            _ => return,
        };
        self.evaluations.0.insert(id, verdict);
    }

    /// What this session came to, a line each; nothing if nothing was decided or put aside in it.
    #[must_use]
    pub fn summary(&self) -> Vec<SafeText> {
        let decided: Vec<&Decision> = self.decisions.all().filter(|decision| self.counts(decision)).collect();
        let aside = self.asides.all().filter(|aside| aside.at >= self.begun).count();
        let mut lines = Vec::new();
        if !decided.is_empty() || aside > 0 {
            lines.push(what(&decided, aside));
        }
        lines.extend(paid(&decided));
        lines.extend(self.agreement(&decided));
        let open = self.decisions.tally().open();
        if open > 0 {
            lines.push(format!("kept for next time: {open} not confirmed yet"));
        }
        lines.iter().map(|line| SafeText::line(line)).collect()
    }

    /// Whether a decision is one of this session's that stands, or will as far as is known.
    fn counts(&self, decision: &Decision) -> bool {
        let stands = match decision.stage {
            Stage::Held { .. } | Stage::Queued | Stage::Sending | Stage::Unknown { .. } => true,
            Stage::Confirmed(settled) => settled == Settled::Ours,
            Stage::Refused { .. } | Stage::Conflict(_) | Stage::Undone => false,
        };
        stands && decision.session == self.settings.session && matches!(decision.act, Act::Review { .. })
    }

    fn agreement(&self, decided: &[&Decision]) -> Option<String> {
        let said = |decision: &&Decision| Some((verdict(decision)?, *self.evaluations.0.get(&decision.id)?));
        let scored: Vec<_> = decided.iter().filter_map(said).collect();
        let same = scored.iter().filter(|(ours, evaluation)| ours == evaluation).count();
        let percent = (same * 100).checked_div(scored.len())?;
        Some(format!("{percent} % as the evaluation said ({same} of {} that have a result)", scored.len()))
    }
}

const fn verdict(decision: &Decision) -> Option<Verdict> {
    match decision.act {
        Act::Review { verdict, .. } => Some(verdict),
        _ => None,
    }
}

/// `184 decided: 128 accepted, 56 rejected · 14 put aside · 6.4 s from one to the next`.
fn what(decided: &[&Decision], aside: usize) -> String {
    let accepted = decided.iter().filter(|decision| verdict(decision) == Some(Verdict::Accept)).count();
    let mut parts = Vec::new();
    if !decided.is_empty() {
        let rejected = decided.len() - accepted;
        parts.push(format!("{} decided: {accepted} accepted, {rejected} rejected", decided.len()));
    }
    if aside > 0 {
        parts.push(format!("{aside} put aside"));
    }
    if let Some(pace) = pace(decided) {
        parts.push(format!("{:.1} s from one to the next", pace.as_secs_f64()));
    }
    parts.join(" · ")
}

/// The median time between two acts. What was decided in one act was decided at one moment.
fn pace(decided: &[&Decision]) -> Option<Duration> {
    let moments: BTreeSet<Timestamp> = decided.iter().map(|decision| decision.made_at).collect();
    let times = moments.iter().zip(moments.iter().skip(1)).map(|(one, next)| next.since(*one));
    let mut times: Vec<Duration> = times.filter(|time| *time < PAUSE).collect();
    if times.len() < FEW {
        return None;
    }
    times.sort_unstable();
    Some(times[times.len() / 2])
}

/// `paid 64,000 sat to 41 people · $12.00 to 1 person · awarded 300 xp`: what has certainly been paid.
fn paid(decided: &[&Decision]) -> Option<String> {
    let mut sums: BTreeMap<Currency, (i64, BTreeSet<String>)> = BTreeMap::new();
    let mut xp = 0_i64;
    let accepted = |decision: &&&Decision| {
        verdict(decision) == Some(Verdict::Accept) && matches!(decision.stage, Stage::Confirmed(_))
    };
    for decision in decided.iter().filter(accepted) {
        xp = xp.saturating_add(decision.cost.xp);
        if let (Some(gross), Some(known)) = (decision.cost.gross, Known::of_decision(decision)) {
            let (sum, people) = sums.entry(gross.currency).or_default();
            *sum = sum.saturating_add(gross.amount);
            people.insert(known.contributor().to_owned());
        }
    }
    let paid = sums.into_iter().map(|(currency, (amount, people))| {
        let people =
            if people.len() == 1 { "1 person".to_owned() } else { format!("{} people", people.len()) };
        format!("paid {} to {people}", Money { currency, amount })
    });
    let awarded = (xp > 0).then(|| format!("awarded {xp} xp"));
    let parts: Vec<String> = paid.chain(awarded).collect();
    (!parts.is_empty()).then(|| parts.join(" · "))
}

#[cfg(test)]
mod tests;

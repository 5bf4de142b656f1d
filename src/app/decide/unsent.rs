//! What decisions that are not sent yet come to, where a key sends all of them: how many of which kind, and what they
//! pay. Nobody says yes to a number alone.

use std::collections::BTreeMap;

use crate::domain::decision::{Act, Decision, Verdict};
use crate::domain::{Currency, Money, SafeText};

/// What sending several decisions does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsent {
    /// `12 to accept, 3 to reject`.
    pub what: SafeText,
    /// `pays 1,500 sat and $17.50, awards 71 xp`; `pays nothing`.
    pub cost: SafeText,
    /// Whether it pays nothing and awards nothing.
    pub is_free: bool,
}

impl Unsent {
    /// What these decisions come to.
    #[must_use]
    pub fn of<'d>(decisions: impl Iterator<Item = &'d Decision>) -> Self {
        let mut kinds: BTreeMap<usize, usize> = BTreeMap::new();
        let mut sums: BTreeMap<Currency, i64> = BTreeMap::new();
        let mut xp = 0_i64;
        for decision in decisions {
            *kinds.entry(kind(&decision.act)).or_default() += 1;
            xp = xp.saturating_add(decision.cost.xp);
            if let Some(gross) = decision.cost.gross {
                let sum = sums.entry(gross.currency).or_default();
                *sum = sum.saturating_add(gross.amount);
            }
        }
        let what: Vec<String> =
            kinds.iter().map(|(kind, count)| format!("{count} {}", KINDS[*kind])).collect();
        let sums: Vec<String> = sums
            .into_iter()
            .filter(|(_, amount)| *amount > 0)
            .map(|(currency, amount)| Money { currency, amount }.to_string())
            .collect();
        let pays = if sums.is_empty() { "nothing".to_owned() } else { sums.join(" and ") };
        let awards = if xp > 0 { format!(", awards {xp} xp") } else { String::new() };
        Self {
            what: SafeText::line(&what.join(", ")),
            cost: SafeText::line(&format!("pays {pays}{awards}")),
            is_free: sums.is_empty() && xp == 0,
        }
    }
}

/// The kinds of decisions, in the order in which they are said.
const KINDS: [&str; 6] =
    ["to accept", "to reject", "to evaluate", "of an item to change", "of an item to complete", "to comment"];

const fn kind(act: &Act) -> usize {
    match act {
        Act::Review { verdict: Verdict::Accept, .. } => 0,
        Act::Review { verdict: Verdict::Reject, .. } => 1,
        Act::Evaluate { .. } | Act::Rescore { .. } => 2,
        Act::SetItem { .. } => 3,
        Act::Complete { .. } => 4,
        Act::Comment { .. } => 5,
    }
}

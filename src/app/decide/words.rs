//! What decisions are called on the screen: a word for each stage, the cost before the key.

use crate::domain::decision::{Act, Clash, Decision, Settled, Stage, Verdict};
use crate::domain::{Cost, Currency, EntryStatus, ItemStatus, Money, Reward, SafeText, Timestamp};

use super::super::State;
use super::super::reasons::Unfilled;

/// What a decision has come to, for its row: `accepting 3s`, `sending`, `refused`.
#[must_use]
pub fn stage_word(decision: &Decision, recording: bool, now: Timestamp) -> SafeText {
    if recording {
        return "recording".into();
    }
    let text = match &decision.stage {
        Stage::Held { until: Some(until) } => {
            format!("{} {}s", doing(&decision.act), seconds_left(*until, now))
        }
        Stage::Held { until: None } => format!("{} waits", doing(&decision.act)),
        Stage::Queued => format!("{} queued", doing(&decision.act)),
        Stage::Sending => "sending".to_owned(),
        Stage::Unknown { .. } => "no answer, reading back".to_owned(),
        Stage::Confirmed(Settled::Ours) => done(&decision.act).to_owned(),
        Stage::Confirmed(Settled::Agreed { .. }) => "decided alike".to_owned(),
        Stage::Refused { .. } => "refused".to_owned(),
        Stage::Conflict(clash) => clash_word(clash).to_owned(),
        Stage::Undone => "taken back".to_owned(),
    };
    SafeText::line(&text)
}

/// Whole seconds until the window ends, rounded up so that it never says 0 while it is open.
fn seconds_left(until: Timestamp, now: Timestamp) -> u128 {
    until.since(now).as_millis().div_ceil(1_000)
}

const fn doing(act: &Act) -> &'static str {
    match act {
        Act::Review { verdict: Verdict::Accept, .. } => "accepting",
        Act::Review { verdict: Verdict::Reject, .. } => "rejecting",
        Act::SetItem { status: ItemStatus::Done, .. } => "to done",
        Act::SetItem { status: ItemStatus::Skipped, .. } => "to skipped",
        Act::SetItem { .. } => "changing",
        Act::Complete { .. } => "completing",
        Act::Evaluate { .. } => "evaluating",
        Act::Rescore { .. } => "scoring again",
        Act::Comment { .. } => "commenting",
    }
}

const fn done(act: &Act) -> &'static str {
    match act {
        Act::Review { verdict: Verdict::Accept, .. } => "accepted",
        Act::Review { verdict: Verdict::Reject, .. } => "rejected",
        Act::SetItem { .. } => "changed",
        Act::Complete { .. } => "completed",
        Act::Evaluate { .. } => "evaluation begun",
        Act::Rescore { .. } => "scored again",
        Act::Comment { .. } => "commented",
    }
}

const fn clash_word(clash: &Clash) -> &'static str {
    match clash {
        Clash::Decided(review) => match review.status {
            EntryStatus::Accepted => "conflict: accepted",
            EntryStatus::Rejected => "conflict: rejected",
            _ => "conflict",
        },
        Clash::Changed => "changed, look again",
        Clash::RewardChanged => "reward changed",
        Clash::MoreRuns => "more runs than shown",
        Clash::ItemIs(_) => "item changed",
        Clash::Gone => "gone",
    }
}

/// A conflict as a sentence.
pub(super) fn clash_sentence(clash: &Clash, who: &SafeText) -> String {
    match clash {
        Clash::Decided(review) => {
            let note = if review.note.is_empty() {
                String::new()
            } else {
                format!(": “{}”", SafeText::line(review.note.as_str()))
            };
            format!("{who} {} it first{note}; nothing of yours was done", review.status.word())
        }
        Clash::Changed => "it changed after you read it; nothing was sent".to_owned(),
        Clash::RewardChanged => "its reward is no longer what was shown; nothing was sent".to_owned(),
        Clash::MoreRuns => {
            "the ones before it began more runs than were shown; this one was not sent".to_owned()
        }
        Clash::ItemIs(status) => format!("the item is {} now; nothing of yours was done", status.word()),
        Clash::Gone => "it is gone, or you may no longer see it".to_owned(),
    }
}

/// A conflict that is nobody's decision, as a sentence.
#[must_use]
pub fn clash_words(clash: &Clash) -> String {
    clash_sentence(clash, &"someone".into())
}

/// The amounts of a cost: `500 sat (450 net, fee 50)`, `500 sat (fee unknown) + 10 xp`, `10 xp`.
#[must_use]
pub fn amounts(cost: &Cost) -> String {
    let money = cost.gross.map(|gross| match (cost.net(), cost.fee) {
        (Some(net), Some(fee)) => format!("{gross} ({} net, fee {})", bare(net), bare(fee)),
        _ => format!("{gross} (fee unknown)"),
    });
    let xp = (cost.xp > 0).then(|| Reward { xp: cost.xp, money: None }.to_string());
    match (money, xp) {
        (Some(money), Some(xp)) => format!("{money} + {xp}"),
        (Some(one), None) | (None, Some(one)) => one,
        (None, None) => "nothing".to_owned(),
    }
}

/// An amount beside one that names its unit: sats without it, dollars with their sign, which goes before them.
#[must_use]
pub fn bare(money: Money) -> String {
    match money.currency {
        Currency::Btc => money.to_string().trim_end_matches(" sat").to_owned(),
        Currency::Usd | Currency::Other(_) => money.to_string(),
    }
}

/// What accepting the entry under the cursor does, for the hint line: `accept: 500 sat to bot-7 (450 net, fee 50)`.
#[must_use]
pub fn cost_line(state: &State) -> Option<SafeText> {
    let row = state.desk.queue.row(state.desk.queue.cursor()?)?;
    let who = state.name_of(row.contributor);
    let text = match state.price(&row) {
        Err(_) => "accept: cost unknown yet".to_owned(),
        Ok(cost) if cost == Cost::default() => "accept: pays nothing".to_owned(),
        Ok(cost) => format!("accept: {} to {who}", amounts(&cost)),
    };
    Some(SafeText::line(&text))
}

/// What `.` would do: `reject "units"`, the reason as it is for the entry under the cursor.
#[must_use]
pub fn repeat_line(state: &State) -> Option<SafeText> {
    let Some(Act::Review { verdict, .. }) = state.decisions.last else { return None };
    let row = state.desk.entry()?;
    let text = match state.decisions.note_again(&state.facts_of(&row)) {
        Ok(note) => with_gist(verdict, note.as_ref()),
        Err(why) => format!("{}: not here, {}", verdict.word(), missing_word(why)),
    };
    Some(SafeText::line(&text))
}

/// What `u` would take back: `reject "units"`, `reject 136 · units`; nothing where there is nothing.
#[must_use]
pub fn undo_words(decisions: &[&Decision]) -> Option<SafeText> {
    let words = match decisions {
        [] => return None,
        [one] => match &one.act {
            Act::Review { verdict, note, .. } => with_gist(*verdict, note.as_ref()),
            other => act_word(other),
        },
        many => act_name(many.iter().copied()),
    };
    Some(SafeText::line(&words))
}

/// `reject "units"`.
fn with_gist(verdict: Verdict, note: Option<&SafeText>) -> String {
    match note {
        None => verdict.word().to_owned(),
        Some(note) => {
            format!("{} \"{}\"", verdict.word(), gist(note.as_str().lines().next().unwrap_or_default()))
        }
    }
}

/// The one word that says why a reason does not fill: `no score`.
fn missing_word(why: Unfilled) -> String {
    match why {
        Unfilled::Missing(placeholder) => format!("no {}", placeholder.name()),
        Unfilled::Empty => "no words".to_owned(),
    }
}

/// What a reason begins with: up to its first stop, or as many whole words as are short enough to be read in passing.
#[must_use]
pub fn gist(line: &str) -> String {
    const LETTERS: usize = 24;
    let head = line.split([':', '.', ';', ',']).next().unwrap_or_default().trim();
    if head.chars().count() <= LETTERS {
        return head.to_owned();
    }
    let mut words = String::new();
    for word in head.split_whitespace() {
        if !words.is_empty() && words.chars().count() + word.chars().count() >= LETTERS {
            break;
        }
        words.push_str(if words.is_empty() { "" } else { " " });
        words.extend(word.chars().take(LETTERS));
    }
    words + "…"
}

/// An act as a verb: `accept`, `reject`, `mark done`.
#[must_use]
pub fn act_word(act: &Act) -> String {
    match act {
        Act::Review { verdict, .. } => verdict.word().to_owned(),
        Act::SetItem { status, .. } => format!("mark {}", status.word().replace('_', " ")),
        Act::Complete { .. } => "complete".to_owned(),
        Act::Evaluate { .. } => "evaluate".to_owned(),
        Act::Rescore { .. } => "score again".to_owned(),
        Act::Comment { .. } => "comment".to_owned(),
    }
}

/// What an act on several at once is called: `reject 136 · units`.
#[must_use]
pub(in crate::app) fn act_name<'d>(decisions: impl ExactSizeIterator<Item = &'d Decision>) -> String {
    let count = decisions.len();
    let mut acts = decisions.map(|decision| &decision.act);
    let Some(first) = acts.next() else { return "nothing".to_owned() };
    let note = first.note().filter(|note| acts.all(|act| act.note() == Some(*note)));
    match note {
        Some(note) => format!(
            "{} {count} · {}",
            act_word(first),
            gist(note.as_str().lines().next().unwrap_or_default())
        ),
        None => format!("{} {count}", act_word(first)),
    }
}

#[cfg(test)]
mod tests {
    use super::gist;

    #[test]
    fn a_reason_is_named_by_whole_words() {
        assert_eq!(gist("Incomplete: not everything the item asks for is there."), "Incomplete");
        assert_eq!(gist("Units or labels are missing or wrong. Name them."), "Units or labels are…");
        assert_eq!(gist("units"), "units");
        assert_eq!(gist(&"x".repeat(60)), format!("{}…", "x".repeat(24)));
        assert_eq!(gist(""), "");
    }
}

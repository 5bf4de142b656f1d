//! When something on the screen changes by itself, derived from the state: no ticks, no timers to go stale.
//! And how old what is shown is, which is one of these things.

use std::time::Duration;

use crate::domain::decision::{Stage, Subject};
use crate::domain::{SafeText, Timestamp, age_text};
use crate::sync::Link;
use crate::ui::log;

use super::State;
use super::desk::size::sizes;
use super::elsewhere;
use super::log::{View, counts_down};
use super::queue::Scope;

/// As old as this a quest's queue is still called live: two rounds of reading of a quest that is looked at.
const LIVE: Duration = Duration::from_secs(20);

/// The same where all quests are looked at: they share the request budget, and a round of a dozen takes nearly a
/// minute of it. An age that comes and goes with every round would say nothing, and cost an idle terminal bytes.
const LIVE_ALL: Duration = Duration::from_secs(90);

/// The steps in which younger ages, and waiting times, are shown.
const COARSE: Duration = Duration::from_secs(10);

const SECOND: i64 = 1_000;

/// How old what is shown is, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Freshness {
    /// The time since the oldest queue in the scope was read whole; `None`: one never was.
    pub age: Option<Duration>,
    /// The connection is there and the age is that of an ordinary round of reading.
    pub live: bool,
    /// Words for the status line: `live`, `40s old`, `cached 2h ago`, `reading`.
    pub words: SafeText,
    /// Why it is no fresher, if it isn't.
    pub why: Option<SafeText>,
}

/// How old what is shown is, and why.
#[must_use]
pub fn freshness(state: &State) -> Freshness {
    let age = as_of(state).map(|at| state.now.since(at));
    let live = state.shell.link == Link::Live && age.is_some_and(|age| age < live_for(state));
    let words = match (age, &state.shell.link) {
        (_, Link::Live) if live => "live".into(),
        (Some(age), Link::Live | Link::Slow { .. }) => SafeText::line(&format!("{} old", age_text(age))),
        (Some(age), _) => SafeText::line(&format!("cached {}", ago(age))),
        (None, Link::Live | Link::Slow { .. } | Link::Connecting) => "reading".into(),
        (None, Link::Offline { .. } | Link::SignedOut { .. }) => "not read".into(),
    };
    Freshness { age, live, words, why: why(state) }
}

fn ago(age: Duration) -> String {
    let text = age_text(age);
    if text == "now" { text } else { format!("{text} ago") }
}

/// Why nothing fresher is there.
fn why(state: &State) -> Option<SafeText> {
    match &state.shell.link {
        Link::Live => None,
        Link::Connecting => Some("connecting".into()),
        Link::Slow { until, why } => Some(waiting("waiting", *until, why, state.now)),
        Link::Offline { retry_at, why, .. } => Some(waiting("offline", *retry_at, why, state.now)),
        Link::SignedOut { why } => Some(SafeText::line(&format!("signed out: {why}"))),
    }
}

/// `offline, next try in 20s: no route`. Coarse, so that it changes rarely.
fn waiting(what: &str, until: Timestamp, why: &SafeText, now: Timestamp) -> SafeText {
    let left = until.since(now).as_millis().div_ceil(COARSE.as_millis()) * COARSE.as_millis() / 1_000;
    let when = if left == 0 { "now".to_owned() } else { format!("within {left}s") };
    SafeText::line(&format!("{what}, next try {when}: {why}"))
}

/// How long what was read is called live.
fn live_for(state: &State) -> Duration {
    if state.desk.scope_quest().is_some() { LIVE } else { LIVE_ALL }
}

/// When the oldest queue in the scope was read whole.
fn as_of(state: &State) -> Option<Timestamp> {
    let desk = &state.desk;
    match desk.scope_quest() {
        Some(quest) => desk.fresh.get(&quest).copied(),
        None if desk.queue.scope() == Scope::All && !desk.quests.is_empty() => {
            // Quests without entries are looked at rarely, and show nothing that could be old.
            let order = || desk.quests.order().iter().copied();
            let listed =
                order().filter(|quest| desk.pending_of(*quest) > 0).map(|quest| desk.fresh.get(&quest));
            let open = order().filter_map(|quest| desk.fresh.get(&quest));
            listed.min().map_or_else(|| open.max().copied(), Option::<&_>::copied)
        }
        None => None,
    }
}

/// The next deadline of all.
pub(super) fn wake(state: &State) -> Option<Timestamp> {
    let now = state.now;
    let fixed = [
        state.decisions.next_end(),
        state.desk.reader.rest_until(),
        state.desk.reader.assets.due(),
        state.notices.fades_at(now),
        state.written_due(),
        state.view_due(),
        log_changes(state),
        state.log.rest_until().filter(|_| state.view == View::Log),
        elsewhere::decided_at(state).and_then(|at| age_changes(at, now)),
        state.reviewers.quiet_at(now),
        link_changes(state),
        freshness_changes(state),
    ];
    let next = fixed.into_iter().flatten().chain(shown_changes(state)).min()?;
    // What was due already is done: a deadline in the past would make the loop spin.
    Some(next.max(now + Duration::from_millis(1)))
}

/// When the words of the rows of the Log change: an age, or the seconds of an undo window.
fn log_changes(state: &State) -> Option<Timestamp> {
    if state.view != View::Log {
        return None;
    }
    let rows = state.log.rows().iter().skip(state.log.top()).take(log::parts(state).rows);
    let changes = rows.flat_map(|decision| {
        let held = counts_down(&decision.stage);
        let seconds = held.and_then(|until| step_before(until, state.now, Duration::from_secs(1)));
        [seconds, age_changes(decision.changed_at, state.now)]
    });
    changes.flatten().min()
}

/// When the text of the next try changes.
fn link_changes(state: &State) -> Option<Timestamp> {
    let until = match &state.shell.link {
        Link::Slow { until, .. } | Link::Offline { retry_at: until, .. } => *until,
        Link::Connecting | Link::Live | Link::SignedOut { .. } => return None,
    };
    step_before(until, state.now, COARSE)
}

/// When the words of [`freshness`] change.
fn freshness_changes(state: &State) -> Option<Timestamp> {
    let at = as_of(state)?;
    let live = live_for(state);
    if state.shell.link == Link::Live && state.now.since(at) < live {
        return Some(at + live);
    }
    age_changes(at, state.now)
}

/// When the text of what the visible rows show changes: an age, or the seconds of an undo window.
fn shown_changes(state: &State) -> impl Iterator<Item = Timestamp> {
    let now = state.now;
    let queue = &state.desk.queue;
    let rows = queue.window(queue.top(), sizes(state).pending);
    let held = rows.into_iter().filter_map(move |row| {
        let seconds = state.decisions.on(Subject::Entry(row.id)).and_then(|decision| match decision.stage {
            Stage::Held { until: Some(until) } => step_before(until, now, Duration::from_secs(1)),
            _ => None,
        });
        seconds.or_else(|| age_changes(row.created_at, now))
    });
    // The status line shows the seconds of the window that ends first.
    let first = state.decisions.next_end().and_then(|until| step_before(until, now, Duration::from_secs(1)));
    held.chain(first)
}

/// The next moment at which the time left until then, rounded up to steps, becomes one step less.
fn step_before(until: Timestamp, now: Timestamp, step: Duration) -> Option<Timestamp> {
    let left = until.since(now);
    if left.is_zero() {
        return None;
    }
    let steps = left.as_millis().div_ceil(step.as_millis()) - 1;
    let rest = Duration::from_millis(u64::try_from(steps * step.as_millis()).unwrap_or(u64::MAX));
    Some(until - rest)
}

/// When the text of an age changes next: see [`age_text`].
fn age_changes(since: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let age = i64::try_from(now.since(since).as_millis()).ok()?;
    let step = match age / SECOND {
        ..60 => 10 * SECOND,
        60..3_600 => 60 * SECOND,
        3_600..172_800 => 3_600 * SECOND,
        172_800..86_400_000 => 86_400 * SECOND,
        _ => return None,
    };
    let next = (age / step + 1).checked_mul(step)?;
    Some(since + Duration::from_millis(u64::try_from(next).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// No earlier than the text changes, and the text has changed by then.
        #[test]
        fn an_age_changes_exactly_when_it_is_said_to(age in 0_i64..200_000_000_000) {
            let now = Timestamp::from_millis(age);
            let start = Timestamp::from_millis(0);
            let text = |at: Timestamp| age_text(at.since(start));
            if let Some(next) = age_changes(start, now) {
                prop_assert!(next > now);
                prop_assert_eq!(text(next - Duration::from_millis(1)), text(now));
                prop_assert_ne!(text(next), text(now));
            }
        }

        #[test]
        fn seconds_left_change_exactly_when_they_are_said_to(left in 1_i64..40_000) {
            let until = Timestamp::from_millis(100_000);
            let now = Timestamp::from_millis(100_000 - left);
            let shown = |at: Timestamp| until.since(at).as_millis().div_ceil(1_000);
            let next = step_before(until, now, Duration::from_secs(1)).unwrap();
            prop_assert!(next > now);
            prop_assert_eq!(shown(next), shown(now) - 1);
            prop_assert_eq!(shown(next - Duration::from_millis(1)), shown(now));
        }
    }
}

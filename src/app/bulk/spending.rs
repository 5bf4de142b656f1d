//! Whatever is typed, pasted, torn apart or heard of, at whatever pace: nothing is paid for that was not on the screen,
//! and no agreed sum is crossed unasked. A total that was typed in full on the sheet, or the number of runs, is the one
//! way to pay for more.

use proptest::prelude::*;

use crate::app::evals::Known;
use crate::app::overlay::Overlay;
use crate::app::rig::{Rig, entry_id, quest_id, route_id, row, settings};
use crate::app::{Effect, Message, Settings};
use crate::config::ConfirmPaid;
use crate::domain::decision::{Act, Answer, Bound, Decision};
use crate::domain::{Currency, EntryRow, Money, QuestKind, RunPrice, Timestamp, Version};
use crate::sync::{Gone, News};

use super::plan::ToType;

/// What may happen at a desk.
#[derive(Debug, Clone)]
enum Happening {
    Key(&'static str),
    /// Keys before the first of them was answered on the screen.
    Ahead(Vec<&'static str>),
    Paste(&'static str),
    /// An arrow key that a slow line tore apart after its first byte, as it arrives when re-joining fails.
    Torn(char),
    Wait(u64),
    /// Time passes, and no frame reaches the terminal.
    Blind(u64),
    Arrives(u8, u8),
    Changes(u8),
    Vanishes(u8),
    Sent(bool),
    /// Runs cost so much from now on; `None`: the server does not say.
    Price(Option<i64>),
}

const KEYS: &[&str] = &[
    "a",
    "A",
    "r",
    "1",
    "2",
    ".",
    "b",
    "e",
    "e",
    "j",
    "k",
    "g",
    "G",
    "u",
    "U",
    "Space",
    "V",
    "*",
    "=",
    "-",
    "[",
    "]",
    "P",
    "n",
    "y",
    "Enter",
    "Esc",
    "5",
    "0",
    "h",
    "l",
    "Tab",
    "d",
    "s",
    "p",
    "i",
    "c",
    "Ctrl-s",
    "q",
    "x",
    "J",
    "K",
    "/",
    "Backspace",
    "o",
    "3",
    "t",
];

fn key() -> impl Strategy<Value = &'static str> {
    // What pays, and what agrees, more often than the rest.
    prop_oneof![2 => prop::sample::select(KEYS), 1 => prop::sample::select(vec!["a", "e", "Enter", "Space", "*", "0", "1", "2", "4"])]
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        8 => key().prop_map(Happening::Key),
        1 => prop::collection::vec(key(), 2..8).prop_map(Happening::Ahead),
        1 => prop::sample::select(vec!["a\ra\r", "2000\r", "14\r", "yyyy", "* a 2000"]).prop_map(Happening::Paste),
        1 => prop::sample::select(vec!['A', 'B', 'C', 'D', 'H', 'F']).prop_map(Happening::Torn),
        4 => prop::sample::select(vec![0_u64, 1, 30, 100, 300, 600, 5_200, 31_000]).prop_map(Happening::Wait),
        1 => prop::sample::select(vec![30_u64, 300, 600]).prop_map(Happening::Blind),
        1 => (13..20_u8, 1..4_u8).prop_map(|(n, item)| Happening::Arrives(n, item)),
        1 => (1..13_u8).prop_map(Happening::Changes),
        1 => (1..13_u8).prop_map(Happening::Vanishes),
        1 => any::<bool>().prop_map(Happening::Sent),
        1 => prop::sample::select(vec![None, Some(0_i64), Some(7), Some(30_000)]).prop_map(Happening::Price),
    ]
}

/// What the open sheet asked to be typed, and whether that was typed.
fn typed_in_full(rig: &Rig) -> Option<Vec<(Currency, i64)>> {
    let Some(Overlay::Bulk(bulk)) = &rig.state.overlay else { return None };
    let last = bulk.plan.to_type.len().checked_sub(1)?;
    let (to_type, typed) = bulk.field()?;
    let digits: String = typed.chars().filter(char::is_ascii_digit).collect();
    let same = match to_type {
        ToType::Total(total) => {
            digits.trim_start_matches('0').starts_with(&total.amount.to_string())
                || (total.amount % 100 == 0 && digits == (total.amount / 100).to_string())
        }
        // Runs for nothing, or at a price that nobody knows; totals before it were typed in full.
        ToType::Runs(runs) => digits.parse() == Ok(runs),
    };
    let all = bulk.plan.sums.iter().map(|sum| (sum.gross.currency, sum.gross.amount));
    (bulk.typed.len() == last + 1 && same).then(|| all.collect())
}

fn happen(rig: &mut Rig, happening: &Happening) {
    match happening {
        Happening::Key(key) => rig.keys(key),
        Happening::Ahead(keys) => keys.iter().for_each(|key| rig.keys(key)),
        Happening::Paste(text) => rig.take(Message::Paste { text: (*text).to_owned(), cut: false }),
        Happening::Torn(last) => {
            rig.keys("Esc [");
            rig.keys(&last.to_string());
        }
        Happening::Wait(millis) => rig.pass(*millis),
        Happening::Blind(millis) => {
            rig.now = rig.now + std::time::Duration::from_millis(*millis);
            rig.take(Message::Wake);
        }
        Happening::Arrives(n, item) => rig.sync(entries(vec![row(*n, *item)], Vec::new())),
        Happening::Changes(n) => {
            let version = Version { updated_at: rig.now };
            rig.sync(entries(vec![EntryRow { version, ..row(*n, (n - 1) / 4 + 1) }], Vec::new()));
        }
        Happening::Vanishes(n) => {
            rig.sync(entries(Vec::new(), vec![Gone { entry: entry_id(*n), review: None }]));
        }
        Happening::Price(price) => {
            rig.run_price = price.map(Money::sats);
            let told = price.map_or(RunPrice::Unsaid("it does not say".into()), |price| {
                RunPrice::Costs(Money::cents(price))
            });
            rig.run_prices.insert(route_id(3), told);
        }
        Happening::Sent(done) => {
            let queued = rig.stored.iter().find(|decision| super::progress::is_under_way(decision));
            if let Some(id) = queued.map(|decision| decision.id) {
                let no = Answer::Refused { words: "no".into(), look: false };
                rig.send(id, if *done { Answer::Done } else { no });
            }
        }
    }
}

fn entries(upserts: Vec<EntryRow>, gone: Vec<Gone>) -> News {
    News::Entries { quest: quest_id(), upserts, gone }
}

/// Whether a paid acceptance was of what had been on the screen.
fn was_seen(rig: &Rig, decision: &Decision, now: Timestamp) -> bool {
    let ((Act::Review { entry, .. }, Some(_)) | (Act::Evaluate { entry, .. }, _)) =
        (&decision.act, decision.cost.gross)
    else {
        return true;
    };
    let (Bound::Entry(version) | Bound::Rejected(version)) = &decision.bound else { return true };
    rig.state.decisions.seen.for_how_long(*entry, *version, now).as_millis() >= 250
}

/// Whether a run counts as much as the server said that it costs.
fn is_counted(rig: &Rig, decision: &Decision) -> bool {
    let item = match &decision.act {
        Act::Evaluate { entry, .. } => rig.state.desk.queue.row(*entry).and_then(|row| row.item),
        Act::Rescore { item, .. } => Some(*item),
        _ => None,
    };
    let route = item.and_then(|item| rig.state.desk.item(item)?.eval?.route);
    match route.and_then(|route| rig.told_prices.get(&route)) {
        Some(RunPrice::Costs(price)) if price.amount > 0 => {
            decision.cost.gross == Some(price.with(price.amount * i64::from(decision.act.runs())))
        }
        _ => true,
    }
}

/// Whether a run may begin without a word: where single payments go unasked, at a price that is known and within the cap.
fn may_run_unasked(rig: &Rig, decision: &Decision) -> bool {
    let Act::Evaluate { .. } = decision.act else { return true };
    let unasked = matches!(rig.state.settings.confirm_paid, ConfirmPaid::Bulk | ConfirmPaid::Never);
    let known = matches!(rig.state.run_price_of(&decision.act), Known::Costs(_));
    unasked && known && decision.cost.gross.is_none_or(|gross| !rig.state.is_over_cap(gross))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 160, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_happens_pays_for_the_unseen_or_crosses_the_sum(
        happenings in prop::collection::vec(happening(), 0..70),
        evaluated in prop::collection::vec(1_u8..4, 0..3),
        confirm_paid in prop::sample::select(vec![
            ConfirmPaid::Envelope, ConfirmPaid::Envelope, ConfirmPaid::Always, ConfirmPaid::Bulk, ConfirmPaid::Never,
        ]),
    ) {
        let mut rig = Rig::with(Settings { confirm_paid, ..settings() }, QuestKind::Continuous);
        for item in evaluated {
            rig.evaluates(item);
        }
        for happening in &happenings {
            // Keys typed ahead are checked one by one, as the desk answers them.
            let single: Vec<Happening> = match happening {
                Happening::Ahead(keys) => keys.iter().map(|key| Happening::Key(key)).collect(),
                other => vec![other.clone()],
            };
            for happening in &single {
                let (before, typed, agreed) =
                    (rig.effects.len(), typed_in_full(&rig), rig.state.decisions.envelope.clone());
                happen(&mut rig, happening);
                for effect in &rig.effects[before..] {
                    match effect {
                        Effect::Record(decision) => {
                            prop_assert!(was_seen(&rig, decision, rig.now), "unseen: {decision:?}");
                            prop_assert!(is_counted(&rig, decision), "not counted: {decision:?}");
                            let answered = matches!(happening, Happening::Key("Enter" | "y"));
                            prop_assert!(answered || may_run_unasked(&rig, decision), "unasked: {decision:?}");
                        }
                        Effect::RecordMany(many) => {
                            let unseen = many.iter().any(|decision| !was_seen(&rig, decision, rig.now));
                            prop_assert!(many.iter().all(|decision| is_counted(&rig, decision)), "not counted");
                            prop_assert!(!unseen || typed.is_some(), "unseen in a bulk, and no total typed");
                        }
                        _ => {}
                    }
                }
                if confirm_paid != ConfirmPaid::Envelope {
                    continue;
                }
                for currency in [Currency::Btc, Currency::Usd] {
                    let sum = rig.state.decisions.envelope.agreed(currency).map_or(0, |sum| sum.amount);
                    let was = agreed.agreed(currency).map_or(0, |sum| sum.amount);
                    prop_assert!(rig.state.decisions.committed(currency).amount <= sum, "crossed");
                    prop_assert!(sum >= was.min(sum));
                    // A sum is agreed on by Enter alone, in the envelope or on a sheet with its total typed.
                    prop_assert!(sum == was || matches!(happening, Happening::Key("Enter")), "agreed unasked");
                }
            }
        }
    }
}

//! Every gate that stands before a payment: what is asked, and what is said when one is shut.

use proptest::prelude::*;

use super::*;
use crate::app::Message;
use crate::app::overlay::Overlay;
use crate::app::rig::{Rig, cost_500, item, quest_id, row, settings};
use crate::config::ConfirmPaid;
use crate::domain::decision::{Answer, Event, Found};
use crate::domain::{Currency, Money, QuestKind, Reward, Version};
use crate::{store, sync};

/// Agrees on a sum in the envelope that is open.
fn agree(rig: &mut Rig, sum: &str) {
    rig.pass(300);
    let keys: Vec<_> = sum.chars().map(String::from).collect();
    rig.keys(&keys.join(" "));
    rig.keys("Enter");
}

#[test]
fn the_first_payment_asks_for_a_sum_and_the_next_ones_take_one_key() {
    let mut rig = Rig::new();
    rig.keys("a");
    assert!(matches!(rig.state.overlay, Some(Overlay::Envelope(_))), "{:?}", rig.state.overlay);
    assert!(rig.recorded().is_empty());
    agree(&mut rig, "1200");
    assert_eq!(rig.recorded().len(), 1);
    assert_eq!(rig.recorded()[0].cost, cost_500());
    rig.look();
    rig.keys("a");
    assert_eq!(rig.recorded().len(), 2, "{}", rig.said());
    rig.look();
    rig.keys("a");
    assert_eq!(rig.recorded().len(), 2, "a third would cross 1,200");
    assert!(matches!(&rig.state.overlay, Some(Overlay::Envelope(ask)) if ask.needed == Money::sats(1_500)));
    rig.pass(300);
    rig.keys("Esc");
    assert!(rig.state.overlay.is_none());
    assert_eq!(rig.recorded().len(), 2);
}

#[test]
fn too_small_a_sum_is_no_agreement() {
    let mut rig = Rig::new();
    rig.keys("a");
    agree(&mut rig, "499");
    assert!(rig.recorded().is_empty());
    assert!(rig.said().contains("less than this one needs"), "{}", rig.said());
}

#[test]
fn each_currency_has_its_own_sum() {
    let mut rig = Rig::new();
    rig.keys("a");
    agree(&mut rig, "70000");
    rig.keys("G");
    rig.look();
    rig.keys("a");
    assert!(matches!(&rig.state.overlay, Some(Overlay::Envelope(ask)) if ask.needed == Money::cents(500)));
    agree(&mut rig, "5.00");
    assert_eq!(rig.recorded().len(), 2);
}

#[test]
fn what_was_not_on_the_screen_is_not_paid_for() {
    let mut rig = Rig::new();
    rig.keys("j a");
    assert!(rig.recorded().is_empty() && rig.state.overlay.is_none());
    assert!(rig.said().contains("not on the screen long enough"), "{}", rig.said());
    rig.look();
    rig.keys("a");
    assert!(matches!(rig.state.overlay, Some(Overlay::Envelope(_))));
}

#[test]
fn keys_typed_ahead_do_not_answer_a_question_nobody_has_read() {
    let mut rig = Rig::new();
    rig.keys("a 9 9 9 9 Enter");
    assert!(rig.recorded().is_empty());
    assert!(matches!(&rig.state.overlay, Some(Overlay::Envelope(ask)) if ask.typed.is_empty()));
}

#[test]
fn an_entry_above_the_cap_asks_even_inside_the_envelope() {
    let mut rig =
        Rig::with(crate::app::Settings { entry_cap_sats: Some(499), ..settings() }, QuestKind::Continuous);
    rig.keys("a");
    let Some(Overlay::Envelope(ask)) = &rig.state.overlay else { panic!("{:?}", rig.state.overlay) };
    assert!(
        ask.asks[0].as_str().contains("above your cap"),
        "the cap and the sum on one sheet: {:?}",
        ask.asks
    );
    rig.pass(300);
    rig.keys("y Enter");
    assert!(rig.recorded().is_empty(), "a yes is no sum");
    rig.keys("2 0 0 0 Enter");
    assert_eq!(rig.recorded().len(), 1);
    rig.look();
    rig.keys("a");
    let Some(Overlay::Confirm(confirm)) = &rig.state.overlay else { panic!("{:?}", rig.state.overlay) };
    assert!(confirm.asks[0].as_str().contains("above your cap"), "{:?}", confirm.asks);
    rig.pass(300);
    rig.keys("a");
    assert_eq!(rig.recorded().len(), 1, "never the key that asked for it");
    rig.keys("y");
    assert_eq!(rig.recorded().len(), 2);
}

#[test]
fn never_asks_nothing_and_always_asks_each_time() {
    for (policy, asks) in
        [(ConfirmPaid::Never, false), (ConfirmPaid::Bulk, false), (ConfirmPaid::Always, true)]
    {
        let mut rig =
            Rig::with(crate::app::Settings { confirm_paid: policy, ..settings() }, QuestKind::Continuous);
        rig.keys("a");
        assert_eq!(rig.state.overlay.is_some(), asks, "{policy:?}");
        rig.pass(300);
        if asks {
            rig.keys("Enter");
        }
        assert_eq!(rig.recorded().len(), 1, "{policy:?}");
    }
}

#[test]
fn a_reward_that_changed_while_asked_is_not_paid() {
    let mut rig = Rig::new();
    rig.keys("a");
    let dearer = item(1, Reward { xp: 0, money: Some(Money::sats(900)) });
    rig.sync(sync::News::Items { quest: quest_id(), items: vec![dearer] });
    agree(&mut rig, "1000");
    assert!(rig.recorded().is_empty());
    assert!(rig.said().contains("reward changed"), "{}", rig.said());
}

#[test]
fn an_item_that_is_not_known_yet_may_pay_so_nothing_is_accepted() {
    let mut rig = Rig::new();
    rig.sync(sync::News::Entries { quest: quest_id(), upserts: vec![row(0, 44)], gone: Vec::new() });
    rig.keys("g");
    rig.look();
    rig.keys("a");
    assert!(rig.recorded().is_empty());
    assert!(rig.said().contains("unknown"), "{}", rig.said());
    assert_eq!(cost_line(&rig.state).unwrap().as_str(), "accept: cost unknown yet");
}

#[test]
fn what_a_dead_session_had_paid_is_no_part_of_what_this_one_pays() {
    let mut first = Rig::new();
    first.keys("a");
    agree(&mut first, "2000");
    for _ in 0..2 {
        first.look();
        first.keys("a");
    }
    first.pass(5_100);
    let ids: Vec<_> = first.stored.iter().map(|decision| decision.id).collect();
    first.send(ids[0], Answer::Done);
    first.step(ids[1], &Event::Claim(crate::domain::decision::Check::Same));
    let mut left = first.stored.clone();
    for decision in left.iter_mut().skip(1) {
        decision.step(&Event::SessionDied, first.now).unwrap();
    }
    // Paid, perhaps paid, and not sent yet.
    let mut rig = Rig::new();
    rig.stored.clone_from(&left);
    rig.take(Message::Store(store::News::Left(left)));
    let spent = |rig: &Rig| {
        let decisions = &rig.state.decisions;
        (decisions.paid(Currency::Btc).amount, decisions.committed(Currency::Btc).amount)
    };
    assert_eq!(spent(&rig), (0, 500), "only what this session would still send");
    rig.pass(300);
    rig.keys("Enter");
    rig.send(ids[2], Answer::Done);
    assert_eq!(spent(&rig), (500, 500));
    rig.step(ids[1], &Event::ReadBack(Found::Open));
    assert_eq!(spent(&rig), (500, 1_000), "it had not arrived: this session pays for it");
}

#[test]
fn the_cost_stands_in_the_hint_before_the_key() {
    let rig = Rig::new();
    assert_eq!(cost_line(&rig.state).unwrap().as_str(), "accept: 500 sat (450 net, fee 50) to bot-7");
}

/// Keys that a hand may press, in any order, with pauses in between.
fn any_keys() -> impl Strategy<Value = Vec<(&'static str, u64)>> {
    let key = prop::sample::select(vec![
        "a",
        "A",
        "r",
        "1",
        "2",
        ".",
        "j",
        "k",
        "g",
        "G",
        "u",
        "U",
        "Enter",
        "Esc",
        "y",
        "n",
        "5",
        "0",
        "h",
        "l",
        "Tab",
        "d",
        "s",
        "Ctrl-s",
        "q",
        "x",
        "Space",
        "J",
        "K",
        "/",
        "Backspace",
    ]);
    let pause = prop::sample::select(vec![0_u64, 1, 30, 100, 300, 600, 5_200]);
    prop::collection::vec((key, pause), 0..80)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    /// Whatever is typed: nothing is paid that was not seen, and no agreed sum is crossed.
    #[test]
    fn no_keys_pay_for_the_unseen_or_cross_the_sum(keys in any_keys()) {
        let mut rig = Rig::new();
        let mut checked = 0;
        for (key, pause) in keys {
            rig.keys(key);
            for decision in rig.recorded().into_iter().skip(checked) {
                if let (Some(_), Act::Review { entry, .. }, Bound::Entry(Version { .. })) =
                    (decision.cost.gross, &decision.act, &decision.bound)
                {
                    let Bound::Entry(version) = decision.bound else { unreachable!() };
                    let seen = rig.state.decisions.seen.for_how_long(*entry, version, rig.now);
                    prop_assert!(seen.as_millis() >= 250, "paid for what was seen for {seen:?}");
                }
            }
            checked = rig.recorded().len();
            for currency in [Currency::Btc, Currency::Usd] {
                let agreed = rig.state.decisions.envelope.agreed(currency).map_or(0, |sum| sum.amount);
                prop_assert!(rig.state.decisions.committed(currency).amount <= agreed);
            }
            rig.pass(pause);
        }
    }
}

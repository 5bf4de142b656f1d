//! Runs are paid by whoever starts them: asked about, priced, counted, and never of what was not on the screen.

use crate::app::Effect;
use crate::app::Settings;
use crate::app::bulk::plan::ToType;
use crate::app::overlay::Overlay;
use crate::app::overlay::bulk::Bulk;
use crate::app::rig::{Rig, item_id, quest_id, route_id, row, settings};
use crate::config::ConfirmPaid;
use crate::domain::decision::{Act, Answer, Stage};
use crate::domain::{Currency, EntryRow, Money, PriceOf, QuestKind, Rescored, RunPrice, Version};
use crate::sync::{Link, News, Order};

fn rig() -> Rig {
    let mut rig = Rig::new();
    rig.evaluates(1);
    rig
}

/// What the price of was asked last.
fn of(rig: &Rig) -> PriceOf {
    let asked = rig.effects.iter().rev().find_map(|effect| match effect {
        Effect::Order(Order::RunPrices(asked)) => asked.last(),
        _ => None,
    });
    *asked.expect("a price was asked for")
}

fn asked(rig: &Rig) -> usize {
    let prices = |effect: &Effect| match effect {
        Effect::Order(Order::RunPrices(asked)) => asked.len(),
        _ => 0,
    };
    rig.effects.iter().map(prices).sum()
}

fn sheet(rig: &Rig) -> &Bulk {
    match &rig.state.overlay {
        Some(Overlay::Bulk(bulk)) => bulk,
        other => panic!("no sheet: {other:?}, {}", rig.said()),
    }
}

fn is_confirm(rig: &Rig) -> bool {
    matches!(rig.state.overlay, Some(Overlay::Confirm(_)))
}

#[test]
fn a_price_that_is_known_goes_through_cap_and_envelope() {
    let mut rig = rig();
    rig.run_price = Some(Money::sats(25_000));
    rig.keys("e");
    let Some(Overlay::Envelope(ask)) = &rig.state.overlay else { panic!("one sheet: {}", rig.said()) };
    assert!(ask.asks[0].as_str().contains("above your cap"), "{:?}", ask.asks);
    assert!(ask.asks[1].as_str().contains("pays 500 sat besides"), "{:?}", ask.asks);
    assert_eq!(
        rig.state.price_words(&ask.proposal.act).as_str(),
        "a run costs you 25,000 sat, the server says"
    );
    rig.pass(300);
    rig.keys("3 0 0 0 0 Enter");
    let run = rig.recorded()[0].clone();
    assert_eq!((run.act.runs(), run.cost.gross), (1, Some(Money::sats(25_000))));
    assert_eq!(rig.state.decisions.committed(Currency::Btc), Money::sats(25_000));
    rig.pass(5_100);
    rig.send(run.id, Answer::Done);
    assert_eq!(rig.state.decisions.paid(Currency::Btc), Money::sats(25_000));
}

#[test]
fn a_yes_waits_for_the_price_and_a_price_that_comes_is_to_be_read_first() {
    let mut rig = rig();
    rig.run_price = None;
    rig.keys("e");
    rig.pass(300);
    rig.keys("Enter");
    assert!(is_confirm(&rig) && rig.said().contains("a moment"), "{}", rig.said());
    rig.state.decisions.envelope.agree(Money::sats(10));
    rig.sync(News::RunPrice(of(&rig), RunPrice::Costs(Money::sats(7))));
    rig.keys("Enter");
    assert!(is_confirm(&rig) && rig.recorded().is_empty(), "a key typed ahead does not answer for it");
    rig.pass(300);
    rig.keys("Esc e");
    rig.pass(300);
    rig.sync(News::RunPrice(of(&rig), RunPrice::Unsaid("the server names no price".into())));
    rig.pass(300);
    rig.keys("y");
    assert_eq!(rig.recorded()[0].cost.gross, None, "what is not known is asked about, and not guessed");
}

#[test]
fn without_the_server_nobody_waits_for_a_price() {
    let mut rig = rig();
    let later = rig.now + std::time::Duration::from_secs(60);
    rig.sync(News::Link(Link::Offline { since: rig.now, retry_at: later, why: "no route".into() }));
    rig.pass(3_000);
    rig.run_price = None;
    rig.keys("e");
    rig.pass(300);
    rig.keys("Enter");
    assert_eq!(rig.recorded().len(), 1);
}

#[test]
fn where_single_payments_go_unasked_a_run_begins_once_its_price_is_known_and_counts() {
    for confirm_paid in [ConfirmPaid::Bulk, ConfirmPaid::Never] {
        let mut rig = Rig::with(Settings { confirm_paid, ..settings() }, QuestKind::Continuous);
        rig.evaluates(1);
        rig.run_price = None;
        rig.keys("e");
        assert!(is_confirm(&rig) && rig.recorded().is_empty(), "its price is not known yet");
        rig.sync(News::RunPrice(of(&rig), RunPrice::Costs(Money::sats(7))));
        assert!(rig.state.overlay.is_none());
        assert_eq!(rig.recorded()[0].cost.gross, Some(Money::sats(7)));
        assert_eq!(rig.state.decisions.committed(Currency::Btc), Money::sats(7));
        // Free ones go through as well; whoever goes back starts nothing.
        rig.look();
        rig.keys("e");
        rig.pass(300);
        rig.keys("Esc");
        rig.sync(News::RunPrice(of(&rig), RunPrice::Costs(Money::sats(7))));
        assert_eq!(rig.recorded().len(), 1);
        rig.run_price = Some(Money::sats(0));
        rig.keys("e");
        assert_eq!(rig.recorded().len(), 2);
    }
}

#[test]
fn what_nobody_knows_the_price_of_and_what_is_above_the_cap_asks_whatever_is_confirmed() {
    for confirm_paid in [ConfirmPaid::Bulk, ConfirmPaid::Never] {
        let mut rig = Rig::with(Settings { confirm_paid, ..settings() }, QuestKind::Continuous);
        (1..=3).for_each(|n| rig.evaluates(n));
        rig.run_price = Some(Money::sats(25_000));
        rig.keys("e");
        assert!(is_confirm(&rig) && rig.recorded().is_empty(), "above the cap");
        rig.keys("Enter");
        assert!(rig.recorded().is_empty(), "typed ahead");
        rig.pass(300);
        rig.keys("Enter");
        assert_eq!(rig.recorded()[0].cost.gross, Some(Money::sats(25_000)));
        rig.look();
        rig.run_price = None;
        rig.keys("e");
        rig.sync(News::RunPrice(of(&rig), RunPrice::Unsaid("the server names no price".into())));
        assert!(is_confirm(&rig) && rig.recorded().len() == 1, "nobody knows how much");
        rig.pass(300);
        rig.keys("Esc");
        rig.run_price = Some(Money::sats(7));
        rig.state.decisions.envelope.agree(Money::sats(25_006));
        rig.keys("e");
        assert!(is_confirm(&rig) && rig.recorded().len() == 1, "beyond what was agreed on");
    }
}

#[test]
fn an_entry_that_changes_while_its_price_is_asked_is_not_run_by_itself() {
    let never = Settings { confirm_paid: ConfirmPaid::Never, ..settings() };
    let mut rig = Rig::with(never, QuestKind::Continuous);
    rig.evaluates(1);
    rig.run_price = None;
    rig.keys("e");
    let version = Version { updated_at: rig.now };
    let changed = EntryRow { version, ..row(1, 1) };
    rig.sync(News::Entries { quest: quest_id(), upserts: vec![changed], gone: Vec::new() });
    rig.sync(News::RunPrice(of(&rig), RunPrice::Costs(Money::sats(7))));
    assert!(rig.recorded().is_empty() && rig.said().contains("changed"), "{}", rig.said());
}

#[test]
fn runs_that_another_desk_sent_count_as_many_as_were_begun() {
    let mut rig = rig();
    rig.evaluates(2);
    rig.run_price = Some(Money::sats(10));
    rig.keys("Shift-Tab g Space Space e");
    rig.pass(300);
    rig.keys("8 0 Enter");
    rig.pass(30_100);
    let first = rig.stored[0].id;
    // Its own engine told it nothing of the runs: the database does.
    rig.send(first, Answer::Began(6));
    assert_eq!(rig.state.decisions.paid(Currency::Btc), Money::sats(60));
    assert_eq!(*rig.stage(1), Stage::Undone, "{}", rig.said());
}

#[test]
fn nothing_runs_for_an_entry_that_was_not_on_the_screen() {
    let mut rig = rig();
    rig.keys("j e");
    assert!(rig.state.overlay.is_none() && rig.said().contains("look"), "{}", rig.said());
    rig.look();
    rig.keys("e");
    assert!(is_confirm(&rig));
}

#[test]
fn scoring_an_item_again_has_its_sheet_and_its_window_and_is_never_done_twice() {
    let mut rig = rig();
    rig.sync(News::Accepted { quest: crate::app::rig::quest_id(), counts: vec![(item_id(1), 2)] });
    rig.keys("Shift-Tab g e");
    let Some(Overlay::Bulk(bulk)) = &rig.state.overlay else { panic!("{}", rig.said()) };
    assert_eq!(bulk.plan.to_type, [ToType::Runs(6)], "four pending, two accepted");
    rig.pass(300);
    rig.keys("Enter 6 Enter");
    let again = rig.stored[0].clone();
    assert_eq!(again.act, Act::Rescore { item: item_id(1), runs: 6, free: true });
    assert!(matches!(again.stage, Stage::Held { .. }));
    rig.keys("u");
    assert_eq!(*rig.stage(0), Stage::Undone);
    rig.keys("e");
    rig.pass(300);
    rig.keys("6 Enter");
    rig.pass(30_100);
    let id = rig.stored[1].id;
    assert_eq!(*rig.stage(1), Stage::Queued);
    rig.sync(News::Rescored(id, Rescored { started: 5, left_out: vec!["asset was deleted".into()] }));
    assert!(rig.said().contains("5 runs begun, 1 left out: asset was deleted"), "{}", rig.said());
    rig.send(id, Answer::Lost { why: "timed out".into() });
    rig.step(
        id,
        &crate::domain::decision::Event::ReadBack(crate::domain::decision::Found::Item(
            crate::domain::ItemStatus::Pending,
        )),
    );
    let Stage::Refused { words } = rig.stage(1) else { panic!("{:?}", rig.stage(1)) };
    assert!(words.as_str().contains("may have begun"), "{words}");
}

#[test]
fn what_has_no_evaluation_is_not_scored_again() {
    let mut rig = Rig::new();
    rig.keys("Shift-Tab e");
    assert!(rig.said().contains("no evaluation"), "{}", rig.said());
}

#[test]
fn every_run_of_a_bulk_counts_at_the_price_of_its_route_which_is_asked_once() {
    let mut rig = rig();
    (2..4).for_each(|n| rig.evaluates(n));
    rig.run_prices.insert(route_id(1), RunPrice::Costs(Money::sats(7)));
    rig.run_prices.insert(route_id(2), RunPrice::Unsaid("the server names no price".into()));
    rig.run_prices.insert(route_id(3), RunPrice::Costs(Money::cents(25)));
    rig.state.decisions.envelope.agree(Money::sats(20));
    rig.keys("* e");
    assert_eq!(asked(&rig), 3, "one request a route");
    let plan = &sheet(&rig).plan;
    let sums: Vec<_> = plan.sums.iter().map(|sum| (sum.gross, sum.count)).collect();
    assert_eq!(sums, [(Money::sats(28), 4), (Money::cents(100), 4)]);
    assert_eq!(plan.runs.unknown, [("the server names no price".into(), 4)]);
    assert_eq!(
        plan.to_type,
        [ToType::Total(Money::sats(28)), ToType::Total(Money::cents(100)), ToType::Runs(12)],
        "what nobody knows the price of is typed as well"
    );
    rig.pass(300);
    rig.keys("2 8 Enter 1 . 0 0 Enter 1 2 Enter");
    assert_eq!(rig.stored.len(), 12, "{}", rig.said());
    assert_eq!(rig.state.decisions.committed(Currency::Btc), Money::sats(28));
    assert_eq!(rig.state.decisions.committed(Currency::Usd), Money::cents(100));
    assert_eq!(rig.state.decisions.envelope.agreed(Currency::Btc), Some(Money::sats(28)));
}

#[test]
fn inside_the_sum_the_number_of_runs_is_typed_and_runs_for_nothing_are_said_to_be() {
    let mut rig = rig();
    rig.run_price = Some(Money::sats(7));
    rig.state.decisions.envelope.agree(Money::sats(1_000));
    rig.look();
    rig.keys("Space");
    rig.look();
    rig.keys("Space e");
    assert_eq!(sheet(&rig).plan.to_type, [ToType::Runs(2)]);
    rig.run_price = Some(Money::sats(0));
    rig.keys("Esc");
    rig.pass(300);
    rig.keys("Esc e");
    assert_eq!((sheet(&rig).plan.runs.free, sheet(&rig).plan.sums.len()), (2, 0));
}

#[test]
fn a_sheet_of_runs_waits_for_its_prices_and_a_price_that_comes_begins_it_anew() {
    let mut rig = rig();
    rig.run_price = None;
    rig.keys("Space Space e");
    assert_eq!(sheet(&rig).plan.runs.asking, 2);
    rig.pass(300);
    rig.keys("2 Enter");
    assert!(rig.stored.is_empty() && rig.said().contains("a moment"), "{}", rig.said());
    rig.sync(News::RunPrice(of(&rig), RunPrice::Costs(Money::sats(9))));
    rig.keys("Enter");
    assert!(rig.stored.is_empty());
    assert_eq!(sheet(&rig).typed, [""], "what was typed was not for this");
    assert_eq!(sheet(&rig).plan.to_type, [ToType::Total(Money::sats(18))]);
    // An answer to an earlier sheet is none to this one.
    rig.keys("Esc");
    rig.pass(300);
    rig.keys("Esc e");
    let other = PriceOf { input: Some(route_id(9)), ..of(&rig) };
    rig.sync(News::RunPrice(other, RunPrice::Costs(Money::sats(1))));
    assert_eq!(sheet(&rig).plan.runs.asking, 2);
    let (since, retry_at) = (rig.now, rig.now + std::time::Duration::from_secs(60));
    let offline = || News::Link(Link::Offline { since, retry_at, why: "no route".into() });
    rig.sync(offline());
    assert_eq!(sheet(&rig).plan.runs.asking, 2, "it may be back the next moment");
    rig.pass(3_000);
    rig.sync(offline());
    assert_eq!(sheet(&rig).plan.runs.unknown, [("the server is out of reach".into(), 2)]);
    rig.pass(300);
    rig.keys("2 Enter");
    assert_eq!(rig.stored.len(), 2);
}

#[test]
fn a_run_above_the_cap_is_left_out_of_a_bulk_and_asked_about_where_it_stands_alone() {
    let mut rig = rig();
    rig.evaluates(2);
    rig.run_prices.insert(route_id(1), RunPrice::Costs(Money::sats(25_000)));
    rig.keys("* e");
    let left: Vec<_> = sheet(&rig).plan.left_out.iter().map(|left| left.why.to_string()).collect();
    assert!(left.contains(&"its run is above your cap for one entry: evaluate it by itself".to_owned()));
    assert_eq!(sheet(&rig).plan.taken.len(), 4);
    rig.keys("Esc");
    rig.pass(300);
    rig.keys("Esc -");
    rig.keys("Space e");
    assert!(rig.state.overlay.is_none() && rig.said().contains("above your cap"), "{}", rig.said());
    rig.state.decisions.envelope.agree(Money::sats(1_000_000));
    rig.keys("Shift-Tab g e");
    assert_eq!(sheet(&rig).plan.runs.over_cap, Some(Money::sats(25_000)));
    assert_eq!(sheet(&rig).plan.to_type, [ToType::Total(Money::sats(100_000))]);
}

#[test]
fn runs_that_are_done_again_are_priced_again() {
    let mut rig = rig();
    rig.run_price = Some(Money::sats(7));
    rig.keys("Space Space e");
    rig.pass(300);
    rig.keys("1 4 Enter u");
    let before = asked(&rig);
    rig.run_price = Some(Money::sats(8));
    rig.keys("- U");
    assert_eq!(asked(&rig), before + 1);
    assert_eq!(sheet(&rig).plan.sums[0].gross, Money::sats(16));
}

#[test]
fn what_goes_beyond_the_sum_by_more_runs_than_were_shown_stops_what_is_not_sent() {
    let mut rig = rig();
    rig.evaluates(2);
    rig.run_price = Some(Money::sats(10));
    rig.keys("Shift-Tab g Space Space e");
    assert_eq!(sheet(&rig).plan.to_type, [ToType::Total(Money::sats(80))]);
    rig.pass(300);
    rig.keys("8 0 Enter");
    rig.pass(30_100);
    let first = rig.stored[0].id;
    rig.sync(News::Rescored(first, Rescored { started: 3, left_out: vec!["asset was deleted".into()] }));
    assert_eq!(rig.state.decisions.committed(Currency::Btc), Money::sats(70), "what was begun counts");
    assert_eq!(*rig.stage(1), Stage::Queued);
    // More entries had come by then.
    rig.sync(News::Rescored(first, Rescored { started: 6, left_out: vec![] }));
    assert!(rig.said().contains("20 sat beyond the 80 sat agreed on; 1 that was not sent"), "{}", rig.said());
    assert_eq!(*rig.stage(1), Stage::Undone);
    assert_eq!(rig.state.desk.items.marked(), [item_id(2)], "it stays marked");
    rig.send(first, Answer::Done);
    assert_eq!(rig.state.decisions.paid(Currency::Btc), Money::sats(60));
}

#[test]
fn what_was_spent_while_one_reads_a_sheet_is_asked_about_anew() {
    let mut rig = rig();
    rig.evaluates(2);
    rig.run_price = Some(Money::sats(10));
    rig.state.decisions.envelope.agree(Money::sats(100));
    rig.keys("Shift-Tab g e");
    rig.pass(300);
    rig.keys("4 Enter");
    rig.pass(30_100);
    let first = rig.stored[0].id;
    rig.step(first, &crate::domain::decision::Event::Claim(crate::domain::decision::Check::Same));
    rig.keys("j e");
    assert_eq!(sheet(&rig).plan.to_type, [ToType::Runs(4)], "80 of 100");
    rig.pass(300);
    rig.keys("4");
    rig.sync(News::Rescored(first, Rescored { started: 8, left_out: vec![] }));
    rig.keys("Enter");
    assert_eq!(rig.stored.len(), 1, "it would come to 120 by now");
    assert_eq!(sheet(&rig).plan.to_type, [ToType::Total(Money::sats(40))]);
    rig.pass(300);
    rig.keys("4 0 Enter");
    assert_eq!(rig.state.decisions.envelope.agreed(Currency::Btc), Some(Money::sats(120)));
}

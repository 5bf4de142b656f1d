//! Runs are paid by whoever starts them: asked about, priced, counted, and never of what was not on the screen.

use crate::app::bulk::plan::ToType;
use crate::app::overlay::Overlay;
use crate::app::rig::{Rig, item_id};
use crate::domain::decision::{Act, Answer, Stage};
use crate::domain::{Currency, Money, Rescored, RunPrice};
use crate::sync::{Link, News};

fn rig() -> Rig {
    let mut rig = Rig::new();
    rig.evaluates(1);
    rig
}

fn is_confirm(rig: &Rig) -> bool {
    matches!(rig.state.overlay, Some(Overlay::Confirm(_)))
}

#[test]
fn a_price_that_is_known_goes_through_cap_and_envelope() {
    let mut rig = rig();
    rig.run_price = Some(Money::sats(25_000));
    rig.keys("e");
    let Some(Overlay::Confirm(confirm)) = &rig.state.overlay else { panic!("{}", rig.said()) };
    assert!(confirm.asks[0].as_str().contains("above your cap"), "{:?}", confirm.asks);
    assert_eq!(
        rig.state.price_words(&confirm.proposal.act).as_str(),
        "a run costs you 25,000 sat, the server says"
    );
    rig.pass(300);
    rig.keys("Enter");
    assert!(matches!(rig.state.overlay, Some(Overlay::Envelope(_))), "no sum is agreed on yet");
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
    rig.sync(News::RunPrice(item_id(1), RunPrice::Costs(Money::sats(7))));
    rig.keys("Enter");
    assert!(is_confirm(&rig) && rig.recorded().is_empty(), "a key typed ahead does not answer for it");
    rig.keys("Esc e");
    rig.pass(300);
    rig.sync(News::RunPrice(item_id(1), RunPrice::Unsaid("the server names no price".into())));
    rig.pass(300);
    rig.keys("y");
    assert_eq!(rig.recorded()[0].cost.gross, None, "what is not known is asked about, and not guessed");
}

#[test]
fn without_the_server_nobody_waits_for_a_price() {
    let mut rig = rig();
    let later = rig.now + std::time::Duration::from_secs(60);
    rig.sync(News::Link(Link::Offline { since: rig.now, retry_at: later, why: "no route".into() }));
    rig.run_price = None;
    rig.keys("e");
    rig.pass(300);
    rig.keys("Enter");
    assert_eq!(rig.recorded().len(), 1);
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
    assert_eq!(again.act, Act::Rescore { item: item_id(1), runs: 6 });
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

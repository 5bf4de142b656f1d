//! Decisions on many, by keys, on a desk with a store in memory.

use super::*;
use crate::app::overlay::Overlay;
use crate::app::overlay::bulk::Bulk;
use crate::app::rig::{Rig, entry_id, item_id, quest_id, review_of, row, settings};
use crate::app::testing::user_id;
use crate::app::{Effect, Message};
use crate::config::ConfirmPaid;
use crate::domain::decision::{Answer, Decision, Stage, Subject};
use crate::domain::{Account, Currency, Money, QuestKind};
use crate::sync::{Balance, Gone, News};

fn sheet(rig: &Rig) -> &Bulk {
    match &rig.state.overlay {
        Some(Overlay::Bulk(bulk)) => bulk,
        other => panic!("no sheet: {other:?}, {}", rig.said()),
    }
}

/// What was recorded as one act.
fn acts(rig: &Rig) -> Vec<&Vec<Decision>> {
    fn many(effect: &Effect) -> Option<&Vec<Decision>> {
        if let Effect::RecordMany(many) = effect { Some(many) } else { None }
    }
    rig.effects.iter().filter_map(many).collect()
}

fn entries_of(act: &[Decision]) -> Vec<EntryId> {
    act.iter().map(|decision| review_of(decision).0).collect()
}

#[test]
fn space_marks_and_goes_down_and_a_decision_takes_the_marks() {
    let mut rig = Rig::new();
    rig.keys("Space Space j Space");
    assert_eq!(rig.state.desk.queue.marked(), [entry_id(1), entry_id(2), entry_id(4)]);
    rig.keys("r 1");
    assert_eq!(sheet(&rig).plan.taken.len(), 3);
    assert_eq!(sheet(&rig).plan.to_type, [], "a rejection pays nothing");
    rig.pass(300);
    rig.keys("Enter");
    let act = &acts(&rig)[0];
    assert_eq!(entries_of(act), [entry_id(1), entry_id(2), entry_id(4)]);
    assert!(act.iter().all(|decision| decision.batch == act[0].batch && decision.batch.is_some()));
    assert!(act.iter().all(|decision| review_of(decision).2 == Some("name the unit")));
    assert_eq!(act[0].stage, Stage::Held { until: Some(rig.now + std::time::Duration::from_secs(30)) });
    assert_eq!(rig.state.marked(), 0);
}

#[test]
fn the_sheet_takes_no_key_before_it_was_there_nor_the_one_that_asked() {
    let mut rig = Rig::new();
    rig.keys("Space r 1 Enter y");
    assert!(acts(&rig).is_empty(), "typed ahead");
    rig.pass(300);
    rig.keys("Esc");
    assert!(rig.state.overlay.is_none());
    assert_eq!(rig.state.marked(), 1, "marks stay");
    // Somebody gave accepting the key that confirms.
    let mut rig = Rig::new();
    let remap = |id: &str, key: &str| (id.to_owned(), vec![key.to_owned()]);
    rig.state.keymap =
        crate::app::keymap::Keymap::new(&[remap("accept", "y"), remap("copy-link", "X")]).unwrap();
    rig.keys("j j j j Space y");
    rig.pass(300);
    rig.keys("y");
    assert!(acts(&rig).is_empty());
    rig.keys("Enter");
    assert_eq!(acts(&rig).len(), 1);
}

#[test]
fn a_range_marks_what_lies_between_and_can_be_forgotten() {
    let mut rig = Rig::new();
    rig.keys("j V j j");
    assert_eq!(rig.state.marked(), 3, "shown as it is drawn");
    rig.keys("k Esc");
    assert_eq!(rig.state.marked(), 0);
    rig.keys("V k k V G");
    assert_eq!(rig.state.desk.queue.marked(), [entry_id(1), entry_id(2), entry_id(3)]);
    rig.keys("- V k r 1");
    assert_eq!(sheet(&rig).plan.taken.len(), 2, "a decision takes the range as it is drawn");
}

#[test]
fn all_that_match_are_marked_on_the_screen_or_not() {
    let mut rig = Rig::new();
    rig.state.height = 10;
    rig.keys("*");
    assert_eq!(rig.state.marked(), 12);
    assert!(rig.said().starts_with("12 of 12 marked, "), "{}", rig.said());
    rig.keys("-");
    assert_eq!(rig.state.marked(), 0);
    rig.keys("/ i t e m : 2 Enter *");
    assert_eq!(rig.state.desk.queue.marked(), [5, 6, 7, 8].map(entry_id));
    rig.keys("Esc");
    assert_eq!(rig.state.marked(), 4, "marks survive the filter");
}

#[test]
fn marks_belong_to_entries_and_those_that_vanish_are_told() {
    let mut rig = Rig::new();
    rig.keys("Space Space Space");
    let again = (1..=12).map(|n| crate::app::rig::row(n, (n - 1) / 4 + 1)).collect();
    let gone = vec![Gone { entry: entry_id(2), review: None }];
    rig.sync(News::Entries { quest: quest_id(), upserts: again, gone });
    assert_eq!(rig.state.desk.queue.marked(), [entry_id(1), entry_id(3)]);
    assert_eq!(rig.said(), "1 marked entry is no longer pending: 2 left");
}

#[test]
fn paid_and_unopened_asks_for_the_total_and_nothing_else_agrees() {
    let mut rig = Rig::new();
    rig.keys("Space Space Space Space a");
    let plan = &sheet(&rig).plan;
    assert_eq!(plan.sums[0].gross, Money::sats(2_000));
    assert_eq!(plan.sums[0].fee, Some(Money::sats(200)));
    assert_eq!(plan.to_type, [plan::ToType::Total(Money::sats(2_000))]);
    assert_eq!(plan.unopened.len(), 3, "the first one was looked at");
    rig.pass(300);
    rig.keys("Enter y 2 0 0 Enter");
    assert!(acts(&rig).is_empty());
    assert!(rig.said().contains("200 is not the total"), "{}", rig.said());
    rig.keys("0 Enter");
    assert_eq!(acts(&rig)[0].len(), 4);
    assert_eq!(rig.state.decisions.envelope.agreed(Currency::Btc), Some(Money::sats(2_000)));
    assert_eq!(rig.state.decisions.committed(Currency::Btc), Money::sats(2_000));
}

#[test]
fn several_currencies_are_typed_one_after_the_other() {
    let mut rig = Rig::new();
    rig.keys("* a");
    rig.pass(300);
    rig.keys("2 0 0 0 Enter");
    assert!(acts(&rig).is_empty());
    rig.keys("2 0 . 0 0 Enter");
    assert_eq!(acts(&rig)[0].len(), 12);
}

#[test]
fn inside_the_envelope_what_was_opened_is_agreed_to_with_enter() {
    let mut rig = Rig::new();
    rig.state.decisions.envelope.agree(Money::sats(10_000));
    for _ in 0..2 {
        rig.look();
        rig.keys("Space");
    }
    rig.keys("a");
    assert_eq!(sheet(&rig).plan.to_type, []);
    rig.pass(300);
    rig.keys("Enter");
    assert_eq!(acts(&rig)[0].len(), 2);
    assert_eq!(rig.state.decisions.envelope.agreed(Currency::Btc), Some(Money::sats(10_000)));
}

#[test]
fn what_was_never_opened_is_paged_through_inside_the_sheet() {
    let mut rig = Rig::new();
    rig.state.decisions.envelope.agree(Money::sats(10_000));
    rig.keys("Space Space Space a");
    let home = rig.state.desk.queue.cursor();
    rig.pass(300);
    rig.keys("n");
    rig.look();
    assert_eq!(rig.state.desk.queue.cursor(), Some(entry_id(2)));
    rig.keys("a n");
    rig.look();
    assert_eq!(rig.state.desk.queue.cursor(), Some(entry_id(3)));
    rig.keys("Enter");
    assert_eq!(sheet(&rig).plan.unopened, []);
    assert_eq!(sheet(&rig).plan.to_type, []);
    assert_eq!(rig.state.desk.queue.cursor(), home);
    rig.pass(300);
    rig.keys("Enter");
    assert_eq!(acts(&rig)[0].len(), 3);
}

#[test]
fn what_can_t_be_decided_is_left_out_and_said_why() {
    let mut rig = Rig::new();
    rig.state.settings.entry_cap_sats = Some(400);
    rig.sync(News::SignedIn(Account { id: user_id(1), username: "bot-7".into() }));
    rig.keys("* a");
    assert!(rig.said().contains("your own"), "{}", rig.said());
    rig.sync(News::SignedIn(Account { id: user_id(0), username: "ana".into() }));
    rig.keys("a");
    let left: Vec<_> =
        sheet(&rig).plan.left_out.iter().map(|l| (l.subjects.len(), l.why.to_string())).collect();
    assert_eq!(left, [(4, "above your cap for one entry: decide it by itself".to_owned())]);
    assert_eq!(sheet(&rig).plan.taken.len(), 8);
}

#[test]
fn a_reason_is_filled_for_each_and_what_stays_empty_is_left_out() {
    let mut rig = Rig::new();
    rig.state.settings.reasons = vec![Template::parse("{contributor}: {score} is too low").unwrap()];
    let scored = (1..=12).map(|n| crate::domain::EntryRow {
        score: (n != 3).then_some(f64::from(n) / 100.0),
        ..crate::app::rig::row(n, (n - 1) / 4 + 1)
    });
    rig.sync(News::Entries { quest: quest_id(), upserts: scored.collect(), gone: Vec::new() });
    rig.keys("Space Space Space Space r 1");
    let plan = &sheet(&rig).plan;
    assert_eq!(plan.left_out[0].why.as_str(), "{score} would stay empty");
    assert_eq!(plan.previews[0].words.as_str(), "bot-7: 0.01 is too low");
    rig.pass(300);
    rig.keys("Enter");
    let notes: Vec<_> = acts(&rig)[0].iter().map(|decision| review_of(decision).2.unwrap()).collect();
    assert_eq!(notes, ["bot-7: 0.01 is too low", "bot-7: 0.02 is too low", "bot-7: 0.04 is too low"]);
    assert_eq!(rig.state.desk.queue.marked(), [entry_id(3)], "what was left out stays marked");
}

#[test]
fn what_changes_while_one_reads_the_sheet_is_left_out_and_said() {
    let mut rig = Rig::new();
    rig.keys("Space Space Space r 1");
    let changed = crate::domain::EntryRow {
        version: crate::domain::Version { updated_at: rig.now },
        ..crate::app::rig::row(2, 1)
    };
    let gone = vec![Gone { entry: entry_id(3), review: None }];
    rig.sync(News::Entries { quest: quest_id(), upserts: vec![changed], gone });
    rig.pass(300);
    rig.keys("Enter");
    assert_eq!(entries_of(acts(&rig)[0]), [entry_id(1)]);
    assert!(rig.said().starts_with("2 changed while you were asked"), "{}", rig.said());
    assert_eq!(rig.state.desk.queue.marked(), [entry_id(2)]);
}

#[test]
fn u_on_a_row_takes_back_that_row_elsewhere_the_whole_act_and_redo_does_it_again() {
    let mut rig = Rig::new();
    rig.keys("Space Space Space g r 1");
    rig.pass(300);
    rig.keys("Enter j u");
    assert!(rig.said().starts_with("took back: reject"), "{}", rig.said());
    assert_eq!(rig.state.desk.queue.cursor(), Some(entry_id(2)));
    assert_eq!(rig.state.desk.queue.marked(), [entry_id(2)], "it returns with its mark");
    assert_eq!(rig.state.decisions.tally().held, 2);
    rig.keys("- G u");
    assert_eq!(rig.said(), "took back: reject 2 · name the unit");
    assert_eq!(rig.state.decisions.tally().held, 0);
    assert_eq!(rig.state.desk.queue.marked(), [entry_id(1), entry_id(3)]);
    rig.keys("U");
    assert_eq!(sheet(&rig).plan.taken.len(), 2);
    rig.pass(300);
    rig.keys("Esc U");
    assert_eq!(sheet(&rig).plan.taken.len(), 2, "who goes back may ask again");
    rig.pass(300);
    rig.keys("Enter");
    assert_eq!(entries_of(acts(&rig)[1]), [entry_id(1), entry_id(3)]);
    rig.keys("U");
    assert_eq!(rig.state.decisions.tally().held, 3, "and what was taken back before that");
}

#[test]
fn what_fails_of_a_bulk_stays_marked_with_the_servers_words() {
    let mut rig = Rig::new();
    rig.keys("Space Space r 1");
    rig.pass(300);
    rig.keys("Enter");
    rig.pass(30_000);
    let ids: Vec<_> = rig.stored.iter().map(|decision| decision.id).collect();
    rig.send(ids[0], Answer::Done);
    rig.send(ids[1], Answer::Refused { words: "not today".into(), look: false });
    assert_eq!(rig.state.desk.queue.marked(), [entry_id(2)]);
    assert!(rig.said().contains("not today"), "{}", rig.said());
}

#[test]
fn a_store_that_writes_none_of_it_leaves_everything_marked() {
    let mut rig = Rig::new();
    rig.store_is_slow = true;
    rig.keys("Space Space r 1");
    rig.pass(300);
    rig.keys("Enter");
    assert_eq!(rig.state.decisions.tally().recording, 2);
    let turned = acts(&rig)[0].iter().map(|decision| (decision.id, "the disk is full".into())).collect();
    rig.take(Message::Store(crate::store::News::RecordedMany { kept: Vec::new(), turned }));
    assert_eq!(rig.state.decisions.tally().open(), 0);
    assert_eq!(rig.state.marked(), 2);
    assert_eq!(rig.said(), "2 not decided: the disk is full");
    for n in [1, 2] {
        let draft = Effect::SaveDraft(Subject::Entry(entry_id(n)), "name the unit".into());
        assert!(rig.effects.contains(&draft), "its note stays with each");
    }
}

#[test]
fn what_is_being_written_is_meant_by_undo_and_not_what_is_older() {
    let mut rig = Rig::new();
    rig.keys("r 1");
    rig.store_is_slow = true;
    rig.keys("Space Space r 1");
    rig.pass(300);
    rig.keys("Enter");
    assert_eq!(rig.state.decisions.tally().recording, 2);
    rig.store_is_slow = false;
    rig.keys("j j j u");
    assert!(rig.said().contains("being written"), "{}", rig.said());
    assert!(rig.stage(0).can_undo(), "the older one stays held");
}

#[test]
fn items_are_marked_and_set_together_and_what_that_ends_is_said() {
    let mut rig = Rig::with(settings(), QuestKind::Closable);
    rig.keys("h Tab g Space Space Space");
    assert_eq!(rig.state.desk.items.marked(), [item_id(1), item_id(2), item_id(3)]);
    rig.keys("d");
    let ends: Vec<_> = sheet(&rig).plan.ends.iter().map(ToString::to_string).collect();
    assert!(ends[0].starts_with("12 entries"), "{ends:?}");
    assert!(ends[1].starts_with("closes the quest Curie sweep"), "{ends:?}");
    rig.pass(300);
    rig.keys("Enter");
    assert_eq!(acts(&rig)[0].len(), 3);
}

#[test]
fn what_was_opened_in_an_earlier_session_was_opened() {
    let mut rig = Rig::new();
    let opened =
        vec![(entry_id(2), row(2, 1).version), (entry_id(3), crate::domain::Version { updated_at: rig.now })];
    rig.take(crate::app::Message::Store(crate::store::News::Opened(opened)));
    rig.keys("Space Space Space a");
    assert_eq!(sheet(&rig).plan.unopened, [entry_id(3)], "that one has changed since");
    let kept = |rig: &Rig| -> Vec<_> {
        let kept = |effect: &Effect| match effect {
            Effect::KeepOpened(opened) => Some(opened[0].0),
            _ => None,
        };
        rig.effects.iter().filter_map(kept).collect()
    };
    rig.keys("Esc");
    rig.pass(300);
    rig.keys("Esc 6 j");
    rig.look();
    assert!(kept(&rig).contains(&entry_id(1)), "{:?}", kept(&rig));
    assert!(!kept(&rig).contains(&entry_id(5)), "passed by only");
    rig.take(crate::app::Message::Terminate);
    let last = rig.state.desk.queue.cursor().unwrap();
    assert_eq!(kept(&rig).last(), Some(&last), "what is on the screen at the end counts too");
}

#[test]
fn a_wallet_that_does_not_suffice_is_said() {
    let mut rig = Rig::new();
    let balance = Balance { available: Money::sats(300), escrowed: Money::sats(500) };
    rig.sync(News::Wallet { balances: vec![balance], fee: None });
    rig.keys("Space Space a");
    assert_eq!(sheet(&rig).plan.sums[0].short, Some(Money::sats(200)));
}

#[test]
fn evaluations_ask_and_of_many_the_number_of_runs_is_typed() {
    let mut rig = Rig::new();
    rig.keys("e");
    assert!(rig.said().contains("no evaluation"), "{}", rig.said());
    rig.evaluates(1);
    rig.keys("e");
    assert!(matches!(rig.state.overlay, Some(Overlay::Confirm(_))), "{}", rig.said());
    rig.pass(300);
    rig.keys("Enter");
    assert!(matches!(rig.recorded()[0].act, crate::domain::decision::Act::Evaluate { .. }));
    rig.keys("j Space Space e");
    assert_eq!(sheet(&rig).plan.to_type, [plan::ToType::Runs(2)]);
    rig.pass(300);
    rig.keys("Enter 2 Enter");
    assert_eq!(acts(&rig)[0].len(), 2);
}

#[test]
fn never_asks_nothing_but_the_sheet_and_what_was_not_opened() {
    let mut rig = Rig::with(
        crate::app::Settings { confirm_paid: ConfirmPaid::Never, ..settings() },
        QuestKind::Continuous,
    );
    rig.keys("Space a");
    assert_eq!(sheet(&rig).plan.to_type, []);
    assert_eq!(sheet(&rig).plan.sums[0].beyond, None);
}

#[test]
fn what_is_marked_is_put_aside_together_and_comes_back_together() {
    let mut rig = Rig::new();
    rig.keys("Space Space Space b");
    assert_eq!(rig.state.asides.len(), 3);
    assert_eq!(rig.state.marked(), 0);
    rig.keys("u");
    assert_eq!(rig.state.asides.len(), 0);
}

#[test]
fn pasted_text_agrees_to_nothing() {
    let mut rig = Rig::new();
    rig.keys("Space Space a");
    rig.pass(300);
    rig.take(Message::Paste { text: "1000\r".to_owned(), cut: false });
    assert!(acts(&rig).is_empty());
    assert_eq!(sheet(&rig).typed, [""]);
}

#[test]
fn the_last_decision_is_made_again_on_all_that_is_marked() {
    let mut rig = Rig::new();
    rig.keys("r 2");
    rig.keys("Space Space .");
    assert_eq!(sheet(&rig).plan.previews[0].words.as_str(), "add the source");
}

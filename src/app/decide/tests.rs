//! Keys in, decisions out: how a decision is made, held, taken back and ended.

use super::*;
use crate::app::Message;
use crate::app::overlay::Overlay;
use crate::app::rig::{Rig, entry_id, item, item_id, quest, quest_id, review_of, row, settings};
use crate::domain::decision::{Answer, Check, Clash, Event, Found, NoStep};
use crate::domain::{EntryStatus, ItemStatus, QuestKind, Review, Reward};
use crate::{store, sync};

#[test]
fn an_entry_that_pays_nothing_but_xp_is_accepted_by_one_key() {
    let mut rig = Rig::new();
    rig.keys("4 j a");
    let recorded = rig.recorded();
    assert_eq!(review_of(recorded[0]), (entry_id(5), Verdict::Accept, None));
    assert_eq!((recorded[0].cost.gross, recorded[0].cost.xp), (None, 10));
    assert_eq!(rig.state.desk.queue.cursor(), Some(entry_id(6)), "it moves on by itself");
}

#[test]
fn a_reason_is_picked_by_its_digit_and_repeated_by_a_point() {
    let mut rig = Rig::new();
    rig.keys("r 2 .");
    let recorded = rig.recorded();
    assert_eq!(review_of(recorded[0]), (entry_id(1), Verdict::Reject, Some("add the source")));
    assert_eq!(review_of(recorded[1]), (entry_id(2), Verdict::Reject, Some("add the source")));
    assert_eq!(repeat_line(&rig.state).unwrap().as_str(), "reject \"add the source\"");
    rig.keys("r 7");
    assert_eq!(rig.recorded().len(), 2);
    assert!(matches!(rig.state.overlay, Some(Overlay::Reason(_))), "there is no reason 7");
}

#[test]
fn a_written_reason_begins_with_its_first_letter_and_needs_words() {
    let mut rig = Rig::new();
    rig.keys("r n o Ctrl-s");
    assert_eq!(review_of(rig.recorded()[0]), (entry_id(1), Verdict::Reject, Some("no")));
    rig.keys("r Enter Ctrl-s");
    assert_eq!(rig.recorded().len(), 1);
    assert!(rig.said().contains("needs a reason"), "{}", rig.said());
    rig.keys("x Esc");
    assert!(
        rig.effects.contains(&Effect::SaveDraft(Subject::Entry(entry_id(2)), "x".into())),
        "what was written is kept"
    );
}

#[test]
fn accepting_with_a_note_takes_the_note_along() {
    let mut rig = Rig::new();
    rig.keys("4 j A w e l l Ctrl-s");
    assert_eq!(review_of(rig.recorded()[0]), (entry_id(5), Verdict::Accept, Some("well")));
}

#[test]
fn a_held_row_is_taken_back_with_the_cursor_on_it_and_the_last_act_elsewhere() {
    let mut rig = Rig::new();
    rig.keys("r 1 r 2 k u");
    assert_eq!((rig.stage(0).can_undo(), rig.stage(1)), (true, &Stage::Undone));
    assert_eq!(rig.state.desk.queue.cursor(), Some(entry_id(2)), "the cursor returns to it");
    rig.keys("j u");
    assert_eq!(rig.stage(0), &Stage::Undone);
    assert!(rig.said().starts_with("took back: reject #1 Item 1 · bot-7"), "{}", rig.said());
    rig.keys("u");
    assert!(rig.said().contains("nothing to take back"), "{}", rig.said());
    rig.keys("U");
    assert_eq!(review_of(rig.recorded()[2]), (entry_id(1), Verdict::Reject, Some("name the unit")));
}

#[test]
fn the_window_ends_by_itself_and_the_engine_is_told() {
    let mut rig = Rig::new();
    rig.keys("r 1");
    rig.pass(4_900);
    assert!(rig.stage(0).can_undo());
    rig.pass(200);
    assert_eq!(rig.stage(0), &Stage::Queued);
    let id = rig.stored[0].id;
    assert!(rig.effects.contains(&Effect::Order(sync::Order::Send(id))));
    let dues = rig.effects.iter().filter(|effect| matches!(effect, Effect::Step(_, Event::Due))).count();
    assert_eq!(dues, 1, "asked for once");
}

#[test]
fn a_confirmed_entry_leaves_and_never_comes_back_by_a_late_answer() {
    let mut rig = Rig::new();
    rig.keys("r 1");
    rig.pass(5_100);
    rig.send(rig.stored[0].id, Answer::Done);
    assert!(rig.state.desk.queue.row(entry_id(1)).is_none());
    rig.sync(sync::News::Entries { quest: quest_id(), upserts: vec![row(1, 1)], gone: Vec::new() });
    assert!(rig.state.desk.queue.row(entry_id(1)).is_none());
}

#[test]
fn a_refused_decision_leaves_the_entry_and_its_note() {
    let mut rig = Rig::new();
    rig.keys("r 1");
    rig.pass(5_100);
    rig.send(rig.stored[0].id, Answer::Refused { words: "not yours to review".into(), look: false });
    assert!(rig.said().contains("not yours to review"), "{}", rig.said());
    assert!(rig.state.desk.queue.row(entry_id(1)).is_some());
    assert!(rig.effects.contains(&Effect::SaveDraft(Subject::Entry(entry_id(1)), "name the unit".into())));
    assert!(!rig.state.decisions.is_open(Subject::Entry(entry_id(1))), "it can be decided again");
}

#[test]
fn a_lost_answer_is_read_back_and_a_conflict_is_said() {
    let mut rig = Rig::new();
    rig.keys("r 1");
    rig.pass(5_100);
    let id = rig.stored[0].id;
    rig.send(id, Answer::Lost { why: "timed out".into() });
    let asked = rig
        .effects
        .iter()
        .any(|effect| matches!(effect, Effect::Order(sync::Order::ReadBack(of, _)) if *of == id));
    assert!(asked);
    let review = Review { status: EntryStatus::Accepted, reviewer: None, at: None, note: "fits".into() };
    rig.step(id, &Event::ReadBack(Found::Decided { review, ours: true }));
    assert!(rig.said().contains("accepted it first: “fits”"), "{}", rig.said());
    assert!(matches!(rig.stage(0), Stage::Conflict(Clash::Decided(_))));
}

#[test]
fn what_is_being_written_is_not_called_held() {
    let mut rig = Rig::new();
    rig.store_is_slow = true;
    rig.keys("r 1");
    let decision = rig.recorded()[0].clone();
    assert_eq!(rig.state.decisions.word_for(&decision, rig.now).as_str(), "recording");
    assert_eq!(rig.state.decisions.tally().held, 0);
    rig.keys("k u");
    assert!(rig.said().contains("being written"), "{}", rig.said());
    rig.take(Message::Store(store::News::NotRecorded { id: decision.id, words: "the disk is full".into() }));
    assert!(rig.said().contains("the disk is full"), "{}", rig.said());
    assert!(!rig.state.decisions.is_open(Subject::Entry(entry_id(1))));
}

#[test]
fn a_disk_that_works_again_is_asked_again() {
    let mut rig = Rig::new();
    rig.keys("r 1");
    rig.store_is_slow = true;
    rig.pass(6_000);
    rig.take(Message::Store(store::News::Broken { words: "the disk is full: make room".into() }));
    assert!(rig.said().contains("the disk is full"), "{}", rig.said());
    rig.pass(60_000);
    assert!(rig.stage(0).can_undo());
    rig.store_is_slow = false;
    rig.take(Message::Store(store::News::Mended));
    assert_eq!(rig.stage(0), &Stage::Queued);
}

#[test]
fn what_a_dead_session_left_is_asked_about_first() {
    let mut first = Rig::new();
    first.keys("r 1 r 2");
    let mut left: Vec<_> = first.stored.clone();
    for decision in &mut left {
        decision.step(&Event::SessionDied, first.now).unwrap();
    }
    let mut rig = Rig::new();
    rig.stored.clone_from(&left);
    rig.take(Message::Store(store::News::Left(left)));
    assert!(matches!(rig.state.overlay, Some(Overlay::Left(_))));
    rig.pass(60_000);
    assert!(
        rig.stored.iter().all(|decision| decision.stage == Stage::Held { until: None }),
        "nothing moves by itself"
    );
    rig.keys("Enter");
    assert!(rig.stored.iter().all(|decision| decision.stage == Stage::Queued));
}

#[test]
fn what_was_put_off_is_asked_about_again_by_one_key_and_says_what_it_pays() {
    let mut first = Rig::new();
    first.keys("a");
    first.pass(300);
    first.keys("2 0 0 0 Enter");
    first.look();
    first.keys("a r 1");
    let mut left: Vec<_> = first.stored.clone();
    assert_eq!(left.len(), 3);
    for decision in left.iter_mut().take(2) {
        decision.step(&Event::SessionDied, first.now).unwrap();
    }
    left[2].step(&Event::GoOn, first.now).unwrap();
    left[2].step(&Event::Claim(Check::Same), first.now).unwrap();
    left[2].step(&Event::SessionDied, first.now).unwrap();
    left.reverse();
    let mut rig = Rig::new();
    rig.stored.clone_from(&left);
    rig.take(Message::Store(store::News::Left(left.clone())));
    let Some(Overlay::Left(asked)) = &rig.state.overlay else { panic!("{:?}", rig.state.overlay) };
    assert_eq!(asked.ids.last(), Some(&left[0].id), "what is being read back comes after what waits");
    let unsent = crate::app::overlay::left::Left::unsent(&rig.state);
    assert_eq!((unsent.what.as_str(), unsent.cost.as_str()), ("2 to accept", "pays 1,000 sat"));
    rig.pass(300);
    rig.keys("Esc");
    assert!(rig.said().contains("P asks again"), "{}", rig.said());
    rig.keys("P");
    assert!(matches!(rig.state.overlay, Some(Overlay::Left(_))), "{:?}", rig.state.overlay);
    rig.pass(300);
    rig.keys("Enter");
    assert!(rig.state.decisions.waiting().is_empty());
    // With something under way again, the key pauses.
    rig.keys("P");
    assert!(rig.state.overlay.is_none() && rig.said().contains("paused"), "{}", rig.said());
}

#[test]
fn what_was_taken_back_is_not_spoken_of_when_the_sender_asks_for_it() {
    let mut rig = Rig::new();
    rig.keys("r 1");
    rig.pass(5_000);
    rig.keys("k u");
    assert_eq!(rig.stage(0), &Stage::Undone);
    let id = rig.stored[0].id;
    let said = rig.said();
    rig.take(Message::Store(store::News::NotMoved { id, why: NoStep::Over }));
    assert_eq!(rig.said(), said);
}

#[test]
fn leaving_asks_while_something_is_not_sent() {
    let mut rig = Rig::new();
    rig.keys("r 1 q");
    assert!(matches!(rig.state.overlay, Some(Overlay::Leave(_))));
    rig.keys("Esc");
    assert!(rig.state.overlay.is_none());
    rig.keys("q s");
    assert_eq!(rig.stage(0), &Stage::Queued);
    let quits = |rig: &Rig| rig.effects.iter().any(|effect| matches!(effect, Effect::Quit(_)));
    assert!(!quits(&rig));
    rig.send(rig.stored[0].id, Answer::Done);
    assert!(quits(&rig), "it leaves when all is sent");
}

#[test]
fn what_is_still_being_written_at_leaving_is_sent_as_well() {
    for many in [false, true] {
        let mut rig = Rig::new();
        rig.store_is_slow = true;
        rig.keys("r 1 q s");
        assert!(matches!(rig.state.overlay, Some(Overlay::Leave(leave)) if leave.sending));
        rig.store_is_slow = false;
        let decision = rig.recorded()[0].clone();
        rig.stored.push(decision.clone());
        let news = if many {
            store::News::RecordedMany { kept: vec![decision], turned: Vec::new() }
        } else {
            store::News::Recorded(decision)
        };
        rig.take(Message::Store(news));
        assert_eq!(rig.stage(0), &Stage::Queued, "many: {many}");
    }
}

#[test]
fn read_only_decides_nothing() {
    let mut rig = Rig::with(crate::app::Settings { read_only: true, ..settings() }, QuestKind::Continuous);
    focus_items(&mut rig);
    rig.keys("d s");
    rig.state.desk.set_focus(crate::app::desk::Pane::Pending);
    rig.keys("r 1 . 4 j a");
    assert!(rig.recorded().is_empty());
    assert!(rig.said().contains("read-only"), "{}", rig.said());
}

fn focus_items(rig: &mut Rig) {
    rig.state.desk.set_focus(crate::app::desk::Pane::Items);
}

#[test]
fn item_keys_act_in_the_items_pane_and_say_what_ends() {
    let mut rig = Rig::new();
    rig.keys("d");
    assert!(rig.recorded().is_empty(), "not from the pending list");
    focus_items(&mut rig);
    rig.keys("d");
    let Some(Overlay::Confirm(confirm)) = &rig.state.overlay else { panic!("{:?}", rig.state.overlay) };
    assert_eq!(confirm.asks[0].as_str(), "4 entries of it stay undecided");
    rig.pass(300);
    rig.keys("Enter");
    let wanted = Act::SetItem { item: item_id(1), status: ItemStatus::Done };
    assert_eq!(rig.recorded()[0].act, wanted);
    rig.keys("j i");
    assert_eq!(rig.recorded()[1].act, Act::SetItem { item: item_id(2), status: ItemStatus::InProgress });
}

#[test]
fn the_last_open_item_of_a_closable_quest_says_that_it_closes_it() {
    let mut rig = Rig::with(settings(), QuestKind::Closable);
    rig.sync(sync::News::Quests(vec![quest(QuestKind::Closable)]));
    rig.sync(sync::News::Items { quest: quest_id(), items: vec![item(1, Reward::default())] });
    focus_items(&mut rig);
    rig.keys("s");
    let Some(Overlay::Confirm(confirm)) = &rig.state.overlay else { panic!("{:?}", rig.state.overlay) };
    assert!(
        confirm.asks.iter().any(|ask| ask.as_str().contains("closes the quest Curie sweep")),
        "{:?}",
        confirm.asks
    );
}

#[test]
fn a_key_meant_for_the_entry_that_news_pushed_away_decides_nothing() {
    let older =
        |n| Message::Sync(sync::News::Entries { quest: quest_id(), upserts: vec![row(n, 2)], gone: vec![] });
    let mut rig = Rig::new();
    // Only XP, so that no other gate stands before it.
    rig.take(older(0));
    assert_eq!(
        rig.state.desk.queue.cursor(),
        Some(entry_id(0)),
        "nobody has touched a key: the oldest comes up"
    );
    rig.keys("a");
    assert!(rig.recorded().is_empty(), "{}", rig.said());
    assert!(rig.said().contains("look, then press it again"));
    rig.look();
    rig.keys("a");
    assert_eq!(review_of(rig.recorded()[0]).0, entry_id(0));
}

#[test]
fn what_is_said_of_keys_follows_the_keys_that_were_remapped() {
    let mut rig = Rig::new();
    let remap = |id: &str, key: &str| (id.to_owned(), vec![key.to_owned()]);
    let remaps = [remap("undo", "z"), remap("redo", "Z"), remap("pause", "X"), remap("walk-back", "(")];
    rig.state.keymap = crate::app::keymap::Keymap::new(&remaps).unwrap();
    rig.keys("r 1 k a");
    assert!(rig.said().contains("z takes it back while it is held"), "{}", rig.said());
    rig.keys("X");
    assert!(rig.said().ends_with("z takes it back"), "{}", rig.said());
    rig.keys("( z");
    assert_eq!(*rig.stage(0), Stage::Undone, "the key takes back where what was decided is walked over, too");
    let words = super::what_is_possible(&rig.state, rig.stored[0].id);
    assert_eq!(words.as_str(), "taken back: Z does it again");
}

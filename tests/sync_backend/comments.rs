//! Comments: read in threads, written once.

use questdesk::backend::Fault;
use questdesk::domain::decision::{Act, Bound, Settled, Stage};
use questdesk::domain::{AssetId, Cost, EntryId, QuestId, SafeText, Version};
use questdesk::store;
use questdesk::sync::{News, Order, Talk};

use crate::desk::{Desk, Told, client};

#[test]
fn a_comment_is_written_once_whatever_becomes_of_its_answer_and_read_in_its_thread() {
    let desk = Desk::open();
    let quest: QuestId = loop {
        if let Told::Engine(News::Quests(quests)) = desk.next().expect("the engine to go on")
            && let Some(quest) = quests.first()
        {
            break quest.id;
        }
    };
    let about = AssetId::new(quest.uuid());
    desk.backend.script_fault("/comments/create", Fault::Lost, 1);
    desk.backend.script_fault("/comments/create", Fault::Http500Before, 1);
    // The first is written and its answer lost; the second is answered with an error before anything was done.
    let mut ends = Vec::new();
    for (text, n) in [("Which *units* are these?", 1), ("Is `T` in kelvin?", 2)] {
        let act = Act::Comment { entry: EntryId::from_bytes([n; 16]), about, text: text.into() };
        let bound = Bound::Entry(Version { updated_at: questdesk::clock::now() });
        desk.record(quest, act, bound, Cost::default());
        let end = loop {
            match desk.next().expect("an end") {
                Told::Store(store::News::Recorded(decision)) => desk.engine.order(Order::Send(decision.id)),
                Told::Store(store::News::Moved(decision)) if decision.stage.is_over() => {
                    break decision.stage;
                }
                _ => {}
            }
        };
        ends.push(end);
    }
    assert_eq!(ends[0], Stage::Confirmed(Settled::Ours));
    assert!(
        matches!(&ends[1], Stage::Refused { words } if words.as_str().contains("do it again")),
        "{ends:?}"
    );

    // Somebody answers; the thread is read whole, with its answers.
    let maria = client(&desk.backend, "maria");
    let ours = desk.runtime.block_on(client(&desk.backend, "ana").comments(about, 0)).unwrap();
    let texts: Vec<&str> = ours.rows.iter().map(|(comment, _)| comment.text.as_str()).collect();
    let times = texts.iter().filter(|text| text.contains("units")).count();
    assert_eq!((times, texts.iter().any(|text| text.contains("kelvin"))), (1, false), "{texts:?}");
    let (question, _) =
        ours.rows.iter().find(|(comment, _)| comment.text.as_str().contains("units")).unwrap();
    desk.runtime.block_on(maria.write_comment(question.id, "In kelvin.")).unwrap();
    desk.engine.order(Order::Talk(vec![about]));
    let thread = loop {
        if let Told::Engine(News::Talk { about: found, talk }) = desk.next().expect("the engine to go on") {
            assert_eq!(found, about);
            match talk {
                Talk::Read(thread) => break thread,
                other => panic!("{other:?}"),
            }
        }
    };
    let found = thread.comments.iter().find(|comment| comment.id == question.id).unwrap();
    let answers: Vec<SafeText> = found.answers.iter().map(|answer| answer.text.clone()).collect();
    assert_eq!(answers, [SafeText::from("In kelvin.")]);

    // What is not there, or not ours to see, is said to be closed.
    let nowhere = AssetId::new(uuid::Uuid::now_v7());
    desk.engine.order(Order::Talk(vec![nowhere]));
    loop {
        if let Told::Engine(News::Talk { about: found, talk }) = desk.next().expect("the engine to go on") {
            assert_eq!((found, talk), (nowhere, Talk::Closed));
            break;
        }
    }
    desk.close();
}

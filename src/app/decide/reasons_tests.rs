//! Saved reasons on their way to an entry: filled, refused where they don't fill, bound to what was read.

use crate::app::overlay::Overlay;
use crate::app::reasons::Template;
use crate::app::rig::{Rig, entry_id, quest_id, review_of, row, settings};
use crate::app::{Settings, sync};
use crate::domain::QuestKind;
use crate::domain::decision::Verdict;

/// A desk whose first reason names the score, which entries 1 and 3 have.
fn rig() -> Rig {
    let reasons = vec![
        Template::parse("{contributor}, {score} on {item}: mend it").unwrap(),
        Template::parse("no source").unwrap(),
    ];
    let mut rig = Rig::with(Settings { reasons, ..settings() }, QuestKind::Continuous);
    let scored = |n: u8| crate::domain::EntryRow { score: Some(f64::from(n) / 10.0), ..row(n, 1) };
    let upserts = vec![scored(1), scored(3)];
    rig.sync(sync::News::Entries { quest: quest_id(), upserts, gone: Vec::new() });
    rig.look();
    rig
}

#[test]
fn a_reason_is_sent_as_the_picker_showed_it() {
    let mut rig = rig();
    rig.keys("r");
    let Some(Overlay::Reason(picker)) = &rig.state.overlay else { panic!("{:?}", rig.state.overlay) };
    let shown = picker.choices[0].filled.clone().unwrap();
    rig.keys("1");
    assert_eq!(shown.as_str(), "bot-7, 0.10 on Item 1: mend it");
    assert_eq!(review_of(rig.recorded()[0]), (entry_id(1), Verdict::Reject, Some(shown.as_str())));
}

#[test]
fn the_point_fills_the_reason_anew_and_refuses_one_that_stays_empty() {
    let mut rig = rig();
    rig.keys("r 1");
    assert_eq!(
        crate::app::decide::repeat_line(&rig.state).unwrap().as_str(),
        "reject: not here, no score",
        "said before the key"
    );
    rig.keys(".");
    assert_eq!(rig.recorded().len(), 1);
    assert!(rig.said().contains("`{score}` stays empty here"), "{}", rig.said());
    rig.keys("j .");
    assert_eq!(
        review_of(rig.recorded()[1]),
        (entry_id(3), Verdict::Reject, Some("bot-7, 0.30 on Item 1: mend it"))
    );
}

#[test]
fn a_reason_that_stays_empty_is_not_picked() {
    let mut rig = rig();
    rig.keys("j r 1");
    assert!(rig.recorded().is_empty());
    assert!(rig.said().starts_with("reason 1: `{score}` stays empty here"), "{}", rig.said());
    rig.keys("2");
    assert_eq!(review_of(rig.recorded()[0]), (entry_id(2), Verdict::Reject, Some("no source")));
}

#[test]
fn a_written_placeholder_is_filled_and_shown_before_it_is_sent() {
    let mut rig = rig();
    rig.keys("r Enter");
    rig.keys("s e e Space { s c o r e } Ctrl-s");
    assert!(rig.recorded().is_empty(), "it is shown filled first");
    assert!(rig.said().contains("filled in"), "{}", rig.said());
    rig.keys("Ctrl-s");
    assert_eq!(review_of(rig.recorded()[0]).2, Some("see 0.10"));
}

#[test]
fn what_news_puts_under_the_cursor_is_not_rejected_with_a_reason_for_another() {
    for keys in ["r", "r n o"] {
        let mut rig = rig();
        rig.keys(keys);
        let gone = vec![sync::Gone { entry: entry_id(1), review: None }];
        rig.sync(sync::News::Entries { quest: quest_id(), upserts: Vec::new(), gone });
        rig.keys(if keys == "r" { "2" } else { "Ctrl-s" });
        assert!(rig.recorded().is_empty(), "{keys}");
        assert!(matches!(rig.state.overlay, Some(Overlay::Conflict(_))), "{}", rig.said());
    }
}

#[test]
fn a_version_that_came_while_the_picker_was_open_is_not_rejected_unread() {
    let mut rig = rig();
    rig.keys("r");
    let mut newer = row(1, 1);
    newer.version.updated_at = rig.now;
    rig.sync(sync::News::Entries { quest: quest_id(), upserts: vec![newer], gone: Vec::new() });
    rig.keys("2");
    assert!(rig.recorded().is_empty());
    assert!(rig.said().contains("changed"), "{}", rig.said());
}

#[test]
fn the_hint_line_tells_the_reason_that_is_held() {
    let mut rig = rig();
    rig.keys("r 2");
    let hints = |rig: &Rig| {
        crate::app::hints::hints(&rig.state).iter().map(|hint| hint.text.to_string()).collect::<Vec<_>>()
    };
    let (undo, again) = ("undo reject \"no source\"".to_owned(), "reject \"no source\"".to_owned());
    assert!(
        hints(&rig).contains(&again) && !hints(&rig).contains(&undo),
        "once is enough: {:?}",
        hints(&rig)
    );
    rig.keys("k");
    assert!(hints(&rig).contains(&undo), "{:?}", hints(&rig));
}

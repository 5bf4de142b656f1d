//! The sections that help to judge, and the comparison, as text.

use std::sync::Arc;
use std::time::Duration;

use crate::app::testing::{TestDesk, body, entry, entry_id, item, item_id, user_id};
use crate::domain::background::{Alike, Background, Behind, Likeness, Past, Place, Previous, Record};
use crate::domain::{
    AssetView, Column, EntryBody, EntryRow, EntryStatus, EvalRule, EvalStatus, EvalTrigger, Inside,
    LeaderboardOrder, PassBand, Person, Preview, Review, SafeText, Shown, Table, Timestamp, Version,
};
use crate::store::News;
use crate::sync;
use crate::ui::theme::{Look, ThemeName};
use ratatui::Terminal;
use ratatui::backend::TestBackend;

fn past(n: u32, status: EntryStatus, note: &str, by: Option<u32>) -> Past {
    Past {
        entry: entry_id(n),
        item: Some(item_id(11)),
        status,
        at: Timestamp::parse("2026-11-20T08:14:02Z"),
        reviewer: by.map(user_id),
        note: SafeText::block(note),
    }
}

fn alike(n: u32, how: Likeness, contributor: u32, past: Past) -> Alike {
    let created_at = Timestamp::parse("2026-11-18T08:00:00Z").unwrap();
    Alike { how, contributor: user_id(contributor), created_at, past: Past { entry: entry_id(n), ..past } }
}

fn previous() -> Previous {
    let past = past(90, EntryStatus::Rejected, "Units are **missing** in table 2.", Some(9));
    let old = "We measured 12 samples twice. The table has no units. All agree.";
    let mut body = EntryBody { id: entry_id(90), ..body(&entry(90, 11, 1), old) };
    body.signals = vec![("data".into(), "row_count".into(), "80".into())];
    body.review = Some(Review {
        status: EntryStatus::Rejected,
        reviewer: Some(user_id(9)),
        at: past.at,
        note: past.note.clone(),
    });
    Previous { created_at: past.at.unwrap(), past, body: Arc::new(body) }
}

fn background() -> Background {
    use EntryStatus::{Accepted, Rejected, Submitted};
    Background {
        record: Record {
            accepted: 12,
            rejected: 5,
            pending: 1,
            last: vec![
                past(90, Rejected, "Units are **missing** in table 2.", Some(9)),
                past(91, Accepted, "", None),
            ],
        },
        alike: vec![
            alike(80, Likeness::Asset, 2, past(80, Rejected, "units: name them", Some(9))),
            alike(81, Likeness::Overlap(84), 2, past(81, Rejected, "units: again", Some(9))),
            alike(3, Likeness::Overlap(70), 1, past(3, Submitted, "", None)),
            alike(82, Likeness::Overlap(66), 2, past(82, Accepted, "fine", None)),
        ],
        more_alike: false,
        previous: Some(previous()),
        place: Some(Place { rank: 3, of: 41, accepted_above: 1, order: LeaderboardOrder::HighestFirst }),
        whole: true,
        draft: None,
    }
}

/// A desk on which entry 1, scored and described, is read on the full screen.
fn desk(behind: Option<Background>, look: Look) -> TestDesk {
    let mut desk = TestDesk::new();
    desk.state.look = look;
    desk.state.settings.plain = look.plain;
    desk.sync(sync::News::People(vec![Person { id: user_id(9), username: "ana".into(), is_agent: false }]));
    let rule = EvalRule {
        band: PassBand { min: Some(0.8), max: Some(1.0) },
        trigger: EvalTrigger::Submit,
        route: None,
    };
    let scored = crate::domain::Item { eval: Some(rule), ..item(11, "CIF files", None) };
    desk.sync(sync::News::Items { quest: scored.quest, items: vec![scored, item(12, "Write-up", None)] });
    let mut row = entry(1, 11, 1);
    (row.score, row.eval) = (Some(0.42), EvalStatus::Failed);
    desk.sync(sync::News::Entries { quest: row.quest, upserts: vec![row.clone()], gone: Vec::new() });
    desk.keys("<Enter>");
    let mut body = body(&row, "We measured 13 samples twice. All agree. The table names its units.");
    body.categories = vec![
        ("accuracy".into(), "0.42".into()),
        ("completeness".into(), "0.9".into()),
        ("verdict".into(), "fair".into()),
    ];
    body.signals = vec![("data".into(), "row_count".into(), "88".into())];
    desk.store(News::Body { entry: row.id, body: Some(Arc::new(body)), draft: None });
    if let Some(background) = behind {
        desk.store(News::Behind(Box::new(Behind { entry: row.id, version: Some(row.version), background })));
    }
    desk.wait(Duration::from_millis(100));
    desk
}

fn screen(desk: &mut TestDesk, width: u16, height: u16) -> String {
    desk.send(crate::app::Message::Resize { width, height });
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| crate::ui::draw(&desk.state, &desk.state.look, frame)).unwrap();
    let buffer = terminal.backend().buffer();
    let row = |y| (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned();
    (0..height).map(row).collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

fn plain() -> Look {
    Look::new(ThemeName::Dark, false, false, true)
}

#[test]
fn an_entry_is_judged_by_what_stands_behind_it() {
    let mut desk = desk(Some(background()), Look::default());
    insta::assert_snapshot!("judged", screen(&mut desk, 80, 40));
    insta::assert_snapshot!("judged_small", screen(&mut desk, 40, 30));
}

#[test]
fn without_colour_and_in_ascii_nothing_is_lost() {
    let mut desk = desk(Some(background()), Look::new(ThemeName::Mono, false, false, false));
    let ascii = screen(&mut desk, 80, 40);
    assert!(ascii.is_ascii(), "{ascii}");
    insta::assert_snapshot!("judged_ascii", ascii);
}

#[test]
fn a_screen_reader_gets_words() {
    let mut desk = desk(Some(background()), plain());
    insta::assert_snapshot!("judged_plain", screen(&mut desk, 80, 40));
}

#[test]
fn what_is_not_known_is_said() {
    let nothing = Background { place: background().place, ..Background::default() };
    let mut with_nothing = desk(Some(nothing), Look::default());
    insta::assert_snapshot!("judged_unknown", screen(&mut with_nothing, 80, 26));
    with_nothing.keys("D");
    assert_eq!(
        with_nothing.said(),
        "nothing to compare with: no earlier entry of theirs on this item was rejected, as far as is known here"
    );
    with_nothing.keys("w");
    assert_eq!(with_nothing.said(), "no other entry of this quest is like this one, as far as is known here");
    let mut not_yet = desk(None, Look::default());
    assert!(!screen(&mut not_yet, 80, 26).contains("contributor"));
    not_yet.keys("D");
    assert_eq!(not_yet.said(), "what stands behind it is being looked up");
}

/// A table as it was read for its preview.
fn table(id: u8, columns: &[&str], rows: &[&[&str]]) -> Arc<AssetView> {
    let column = |name: &&str| Column {
        name: SafeText::line(name),
        kind: "text".into(),
        empty: 0,
        distinct: 0,
        distinct_more: false,
        numbers: None,
    };
    let cell = |cell: &&str| Some(SafeText::line(cell)).filter(|cell| !cell.is_empty());
    let inside = Inside::Table(Table {
        columns: columns.iter().map(column).collect(),
        rows: rows.iter().map(|row| row.iter().map(cell).collect()).collect(),
        total: Some(1_200),
        estimated: false,
        read: 3,
        more_columns: 0,
        deep: false,
    });
    let shown = Shown::Preview(Preview { inside, remarks: Vec::new() });
    Arc::new(AssetView { id: AssetId::from_bytes([id; 16]), asset: None, shown, old: false })
}

#[test]
fn data_is_compared_by_columns_rows_and_cells_once_both_were_read() {
    let slot = |id: u8, name: &'static str| AssetSlot {
        key: "data".into(),
        asset: AssetId::from_bytes([id; 16]),
        asset_type: "dataset".into(),
        name: Some(name.into()),
    };
    let mut behind = background();
    if let Some(previous) = &mut behind.previous {
        let assets = vec![slot(1, "run7.csv")];
        previous.body = Arc::new(EntryBody { assets, ..(*previous.body).clone() });
    }
    let mut desk = desk(Some(behind), Look::default());
    let row = desk.state.desk.entry().unwrap();
    let read = EntryBody { assets: vec![slot(2, "run8.csv")], ..body(&row, "We measured 13 samples.") };
    let newer = Version { updated_at: row.version.updated_at + Duration::from_secs(1) };
    let news = EntryRow { version: newer, ..row.clone() };
    desk.sync(sync::News::Entries { quest: row.quest, upserts: vec![news], gone: Vec::new() });
    let read = Arc::new(EntryBody { version: newer, ..read });
    desk.store(News::Body { entry: row.id, body: Some(read), draft: None });
    let behind = desk.state.judging.behind(row.id).cloned();
    if let Some(background) = behind {
        desk.store(News::Behind(Box::new(Behind { entry: row.id, version: Some(newer), background })));
    }
    let effects = desk.keys("D");
    let looked = effects.iter().find_map(|effect| match effect {
        Effect::Order(Order::Look { wishes, .. }) => {
            Some(wishes.iter().map(|wish| (wish.asset, wish.compared)).collect::<Vec<_>>())
        }
        _ => None,
    });
    assert_eq!(
        looked,
        Some(vec![(AssetId::from_bytes([2; 16]), true), (AssetId::from_bytes([1; 16]), true)])
    );
    assert!(screen(&mut desk, 80, 30).contains("looking into both"));
    let columns = ["sample", "T", "unit"];
    desk.sync(sync::News::Asset(table(
        1,
        &columns,
        &[&["a", "300", "C"], &["b", "310", "C"], &["c", "", "C"]],
    )));
    let columns = ["sample", "T", "error"];
    let rows: &[&[&str]] = &[&["a", "300", "1"], &["b", "583", "1"], &["c", "320", "2"], &["d", "9", "1"]];
    desk.sync(sync::News::Asset(table(2, &columns, rows)));
    insta::assert_snapshot!("diff_of_tables", screen(&mut desk, 80, 30));
    desk.sync(sync::News::Link(crate::sync::Link::Offline {
        since: Timestamp::default(),
        why: "no route".into(),
        retry_at: Timestamp::default(),
    }));
    assert!(!screen(&mut desk, 80, 30).contains("reading more rows"), "nobody can");
}

#[test]
fn the_rejected_one_is_compared_with_its_review_above() {
    let mut desk = desk(Some(background()), Look::default());
    desk.keys("D");
    insta::assert_snapshot!("diff", screen(&mut desk, 80, 24));
    insta::assert_snapshot!("diff_small", screen(&mut desk, 40, 12));
    desk.keys("<Esc>");
    assert!(desk.state.overlay.is_none());
    desk.state.look = plain();
    desk.state.settings.plain = true;
    desk.keys("D");
    insta::assert_snapshot!("diff_plain", screen(&mut desk, 80, 24));
    desk.keys("D");
    assert!(desk.state.overlay.is_none(), "the key that opened it closes it");
}

#[test]
fn entries_that_are_alike_are_walked_over_and_a_pending_one_is_gone_to() {
    use crate::app::Effect;
    let mut desk = desk(Some(background()), Look::default());
    let asked = desk.keys("w");
    assert_eq!(asked, [Effect::LoadBody(entry_id(80))]);
    insta::assert_snapshot!("alike_loading", screen(&mut desk, 80, 12));
    desk.store(News::Body { entry: entry_id(80), body: None, draft: None });
    assert!(screen(&mut desk, 80, 12).contains("only its decision is known"));
    desk.keys("<Enter>");
    assert_eq!(desk.said(), "it was rejected: it is no longer in the queue");
    let asked = desk.keys("nn");
    assert_eq!(asked, [Effect::LoadBody(entry_id(81)), Effect::LoadBody(entry_id(3))]);
    let other = body(&entry(3, 11, 1), "We measured 13 samples twice. All agree. The table names its units.");
    desk.store(News::Body { entry: entry_id(3), body: Some(Arc::new(other)), draft: None });
    insta::assert_snapshot!("alike", screen(&mut desk, 80, 16));
    desk.keys("<Enter>");
    assert!(desk.state.overlay.is_none());
    assert_eq!(desk.at(), 3);
}

#[test]
fn what_came_for_another_entry_is_left_out() {
    let mut desk = desk(None, Look::default());
    let behind =
        Behind { entry: entry_id(5), version: Some(entry(5, 11, 1).version), background: background() };
    desk.store(News::Behind(Box::new(behind)));
    assert!(desk.state.judging.behind(entry_id(5)).is_none());
    assert!(desk.state.judging.behind(entry_id(1)).is_none());
}

#[test]
fn what_stands_behind_an_entry_is_asked_again_once_its_quests_decisions_are_read() {
    let mut desk = desk(Some(background()), Look::default());
    let quest = desk.state.desk.queue.row(entry_id(1)).unwrap().quest;
    assert_eq!(desk.store(News::DecidedRead(crate::app::testing::quest_id(77))), []);
    assert_eq!(desk.store(News::DecidedRead(quest)), [Effect::LoadBehind(entry_id(1))]);
    assert_eq!(desk.store(News::DecidedRead(quest)), [Effect::LoadBehind(entry_id(1))]);
    assert!(desk.state.judging.behind(entry_id(1)).is_some(), "what is known stays until more comes");
}

use crate::app::Effect;
use crate::app::discussion::discussion_of;
use crate::domain::decision::Decision;
use crate::domain::decision::{Act, Answer, Check, Event, Stage, Subject};
use crate::domain::{ActionId, AsideWhy, AssetId, AssetSlot, Comment, LogLine, Run, Thread};
use crate::sync::{Order, Talk};

fn asset() -> AssetId {
    AssetId::from_bytes([7; 16])
}

/// Entry 1 with a file that was submitted.
fn with_file() -> TestDesk {
    let mut desk = desk(Some(Background::default()), Look::default());
    let mut changed = body(&desk.state.desk.queue.row(entry_id(1)).unwrap(), "We measured 13 samples.");
    changed.assets = vec![AssetSlot {
        key: "data".into(),
        asset: asset(),
        asset_type: "file".into(),
        name: Some("run7.csv".into()),
    }];
    changed.eval_action = Some(ActionId::from_bytes([6; 16]));
    desk.store(News::Body { entry: entry_id(1), body: Some(Arc::new(changed)), draft: None });
    desk
}

fn comment(n: u8, author: u32, text: &str, answers: Vec<Comment>) -> Comment {
    Comment {
        id: AssetId::from_bytes([n; 16]),
        parent: asset(),
        author: user_id(author),
        created_at: Timestamp::parse("2026-11-20T08:14:02Z").unwrap(),
        text: SafeText::block(text),
        replies: 0,
        answers,
    }
}

fn recorded(effects: &[Effect]) -> Decision {
    let found = effects.iter().find_map(|effect| match effect {
        Effect::Record(decision) => Some((**decision).clone()),
        _ => None,
    });
    found.expect("something was recorded")
}

#[test]
fn comments_stand_in_threads_with_what_they_are_about() {
    let mut desk = with_file();
    let quest = discussion_of(crate::app::testing::quest_id(1));
    let asked = desk.keys("c");
    assert!(asked.contains(&Effect::Order(Order::Talk(vec![asset(), quest]))), "{asked:?}");
    insta::assert_snapshot!("talk_loading", screen(&mut desk, 80, 14));
    let answer = comment(2, 1, "In kelvin, see the header.", vec![]);
    let thread = Thread { comments: vec![comment(1, 9, "Which **units**?", vec![answer])], cut: false };
    desk.sync(sync::News::Talk { about: asset(), talk: Talk::Read(thread) });
    desk.sync(sync::News::Talk { about: quest, talk: Talk::Closed });
    insta::assert_snapshot!("talk", screen(&mut desk, 80, 20));
    insta::assert_snapshot!("talk_small", screen(&mut desk, 40, 12));
    desk.sync(sync::News::Talk { about: quest, talk: Talk::Failed("no route".into()) });
    assert!(screen(&mut desk, 80, 24).contains("could not be read (no route)"));
}

#[test]
fn a_comment_on_its_way_stands_in_its_thread_and_its_stage_over_the_page() {
    let mut desk = with_file();
    let quest = discussion_of(crate::app::testing::quest_id(1));
    let thread = Thread { comments: vec![comment(1, 9, "First.", vec![])], cut: false };
    desk.sync(sync::News::Talk { about: asset(), talk: Talk::Read(thread) });
    desk.sync(sync::News::Talk { about: quest, talk: Talk::Read(Thread::default()) });
    desk.keys("<Enter> cc");
    desk.keys("Why?");
    let decision = recorded(&desk.keys("<Ctrl-s>"));
    desk.store(News::Recorded(decision.clone()));
    assert!(screen(&mut desk, 80, 24).contains("commenting 5s · u takes it back"));
    let moved = |stage: Stage| News::Moved(Decision { stage, ..decision.clone() });
    desk.store(moved(Stage::Sending));
    assert!(screen(&mut desk, 80, 24).contains("comment being sent"));
    desk.keys("c");
    insta::assert_snapshot!("talk_sending", screen(&mut desk, 80, 16));
    desk.store(moved(Stage::Refused { words: "Comments are closed here".into() }));
    assert!(screen(&mut desk, 80, 24).contains("refused: Comments are closed here; the text is kept"));
    desk.keys("<Esc>");
    assert!(screen(&mut desk, 80, 24).contains("! comment refused: Comments are closed here"));
}

#[test]
fn a_comment_is_held_sent_and_kept_as_a_draft_if_it_is_taken_back() {
    let mut desk = with_file();
    desk.keys("cc");
    insta::assert_snapshot!("comment_editor", screen(&mut desk, 80, 16));
    desk.keys("Which units?");
    let effects = desk.keys("<Ctrl-s>");
    let decision = recorded(&effects);
    let expected = Act::Comment { entry: entry_id(1), about: asset(), text: "Whichunits?".into() };
    assert_eq!(decision.act, expected);
    let effects = desk.store(News::Recorded(decision.clone()));
    assert!(effects.contains(&Effect::DropDraft(Subject::Comment(entry_id(1)))), "{effects:?}");
    assert_eq!(desk.at(), 1, "the page is not lost");
    desk.keys("c");
    assert!(screen(&mut desk, 80, 24).contains("held: u takes it back"));
    desk.keys("<Esc>");
    // A verdict on the same entry goes beside it.
    let verdict = recorded(&desk.keys("a"));
    assert!(matches!(verdict.act, Act::Review { .. }));
    let undone = Decision { stage: Stage::Undone, ..decision };
    let effects = desk.store(News::Moved(undone));
    let kept = Effect::SaveDraft(Subject::Comment(entry_id(1)), "Whichunits?".into());
    assert!(effects.contains(&kept), "{effects:?}");
}

#[test]
fn a_question_waits_aside_until_its_contributor_answers() {
    let mut desk = with_file();
    desk.keys("m");
    desk.keys("units?");
    let effects = desk.keys("<Ctrl-s>");
    let decision = recorded(&effects);
    assert!(matches!(&decision.act, Act::Comment { about, .. } if *about == asset()));
    let aside = desk.state.asides.get(entry_id(1)).copied().unwrap();
    assert!(matches!(aside.why, AsideWhy::Answer { .. }));
    let watched = effects.iter().any(|effect| {
        matches!(effect, Effect::Order(Order::Watch(questions)) if questions.len() == 1 && questions[0].about == [asset()])
    });
    assert!(watched, "{effects:?}");
    desk.store(News::Recorded(decision));
    let mut before = comment(1, 1, "An old word of theirs", vec![]);
    before.created_at = desk.now - Duration::from_secs(86_400);
    let old = Thread { comments: vec![before], cut: false };
    desk.sync(sync::News::Talk { about: asset(), talk: Talk::Read(old) });
    assert!(desk.state.asides.get(entry_id(1)).is_some(), "older than the question");
    let mut answer = comment(2, 1, "In kelvin.", vec![]);
    answer.created_at = desk.now + Duration::from_secs(5);
    let mut ours = comment(3, 9, "units?", vec![]);
    ours.created_at = desk.now + Duration::from_secs(9);
    let thread = |answers: Vec<Comment>| Talk::Read(Thread { comments: answers, cut: false });
    desk.sync(sync::News::Talk { about: asset(), talk: thread(vec![ours.clone()]) });
    assert!(desk.state.asides.get(entry_id(1)).is_some(), "not the contributor's");
    desk.sync(sync::News::Talk { about: asset(), talk: thread(vec![ours, answer]) });
    assert!(desk.state.asides.get(entry_id(1)).is_none(), "back in the queue");
}

#[test]
fn a_question_that_was_refused_brings_its_entry_back_and_the_next_one_goes_to_the_quest() {
    let mut desk = with_file();
    let crate::app::reader::Body::Ready(read) = desk.state.desk.reader.body.clone() else {
        panic!("not read")
    };
    desk.keys("munits?");
    let mut decision = recorded(&desk.keys("<Ctrl-s>"));
    desk.store(News::Recorded(decision.clone()));
    for event in [
        Event::GoOn,
        Event::Claim(Check::Same),
        Event::Answer(Answer::Refused { words: "not visible".into(), look: false }),
    ] {
        decision.step(&event, desk.now).unwrap();
    }
    desk.store(News::Moved(decision));
    assert!(desk.state.asides.get(entry_id(1)).is_none());
    desk.sync(sync::News::Talk { about: asset(), talk: Talk::Closed });
    desk.keys("K");
    desk.store(News::Body { entry: entry_id(1), body: Some(read), draft: None });
    desk.keys("m");
    insta::assert_snapshot!("ask_on_the_quest", screen(&mut desk, 80, 16));
}

#[test]
fn the_run_of_an_evaluation_is_shown_with_its_error_and_log() {
    let mut desk = with_file();
    let action = ActionId::from_bytes([6; 16]);
    let asked = desk.keys("L");
    assert_eq!(asked, [Effect::Order(Order::Run(action))]);
    assert!(screen(&mut desk, 80, 10).contains("reading the run"));
    let at = Timestamp::parse("2026-11-20T08:14:02Z");
    let line = |level: &'static str, message: &'static str| LogLine {
        at,
        level: level.into(),
        message: message.into(),
    };
    let run = Run {
        id: action,
        status: "error".into(),
        route: Some("curie-score".into()),
        started_at: at,
        finished_at: at,
        error: Some("the table has no column T".into()),
        log: vec![line("info", "reading run7.csv"), line("error", "KeyError: T")],
        cut: false,
    };
    desk.sync(sync::News::Run(action, Box::new(Ok(run))));
    insta::assert_snapshot!("run_log", screen(&mut desk, 80, 18));
    desk.keys("L");
    assert!(desk.state.overlay.is_none());
}

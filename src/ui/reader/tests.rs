//! Whole pages, as text.

use super::page::{Columns, Page};
use super::section::Sight;
use crate::app::testing::{TestDesk, body, entry, item, item_id, user_id};
use crate::domain::{AssetId, AssetSlot, EntryBody, EntryStatus, Person, Review, SafeText, Timestamp};
use crate::store::News;
use crate::sync;
use crate::ui::theme::{Look, ThemeName};

fn example() -> EntryBody {
    let asset = |key: &'static str, kind: &'static str, name: Option<&'static str>| AssetSlot {
        key: key.into(),
        asset: AssetId::from_bytes([7; 16]),
        asset_type: kind.into(),
        name: name.map(Into::into),
    };
    EntryBody {
        assets: vec![asset("data", "file", Some("run7.csv")), asset("report", "post", None)],
        categories: vec![("accuracy".into(), "0.42".into()), ("completeness".into(), "0.90".into())],
        signals: vec![
            ("file".into(), "name".into(), "run7.csv".into()),
            ("file".into(), "rows".into(), "88".into()),
            ("text".into(), "words".into(), "212".into()),
        ],
        ..body(
            &entry(1, 11, 1),
            "We measured **12** samples twice.\n\n- heating at 2 K a minute, cooling at 1 K a minute",
        )
    }
}

fn text(page: &Page) -> String {
    let lines = page.lines_from(0).map(|line| line.map(ToString::to_string).unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n").trim_end().replace('\u{a0}', " ")
}

#[test]
fn a_page_shows_everything_by_sections() {
    let desk = TestDesk::new();
    let body = example();
    let page = Page::laid_out(&Sight { state: &desk.state, body: &body, item: None }, 44, None);
    insta::assert_snapshot!(text(&page), @r"
    ─ evaluation ───────────────────────────────
    accuracy      0.42  ▓▓▓▓▓▓▓▓░░░░░░░░░░░░
    completeness  0.90  ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓░░

    ─ signals ──────────────────────────────────
    file  run7.csv · 88 rows
    text  212 words

    ─ assets ───────────────────────────────────
    data
    run7.csv · file
    looking into it

    report
    07070707-0707-0707-0707-070707070707 · post
    looking into it

    ─ description ──────────────────────────────
    We measured 12 samples twice.

    - heating at 2 K a minute, cooling at 1 K a
      minute
    ");
    assert_eq!(page.begin_of("signals"), Some(4));
    assert_eq!(page.len(), text(&page).lines().count());
    let from = page.lines_from(5).next().flatten().map(ToString::to_string);
    assert_eq!(from.as_deref(), Some("file  run7.csv\u{a0}· 88\u{a0}rows"));
}

#[test]
fn an_earlier_review_comes_first_and_the_brief_has_a_place_of_its_own() {
    let mut desk = TestDesk::new();
    desk.state.look = Look::new(ThemeName::Dark, false, false, true);
    desk.sync(sync::News::People(vec![Person { id: user_id(9), username: "ana".into(), is_agent: false }]));
    desk.store(News::Brief { item: item_id(11), text: "# Brief\n\nMeasure.".into() });
    desk.keys("t");
    let mut body = example();
    body.review = Some(Review {
        status: EntryStatus::Rejected,
        reviewer: Some(user_id(9)),
        at: Timestamp::parse("2026-11-20T08:14:02Z"),
        note: "Units are missing.".into(),
    });
    let columns = Columns { page: 40, brief: Some(20) };
    let page = Page::laid_out(&Sight { state: &desk.state, body: &body, item: None }, columns, None);
    let brief: Vec<String> = page.brief().iter().map(ToString::to_string).collect();
    assert_eq!(brief, ["the item's brief:", "# Brief", "", "Measure."]);
    insta::assert_snapshot!(text(&page), @r"
    reviewed before:
    rejected by ana on 2026-11-20
    Units are missing.

    evaluation:
    accuracy      0.42
    completeness  0.90

    signals:
    file  run7.csv - 88 rows
    text  212 words

    assets:
    data
    run7.csv - file
    looking into it

    report
    07070707-0707-0707-0707-070707070707 -
      post
    looking into it

    description:
    We measured 12 samples twice.

    - heating at 2 K a minute, cooling at 1
      K a minute
    ");
}

#[test]
fn whoever_reviewed_it_before_is_not_taken_for_the_evaluation() {
    let desk = TestDesk::new();
    let first = |reviewer| {
        let review = Review { status: EntryStatus::Rejected, reviewer, at: None, note: SafeText::default() };
        let body = EntryBody { review: Some(review), ..example() };
        let page = Page::laid_out(&Sight { state: &desk.state, body: &body, item: None }, 60, None);
        text(&page).lines().nth(1).unwrap_or_default().to_owned()
    };
    // Their name is not known here yet.
    let named = first(Some(user_id(77)));
    assert_eq!(named, format!("rejected by {}", &user_id(77).to_string()[..8]));
    assert_eq!(first(None), "rejected", "this entry was never scored");
}

#[test]
fn a_section_is_laid_out_again_only_if_what_it_depends_on_changed() {
    let desk = TestDesk::new();
    let mut body = example();
    let first = Page::laid_out(&Sight { state: &desk.state, body: &body, item: None }, 44, None);
    // Not honest news: the version stays. Whatever was laid out for it stays too.
    body.description = SafeText::block("Something else.");
    let second =
        Page::laid_out(&Sight { state: &desk.state, body: &body, item: None }, 44, Some(first.clone()));
    assert_eq!(second, first);
    let item = item(11, "CIF files", None);
    let third =
        Page::laid_out(&Sight { state: &desk.state, body: &body, item: Some(&item) }, 44, Some(second));
    assert!(text(&third).contains("Something else."));
}

#[test]
fn a_brief_that_is_put_away_or_shown_again_leaves_the_page_as_it_is() {
    let mut desk = TestDesk::new();
    desk.store(News::Brief { item: item_id(11), text: "See [the method](https://a.example/m).".into() });
    let body = EntryBody { description: "And [the log](https://a.example/l).".into(), ..example() };
    let sight = Sight { state: &desk.state, body: &body, item: None };
    let page = Page::laid_out(&sight, 44, None);
    let with_brief = Page::laid_out(&sight, Columns { page: 44, brief: Some(40) }, Some(page));
    let addresses = |page: &Page| page.links().map(|link| link.target.address()).collect::<Vec<_>>();
    assert_eq!(addresses(&with_brief), ["https://a.example/m", "https://a.example/l"]);
    assert!(text(&with_brief).contains("→2"), "{}", text(&with_brief));
    let without = Page::laid_out(&sight, 44, Some(with_brief));
    assert_eq!(addresses(&without), ["https://a.example/l"]);
    assert!(without.brief().is_empty() && text(&without).contains("→1"));
}

#[test]
fn a_link_to_what_was_submitted_leads_to_its_place() {
    let desk = TestDesk::new();
    let page = Page::laid_out(&Sight { state: &desk.state, body: &example(), item: None }, 44, None);
    let line = |key: &str| page.place_of("assets", key).and_then(|at| page.lines_from(at).next().flatten());
    assert_eq!(line("report").map(ToString::to_string).as_deref(), Some("report"));
    assert_eq!(line("data").map(ToString::to_string).as_deref(), Some("data"));
    assert_eq!(page.place_of("assets", "nothing"), None);
}

//! What lies over the desk.

use std::time::Duration;

use questdesk::config::SavedView;
use questdesk::domain::SafeText;
use questdesk::domain::decision::Event;
use questdesk::ui::{Look, ThemeName};
use questdesk::{store, sync};

use crate::picture::{SIZES, picture};
use crate::world::{World, settings};

fn look_at(name: &str, world: &mut World) {
    let mut pictures = Vec::new();
    for size in SIZES {
        world.resize(size);
        pictures.push(picture(&world.state, &world.look, size == (80, 24)));
    }
    insta::assert_snapshot!(name, pictures.join("\n"));
}

/// The cursor on an entry that pays: of two, one is above the cap.
fn on_paid() -> World {
    let mut world = World::desk();
    world.keys("/item:3 eval:failed<Enter>");
    world
}

#[test]
fn the_reason_picker() {
    let mut world = World::desk();
    world.keys("r");
    look_at("reason", &mut world);
}

#[test]
fn an_asset_on_the_full_screen_and_on_its_way_to_the_disk() {
    let mut world = World::desk();
    world.keys("v");
    look_at("asset", &mut world);
    world.keys("w");
    look_at("asset_save", &mut world);
    world.keys("<Enter>");
    let to = std::path::PathBuf::from("./run7.csv");
    let progress = sync::News::SaveProgress { to: to.clone(), bytes: 1_234_567, of: Some(8_000_000) };
    world.sync(progress);
    look_at("asset_saving", &mut world);
    world.sync(sync::News::Saved(to, Err("./run7.csv is there already: choose another name".into())));
    look_at("asset_not_saved", &mut world);
}

#[test]
fn nine_reasons() {
    let mut world = World::desk();
    world.state.settings.reasons = (1..=9)
        .map(|number| SafeText::line(&format!("Reason number {number}, told in a few words.")).into())
        .collect();
    world.keys("r");
    look_at("reasons", &mut world);
}

#[test]
fn the_note_editor() {
    let mut world = World::desk();
    world.keys("rUnits are missing in the third table, and the second column has none either.<Enter><Enter>Please add them.");
    look_at("note", &mut world);
}

#[test]
fn the_envelope() {
    let mut world = on_paid();
    world.keys("a70000");
    look_at("envelope", &mut world);
    world.keys("<Backspace><Backspace><Backspace><Enter>");
    look_at("envelope_too_small", &mut world);
}

#[test]
fn a_cap_and_a_sum_are_asked_about_at_once() {
    let mut world = World::desk();
    world.keys("/item:5<Enter>a");
    look_at("cap_and_sum", &mut world);
}

#[test]
fn the_confirmation_of_a_run() {
    let mut world = World::desk();
    world.keys("e");
    look_at("confirm_run", &mut world);
}

#[test]
fn scoring_an_item_again() {
    let mut world = World::desk();
    world.keys("<Shift-Tab>e");
    look_at("score_again", &mut world);
}

#[test]
fn confirming_what_closes_an_item() {
    let mut world = World::desk();
    world.keys("hj<Enter>h<Tab>d");
    look_at("confirm_item", &mut world);
}

#[test]
fn help() {
    let mut world = World::desk();
    world.keys("?jj");
    look_at("help", &mut world);
}

#[test]
fn messages() {
    let mut world = World::desk();
    world.keys("UUhlb");
    let words = "reading Band gaps: the server answered 503 with a page of HTML instead of JSON; it is asked again in 20 s";
    let now = world.now;
    world.state.notices.fail(words.into(), now);
    world.wait(Duration::from_secs(70));
    world.keys("M");
    look_at("messages", &mut world);
}

#[test]
fn the_filter_line() {
    let mut world = World::desk();
    world.keys("/by:maria eval:fail");
    look_at("filter", &mut world);
    world.keys("<Enter>");
    look_at("filter_wrong", &mut world);
}

#[test]
fn the_saved_views() {
    let mut world = World::desk();
    world.keys("F2Fj");
    look_at("views", &mut world);
    world.keys("<Enter>");
    assert_eq!(world.state.desk.filter().map(|filter| filter.text().as_str()), Some("is:paid"));
    world.keys("F0");
    assert!(world.state.desk.filter().is_none() && world.state.overlay.is_none());
}

#[test]
fn more_views_than_digits() {
    let mut world = World::desk();
    let first = world.state.settings.views[0].clone();
    world.state.settings.views = (1..=14)
        .map(|number| SavedView { name: SafeText::line(&format!("view number {number}")), ..first.clone() })
        .collect();
    world.keys("FG");
    look_at("views_many", &mut world);
    world.state.settings.views.clear();
    world.keys("<Esc>F");
    look_at("views_none", &mut world);
}

#[test]
fn pasted_text_is_offered() {
    let mut world = World::desk();
    world.send(questdesk::app::Message::Paste { text: "rm -rf aaa".to_owned(), cut: false });
    look_at("pasted", &mut world);
}

#[test]
fn leaving_with_something_held() {
    let mut world = World::desk();
    world.keys("r1r2q");
    look_at("leave", &mut world);
}

#[test]
fn leaving_while_a_file_is_saved_asks_and_waits_or_drops_it() {
    let mut world = World::desk();
    world.keys("vw<Enter><Enter><Esc>q");
    let to = std::path::PathBuf::from("./run7.csv");
    let progress =
        || sync::News::SaveProgress { to: "./run7.csv".into(), bytes: 1_234_567, of: Some(8_000_000) };
    world.sync(progress());
    look_at("leave_saving", &mut world);
    world.keys("<Esc>r1q");
    look_at("leave_saving_and_sending", &mut world);
    world.keys("<Esc>uqs");
    world.sync(progress());
    assert!(!world.state.leaving);
    // What was waited for and failed is told: nobody leaves over it.
    world.sync(sync::News::Saved(to, Err("not saved: the disk is full".into())));
    assert!(!world.state.leaving && world.state.overlay.is_none());
    world.keys("q");
    assert!(world.state.leaving, "nothing is left to ask about");
    let mut world = World::desk();
    world.keys("vw<Enter>");
    world.keys("<Enter>w<Enter>");
    look_at("asset_saved_there_now", &mut world);
    world.keys("<Esc><Esc>qs");
    assert!(!world.state.leaving);
    world.sync(sync::News::Saved("./run7.csv".into(), Ok("saved".into())));
    assert!(world.state.leaving);
}

#[test]
fn what_was_left() {
    let mut world = World::desk();
    world.keys("r1r2r4");
    let mut left = std::mem::take(&mut world.recorded);
    for decision in &mut left {
        decision.step(&Event::SessionDied, world.now).expect("a session can die");
    }
    world.store(store::News::Left(left));
    world.wait(Duration::from_secs(1));
    look_at("left", &mut world);
    world.keys("v");
    look_at("left_listed", &mut world);
}

#[test]
fn what_was_left_that_pays() {
    let mut world = World::desk();
    world.keys("a");
    world.wait(Duration::from_secs(1));
    world.keys("5000<Enter>");
    let mut left = std::mem::take(&mut world.recorded);
    assert_eq!(left.len(), 1);
    for decision in &mut left {
        decision.step(&Event::SessionDied, world.now).expect("a session can die");
    }
    world.store(store::News::Left(left));
    world.wait(Duration::from_secs(7_200));
    look_at("left_pays", &mut world);
    world.keys("<Esc>q");
    look_at("left_pays_at_the_end", &mut world);
}

#[test]
fn overlays_in_plain_lines() {
    let mut settings = settings();
    settings.plain = true;
    let mut world = World::with(settings, Look::new(ThemeName::Dark, false, true, true));
    world.keys("r");
    look_at("plain_reason", &mut world);
}

#[test]
fn decided_elsewhere() {
    let mut world = World::desk();
    world.keys("jk");
    let theirs = "The same numbers were published in 2019: cite them, or say what is new.";
    world.decided_under_the_cursor(theirs);
    look_at("elsewhere", &mut world);
    let mut world = World::desk();
    world.keys("AThe calibration is the best so far.");
    world.decided_under_the_cursor(theirs);
    world.keys("<Ctrl-s>");
    look_at("conflict", &mut world);
}

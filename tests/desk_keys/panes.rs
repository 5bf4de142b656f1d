//! What the panes look like.

use std::time::Duration;

use questdesk::domain::decision::{Answer, Check, Clash, Event};
use questdesk::domain::{EntryStatus, Review};
use questdesk::sync::{self, Link};
use questdesk::ui::{Look, ThemeName};

use crate::picture::{SIZES, picture};
use crate::world::{START, World, settings, user_id};

/// One screen at every size; styles at 80×24 only, where all of them occur.
fn look_at(name: &str, world: &mut World) {
    let mut pictures = Vec::new();
    for size in SIZES {
        world.resize(size);
        world.wait(Duration::from_millis(100));
        pictures.push(picture(&world.state, &world.look, size == (80, 24)));
    }
    insta::assert_snapshot!(name, pictures.join("\n"));
}

/// Decisions that have come to every state at which one is seen.
fn decided() -> World {
    let mut world = World::desk();
    world.state.settings.confirm_paid = questdesk::config::ConfirmPaid::Never;
    // Nothing that asks first.
    world.keys("/-eval:running -item:5<Enter>r1");
    world.happens(&[Event::GoOn, Event::Claim(Check::Same)]);
    world.keys("a");
    let lost = Answer::Lost { why: "the connection was lost".into() };
    world.happens(&[Event::GoOn, Event::Claim(Check::Same), Event::Answer(lost)]);
    world.keys("r2");
    let refused = Answer::Refused { words: "quest is closed".into(), look: false };
    world.happens(&[Event::GoOn, Event::Claim(Check::Same), Event::Answer(refused)]);
    world.keys("r1");
    world.happens(&[Event::GoOn, Event::Claim(Check::Clashes(Clash::Changed))]);
    world.keys("jr3");
    world.happens(&[Event::SessionDied]);
    world.keys("r1");
    world.wait(Duration::from_secs(6));
    world.keys("ar1");
    world.store_answers = false;
    world.keys("r4");
    world
}

#[test]
fn the_desk_as_it_opens() {
    look_at("desk", &mut World::desk());
}

#[test]
fn the_desk_with_quests_focused() {
    let mut world = World::desk();
    world.keys("hj");
    look_at("quests", &mut world);
}

#[test]
fn the_desk_with_items_focused() {
    let mut world = World::desk();
    world.keys("hj<Enter>h<Tab>j");
    look_at("items", &mut world);
}

#[test]
fn the_entry_focused_and_scrolled() {
    let mut world = World::desk();
    world.keys("jljjj");
    look_at("entry", &mut world);
}

#[test]
fn the_full_reader_with_the_brief() {
    let mut world = World::desk();
    world.keys("j<Enter>t");
    look_at("reader", &mut world);
}

#[test]
fn decisions_in_every_state() {
    look_at("decided", &mut decided());
}

#[test]
fn a_conflict_says_who_decided_what() {
    let mut world = World::desk();
    world.keys("r1");
    let review = Review {
        status: EntryStatus::Accepted,
        reviewer: Some(user_id(3)),
        at: Some(START),
        note: "".into(),
    };
    world.happens(&[Event::GoOn, Event::Claim(Check::Clashes(Clash::Decided(review)))]);
    look_at("conflict", &mut world);
}

#[test]
fn the_log() {
    let mut world = decided();
    world.keys("3");
    look_at("log", &mut world);
    world.keys("jl");
    look_at("log_detail", &mut world);
    world.keys("h/state:agred<Enter>");
    look_at("log_filter_wrong", &mut world);
    world.keys("<Esc>/nothing like this<Enter>");
    look_at("log_empty", &mut world);
}

#[test]
fn the_log_in_plain_lines() {
    let mut world = World::with(settings(), Look { plain: true, ..Look::default() });
    world.state.settings.plain = true;
    world.keys("r1r2");
    world.keys("3");
    look_at("plain_log", &mut world);
}

#[test]
fn a_filter_is_on() {
    let mut world = World::desk();
    world.keys("/by:maria eval:failed<Enter>");
    look_at("filtered", &mut world);
}

#[test]
fn a_filter_that_matches_nothing() {
    let mut world = World::desk();
    world.keys("/by:nobody<Enter>");
    look_at("filtered_empty", &mut world);
}

#[test]
fn nothing_is_pending() {
    let mut world = World::empty(settings(), Look::default());
    world.sign_in();
    world.fill(0);
    look_at("empty", &mut world);
}

#[test]
fn no_quest_may_be_reviewed() {
    let mut world = World::empty(settings(), Look::default());
    world.sign_in();
    world.sync(sync::News::Quests(Vec::new()));
    look_at("no_quests", &mut world);
}

#[test]
fn connecting_with_nothing_cached() {
    look_at("connecting", &mut World::empty(settings(), Look::default()));
}

#[test]
fn offline_with_nothing_cached() {
    let mut world = World::empty(settings(), Look::default());
    world.sync(sync::News::Link(Link::Offline {
        since: START,
        retry_at: START + Duration::from_secs(20),
        why: "no route to host".into(),
    }));
    look_at("offline_empty", &mut world);
}

#[test]
fn offline_with_a_cache() {
    let mut world = World::desk();
    world.wait(Duration::from_secs(240));
    world.sync(sync::News::Link(Link::Offline {
        since: world.now - Duration::from_secs(235),
        retry_at: world.now + Duration::from_secs(20),
        why: "no route to host".into(),
    }));
    look_at("offline", &mut world);
}

#[test]
fn slowed_down_by_the_server() {
    let mut world = World::desk();
    world.wait(Duration::from_secs(40));
    let until = world.now + Duration::from_secs(12);
    world.sync(sync::News::Link(Link::Slow { until, why: "429: too many requests".into() }));
    look_at("slow", &mut world);
}

#[test]
fn signed_out() {
    let mut world = World::empty(settings(), Look::default());
    world.sync(sync::News::Link(Link::SignedOut { why: "the key was refused (401)".into() }));
    look_at("signed_out", &mut world);
}

#[test]
fn a_notice_takes_the_hint_line() {
    let mut world = World::desk();
    world.keys("U");
    look_at("notice", &mut world);
}

#[test]
fn without_colour() {
    let look = Look::new(ThemeName::Dark, false, true, false);
    let mut world = World::with(settings(), look);
    world.keys("jr1");
    look_at("no_colour", &mut world);
}

#[test]
fn in_ascii() {
    let look = Look::new(ThemeName::Dark, true, false, false);
    let mut world = World::with(settings(), look);
    world.keys("jr1");
    look_at("ascii", &mut world);
}

#[test]
fn in_high_contrast_and_light() {
    for (name, theme) in [("high_contrast", ThemeName::HighContrast), ("light", ThemeName::Light)] {
        let mut world = World::with(settings(), Look::new(theme, true, true, false));
        world.keys("jr1");
        world.resize((80, 24));
        insta::assert_snapshot!(name, picture(&world.state, &world.look, true));
    }
}

#[test]
fn plain_lines_for_a_screen_reader() {
    let mut settings = settings();
    settings.plain = true;
    let mut world = World::with(settings, Look::new(ThemeName::Dark, false, true, true));
    world.keys("jr1");
    look_at("plain", &mut world);
    world.keys("l");
    look_at("plain_entry", &mut world);
    world.keys("hh");
    look_at("plain_quests", &mut world);
}

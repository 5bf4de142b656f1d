//! Marks, and the sheet before a decision on many.

use std::time::Duration;

use questdesk::domain::decision::{Answer, Check, Event};
use questdesk::domain::{AssetId, EvalRule, Money, PriceOf, RunPrice};
use questdesk::sync::{News, Progress};
use questdesk::ui::{Look, ThemeName};

use crate::picture::{SIZES, picture};
use crate::world::{World, items, quest_id, settings};

fn look_at(name: &str, world: &mut World) {
    let mut pictures = Vec::new();
    for size in SIZES {
        world.resize(size);
        pictures.push(picture(&world.state, &world.look, size == (80, 24)));
    }
    insta::assert_snapshot!(name, pictures.join("\n"));
}

/// Everything of one contributor with the same outcome is marked.
fn alike(world: &mut World) {
    world.keys("/eval:failed<Enter>=");
}

#[test]
fn marked_rows() {
    let mut world = World::desk();
    world.keys("<Space>jV");
    world.wait(Duration::from_secs(6));
    world.keys("jj");
    world.wait(Duration::from_secs(6));
    look_at("marked", &mut world);
}

#[test]
fn rejecting_many() {
    let mut world = World::desk();
    alike(&mut world);
    world.keys("r1");
    look_at("reject_many", &mut world);
}

#[test]
fn accepting_many() {
    let mut world = World::desk();
    world.keys("/quest:curie<Enter>*a");
    world.wait(Duration::from_millis(300));
    world.keys("12");
    look_at("accept_many", &mut world);
}

#[test]
fn paging_through_what_was_never_opened() {
    let mut world = World::desk();
    alike(&mut world);
    world.keys("r1");
    world.wait(Duration::from_millis(300));
    world.keys("nn");
    world.wait(Duration::from_millis(300));
    look_at("unopened", &mut world);
}

#[test]
fn a_bulk_under_way() {
    let mut world = World::desk();
    alike(&mut world);
    world.keys("r1");
    world.wait(Duration::from_millis(300));
    world.keys("<Enter>");
    world.wait(Duration::from_secs(7));
    look_at("bulk_held", &mut world);
    world.wait(Duration::from_secs(30));
    world.happens_to(0, &[Event::Claim(Check::Same), Event::Answer(Answer::Done)]);
    let refused = Answer::Refused { words: "not today".into(), look: false };
    world.happens_to(1, &[Event::Claim(Check::Same), Event::Answer(refused)]);
    world.happens_to(2, &[Event::Claim(Check::Same)]);
    let progress = Progress { in_flight: 1, done: 2, per_minute: 240, ..Progress::default() };
    world.sync(News::Sending(progress));
    world.wait(Duration::from_secs(11));
    look_at("bulk_sending", &mut world);
}

#[test]
fn many_in_plain_lines_and_without_colour() {
    let plain = Look::new(ThemeName::Dark, true, true, true);
    let mut world = World::with(questdesk::app::Settings { plain: true, ..settings() }, plain);
    alike(&mut world);
    world.wait(Duration::from_secs(6));
    look_at("plain_marked", &mut world);
    world.keys("r1");
    look_at("plain_reject_many", &mut world);
    let mut world = World::with(settings(), Look::new(ThemeName::Mono, false, false, false));
    alike(&mut world);
    world.wait(Duration::from_secs(6));
    look_at("ascii_marked", &mut world);
}

#[test]
fn walking_over_what_was_decided() {
    let mut world = World::desk();
    world.keys("r1r2[[");
    look_at("walk", &mut world);
}

#[test]
fn evaluating_many() {
    let mut world = World::desk();
    let route = |number: u32| AssetId::from_bytes([u8::try_from(number).expect("few items"); 16]);
    for quest in 1..4 {
        let mut items = items(quest);
        for item in &mut items {
            // The last one does not name its route.
            let route = (quest < 3).then(|| route(quest * 10 + item.number));
            item.eval = item.eval.map(|rule| EvalRule { route, ..rule });
        }
        world.sync(News::Items { quest: quest_id(quest), items });
    }
    world.keys("*e");
    look_at("evaluate_asking", &mut world);
    let of = |number| PriceOf { route: route(number), input: None };
    world.sync(News::RunPrice(of(13), RunPrice::Costs(Money::sats(12))));
    world.sync(News::RunPrice(of(23), RunPrice::Costs(Money::sats(0))));
    look_at("evaluate_many", &mut world);
}

//! What reaches the terminal when the cursor moves: few bytes.

use std::time::Duration;

use questdesk::app::Message;
use questdesk::app::key::Key;
use questdesk::term::Abilities;
use questdesk::term::screen::Screen;
use questdesk::ui;

use crate::world::World;

/// What the terminal shows of the desk, from a first frame on.
fn screen(world: &World) -> Screen {
    let mut screen = Screen::new(world.state.width, world.state.height, Abilities::COMMON);
    assert!(bytes(&mut screen, world) > 1_000, "the first frame is a whole one");
    screen
}

/// The bytes of the next frame.
fn bytes(screen: &mut Screen, world: &World) -> usize {
    let bytes = screen.draw(|frame| ui::draw(&world.state, &world.look, frame));
    bytes.map_or(0, |bytes| bytes.len())
}

/// The bytes of the frame that follows each of twenty `j`.
fn moving(world: &mut World) -> Vec<usize> {
    // What has been said just before is over.
    world.wait(Duration::from_secs(6));
    let mut screen = screen(world);
    let mut all = Vec::new();
    for _ in 0..20 {
        world.send(Message::Key(Key::char('j')));
        all.push(bytes(&mut screen, world));
        // The reader follows once the cursor rests; that is another frame.
        world.wait(Duration::from_millis(100));
        bytes(&mut screen, world);
    }
    all
}

#[test]
fn moving_the_cursor_costs_few_bytes() {
    let mut world = World::desk();
    world.keys("/item:3 quest:curie<Enter>");
    let all = moving(&mut world);
    // One name in seven is 29 letters long, and the hint line names whom accepting pays.
    assert!(all.iter().sum::<usize>() <= 20 * 150, "bytes for one j: {all:?}");
    assert!(all.iter().all(|bytes| (1..=200).contains(bytes)), "bytes for one j: {all:?}");
}

#[test]
fn where_every_entry_is_of_another_quest_and_reward_it_costs_a_little_more() {
    let all = moving(&mut World::desk());
    assert!(all.iter().all(|bytes| (1..=270).contains(bytes)), "bytes for one j: {all:?}");
}

#[test]
fn a_screen_that_does_not_change_costs_nothing() {
    let mut world = World::desk();
    world.wait(Duration::from_secs(2));
    let mut screen = screen(&world);
    world.wait(Duration::from_millis(900));
    assert_eq!(bytes(&mut screen, &world), 0);
}

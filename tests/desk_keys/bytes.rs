//! What reaches the terminal when the cursor moves: few bytes.

use std::time::Duration;

use questdesk::app::Message;
use questdesk::app::key::Key;
use questdesk::ui;
use ratatui::Terminal;
use ratatui::backend::{Backend, CrosstermBackend, TestBackend};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::world::World;

fn screen(world: &World) -> Buffer {
    crate::picture::drawn(&world.state, &world.look).0
}

/// The bytes that turn one screen into another.
fn between(before: &Buffer, after: &Buffer) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut backend = CrosstermBackend::new(&mut bytes);
    backend.draw(before.diff(after).into_iter()).expect("a vector takes everything");
    bytes
}

/// The bytes of the frame that follows each of twenty `j`.
fn moving(world: &mut World) -> Vec<usize> {
    let mut all = Vec::new();
    // What has been said just before is over.
    world.wait(Duration::from_secs(6));
    for _ in 0..20 {
        let before = screen(world);
        world.send(Message::Key(Key::char('j')));
        all.push(between(&before, &screen(world)).len());
        // The reader follows once the cursor rests; that is another frame.
        world.wait(Duration::from_millis(100));
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
    assert!(all.iter().all(|bytes| *bytes <= 200), "bytes for one j: {all:?}");
}

#[test]
fn where_every_entry_is_of_another_quest_and_reward_it_costs_a_little_more() {
    let all = moving(&mut World::desk());
    assert!(all.iter().all(|bytes| *bytes <= 270), "bytes for one j: {all:?}");
}

#[test]
fn a_screen_that_does_not_change_costs_nothing() {
    let mut world = World::desk();
    world.wait(Duration::from_secs(2));
    let before = screen(&world);
    world.wait(Duration::from_millis(900));
    assert_eq!(between(&before, &screen(&world)).len(), between(&before, &before).len());
    let backend = TestBackend::new(10, 3);
    let mut terminal = Terminal::new(backend).expect("a test backend never fails");
    world.resize((10, 3));
    terminal.draw(|frame| ui::draw(&world.state, &world.look, frame)).expect("a test backend never fails");
    assert_eq!(terminal.backend().buffer().area, Rect::new(0, 0, 10, 3));
}

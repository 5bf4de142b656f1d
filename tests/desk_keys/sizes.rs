//! Every screen at every size: never a panic, never a control character, and the cursor always on the screen.

use proptest::prelude::*;
use questdesk::app::Message;
use questdesk::ui::{Look, ThemeName};

use crate::picture::{drawn, rows};
use crate::world::{World, settings};

/// Keys that lead to every pane and overlay.
const WAYS: &[&str] = &[
    "",
    "j",
    "h",
    "hj",
    "h<Tab>j",
    "l",
    "<Enter>",
    "<Enter>t",
    "r",
    "rUnits",
    "A",
    "a",
    "?",
    "?GG",
    "M",
    "/",
    "/by:x<Enter>",
    "/nothing:<Enter>",
    "r1",
    "r1q",
    "G",
    "hj<Enter>h<Tab>d",
    "5",
    "U",
];

fn check(world: &World) -> Result<(), TestCaseError> {
    let (buffer, cursor) = drawn(&world.state, &world.look);
    for row in rows(&buffer) {
        prop_assert!(row.chars().all(|sign| !sign.is_control()), "{row:?}");
    }
    if let Some((x, y)) = cursor {
        prop_assert!(x < world.state.width && y < world.state.height, "the cursor is at {x}, {y}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]
    #[test]
    fn any_screen_at_any_size(
        width in 0u16..=220, height in 0u16..=70, way in proptest::sample::select(WAYS),
        colour: bool, unicode: bool, plain in prop::bool::weighted(0.2), empty in prop::bool::weighted(0.1),
    ) {
        let mut settings = settings();
        settings.plain = plain;
        let look = Look::new(ThemeName::Dark, colour, unicode, plain);
        let mut world = if empty { World::empty(settings, look) } else { World::with(settings, look) };
        world.resize((width, height));
        world.keys(way);
        check(&world)?;
        // The size changes under an open overlay.
        world.send(Message::Resize { width: height, height: width.min(70) });
        check(&world)?;
    }
}

#[test]
fn the_extremes() {
    let mut world = World::desk();
    for size in
        [(0, 0), (1, 1), (0, 70), (400, 0), (400, 120), (39, 10), (40, 9), (40, 10), (79, 24), (119, 11)]
    {
        world.resize(size);
        drawn(&world.state, &world.look);
    }
    world.resize((30, 5));
    assert_eq!(rows(&drawn(&world.state, &world.look).0)[0], "questdesk needs 40×10");
}

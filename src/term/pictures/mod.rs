//! Pictures beside the cells: what the view leaves room for is drawn by the terminal itself, where it can.
//!
//! The view marks the cells of a picture ([`of_picture`](crate::ui::cells::of_picture)). Where all of them are on the
//! screen and nothing lies over them, `stage` sends the picture; where not, what the cells hold is seen. The bytes are
//! made from decoded pixels, by us, on a thread of its own (`painter`), in pieces of a few KiB (`encode`); they go
//! out when nothing else has to, so that no key waits for a picture.
//!
//! Sources: the kitty graphics protocol; DEC STD 070 for Sixel; iTerm2's "inline images protocol".

pub(super) mod encode;
mod inline;
mod kitty;
mod painter;
mod place;
pub mod protocol;
mod sixel;
mod stage;

pub(super) use painter::Painter;
#[cfg(test)]
pub(super) use painter::paint;
pub(super) use place::whole;
pub use protocol::{Protocol, Way};
pub(super) use stage::Stage;
pub use stage::{Job, Painted};

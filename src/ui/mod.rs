//! The drawing, pure: the state and a size, to cells.
pub mod cells;
pub mod layout;
pub mod markdown;
pub mod theme;
pub mod wrap;

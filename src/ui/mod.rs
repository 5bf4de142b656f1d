//! The drawing, pure: the state and a size, to cells.
pub mod cells;
pub mod eval;
pub mod frame;
pub mod layout;
pub mod markdown;
pub mod page;
pub mod theme;
pub mod wrap;

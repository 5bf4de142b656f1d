//! The rules of quests as pure functions: what may be done, what it pays, what it changes.
//!
//! No database, no clock, no wire. Each rule names where it is written: "5.2" is a section of the platform's
//! documented rules; "our choice" marks what no public source says.

pub(crate) mod evaluation;
pub(crate) mod life;
pub(crate) mod limits;
pub(crate) mod payment;
pub(crate) mod permissions;
pub(crate) mod policies;
pub(crate) mod submission;
pub(crate) mod waiting;

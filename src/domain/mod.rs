//! Quests, items, entries, money and text: plain data and its rules.
//!
//! This module does no I/O, reads no clock and knows neither the wire nor the screen. What comes from the network
//! is made into these types by `ouro`, where foreign text becomes [`SafeText`]; everybody else only reads them.

mod account;
mod aside;
mod asset;
pub mod background;
mod check;
mod comment;
pub mod decision;
mod entry;
mod eval;
mod ids;
mod item;
pub mod journal;
pub mod likeness;
mod link;
mod money;
mod preview;
mod quest;
mod run;
mod text;
mod time;

pub use account::{Account, Person};
pub use aside::{Aside, AsideWhy};
pub use asset::{Access, Asset};
pub use check::{Check, Outcome};
pub use comment::{Comment, Thread, says_the_same};
pub use entry::{AssetSlot, Embed, EntryBody, EntryRow, EntryStatus, Review, Version};
pub use eval::{EvalRule, EvalStatus, EvalTrigger, LeaderboardOrder, PassBand, Standing};
pub use ids::{
    ActionId, AssetId, BatchId, DecisionId, EntryId, IdError, ItemId, OrgId, QuestId, SessionId, TeamId,
    UserId,
};
pub use item::{InputsOf, Item, ItemStatus, SubmissionKey, Waiting};
pub use link::{Doubt, Target};
pub use money::{Cost, Currency, FeeRate, Money, Reward, hundredths};
pub use preview::{
    Archive, ArchiveEntry, AssetView, Column, Head, Inside, Numbers, Pages, Picture, Pixels, Preview, Shown,
    Table, TextBody,
};
pub use quest::{Progress, Quest, QuestKind, QuestStatus, Reviewing};
pub use run::{LogLine, PriceOf, Rescored, Run, RunPrice};
pub use text::{SafeText, TextLimit};
pub use time::{Timestamp, age_text};

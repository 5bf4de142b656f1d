//! From the wire's JSON to [`crate::domain`] types, as leniently as the contract (4) asks for.
//!
//! Unknown fields are passed over, unknown words are kept, every field may be absent or null, and a row that cannot
//! be read at all costs that row and nothing else. What is foreign text becomes `SafeText` here.

mod action;
mod asset;
mod comment;
mod entry;
mod evals;
mod fields;
mod item;
mod page;
mod person;
mod quest;
mod route;
mod signals;
mod wallet;

#[cfg(test)]
mod tests;

pub use asset::{ColumnType, DataRow, DatasetSize, Value};
pub use entry::Entry;
pub use item::ItemDetail;
pub use page::Page;
pub use person::{Memberships, OrgRole, TeamRole};
pub use quest::QuestDetail;
pub use wallet::{Balance, Balances};

pub(super) use action::{log_line, run, started_run};
pub(super) use asset::{asset, data_row, dataset_size, post_text, schema};
pub(super) use comment::comment;
pub(super) use entry::entry;
pub(super) use evals::{rescored, run_cost};
pub(super) use fields::{Fields, as_list, as_text, as_word, is_truthy};
pub(super) use item::{item, items, items_of};
pub(super) use page::page;
pub(super) use person::{Known, account, org_roles, person, team_roles};
pub(super) use quest::quest;
pub(super) use route::route_inputs;
pub(super) use wallet::{Wallet, balances};

use crate::domain::Timestamp;

/// The first of these fields that holds a time; 1970 if none does, so that a row without a time is still a row.
fn time(fields: &Fields<'_>, names: &[&str]) -> Timestamp {
    names.iter().find_map(|name| Timestamp::parse(&fields.text(name)?)).unwrap_or_default()
}

//! What people do to quests, one function an act: it reads, asks the rules, writes, all in one transaction.
//!
//! HTTP, the live simulation and the fixture go through the same acts. An act never answers a request and never
//! waits for anything: a run of an eval route over HTTP is handed back as a task.

pub(crate) mod assets;
pub(crate) mod columns;
pub(crate) mod datasets;
pub(crate) mod evaluate;
mod item_fields;
pub(crate) mod items;
pub(crate) mod money;
pub(crate) mod notify;
pub(crate) mod prices;
#[cfg(test)]
mod property;
pub(crate) mod quests;
pub(crate) mod results;
pub(crate) mod review;
pub(crate) mod submit;
pub(crate) mod teams;

use rusqlite::Connection;
use serde_json::{Value, json};

use super::error::Refusal;
use super::ids::{Id, Mint};
use super::rules::permissions::Standing;
use super::store::accounts::{team_role, user_by_id};
use super::store::assets::{granted, visible};
use super::store::quests::{self as quest_store, Quest};
use crate::domain::{FeeRate, Timestamp};

/// What all acts of one backend share.
#[derive(Debug)]
pub(crate) struct World {
    /// Makes new ids.
    pub(crate) mint: Mint,
    /// The platform's share of a payment.
    pub(crate) fee: FeeRate,
}

/// Somebody doing something at some time, in one transaction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Act<'a> {
    pub(crate) db: &'a Connection,
    pub(crate) world: &'a World,
    pub(crate) who: Id,
    pub(crate) now: Timestamp,
}

impl Act<'_> {
    /// A new id of this moment.
    pub(crate) fn new_id(&self) -> Id {
        self.world.mint.next(self.now)
    }
}

/// The quest, if the reader can see it.
pub(crate) fn visible_quest(db: &Connection, reader: Id, id: Id) -> Result<Quest, Refusal> {
    let seen = visible(db, reader, id)?.is_some_and(|asset| asset.asset_type == "quest");
    let quest = if seen { quest_store::get(db, id)? } else { None };
    quest.ok_or_else(|| Refusal::not_found("Quest"))
}

/// What somebody is to a quest.
pub(crate) fn standing(db: &Connection, who: Id, quest: &Quest) -> Result<Standing, Refusal> {
    Ok(Standing {
        is_owner: quest.owner == who,
        in_team: team_role(db, quest.team, who)?,
        granted: granted(db, quest.id, who)?,
    })
}

/// Somebody's public face, as it is embedded in other objects; null when they are gone.
pub(crate) fn profile(db: &Connection, id: Id) -> Result<Value, Refusal> {
    let user = user_by_id(db, id)?;
    Ok(user.map_or(Value::Null, |user| {
        json!({
            "user_id": user.id, "id": user.id, "username": user.username, "name": user.name,
            "avatar_path": null, "bio": user.bio, "actor_type": user.actor_type,
        })
    }))
}

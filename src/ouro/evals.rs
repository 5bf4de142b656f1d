//! The calls that run evaluations, which whoever calls pays for, and what a run costs.

use super::client::Client;
use super::transport::{Call, Verb};
use super::wire::{self, Entry, Page};
use super::{ErrorKind, OuroError};
use crate::domain::{ActionId, AssetId, EntryId, ItemId, Money, QuestId, Rescored, Timestamp};

/// Runs on a page.
const RUNS_PAGE: u32 = 100;

impl Client {
    /// Runs the item's evaluation on an entry; the caller pays for the run, and a result may decide the entry. The
    /// answer is the entry as it stands now: scored, or with its evaluation running. Never repeat it unread: each
    /// call runs and costs again.
    pub async fn evaluate(&self, quest: QuestId, entry: EntryId) -> Result<Entry, OuroError> {
        let path = ["quests", &quest.to_string(), "entries", &entry.to_string(), "evaluate"];
        let answer = self.ask(&Call::bare(Verb::Post, &path)).await?;
        let garbled =
            || answer.signed(OuroError::new(ErrorKind::Garbled, "the answer is not the evaluated entry"));
        let data = answer.open()?.data().map_err(|error| answer.signed(error))?;
        wire::entry(data, quest, None).filter(|found| found.row.id == entry).ok_or_else(garbled)
    }

    /// Runs the item's evaluation again on its entries; the caller pays for each run. Scores change as the runs end;
    /// nothing is decided, nobody is paid. Never repeat it unread: each call runs and costs again.
    pub async fn rescore_item(&self, quest: QuestId, item: ItemId) -> Result<Rescored, OuroError> {
        let path = ["quests", &quest.to_string(), "items", &item.to_string(), "rescore"];
        let answer = self.ask(&Call::write(Verb::Post, &path, "{}".to_owned())).await?;
        let data = answer.open()?.object().map_err(|error| answer.signed(error))?;
        let garbled = || OuroError::new(ErrorKind::Garbled, "the answer does not say which runs were begun");
        wire::rescored(&data).ok_or_else(|| answer.signed(garbled()))
    }

    /// A page of the runs that the caller started, newest first, with when that was.
    pub async fn own_runs(&self, offset: u32) -> Result<Page<(ActionId, Timestamp)>, OuroError> {
        let call = Call::get(&["actions"]).with("limit", &RUNS_PAGE).with("offset", &offset);
        let answer = self.ask(&call).await?;
        wire::page(&answer.open()?, wire::started_run).map_err(|error| answer.signed(error))
    }

    /// What a run of a route on this input costs, two requests; none if the server names no sum that can be read.
    pub async fn run_cost(&self, route: AssetId, input: Option<AssetId>) -> Result<Option<Money>, OuroError> {
        let answer = self.ask(&Call::get(&["routes", &route.to_string()])).await?;
        let about = answer.open()?.object().map_err(|error| answer.signed(error))?;
        let Some(service) = about.id::<AssetId>("parent_id") else { return Ok(None) };
        let mut call = Call::get(&["services", &service.to_string(), "routes", &route.to_string(), "cost"]);
        if let Some(input) = input {
            call = call.with("input", &input);
        }
        let answer = self.ask(&call).await?;
        let data = answer.open()?.object().map_err(|error| answer.signed(error))?;
        Ok(data.object("cost").and_then(|cost| wire::run_cost(&cost)))
    }
}

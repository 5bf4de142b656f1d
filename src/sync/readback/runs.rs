//! Whether an item was scored again: there is no call that says so, but each entry names its latest run, and the server
//! lists the runs that somebody started. A run of ours that is not older than what was sent, and is named by an entry of
//! the item, shows that it was done; where no such run was started at all, it was not.

use std::collections::{HashMap, HashSet};

use super::{CLOCK_SLACK, Search, Wanted};
use crate::domain::decision::{Found, Subject};
use crate::domain::{ActionId, ItemId, Timestamp};
use crate::ouro::{EntryFilter, ErrorKind, OuroError};
use crate::sync::pass::WINDOW_ROWS;
use crate::sync::patience::{passes, patiently};

/// Pages of runs that are read at the most.
const PAGES: u32 = 20;

/// Pages of a list of entries that are read at the most: a server that never says where it ends is not read for ever.
const ENTRY_PAGES: u32 = 1_000;

/// The lists in which entries are that are scored again.
const SCORED: [EntryFilter; 2] = [EntryFilter::Submitted, EntryFilter::Accepted];

impl Search {
    /// Looks for the runs of items that were to be scored again. Where it can't be seen, only the item's status is found.
    pub(super) async fn runs(&mut self, wanted: &[Wanted]) -> Result<(), OuroError> {
        let sought: Vec<(&Wanted, ItemId, Timestamp)> = wanted
            .iter()
            .filter_map(|wanted| match wanted.subject {
                Subject::Item(item) => Some((wanted, item, self.by_server_clock(wanted.runs_since?))),
                Subject::Entry(_) | Subject::Comment(_) => None,
            })
            .collect();
        let Some(since) = sought.iter().map(|(_, _, since)| *since).min() else { return Ok(()) };
        let own = match self.own_runs(since).await {
            Ok(Some(own)) => own,
            Ok(None) => return self.statuses(sought.into_iter().map(|(wanted, ..)| wanted)).await,
            Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Forbidden) => {
                return self.statuses(sought.into_iter().map(|(wanted, ..)| wanted)).await;
            }
            Err(error) => return Err(error),
        };
        let named = if own.is_empty() { HashMap::new() } else { self.latest_runs().await? };
        let mut unseen = Vec::new();
        for (wanted, item, since) in sought {
            let young: HashSet<ActionId> =
                own.iter().filter(|(_, at)| **at >= since).map(|(run, _)| *run).collect();
            let begun = young.iter().filter(|run| named.get(*run) == Some(&Some(item))).count();
            // Others of ours may have been of this item, and no entry names them any more.
            let all_are_accounted_for = young.iter().all(|run| named.contains_key(run));
            if begun > 0 || all_are_accounted_for {
                let begun = u32::try_from(begun).unwrap_or(u32::MAX);
                self.found.insert(wanted.id, (Found::Runs(begun), None));
            } else {
                unseen.push(wanted);
            }
        }
        self.statuses(unseen.into_iter()).await
    }

    /// A time by our clock, a little earlier, by the server's.
    pub(super) fn by_server_clock(&self, at: Timestamp) -> Timestamp {
        let ahead = self.client.server_clock_ahead().unwrap_or(0);
        Timestamp::from_millis(at.millis() + ahead - CLOCK_SLACK)
    }

    /// The runs that we started since then, with when; none if they can't all be told.
    async fn own_runs(
        &mut self,
        since: Timestamp,
    ) -> Result<Option<HashMap<ActionId, Timestamp>>, OuroError> {
        let (mut own, mut offset) = (HashMap::new(), 0);
        for _ in 0..PAGES {
            let Self { client, requests, .. } = self;
            let page = patiently(requests, passes, || client.own_runs(offset)).await?;
            offset = offset.saturating_add(page.received());
            if page.unreadable > 0 {
                return Ok(None);
            }
            let is_past = page.rows.iter().any(|(_, at)| *at < since);
            own.extend(page.rows.into_iter().filter(|(_, at)| *at >= since));
            // The newest are first.
            if is_past || !page.has_more {
                return Ok(Some(own));
            }
        }
        Ok(None)
    }

    /// The latest runs that the quest's entries name, with their items.
    async fn latest_runs(&mut self) -> Result<HashMap<ActionId, Option<ItemId>>, OuroError> {
        let mut named = HashMap::new();
        for filter in SCORED {
            let mut offset = 0;
            let mut last = None;
            for _ in 0..ENTRY_PAGES {
                let page = self.page(filter, offset).await?;
                offset = offset.saturating_add(page.received().min(WINDOW_ROWS));
                // The same page again: there is no getting on.
                let end = page.rows.last().map(|entry| entry.row.id);
                if end.is_some() && end == last {
                    break;
                }
                last = end;
                let runs =
                    page.rows.iter().filter_map(|entry| Some((entry.body.eval_action?, entry.row.item)));
                named.extend(runs);
                if !page.has_more {
                    break;
                }
            }
        }
        Ok(named)
    }
}

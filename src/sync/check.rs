//! A look at the server before anything is sent that was decided without it.
//!
//! What was decided offline, or by a session that ended, was decided on what the cache knew then. One pass over a
//! quest looks at all of it as it stands now; the cache learns it, and the claim compares with the cache as always.

use std::collections::HashMap;

use super::patience::{passes, patiently};
use super::readback::{Search, Wanted};
use crate::domain::decision::Subject;
use crate::domain::{EntryId, QuestId};
use crate::ouro::{Client, Entry, EntryFilter, OuroError, QuestDetail};

/// What a look at a quest came to.
#[derive(Debug)]
pub(super) struct Checked {
    /// The quest and its items as they are now.
    pub(super) detail: Option<QuestDetail>,
    /// The entries as they are now.
    pub(super) entries: Vec<Entry>,
    /// Entries that are nowhere.
    pub(super) gone: Vec<EntryId>,
    /// Why it ended early, if it did.
    pub(super) error: Option<OuroError>,
    /// Requests it took.
    pub(super) requests: u32,
}

/// Looks at the subjects of some decisions in one quest.
pub(super) async fn check(client: Client, quest: QuestId, wanted: Vec<Wanted>) -> Checked {
    let mut checked =
        Checked { detail: None, entries: Vec::new(), gone: Vec::new(), error: None, requests: 0 };
    let detail = patiently(&mut checked.requests, passes, || client.quest(quest)).await;
    match detail {
        Ok(detail) => checked.detail = Some(detail),
        Err(error) => {
            checked.error = Some(error);
            return checked;
        }
    }
    let entry = |wanted: &Wanted| match wanted.subject {
        Subject::Entry(entry) => Some((entry, wanted.clone())),
        Subject::Item(_) | Subject::Comment(_) => None,
    };
    let mut missing: HashMap<EntryId, Wanted> = wanted.iter().filter_map(entry).collect();
    let mut search = Search::new(client, quest, None);
    let looked = look(&mut search, &mut missing).await;
    checked.requests += search.requests();
    checked.entries = search.into_entries();
    match looked {
        Ok(true) => checked.gone = missing.into_keys().collect(),
        // Lists that changed while they were read: what was not seen is looked at again.
        Ok(false) => {}
        Err(error) => checked.error = Some(error),
    }
    checked
}

/// The pending ones first: that is where nearly all of them are. Says whether everything was read whole.
async fn look(search: &mut Search, missing: &mut HashMap<EntryId, Wanted>) -> Result<bool, OuroError> {
    let mut whole = true;
    for filter in [EntryFilter::Submitted, EntryFilter::Accepted, EntryFilter::Rejected] {
        if missing.is_empty() {
            break;
        }
        whole &= search.list(filter, missing).await?;
    }
    Ok(whole)
}

//! Reading: what each step of the plan asks the server, and what follows from its answer.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::time::Duration;

use super::Gone;
use super::budget::Moment;
use super::pass::{End, Listing, Pass, Seq, WINDOW_ROWS, Window};
use super::patience::{patiently, slips};
use super::plan::Depth;
use crate::domain::{
    Account, EntryId, EntryStatus, ItemId, Person, Quest, QuestId, QuestStatus, Reviewing, Timestamp, UserId,
};
use crate::ouro::{Balances, Client, Entry, EntryFilter, OuroError, Page, QuestDetail, QuestScope};
use crate::store::Store;

/// Pages of quests that are read at most: ten thousand quests.
const DISCOVERY_PAGES: u32 = 50;

/// Decided entries of a quest up to which they are all read.
const DECIDED_LIMIT: u32 = 20_000;

/// What is known of one queue.
#[derive(Debug, Default)]
pub(super) struct Queue {
    pub(super) listing: Listing,
    pub(super) pass: Option<Pass>,
    /// When the pass began, by the wall clock.
    pub(super) begun: Timestamp,
    /// Whether the rows that an earlier run knew were taken over.
    pub(super) seeded: bool,
    /// Entries that are gone, of which nobody knows why.
    pub(super) vanished: BTreeSet<EntryId>,
}

/// What is known of a quest's entries with one decision.
#[derive(Debug)]
pub(super) struct Tally {
    status: EntryStatus,
    pub(super) listing: Listing,
    pub(super) pass: Option<Pass>,
    items: HashMap<EntryId, Option<ItemId>>,
}

/// What a pass over decided entries came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Tallied {
    /// It goes on.
    GoesOn,
    /// So many of each item.
    Counted(Vec<(ItemId, u32)>),
    /// It missed something, or there are too many.
    Unsaid,
}

/// Finding out which quests there are, page by page.
#[derive(Debug, Default)]
pub(super) struct Discovery {
    found: BTreeMap<QuestId, Quest>,
    offset: u32,
    pages: u32,
    /// How often a known quest was not among many pages: the list is sorted by change and moves while it is read.
    missed: HashMap<QuestId, u32>,
    /// Quests that turned out not to be visible, until when they are left out.
    pub(super) hidden: HashMap<QuestId, Moment>,
}

/// People whose names are to be looked up.
#[derive(Debug, Default)]
pub(super) struct Strangers {
    waiting: VecDeque<UserId>,
    met: HashSet<UserId>,
}

/// What a page of entries brought.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    /// Pending entries that are new or changed.
    pub(super) upserts: Vec<Entry>,
    /// Entries that were taken for pending and are listed as decided.
    pub(super) decided: Vec<Entry>,
    /// Contributors' profiles that came along.
    pub(super) people: Vec<Person>,
    /// Contributors without a profile, and reviewers: they need not have submitted anything.
    pub(super) strangers: Vec<UserId>,
}

/// What a request for reading came back with.
#[derive(Debug)]
pub(super) enum Read {
    SignIn(Result<Account, OuroError>),
    Quests(Result<Page<Quest>, OuroError>),
    Detail(Result<Box<QuestDetail>, OuroError>),
    /// Rows that an earlier run knew come with the first page of a queue.
    Entries(Vec<EntryId>, Result<Page<Entry>, OuroError>),
    Vanished(BTreeSet<EntryId>, Result<Vec<Entry>, OuroError>),
    Balances(Result<Balances, OuroError>),
    Person(UserId, Result<Person, OuroError>),
}

/// Who we are. Where we are admin is learned by the client itself, which marks the quests with it.
pub(super) async fn sign_in(client: Client) -> Read {
    let mut requests = 0;
    let account = async {
        let account = patiently(&mut requests, slips, || client.account()).await?;
        patiently(&mut requests, slips, || client.teams()).await?;
        patiently(&mut requests, slips, || client.organizations()).await?;
        Ok(account)
    };
    Read::SignIn(account.await)
}

pub(super) async fn quests(client: Client, scope: QuestScope, offset: u32) -> Read {
    Read::Quests(client.quests(&scope, offset).await)
}

pub(super) async fn detail(client: Client, quest: QuestId) -> Read {
    Read::Detail(client.quest(quest).await.map(Box::new))
}

/// One window of a list of entries. `seed`: with what the cache knew of the pending ones.
pub(super) async fn entries(
    client: Client,
    seed: Option<Store>,
    (quest, filter, offset): (QuestId, EntryFilter, u32),
) -> Read {
    let mut known = Vec::new();
    if let Some(store) = seed {
        match store.cached_pending(quest).await {
            Ok(rows) => known.extend(rows.into_iter().map(|(id, _)| id)),
            Err(error) => tracing::warn!(%error, %quest, "the cache could not be read"),
        }
    }
    Read::Entries(known, client.entries(quest, Some(filter), offset, WINDOW_ROWS).await)
}

/// Looks where decided entries most likely are: at either end of the lists, whatever their order.
pub(super) async fn vanished(client: Client, quest: QuestId, wanted: BTreeSet<EntryId>) -> Read {
    let mut found: HashMap<EntryId, Entry> = HashMap::new();
    for filter in [EntryFilter::Accepted, EntryFilter::Rejected] {
        let mut offset = 0;
        for _ in 0..2 {
            if found.len() == wanted.len() {
                break;
            }
            let page = match client.entries(quest, Some(filter), offset, WINDOW_ROWS).await {
                Ok(page) => page,
                Err(error) => return Read::Vanished(wanted, Err(error)),
            };
            let tail = page.total.filter(|_| page.has_more).map(|total| total.saturating_sub(WINDOW_ROWS));
            let is_decided =
                |entry: &Entry| matches!(entry.status, EntryStatus::Accepted | EntryStatus::Rejected);
            let hits =
                page.rows.into_iter().filter(|entry| wanted.contains(&entry.row.id) && is_decided(entry));
            found.extend(hits.map(|entry| (entry.row.id, entry)));
            match tail {
                Some(tail) if tail > offset => offset = tail,
                _ => break,
            }
        }
    }
    Read::Vanished(wanted, Ok(found.into_values().collect()))
}

pub(super) async fn balances(client: Client) -> Read {
    Read::Balances(client.balances().await)
}

pub(super) async fn person(client: Client, id: UserId) -> Read {
    Read::Person(id, client.person(id).await)
}

impl Queue {
    /// The pass that is under way, or a new one.
    pub(super) fn pass(&mut self, seq: Seq, depth: Depth, clock: Timestamp) -> &mut Pass {
        if self.pass.is_none() {
            self.begun = clock;
        }
        let listing = &self.listing;
        self.pass.get_or_insert_with(|| match depth {
            Depth::Whole => Pass::whole(seq),
            Depth::IfNeeded => Pass::cheap(seq, listing.order(), true),
            Depth::Ends => Pass::cheap(seq, listing.order(), false),
        })
    }

    /// An entry's decision is on its way: it may be listed or not.
    pub(super) fn excuse(&mut self, id: EntryId) {
        if let Some(pass) = &mut self.pass {
            pass.excuse(id);
        }
    }

    /// Takes a window. Rows that are decided here are left out, whatever it says.
    pub(super) fn take(&mut self, offset: u32, page: Page<Entry>, seed: Vec<EntryId>, seq: Seq) -> Sorted {
        self.listing.seed(seed);
        let window = Window::of(&page);
        let mut sorted = Sorted::default();
        for entry in page.rows {
            sorted.meet(&entry);
            match entry.status {
                EntryStatus::Submitted if self.listing.take(&entry.row) => sorted.upserts.push(entry),
                EntryStatus::Submitted => {}
                // A server that pays no heed to the filter.
                _ if self.listing.has(entry.row.id) => {
                    self.listing.bury(entry.row.id, seq, Some(entry.row.version));
                    sorted.decided.push(entry);
                }
                _ => {}
            }
        }
        if let Some(pass) = &mut self.pass {
            pass.answer(offset, window);
        }
        sorted
    }

    /// The end of the pass, if it is over: what is gone waits to be looked up.
    pub(super) fn end(&mut self) -> Option<End> {
        let end = self.pass.as_ref()?.end()?;
        self.pass = None;
        let gone = self.listing.conclude(&end);
        self.vanished.extend(gone);
        // A row that came back, or never left.
        let listing = &self.listing;
        self.vanished.retain(|id| !listing.has(*id));
        Some(end)
    }
}

impl Tally {
    /// Nothing is known of the entries with this decision.
    pub(super) fn of(status: EntryStatus) -> Self {
        Self { status, listing: Listing::default(), pass: None, items: HashMap::new() }
    }

    /// The pass that is under way, or a new one.
    pub(super) fn pass(&mut self, seq: Seq) -> &mut Pass {
        let listing = &self.listing;
        self.pass.get_or_insert_with(|| Pass::cheap(seq, listing.order(), true))
    }

    /// Takes a window of its entries.
    pub(super) fn take(&mut self, offset: u32, page: Page<Entry>) -> Sorted {
        let window = Window::of(&page);
        let mut sorted = Sorted::default();
        for entry in page.rows.into_iter().filter(|entry| entry.status == self.status) {
            sorted.meet(&entry);
            if self.listing.take(&entry.row) {
                self.items.insert(entry.row.id, entry.row.item);
                sorted.upserts.push(entry);
            }
        }
        if window.total.is_some_and(|total| total > DECIDED_LIMIT) {
            // Too many to be worth it: their number is left unsaid.
            self.pass = None;
        } else if let Some(pass) = &mut self.pass {
            pass.answer(offset, window);
        }
        sorted
    }

    /// What the pass came to.
    pub(super) fn end(&mut self) -> Tallied {
        let Some(pass) = &self.pass else { return Tallied::Unsaid };
        let Some(end) = pass.end() else { return Tallied::GoesOn };
        self.pass = None;
        for gone in self.listing.conclude(&end) {
            self.items.remove(&gone);
        }
        if !end.whole {
            return Tallied::Unsaid;
        }
        let mut counts: BTreeMap<ItemId, u32> = BTreeMap::new();
        for item in self.items.values().flatten() {
            *counts.entry(*item).or_default() += 1;
        }
        Tallied::Counted(counts.into_iter().collect())
    }
}

impl Sorted {
    fn meet(&mut self, entry: &Entry) {
        match &entry.person {
            Some(person) => self.people.push(person.clone()),
            None => self.strangers.push(entry.row.contributor),
        }
        self.strangers.extend(entry.body.review.as_ref().and_then(|review| review.reviewer));
    }

    /// What is to be told of the decided ones.
    pub(super) fn gone(&self) -> Vec<Gone> {
        let gone = |entry: &Entry| Gone { entry: entry.row.id, review: entry.body.review.clone() };
        self.decided.iter().map(gone).collect()
    }
}

impl Discovery {
    /// What to read next: a page of the search, or a quest that was named.
    pub(super) fn next(&self, named: &[QuestId]) -> Result<QuestId, u32> {
        named.get(self.pages as usize).copied().ok_or(self.offset)
    }

    /// A page was read. Says whether there is another.
    pub(super) fn page(&mut self, page: Page<Quest>) -> bool {
        self.offset = self.offset.saturating_add(page.received());
        self.pages += 1;
        self.found.extend(page.rows.into_iter().map(|quest| (quest.id, quest)));
        page.has_more && self.pages < DISCOVERY_PAGES
    }

    /// A quest that was named was read, or is not there. Says whether there is another.
    pub(super) fn named(&mut self, quest: Option<Quest>, named: &[QuestId]) -> bool {
        self.pages += 1;
        self.found.extend(quest.map(|quest| (quest.id, quest)));
        (self.pages as usize) < named.len()
    }

    /// Everything was read: the quests there are. What `known` says of a quest that did not change counts.
    pub(super) fn conclude(&mut self, known: &[Quest], named: &[QuestId], now: Moment) -> Vec<Quest> {
        let pages = std::mem::take(&mut self.pages);
        self.offset = 0;
        let mut found = std::mem::take(&mut self.found);
        self.hidden.retain(|_, until| *until > now);
        found.retain(|id, quest| {
            !self.hidden.contains_key(id) && (named.contains(id) || quest.reviewing == Reviewing::Allowed)
        });
        for before in known {
            match found.get_mut(&before.id) {
                Some(quest) => {
                    self.missed.remove(&before.id);
                    keep_known(quest, before);
                }
                None if named.is_empty() && pages > 1 && !self.hidden.contains_key(&before.id) => {
                    let missed = self.missed.entry(before.id).or_default();
                    *missed += 1;
                    if *missed < 2 {
                        found.insert(before.id, before.clone());
                    }
                }
                None => {}
            }
        }
        self.missed.retain(|id, _| found.contains_key(id));
        found.into_values().collect()
    }

    /// What was found so far is given up.
    pub(super) fn begin_again(&mut self) {
        self.pages = 0;
        self.offset = 0;
        self.found.clear();
    }

    /// It is not visible any more: it stays away for a while.
    pub(super) fn hide(&mut self, quest: QuestId, now: Moment) {
        self.hidden.insert(quest, now + Duration::from_secs(600));
    }
}

/// A search hit may say less than the quest itself did; and that a review was refused is said by no read.
fn keep_known(quest: &mut Quest, known: &Quest) {
    let reviewing = match &known.reviewing {
        Reviewing::Refused(_) => known.reviewing.clone(),
        Reviewing::Allowed | Reviewing::Untried => quest.reviewing.clone(),
    };
    if quest.updated_at == known.updated_at {
        *quest = known.clone();
    }
    quest.reviewing = reviewing;
}

/// Whether entries come in. An unknown word is taken for open: the server says no if it is not.
pub(super) const fn is_open(quest: &Quest) -> bool {
    matches!(quest.status, QuestStatus::Open | QuestStatus::Other(_))
}

impl Strangers {
    /// Somebody whose profile did not come along.
    pub(super) fn meet(&mut self, id: UserId) {
        if self.met.insert(id) {
            self.waiting.push_back(id);
        }
    }

    /// The next one to look up.
    pub(super) fn next(&self) -> Option<UserId> {
        self.waiting.front().copied()
    }

    /// This one is known, or can't be.
    pub(super) fn done(&mut self, id: UserId) {
        self.met.insert(id);
        self.waiting.retain(|other| *other != id);
    }
}

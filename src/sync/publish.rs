//! What goes out: to the app as news, to the store's cache as rows. Only what changed: an idle desk does nothing.

use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher};
use std::time::Duration;

use super::{Balance, Gone, Link, News, Progress, Reviewed, Sink, Talk};
use crate::clock;
use crate::domain::{
    Account, ActionId, AssetId, DecisionId, EntryId, EntryRow, EntryStatus, Item, ItemId, Person, PriceOf,
    Quest, QuestId, Rescored, Reviewing, Run, RunPrice, SafeText, SubmissionKey, Timestamp, UserId,
};
use crate::ouro::{Balances, Entry, ItemDetail};
use crate::store::{CachedEntry, Store};

/// A review is told as long as it is no older.
const LATELY: Duration = Duration::from_secs(10 * 60);

/// Knows what was published last.
pub(super) struct Publisher {
    sink: Sink,
    store: Store,
    link: Option<Link>,
    account: Option<Account>,
    quests: Option<Vec<Quest>>,
    items: HashMap<QuestId, (Vec<Item>, u64)>,
    people: HashMap<UserId, Person>,
    accepted: HashMap<QuestId, Vec<(ItemId, u32)>>,
    decided_read: HashSet<(QuestId, EntryStatus)>,
    wallet: Option<Balances>,
    budget: Option<(u32, u32)>,
    troubles: HashSet<String>,
    /// Entries whose review by somebody else was told.
    reviewed: HashSet<EntryId>,
}

impl Publisher {
    pub(super) fn new(sink: Sink, store: Store) -> Self {
        Self {
            sink,
            store,
            link: None,
            account: None,
            quests: None,
            items: HashMap::new(),
            people: HashMap::new(),
            accepted: HashMap::new(),
            decided_read: HashSet::new(),
            wallet: None,
            budget: None,
            troubles: HashSet::new(),
            reviewed: HashSet::new(),
        }
    }

    pub(super) fn link(&mut self, link: &Link) {
        if self.link.as_ref() != Some(link) {
            self.link = Some(link.clone());
            (self.sink)(News::Link(link.clone()));
        }
    }

    pub(super) fn account(&mut self, account: Account) {
        if self.account.as_ref() != Some(&account) {
            self.account = Some(account.clone());
            (self.sink)(News::SignedIn(account));
        }
    }

    pub(super) fn budget(&mut self, used: u32, limit: u32) {
        if self.budget.replace((used, limit)) != Some((used, limit)) {
            (self.sink)(News::Budget { used, limit });
        }
    }

    pub(super) fn sending(&self, progress: Progress) {
        (self.sink)(News::Sending(progress));
    }

    /// The quests as they were published.
    pub(super) fn known_quests(&self) -> &[Quest] {
        self.quests.as_deref().unwrap_or_default()
    }

    /// All quests there are, in any order.
    pub(super) fn quests(&mut self, mut quests: Vec<Quest>) {
        quests.sort_by_key(|quest| quest.id);
        if self.quests.as_ref() == Some(&quests) {
            return;
        }
        let known: HashSet<QuestId> = quests.iter().map(|quest| quest.id).collect();
        self.items.retain(|quest, _| known.contains(quest));
        self.accepted.retain(|quest, _| known.contains(quest));
        self.store.put_quests(quests.clone());
        self.quests = Some(quests.clone());
        (self.sink)(News::Quests(quests));
    }

    /// One quest as it is now; one that was not published yet waits for its turn among the others.
    pub(super) fn quest(&mut self, quest: Quest) {
        let mut quests = self.known_quests().to_vec();
        if let Some(known) = quests.iter_mut().find(|known| known.id == quest.id) {
            // Whether we may review it is known from the discovery, or from a refusal.
            *known = Quest { reviewing: known.reviewing.clone(), ..quest };
            self.quests(quests);
        }
    }

    /// Reviewing this quest was refused.
    pub(super) fn refused(&mut self, quest: QuestId, words: &SafeText) {
        let mut quests = self.known_quests().to_vec();
        if let Some(known) = quests.iter_mut().find(|known| known.id == quest) {
            known.reviewing = Reviewing::Refused(words.clone());
            self.quests(quests);
        }
    }

    /// Rights may have been given since: what was refused may be tried again.
    pub(super) fn forget_refusals(&mut self) {
        let mut quests = self.known_quests().to_vec();
        let refused = quests.iter_mut().filter(|quest| matches!(quest.reviewing, Reviewing::Refused(_)));
        for quest in refused {
            quest.reviewing = Reviewing::Untried;
        }
        if self.quests.is_some() {
            self.quests(quests);
        }
    }

    /// What the quest is called.
    pub(super) fn name_of(&self, quest: QuestId) -> SafeText {
        let known = self.known_quests().iter().find(|known| known.id == quest);
        known.map_or_else(|| SafeText::line(&quest.to_string()), |known| known.name.clone())
    }

    pub(super) fn items(&mut self, quest: QuestId, details: Vec<ItemDetail>) {
        let mut hasher = DefaultHasher::new();
        for detail in &details {
            detail.brief.hash(&mut hasher);
        }
        let briefs = hasher.finish();
        let items: Vec<Item> = details.iter().map(|detail| detail.item.clone()).collect();
        let before = self.items.get(&quest);
        if before.is_some_and(|(known, known_briefs)| *known == items && *known_briefs == briefs) {
            return;
        }
        self.store.put_items(quest, details.into_iter().map(|detail| (detail.item, detail.brief)).collect());
        self.items.insert(quest, (items.clone(), briefs));
        (self.sink)(News::Items { quest, items });
    }

    pub(super) fn knows_person(&self, id: UserId) -> bool {
        self.people.contains_key(&id)
    }

    pub(super) fn people(&mut self, people: Vec<Person>) {
        let mut new = Vec::new();
        for person in people {
            if self.people.insert(person.id, person.clone()).as_ref() != Some(&person) {
                new.push(person);
            }
        }
        if !new.is_empty() {
            self.store.put_people(new.clone());
            (self.sink)(News::People(new));
        }
    }

    /// Pending entries that are new or changed.
    pub(super) fn upserts(&mut self, quest: QuestId, entries: Vec<Entry>) {
        if entries.is_empty() {
            return;
        }
        let upserts: Vec<EntryRow> = entries.iter().map(|entry| entry.row.clone()).collect();
        self.cache(quest, entries);
        (self.sink)(News::Entries { quest, upserts, gone: Vec::new() });
    }

    /// Entries of whatever status, for the contributors' records.
    pub(super) fn cache(&mut self, quest: QuestId, entries: Vec<Entry>) {
        if !entries.is_empty() {
            self.reviewed(&entries);
            let cached =
                |entry: Entry| CachedEntry { row: entry.row, status: entry.status, body: entry.body };
            self.store.put_entries(quest, entries.into_iter().map(cached).collect());
        }
    }

    /// Tells who else reviewed something of late.
    fn reviewed(&mut self, entries: &[Entry]) {
        let me = self.account.as_ref().map(|account| account.id);
        let now = clock::now();
        let review = |entry: &Entry| {
            let review = entry.body.review.as_ref()?;
            Some(Reviewed { entry: entry.row.id, reviewer: review.reviewer?, at: review.at? })
        };
        let new: Vec<Reviewed> = entries
            .iter()
            .filter_map(review)
            .filter(|review| Some(review.reviewer) != me && now.since(review.at) < LATELY)
            .filter(|review| self.reviewed.insert(review.entry))
            .collect();
        if !new.is_empty() {
            (self.sink)(News::Reviewed(new));
        }
    }

    /// An entry is pending no more, and this is how it is now, if that was seen.
    pub(super) fn decided(&mut self, quest: QuestId, gone: Gone, now: Option<Entry>) {
        let Some(entry) = now else { return self.gone(quest, vec![gone]) };
        // What the cache learns from the entry itself need not be told a second time.
        self.cache(quest, vec![entry]);
        (self.sink)(News::Entries { quest, upserts: Vec::new(), gone: vec![gone] });
    }

    /// Entries that are pending no more.
    pub(super) fn gone(&mut self, quest: QuestId, gone: Vec<Gone>) {
        if !gone.is_empty() {
            self.store.remove_pending(quest, gone.clone());
            (self.sink)(News::Entries { quest, upserts: Vec::new(), gone });
        }
    }

    pub(super) fn fresh(&mut self, quest: QuestId, at: Timestamp, whole: bool) {
        if whole {
            self.store.mark_fresh(quest, at);
        }
        (self.sink)(News::Fresh { quest, at, whole });
    }

    pub(super) fn accepted(&mut self, quest: QuestId, counts: Vec<(ItemId, u32)>) {
        if self.accepted.get(&quest) != Some(&counts) {
            self.accepted.insert(quest, counts.clone());
            self.store.put_accepted(quest, counts.clone());
            (self.sink)(News::Accepted { quest, counts });
        }
    }

    /// The list of a quest's entries with this decision was read to its end: kept once, that is enough to know.
    pub(super) fn decided_read(&mut self, quest: QuestId, status: EntryStatus) {
        if self.decided_read.insert((quest, status.clone())) {
            self.store.mark_decided(quest, status, clock::now());
        }
    }

    /// The comments on an asset, for whoever asked.
    pub(super) fn talk(&self, about: AssetId, talk: Talk) {
        (self.sink)(News::Talk { about, talk });
    }

    /// What a route takes.
    pub(super) fn route(&self, id: AssetId, inputs: Vec<SubmissionKey>) {
        (self.sink)(News::Route(id, inputs));
    }

    /// A run, for whoever asked.
    pub(super) fn run(&self, id: ActionId, run: Result<Run, SafeText>) {
        (self.sink)(News::Run(id, Box::new(run)));
    }

    /// What a run of an evaluation costs, for whoever asked.
    pub(super) fn run_price(&self, of: PriceOf, price: RunPrice) {
        (self.sink)(News::RunPrice(of, price));
    }

    /// An item is scored again.
    pub(super) fn rescored(&self, id: DecisionId, began: Rescored) {
        (self.sink)(News::Rescored(id, began));
    }

    pub(super) fn wallet(&mut self, wallet: Balances) {
        if self.wallet.replace(wallet) == Some(wallet) {
            return;
        }
        let balances = [wallet.sats, wallet.cents].into_iter().flatten();
        let balances = balances
            .map(|balance| Balance { available: balance.available, escrowed: balance.escrowed })
            .collect();
        (self.sink)(News::Wallet { balances, fee: wallet.fee });
    }

    /// Says it once, until somebody asks to try again. The subject and the words tell whether it was said.
    pub(super) fn trouble(&mut self, about: &str, what: SafeText, words: SafeText) {
        if self.troubles.insert(format!("{about}\n{words}")) {
            tracing::warn!(%what, %words, "trouble");
            (self.sink)(News::Trouble { what, words });
        }
    }

    /// What was said may be said again.
    pub(super) fn forget_troubles(&mut self) {
        self.troubles.clear();
    }
}

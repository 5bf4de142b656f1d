//! The calls of the Ouro API that the desk makes.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;

use super::answer::Answer;
use super::arguments::{EntryFilter, QuestScope, ReviewVerdict, filters, put_note};
use super::caller::Caller;
use super::transport::{Call, Verb};
use super::wire::{
    self, Balances, Entry, ItemDetail, Known, Memberships, OrgRole, Page, QuestDetail, TeamRole,
};
use super::{ErrorKind, KeyInfo, OuroError, Settings};
use crate::domain::{Account, EntryId, Item, ItemId, ItemStatus, Person, Quest, QuestId, UserId};

/// The most rows that a search answers with.
const SEARCH_PAGE: u32 = 200;

/// A client of one server with one key. Cheap to clone; all clones share session, connections and counters.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    caller: Caller,
    /// What was learnt about us: lets quests say whether we may review them.
    known: Mutex<Known>,
    /// The items' places in their quests, as last read: an answer about one item does not tell its place.
    places: Mutex<HashMap<ItemId, u32>>,
}

impl Client {
    /// A client; sends nothing yet.
    pub fn new(settings: Settings) -> Result<Self, OuroError> {
        Ok(Self(Arc::new(Inner {
            caller: Caller::new(settings)?,
            known: Mutex::new(Known::default()),
            places: Mutex::new(HashMap::new()),
        })))
    }

    /// Every HTTP request so far, exchanges included.
    #[must_use]
    pub fn requests_made(&self) -> u64 {
        self.0.caller.requests()
    }

    /// How long an answer is waited for.
    #[must_use]
    pub fn waits_for(&self) -> Duration {
        self.0.caller.waits_for()
    }

    /// How far the server's clock is ahead of ours by its latest answer, in milliseconds, to a second or so; `None`:
    /// it never told the time.
    #[must_use]
    pub fn server_clock_ahead(&self) -> Option<i64> {
        self.0.caller.ahead()
    }

    /// What the server told about the key; exchanges it first if that did not happen yet. Empty if it failed.
    pub async fn key_info(&self) -> KeyInfo {
        self.0.caller.key_info().await
    }

    /// Who is signed in. Quests read later know from it which are ours.
    pub async fn account(&self) -> Result<Account, OuroError> {
        let answer = self.ask(&Call::get(&["user"])).await?;
        let account = wire::account(&answer.open()?).map_err(|error| answer.signed(error))?;
        self.learn(|known| known.me = Some(account.id));
        Ok(account)
    }

    /// The teams and organizations we belong to, two requests.
    pub async fn memberships(&self) -> Result<Memberships, OuroError> {
        Ok(Memberships { teams: self.teams().await?, orgs: self.organizations().await? })
    }

    /// The teams that we joined. Quests read later know from it where we are admin.
    pub async fn teams(&self) -> Result<Vec<TeamRole>, OuroError> {
        let answer = self.ask(&Call::get(&["teams"]).with("joined", &true)).await?;
        let teams = wire::team_roles(&answer.open()?).map_err(|error| answer.signed(error))?;
        self.learn(|known| known.learn_teams(&teams));
        Ok(teams)
    }

    /// Our organizations. Quests read later know from it where we are admin.
    pub async fn organizations(&self) -> Result<Vec<OrgRole>, OuroError> {
        let answer = self.ask(&Call::get(&["organizations", "user"])).await?;
        let orgs = wire::org_roles(&answer.open()?).map_err(|error| answer.signed(error))?;
        self.learn(|known| known.learn_orgs(&orgs));
        Ok(orgs)
    }

    /// A page of quests, last changed first, at most 200. The next page begins at `offset` + [`Page::received`].
    pub async fn quests(&self, scope: &QuestScope, offset: u32) -> Result<Page<Quest>, OuroError> {
        let call = Call::get(&["search", "assets"])
            .with("limit", &SEARCH_PAGE)
            .with("offset", &offset)
            .with("scope", &"all")
            .with("sort", &"updated")
            .with("filters", &filters(scope));
        let answer = self.ask(&call).await?;
        let known = self.known();
        wire::page(&answer.open()?, |row| wire::quest(row, &known)).map_err(|error| answer.signed(error))
    }

    /// A quest with its items and their briefs, the items in their order.
    pub async fn quest(&self, id: QuestId) -> Result<QuestDetail, OuroError> {
        let answer = self.ask(&Call::get(&["quests", &id.to_string()])).await?;
        let envelope = answer.open()?;
        let garbled = || answer.signed(OuroError::new(ErrorKind::Garbled, "the answer is no quest"));
        let quest = wire::quest(envelope.data().map_err(|error| answer.signed(error))?, &self.known());
        let quest = quest.filter(|quest| quest.id == id).ok_or_else(garbled)?;
        let items = match wire::items_of(&envelope, id) {
            Some(items) => self.placed(items),
            None => self.items(id).await?,
        };
        Ok(QuestDetail { quest, items })
    }

    /// The items of a quest, in their order.
    async fn items(&self, quest: QuestId) -> Result<Vec<ItemDetail>, OuroError> {
        let answer = self.ask(&Call::get(&["quests", &quest.to_string(), "items"])).await?;
        let items = wire::items(&answer.open()?, quest).map_err(|error| answer.signed(error))?;
        Ok(self.placed(items))
    }

    /// Keeps the items' places for later answers about one of them.
    fn placed(&self, items: Vec<ItemDetail>) -> Vec<ItemDetail> {
        let mut places = self.0.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.extend(items.iter().map(|detail| (detail.item.id, detail.item.number)));
        items
    }

    /// An answer about one item, which does not tell its place, and sometimes little more than id and status: then
    /// the whole is read again, if that can be had.
    async fn completed(&self, quest: QuestId, answered: ItemDetail) -> ItemDetail {
        if answered.brief.is_empty()
            && let Ok(items) = self.items(quest).await
            && let Some(whole) = items.into_iter().find(|detail| detail.item.id == answered.item.id)
        {
            return whole;
        }
        let places = self.0.places.lock().unwrap_or_else(PoisonError::into_inner);
        let number = places.get(&answered.item.id).copied().unwrap_or(answered.item.number);
        ItemDetail { item: Item { number, ..answered.item }, ..answered }
    }

    /// A page of a quest's entries, at most 200. The server's order is not documented; the next page begins at
    /// `offset` + [`Page::received`].
    pub async fn entries(
        &self,
        quest: QuestId,
        filter: Option<EntryFilter>,
        offset: u32,
        limit: u32,
    ) -> Result<Page<Entry>, OuroError> {
        let call = Call::get(&["quests", &quest.to_string(), "entries"])
            .with("limit", &limit.clamp(1, 200))
            .with("offset", &offset)
            .with("status", &filter.map_or("", EntryFilter::word));
        let answer = self.ask(&call).await?;
        wire::page(&answer.open()?, |row| wire::entry(row, quest, None)).map_err(|error| answer.signed(error))
    }

    /// Decides an entry; accepting may pay. The answer is the entry as it stands now, which may differ from what was
    /// asked for. After a failure, [`OuroError::fate`] says whether it may have been done.
    pub async fn review(
        &self,
        quest: QuestId,
        entry: EntryId,
        verdict: ReviewVerdict,
        note: Option<&str>,
    ) -> Result<Entry, OuroError> {
        let mut body = json!({ "status": verdict.word() });
        put_note(&mut body, "review", note)?;
        let path = ["quests", &quest.to_string(), "entries", &entry.to_string(), "review"];
        let answer = self.ask(&Call::write(Verb::Put, &path, body.to_string())).await?;
        let garbled =
            || answer.signed(OuroError::new(ErrorKind::Garbled, "the answer is not the reviewed entry"));
        let data = answer.open()?.data().map_err(|error| answer.signed(error))?;
        wire::entry(data, quest, None).filter(|found| found.row.id == entry).ok_or_else(garbled)
    }

    /// Sets an item's status by hand. The item's `number` is its place as the quest was last read; the server's sort
    /// order if it never was.
    pub async fn set_item_status(
        &self,
        quest: QuestId,
        item: ItemId,
        status: &ItemStatus,
    ) -> Result<ItemDetail, OuroError> {
        let path = ["quests", &quest.to_string(), "items", &item.to_string()];
        let body = json!({ "item": { "status": status.word() } });
        let answer = self.ask(&Call::write(Verb::Put, &path, body.to_string())).await?;
        let garbled =
            || answer.signed(OuroError::new(ErrorKind::Garbled, "the answer is not the changed item"));
        let data = answer.open()?.data().map_err(|error| answer.signed(error))?;
        let found = wire::item(data, quest).filter(|found| found.item.id == item).ok_or_else(garbled)?;
        Ok(self.completed(quest, found).await)
    }

    /// Completes an item ourselves: an accepted entry of our own, and the item done. Never repeat it unread: each
    /// call may create another entry and pay again.
    pub async fn complete_item(
        &self,
        quest: QuestId,
        item: ItemId,
        note: Option<&str>,
    ) -> Result<(Entry, ItemDetail), OuroError> {
        let mut body = json!({});
        put_note(&mut body, "description", note)?;
        let path = ["quests", &quest.to_string(), "items", &item.to_string(), "complete"];
        let answer = self.ask(&Call::write(Verb::Post, &path, body.to_string())).await?;
        let garbled = || answer.signed(OuroError::new(ErrorKind::Garbled, "the answer is no completion"));
        let data = answer.open()?.object().map_err(|error| answer.signed(error))?;
        let entry = data.get("entry").and_then(|raw| wire::entry(raw, quest, self.known().me));
        let detail = data.get("item").and_then(|raw| wire::item(raw, quest));
        let detail = detail.filter(|found| found.item.id == item);
        let (entry, detail) = (entry.ok_or_else(garbled)?, detail.ok_or_else(garbled)?);
        Ok((entry, self.completed(quest, detail).await))
    }

    /// A person's profile.
    pub async fn person(&self, id: UserId) -> Result<Person, OuroError> {
        let answer = self.ask(&Call::get(&["users", &id.to_string()])).await?;
        let garbled = || answer.signed(OuroError::new(ErrorKind::Garbled, "the answer is no profile"));
        let data = answer.open()?.object().map_err(|error| answer.signed(error))?;
        wire::person(&data, Some(id)).ok_or_else(garbled)
    }

    /// What our wallets hold, two requests at once. A wallet that could not be read is none; only if neither could
    /// it is an error.
    pub async fn balances(&self) -> Result<Balances, OuroError> {
        let (sats, cents) = (Call::get(&["wallet", "balance"]), Call::get(&["stripe", "wallet", "balance"]));
        let (sats, cents) = tokio::join!(self.ask(&sats), self.ask(&cents));
        let open = |answer: &Result<Answer, OuroError>| match answer {
            Ok(answer) => answer.open().and_then(|envelope| wire::Wallet::read(&envelope)),
            Err(error) => Err(error.clone()),
        };
        match (open(&sats), open(&cents)) {
            (Err(error), Err(_)) => Err(error),
            (sats, cents) => Ok(wire::balances(sats.ok(), cents.ok())),
        }
    }

    pub(super) async fn ask(&self, call: &Call) -> Result<Answer, OuroError> {
        self.0.caller.ask(call).await
    }

    pub(super) fn caller(&self) -> &Caller {
        &self.0.caller
    }

    fn learn(&self, what: impl FnOnce(&mut Known)) {
        what(&mut self.0.known.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn known(&self) -> Known {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("requests_made", &self.requests_made()).finish_non_exhaustive()
    }
}

//! The calls of the Ouro API that the desk makes.

use std::fmt::{self, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use serde_json::json;

use super::answer::{Answer, TokenDoubt};
use super::session::{Session, Token};
use super::transport::{Call, Transport, Verb};
use super::wire::{self, Balances, Entry, ItemDetail, Known, Memberships, Page, QuestDetail};
use super::{ErrorKind, KeyInfo, OrgRef, OuroError, Settings};
use crate::domain::{Account, EntryId, ItemId, ItemStatus, OrgId, Person, Quest, QuestId, TeamId, UserId};

/// The most rows that a search answers with.
const SEARCH_PAGE: u32 = 200;

/// The longest note that is sent, in bytes. The server names no limit (contract, U22).
const NOTE_LIMIT: usize = 64 << 10;

/// Which quests to list. An empty scope lists all that are visible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QuestScope {
    /// Of this team only.
    pub team: Option<TeamId>,
    /// Of this organization only.
    pub org: Option<OrgId>,
    /// Of this owner only.
    pub owner: Option<UserId>,
}

/// Which entries of a quest to list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryFilter {
    /// Those that wait for a decision.
    Submitted,
    /// Those that were accepted.
    Accepted,
    /// Those that were rejected.
    Rejected,
}

impl EntryFilter {
    const fn word(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
        }
    }
}

/// A reviewer's decision as the server takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReviewVerdict {
    /// Accept: may pay.
    Accept,
    /// Reject.
    Reject,
}

impl ReviewVerdict {
    const fn word(self) -> &'static str {
        match self {
            Self::Accept => "accepted",
            Self::Reject => "rejected",
        }
    }
}

/// A client of one server with one key. Cheap to clone; all clones share session, connections and counters.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    transport: Arc<Transport>,
    session: Arc<Session>,
    pin: Option<OrgRef>,
    /// The pinned organization's id, once a name was resolved.
    pinned: tokio::sync::OnceCell<OrgId>,
    /// What was learnt about us: lets quests say whether we may review them.
    known: Mutex<Known>,
}

impl Client {
    /// A client; sends nothing yet.
    pub fn new(settings: Settings) -> Result<Self, OuroError> {
        let transport = Arc::new(Transport::new(settings.base_url, settings.timeouts)?);
        let session = Arc::new(Session::new(settings.key));
        Ok(Self(Arc::new(Inner {
            transport,
            session,
            pin: settings.org,
            pinned: tokio::sync::OnceCell::new(),
            known: Mutex::new(Known::default()),
        })))
    }

    /// Every HTTP request so far, exchanges included.
    #[must_use]
    pub fn requests_made(&self) -> u64 {
        self.0.transport.requests()
    }

    /// What the server told about the key; exchanges it first if that did not happen yet. Empty if it failed.
    pub async fn key_info(&self) -> KeyInfo {
        let _ = self.0.session.token(&self.0.transport, None).await;
        self.0.session.key_info()
    }

    /// Who is signed in. Quests read later know from it which are ours.
    pub async fn account(&self) -> Result<Account, OuroError> {
        let answer = self.ask(&Call::get(&["user"])).await?;
        let account = wire::account(&answer.open()?).map_err(|error| answer.signed(error))?;
        self.learn(|known| known.me = Some(account.id));
        Ok(account)
    }

    /// The teams and organizations we belong to, two requests. Quests read later know from it where we are admin.
    pub async fn memberships(&self) -> Result<Memberships, OuroError> {
        let teams = self.ask(&Call::get(&["teams"]).with("joined", &true)).await?;
        let orgs = self.ask(&Call::get(&["organizations", "user"])).await?;
        let memberships = Memberships {
            teams: wire::team_roles(&teams.open()?).map_err(|error| teams.signed(error))?,
            orgs: wire::org_roles(&orgs.open()?).map_err(|error| orgs.signed(error))?,
        };
        self.learn(|known| known.learn(&memberships));
        Ok(memberships)
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
            Some(items) => items,
            None => self.items(id).await?,
        };
        Ok(QuestDetail { quest, items })
    }

    /// The items of a quest, in their order.
    async fn items(&self, quest: QuestId) -> Result<Vec<ItemDetail>, OuroError> {
        let answer = self.ask(&Call::get(&["quests", &quest.to_string(), "items"])).await?;
        wire::items(&answer.open()?, quest).map_err(|error| answer.signed(error))
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

    /// Sets an item's status by hand. A single item's answer does not tell its place in the quest: `number` is then
    /// the server's sort order.
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
        wire::item(data, quest).filter(|found| found.item.id == item).ok_or_else(garbled)
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
        Ok((entry.ok_or_else(garbled)?, detail.ok_or_else(garbled)?))
    }

    /// A person's profile.
    pub async fn person(&self, id: UserId) -> Result<Person, OuroError> {
        let answer = self.ask(&Call::get(&["users", &id.to_string()])).await?;
        let garbled = || answer.signed(OuroError::new(ErrorKind::Garbled, "the answer is no profile"));
        let data = answer.open()?.object().map_err(|error| answer.signed(error))?;
        wire::person(&data, Some(id)).ok_or_else(garbled)
    }

    /// What our wallets hold, two requests at once. A wallet that the server keeps from us is none; only if both
    /// fail is it an error.
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

    /// Sends a call with a token, and once more with a new one if the server did not know the token. A write is
    /// repeated only after a 401: that one proves that nothing was done.
    async fn ask(&self, call: &Call) -> Result<Answer, OuroError> {
        let org = self.pinned().await.map_err(OuroError::before_sending)?;
        self.ask_in(call, org).await
    }

    async fn ask_in(&self, call: &Call, org: Option<OrgId>) -> Result<Answer, OuroError> {
        let inner = &self.0;
        let token = inner.session.token(&inner.transport, None).await?;
        let answer = inner.transport.send(call, &headers(&token, org)).await?;
        let Some(doubt) = answer.asks_for_token() else { return Ok(answer) };
        let renewed = inner.session.token(&inner.transport, Some(token.number)).await;
        if doubt == TokenDoubt::CallerLost && call.is_write() {
            return Ok(answer);
        }
        let renewed = renewed?;
        let answer = inner.transport.send(call, &headers(&renewed, org)).await?;
        // The second time it is final and means what a 401 means; about a write it still proves nothing.
        let lost_write = answer.asks_for_token() == Some(TokenDoubt::CallerLost) && call.is_write();
        match answer.open() {
            Err(error) if answer.asks_for_token().is_some() && !lost_write => {
                Err(OuroError { kind: ErrorKind::Unauthorized, ..error })
            }
            _ => Ok(answer),
        }
    }

    /// The pinned organization's id; a name is resolved once.
    async fn pinned(&self) -> Result<Option<OrgId>, OuroError> {
        let name = match &self.0.pin {
            None => return Ok(None),
            Some(OrgRef::Id(id)) => return Ok(Some(*id)),
            Some(OrgRef::Name(name)) => name,
        };
        let resolve = || async {
            let answer = self.ask_in(&Call::get(&["organizations", "by-name", name]), None).await?;
            let garbled =
                || answer.signed(OuroError::new(ErrorKind::Garbled, "the answer is no organization"));
            let data = answer.open()?.object().map_err(|error| answer.signed(error))?;
            data.id("id").ok_or_else(garbled)
        };
        self.0.pinned.get_or_try_init(resolve).await.copied().map(Some)
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

/// The headers of a call (contract, 1.3). The token goes bare: the server puts `Bearer` before it itself.
fn headers(token: &Token, pin: Option<OrgId>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, token.bearer.clone());
    if let Some(name) = &token.key_name {
        headers.insert(HeaderName::from_static("x-ouro-key-name"), name.clone());
    }
    // All zeros is the personal context, which is meant by sending nothing.
    let org = pin.or(token.key.org).filter(|org| !org.uuid().is_nil());
    if let Some(value) = org.and_then(|org| HeaderValue::from_str(&org.to_string()).ok()) {
        headers.insert(HeaderName::from_static("x-ouro-org"), value);
    }
    headers
}

/// The search's filters: one JSON object as text, spaced as the official clients space it.
fn filters(scope: &QuestScope) -> String {
    let mut text = r#"{"asset_type": "quest""#.to_owned();
    let ids = [
        ("org_id", scope.org.map(|id| id.to_string())),
        ("team_id", scope.team.map(|id| id.to_string())),
        ("user_id", scope.owner.map(|id| id.to_string())),
    ];
    for (key, id) in ids {
        if let Some(id) = id {
            // Writing into a String cannot fail.
            let _ = write!(text, r#", "{key}": "{id}""#);
        }
    }
    text.push('}');
    text
}

/// Puts a note into a body; a blank one is left out, one that is too long is refused unsent.
fn put_note(body: &mut serde_json::Value, key: &str, note: Option<&str>) -> Result<(), OuroError> {
    let Some(note) = note.filter(|note| !note.trim().is_empty()) else { return Ok(()) };
    if note.len() > NOTE_LIMIT {
        let words = format!("the note has {} bytes; {NOTE_LIMIT} are the most that is sent", note.len());
        return Err(OuroError::new(ErrorKind::TooLarge, &words));
    }
    if let Some(fields) = body.as_object_mut() {
        fields.insert(key.to_owned(), note.into());
    }
    Ok(())
}

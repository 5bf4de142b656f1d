//! Reading back what may or may not have been done.
//!
//! There is no call for a single entry (contract, U3), so one pass over a quest's entries resolves everything that
//! is unknown in it: first the lists in which a decided entry would be, then those that are pending. That an entry
//! is nowhere is concluded only from whole passes, and after the decided lists were read once more: it may have
//! moved from one list to the other between two reads.

mod comments;
mod runs;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use super::budget::Moment;
use super::pass::{Pass, Seq, WINDOW_ROWS, Window};
use super::patience::{passes, patiently};
use crate::clock;
use crate::domain::decision::{Act, Decision, Event, Found, NoStep, Stage, Subject, Verdict};
use crate::domain::{
    AssetId, DecisionId, EntryId, EntryStatus, ItemStatus, QuestId, Review, SafeText, Timestamp, UserId,
};
use crate::ouro::{Client, Entry, EntryFilter, ErrorKind, OuroError, Page};
use crate::store::{Store, StoreError};

/// By how much two clocks may differ that were compared, in milliseconds.
const CLOCK_SLACK: i64 = 10_000;

/// A decision that is to be read back.
#[derive(Debug, Clone)]
struct Due {
    quest: QuestId,
    wanted: Wanted,
    at: Moment,
    attempts: u32,
}

/// What is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    /// For which decision.
    pub(super) id: DecisionId,
    /// What it is about.
    pub(super) subject: Subject,
    /// What we asked for: its list is read first.
    verdict: Option<Verdict>,
    /// Whether an evaluation is looked for, not a verdict.
    evaluation: bool,
    /// Runs of an item's evaluation are looked for that were begun since then, by our clock.
    runs_since: Option<Timestamp>,
    /// The comment that is looked for.
    comment: Option<Sought>,
    /// The decision as it stands.
    meant: Box<Decision>,
    /// From then on the request can't be on its way any more: what is not done by then was not.
    settled: Moment,
}

impl Wanted {
    /// Whether what was found may be acted on, if the search began at this time. While the request may still be under
    /// way, that it was not done yet proves nothing.
    fn is_believed(&self, found: &Found, begun: Moment) -> bool {
        let mut after = (*self.meant).clone();
        let stays = after.step(&Event::ReadBack(found.clone()), clock::now()).is_err();
        begun >= self.settled || stays || !matches!(after.stage, Stage::Queued | Stage::Refused { .. })
    }
}

/// A comment of ours that may have been written.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Sought {
    about: AssetId,
    text: SafeText,
    /// When it was made, by our clock.
    made_at: Timestamp,
}

/// Decisions that wait to be read back; one pass a quest at a time.
#[derive(Debug, Default)]
pub(super) struct Readbacks {
    due: BTreeMap<DecisionId, Due>,
    running: HashSet<QuestId>,
}

impl Readbacks {
    /// This decision is unknown: it is to be read back at this time. Until `settled` its request may be under way.
    pub(super) fn add(&mut self, decision: &Decision, at: Moment, settled: Moment) {
        let verdict = match decision.act {
            Act::Review { verdict, .. } => Some(verdict),
            _ => None,
        };
        let comment = match &decision.act {
            Act::Comment { about, text, .. } => {
                Some(Sought { about: *about, text: text.clone(), made_at: decision.made_at })
            }
            _ => None,
        };
        let evaluation = matches!(decision.act, Act::Evaluate { .. });
        let runs_since = matches!(decision.act, Act::Rescore { .. }).then_some(decision.made_at);
        let subject = decision.act.subject();
        let (id, meant) = (decision.id, Box::new(decision.clone()));
        let wanted = Wanted { id, subject, verdict, evaluation, runs_since, comment, meant, settled };
        self.due.entry(decision.id).or_insert(Due { quest: decision.quest, wanted, at, attempts: 0 });
    }

    /// Whether it waits here.
    pub(super) fn has(&self, id: DecisionId) -> bool {
        self.due.contains_key(&id)
    }

    /// How many wait here.
    pub(super) fn len(&self) -> usize {
        self.due.len()
    }

    /// Whether an entry's fate is being looked into.
    pub(super) fn is_about(&self, entry: EntryId) -> bool {
        self.due.values().any(|due| due.wanted.subject == Subject::Entry(entry))
    }

    /// The next quest with something to look for, and all of it whose time has come. How often that failed before
    /// comes with it.
    pub(super) fn begin(&mut self, now: Moment) -> Option<(QuestId, Vec<Wanted>, u32)> {
        let first = self.due.values().filter(|due| due.at <= now && !self.running.contains(&due.quest));
        let quest = first.min_by_key(|due| due.at)?.quest;
        self.running.insert(quest);
        let of_it = || self.due.values().filter(|due| due.quest == quest && due.at <= now);
        let attempts = of_it().map(|due| due.attempts).min().unwrap_or(0);
        Some((quest, of_it().map(|due| due.wanted.clone()).collect(), attempts))
    }

    /// When the next one may begin.
    pub(super) fn next_at(&self) -> Option<Moment> {
        self.due.values().filter(|due| !self.running.contains(&due.quest)).map(|due| due.at).min()
    }

    /// A pass over this quest ended.
    pub(super) fn ended(&mut self, quest: QuestId) {
        self.running.remove(&quest);
    }

    /// It is resolved.
    pub(super) fn done(&mut self, id: DecisionId) {
        self.due.remove(&id);
    }

    /// It could not be resolved and is tried again after `wait` of the number of attempts.
    pub(super) fn again(&mut self, id: DecisionId, now: Moment, wait: impl FnOnce(u32) -> Duration) {
        if let Some(due) = self.due.get_mut(&id) {
            due.at = now + wait(due.attempts);
            due.attempts = due.attempts.saturating_add(1);
        }
    }

    /// Nothing was found of it that could be believed yet: it is looked for once more when it is settled. `false`: it is
    /// settled, and there was no finding at all.
    pub(super) fn settles(&mut self, id: DecisionId, begun: Moment) -> bool {
        match self.due.get_mut(&id) {
            Some(due) if begun < due.wanted.settled => {
                due.at = due.wanted.settled;
                true
            }
            Some(_) => false,
            None => true,
        }
    }

    /// Somebody asks: everything may be looked for now.
    pub(super) fn hurry(&mut self, now: Moment) {
        self.due.values_mut().filter(|due| due.attempts > 0).for_each(|due| due.at = due.at.min(now));
    }
}

/// What one decision's read-back came to.
#[derive(Debug)]
pub(super) struct Resolved {
    pub(super) id: DecisionId,
    /// The decided entry, if there is one.
    pub(super) entry: Option<Entry>,
    /// How many runs were begun, where that was looked for.
    pub(super) runs: Option<u32>,
    /// The decision after it, as the store has it.
    pub(super) after: Result<Result<Decision, NoStep>, StoreError>,
}

/// What a pass over a quest came to.
#[derive(Debug)]
pub(super) struct ReadBack {
    /// What is known now. What was asked for and is not here is still unknown.
    pub(super) resolved: Vec<Resolved>,
    /// Why it ended early, if it did.
    pub(super) error: Option<OuroError>,
    /// Requests it took.
    pub(super) requests: u32,
}

/// Looks for all of `wanted` in one quest, and writes down what was found. `attempts` were made before this one, which
/// begins now.
pub(super) async fn read_back(
    client: Client,
    store: Store,
    (quest, wanted, attempts): (QuestId, Vec<Wanted>, u32),
    me: Option<UserId>,
    begins: Moment,
) -> ReadBack {
    let mut search = Search::new(client, quest, me);
    let mut error = search.look_for(&wanted).await.err();
    // One 404 may be a slip on the way; a second one, after a while, means that it is out of our sight.
    if let Some(kind) = error.as_ref().map(|error| error.kind)
        && matches!(kind, ErrorKind::NotFound | ErrorKind::Forbidden)
        && attempts > 0
    {
        error = None;
        for wanted in &wanted {
            search.found.entry(wanted.id).or_insert((Found::Gone, None));
        }
    }
    let by_id: HashMap<DecisionId, &Wanted> = wanted.iter().map(|wanted| (wanted.id, wanted)).collect();
    search
        .found
        .retain(|id, (found, _)| by_id.get(id).is_none_or(|wanted| wanted.is_believed(found, begins)));
    // All are asked for before the first answer is awaited: they are written down together.
    let steps: Vec<_> = search
        .found
        .into_iter()
        .map(|(id, (found, entry))| {
            let runs = if let Found::Runs(runs) = found { Some(runs) } else { None };
            (id, entry, runs, store.step_now(id, Event::ReadBack(found)))
        })
        .collect();
    let mut resolved = Vec::with_capacity(steps.len());
    for (id, entry, runs, after) in steps {
        resolved.push(Resolved { id, entry, runs, after: after.await });
    }
    ReadBack { resolved, error, requests: search.requests }
}

/// One search through a quest.
pub(super) struct Search {
    client: Client,
    quest: QuestId,
    me: Option<UserId>,
    found: HashMap<DecisionId, (Found, Option<Entry>)>,
    requests: u32,
}

impl Search {
    pub(super) fn new(client: Client, quest: QuestId, me: Option<UserId>) -> Self {
        Self { client, quest, me, found: HashMap::new(), requests: 0 }
    }

    /// Requests it took.
    pub(super) const fn requests(&self) -> u32 {
        self.requests
    }

    /// The entries that were found.
    pub(super) fn into_entries(self) -> Vec<Entry> {
        self.found.into_values().filter_map(|(_, entry)| entry).collect()
    }

    async fn look_for(&mut self, wanted: &[Wanted]) -> Result<(), OuroError> {
        self.statuses(wanted.iter().filter(|wanted| wanted.runs_since.is_none())).await?;
        self.runs(wanted).await?;
        self.comments(wanted).await?;
        let mut entries: HashMap<EntryId, Wanted> = HashMap::new();
        for wanted in wanted {
            if let Subject::Entry(entry) = wanted.subject {
                entries.insert(entry, wanted.clone());
            }
        }
        let accepts = wanted.iter().filter(|wanted| wanted.verdict == Some(Verdict::Accept)).count();
        let decided = if accepts * 2 >= wanted.len() {
            [EntryFilter::Accepted, EntryFilter::Rejected]
        } else {
            [EntryFilter::Rejected, EntryFilter::Accepted]
        };
        let lists = [decided[0], decided[1], EntryFilter::Submitted, decided[0], decided[1]];
        let mut all_whole = true;
        for filter in lists {
            if entries.is_empty() {
                return Ok(());
            }
            all_whole &= self.list(filter, &mut entries).await?;
        }
        if all_whole {
            self.found.extend(entries.into_values().map(|wanted| (wanted.id, (Found::Gone, None))));
        }
        Ok(())
    }

    /// How items stand.
    async fn statuses(&mut self, wanted: impl Iterator<Item = &Wanted>) -> Result<(), OuroError> {
        let items: Vec<_> = wanted
            .filter_map(|wanted| match wanted.subject {
                Subject::Item(item) => Some((wanted.id, item)),
                Subject::Entry(_) | Subject::Comment(_) => None,
            })
            .collect();
        if items.is_empty() {
            return Ok(());
        }
        self.requests += 1;
        let detail = self.client.quest(self.quest).await?;
        for (id, item) in items {
            let status: Option<ItemStatus> = detail
                .items
                .iter()
                .find(|detail| detail.item.id == item)
                .map(|detail| detail.item.status.clone());
            self.found.insert(id, (status.map_or(Found::Gone, Found::Item), None));
        }
        Ok(())
    }

    /// Reads one page.
    async fn page(&mut self, filter: EntryFilter, offset: u32) -> Result<Page<Entry>, OuroError> {
        let Self { client, quest, requests, .. } = self;
        patiently(requests, passes, || client.entries(*quest, Some(filter), offset, WINDOW_ROWS)).await
    }

    /// Reads one list until all is found; says whether it was read whole.
    pub(super) async fn list(
        &mut self,
        filter: EntryFilter,
        entries: &mut HashMap<EntryId, Wanted>,
    ) -> Result<bool, OuroError> {
        let mut pass = Pass::whole(Seq::default());
        loop {
            if let Some(end) = pass.end() {
                return Ok(end.whole);
            }
            for offset in pass.wants() {
                pass.ask(offset);
                let page = self.page(filter, offset).await?;
                let window = Window::of(&page);
                for entry in page.rows {
                    if let Some(wanted) = entries.remove(&entry.row.id) {
                        let found = found(&entry, &wanted, self.me);
                        self.found.insert(wanted.id, (found, Some(entry)));
                    }
                }
                if entries.is_empty() {
                    return Ok(true);
                }
                pass.answer(offset, window);
            }
        }
    }
}

/// What an entry's state means for a decision on it.
fn found(entry: &Entry, wanted: &Wanted, me: Option<UserId>) -> Found {
    match entry.status {
        EntryStatus::Accepted | EntryStatus::Rejected => {
            let review = entry.body.review.clone().unwrap_or(Review {
                status: entry.status.clone(),
                reviewer: None,
                at: None,
                note: SafeText::default(),
            });
            let ours = review.reviewer.is_none() || me.is_none() || review.reviewer == me;
            Found::Decided { review, ours }
        }
        EntryStatus::Submitted | EntryStatus::Other(_) if wanted.evaluation => {
            Found::Evaluation { eval: entry.row.eval.clone(), version: entry.row.version }
        }
        EntryStatus::Submitted | EntryStatus::Other(_) => Found::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::decision::Bound;
    use crate::domain::{Cost, ItemId, SessionId, Timestamp};

    fn decision(n: u8, quest: u8) -> Decision {
        Decision {
            id: DecisionId::from_bytes([n; 16]),
            session: SessionId::from_bytes([1; 16]),
            batch: None,
            quest: QuestId::from_bytes([quest; 16]),
            act: Act::SetItem { item: ItemId::from_bytes([n; 16]), status: ItemStatus::Done },
            bound: Bound::Item(ItemStatus::Pending),
            cost: Cost::default(),
            label: SafeText::default(),
            made_at: Timestamp::default(),
            changed_at: Timestamp::default(),
            attempts: 1,
            began: None,
            stage: Stage::Sending,
        }
    }

    const fn s(seconds: u64) -> Moment {
        Moment::from_secs(seconds)
    }

    #[test]
    fn one_pass_takes_everything_of_a_quest_whose_time_has_come() {
        let mut readbacks = Readbacks::default();
        for (n, quest, at) in [(1, 1, 5), (2, 1, 6), (3, 1, 9), (4, 2, 7)] {
            readbacks.add(&decision(n, quest), s(at), s(0));
        }
        assert_eq!(readbacks.next_at(), Some(s(5)));
        assert!(readbacks.begin(s(4)).is_none());
        let (quest, wanted, attempts) = readbacks.begin(s(8)).unwrap();
        assert_eq!((quest, wanted.len(), attempts), (QuestId::from_bytes([1; 16]), 2, 0));
        assert_eq!(readbacks.begin(s(9)).unwrap().0, QuestId::from_bytes([2; 16]));
        assert!(readbacks.begin(s(20)).is_none(), "one pass a quest at a time");
    }

    #[test]
    fn what_could_not_be_resolved_comes_again_later_and_later() {
        let mut readbacks = Readbacks::default();
        readbacks.add(&decision(1, 1), s(0), s(0));
        for attempt in 0..3 {
            let (quest, wanted, attempts) = readbacks.begin(s(100)).unwrap();
            assert_eq!(attempts, attempt);
            readbacks.again(wanted[0].id, s(100), |attempts| s(u64::from(attempts)));
            readbacks.ended(quest);
            assert_eq!(readbacks.next_at(), Some(s(100 + u64::from(attempt))));
            readbacks.hurry(s(50));
        }
        readbacks.done(DecisionId::from_bytes([1; 16]));
        assert_eq!(readbacks.next_at(), None);
    }

    #[test]
    fn that_it_was_not_done_is_believed_only_once_it_cannot_be_on_its_way() {
        let mut readbacks = Readbacks::default();
        let unknown = Stage::Unknown { why: "lost".into(), refusal: None, since: Timestamp::default() };
        readbacks.add(&Decision { stage: unknown, ..decision(1, 1) }, s(2), s(35));
        let (quest, wanted, _) = readbacks.begin(s(2)).unwrap();
        let (not_done, done) = (Found::Item(ItemStatus::Pending), Found::Item(ItemStatus::Done));
        assert!(!wanted[0].is_believed(&not_done, s(34)) && wanted[0].is_believed(&not_done, s(35)));
        assert!(wanted[0].is_believed(&done, s(2)), "that it was is true at any time");
        assert!(readbacks.settles(wanted[0].id, s(2)));
        readbacks.ended(quest);
        assert_eq!(readbacks.next_at(), Some(s(35)), "it is looked for once more then");
        assert!(!readbacks.settles(wanted[0].id, s(35)));
    }
}

//! What a decision on many comes to: computed from what is known here, without asking anybody, in one pass.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use crate::config::ConfirmPaid;
use crate::domain::decision::{Bound, Subject, Verdict};
use crate::domain::{
    Currency, EntryId, EvalStatus, ItemId, Money, QuestId, QuestKind, Reviewing, Reward, SafeText, UserId,
};

use super::super::State;
use super::super::decide::Proposal;
use super::super::evals::Known;
use super::super::reasons::Unfilled;
use super::What;

/// How many odd ones are shown.
const ODD: usize = 2;

/// What a bulk comes to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// What would be recorded, in the order of the list.
    pub taken: Vec<Proposal>,
    /// What would not, by the reason why.
    pub left_out: Vec<LeftOut>,
    /// How many of each quest, the most first.
    pub by_quest: Vec<(QuestId, u32)>,
    /// How many items they are of.
    pub items: usize,
    /// What it pays, by currency.
    pub sums: Vec<Sum>,
    /// Experience points awarded.
    pub xp: i64,
    /// Whose entries they are, with how many, the most first.
    pub people: Vec<(UserId, u32)>,
    /// Entries whose header was never on the screen.
    pub unopened: Vec<EntryId>,
    /// Entries that the list does not show now.
    pub unlisted: u32,
    /// The words as they will be sent: of the first, the longest, the odd ones.
    pub previews: Vec<Preview>,
    /// What it ends: quests that close, entries that stay undecided.
    pub ends: Vec<SafeText>,
    /// Runs of evaluations that it starts.
    pub runs: Runs,
    /// What has to be typed before it is agreed to: the total of each currency, or the number of runs.
    pub to_type: Vec<ToType>,
}

/// Entries or items that are left out, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct LeftOut {
    /// Why, in words that are the same for all of them.
    pub why: SafeText,
    /// Which.
    pub subjects: Vec<Subject>,
}

/// Runs of evaluations, and what is known of their price.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Runs {
    /// How many.
    pub all: u32,
    /// Those that cost nothing, the server says.
    pub free: u32,
    /// Those whose price it is being asked.
    pub asking: u32,
    /// Those whose price is not known, by the reason why.
    pub unknown: Vec<(SafeText, u32)>,
    /// The dearest one that is above the cap for one entry.
    pub over_cap: Option<Money>,
    /// What the entries would bring, were all accepted by their results.
    pub may_pay: Vec<Reward>,
}

impl Runs {
    /// Whether their sums are all there is to say of what they cost.
    #[must_use]
    pub const fn are_priced(&self) -> bool {
        self.asking == 0 && self.unknown.is_empty()
    }
}

/// What is paid in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    /// What leaves escrow; of runs, what they cost.
    pub gross: Money,
    /// What the platform keeps of it, if it is known for all of them.
    pub fee: Option<Money>,
    /// How many entries pay in it, or runs cost.
    pub count: u32,
    /// What the wallet lacks, as far as it is ours to see.
    pub short: Option<Money>,
    /// What this session agreed to pay, and what it would come to with these; only where agreements are made, and
    /// only if it goes beyond.
    pub beyond: Option<(Option<Money>, Money)>,
}

/// Why some words are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// They are the same for all.
    All,
    /// Of the first.
    First,
    /// The longest.
    Longest,
    /// Of one that is unlike the others.
    Odd,
}

/// Words as they will be sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// Why they are shown.
    pub shown: Shown,
    /// Of what: `#3 Curie temps · bot-7`.
    pub label: SafeText,
    /// The words.
    pub words: SafeText,
}

/// Something that is typed to agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ToType {
    /// A sum.
    Total(Money),
    /// A number of runs.
    Runs(u32),
}

impl Plan {
    /// Plans what is meant for these subjects.
    #[must_use]
    pub fn of(state: &State, what: &What, subjects: &[Subject]) -> Self {
        let mut planner = Planner::new(state, what);
        for &subject in subjects {
            match planner.propose(subject) {
                Ok(proposal) => planner.take(proposal),
                Err(why) => planner.leave_out(why, subject),
            }
        }
        planner.finish(subjects)
    }

    /// Whether it takes a session further than another one that was agreed to.
    #[must_use]
    pub fn goes_beyond(&self, agreed: &Self) -> bool {
        self.sums.iter().any(|sum| {
            let same = agreed.sums.iter().find(|agreed| agreed.gross.currency == sum.gross.currency);
            let most = same.and_then(|agreed| agreed.beyond).map(|(_, after)| after.amount);
            sum.beyond.is_some_and(|(_, after)| most.is_none_or(|most| after.amount > most))
        })
    }
}

struct Planner<'s> {
    state: &'s State,
    what: &'s What,
    plan: Plan,
    out: HashMap<SafeText, usize>,
    quests: HashMap<QuestId, u32>,
    items: HashSet<ItemId>,
    people: HashMap<UserId, u32>,
    sums: BTreeMap<Currency, (i64, Option<i64>, u32)>,
    /// How many are of each kind, for the odd ones, and the first of it.
    kinds: HashMap<(Option<ItemId>, EvalStatus), (u32, usize)>,
}

impl<'s> Planner<'s> {
    fn new(state: &'s State, what: &'s What) -> Self {
        Self {
            state,
            what,
            plan: Plan::default(),
            out: HashMap::new(),
            quests: HashMap::new(),
            items: HashSet::new(),
            people: HashMap::new(),
            sums: BTreeMap::new(),
            kinds: HashMap::new(),
        }
    }

    fn propose(&self, subject: Subject) -> Result<Proposal, SafeText> {
        match (self.what, subject) {
            (What::Items(status), Subject::Item(item)) => {
                if self.state.decisions.is_open(subject) {
                    return Err("decided here already".into());
                }
                self.state.propose_status(item, status)
            }
            (What::Review(verdict, words), Subject::Entry(entry)) => {
                self.fit_for(entry, *verdict == Verdict::Accept)?;
                let row = self.state.desk.queue.row(entry).ok_or("no longer pending")?;
                let note = words.for_entry(entry, &self.state.facts_of(&row)).map_err(unfilled)?;
                if *verdict == Verdict::Reject && note.is_none() {
                    return Err("no reason".into());
                }
                let proposal = self.state.review_of(entry, *verdict, note)?;
                match proposal.cost.gross {
                    Some(gross) if self.state.is_over_cap(gross) => {
                        Err("above your cap for one entry: decide it by itself".into())
                    }
                    _ => Ok(proposal),
                }
            }
            (What::Rescore, Subject::Item(item)) => {
                self.state.rescore_of(item).map(|proposal| self.state.priced(proposal))
            }
            (What::Evaluate, Subject::Entry(entry)) => {
                self.fit_for(entry, true)?;
                let proposal = self.state.priced(self.state.evaluation_of(entry)?);
                match proposal.cost.gross {
                    Some(gross) if self.state.is_over_cap(gross) => {
                        Err("its run is above your cap for one entry: evaluate it by itself".into())
                    }
                    _ => Ok(proposal),
                }
            }
            _ => Err("not of this kind".into()),
        }
    }

    /// What keeps an entry out of any bulk, in words without names or numbers, so that many are one line.
    fn fit_for(&self, entry: EntryId, spends: bool) -> Result<(), SafeText> {
        let state = self.state;
        let row = state.desk.queue.row(entry).ok_or("no longer pending")?;
        if state.decisions.is_open(Subject::Entry(entry)) {
            return Err("decided here already".into());
        }
        if let Some(Reviewing::Refused(_)) = state.desk.quest(row.quest).map(|quest| &quest.reviewing) {
            return Err("of a quest that you may read, not review".into());
        }
        if spends && state.shell.account.as_ref().is_some_and(|account| account.id == row.contributor) {
            return Err("your own: decide it by itself".into());
        }
        if spends && row.eval == EvalStatus::Running {
            return Err("its evaluation is still running".into());
        }
        Ok(())
    }

    fn leave_out(&mut self, why: SafeText, subject: Subject) {
        if let Some(&at) = self.out.get(&why) {
            self.plan.left_out[at].subjects.push(subject);
        } else {
            self.out.insert(why.clone(), self.plan.left_out.len());
            self.plan.left_out.push(LeftOut { why, subjects: vec![subject] });
        }
    }

    fn take(&mut self, proposal: Proposal) {
        *self.quests.entry(proposal.quest).or_default() += 1;
        self.plan.xp = self.plan.xp.saturating_add(proposal.cost.xp);
        self.take_runs(&proposal);
        if let Some(gross) = proposal.cost.gross {
            let sum = self.sums.entry(gross.currency).or_insert((0, Some(0), 0));
            sum.0 = sum.0.saturating_add(gross.amount);
            sum.1 = sum.1.zip(proposal.cost.fee).map(|(sum, fee)| sum.saturating_add(fee.amount));
            sum.2 = sum.2.saturating_add(proposal.act.runs().max(1));
        }
        match proposal.act.subject() {
            Subject::Entry(entry) => self.take_entry(entry, &proposal),
            Subject::Item(item) => {
                self.items.insert(item);
            }
            Subject::Comment(_) => {}
        }
        self.plan.taken.push(proposal);
    }

    /// Counts the runs of an act by what is known of their price.
    fn take_runs(&mut self, proposal: &Proposal) {
        let count = proposal.act.runs();
        if count == 0 {
            return;
        }
        let price = self.state.run_price_of(&proposal.act);
        let runs = &mut self.plan.runs;
        runs.all = runs.all.saturating_add(count);
        match price {
            Known::Asking => runs.asking = runs.asking.saturating_add(count),
            Known::Costs(price) if price.amount == 0 => runs.free = runs.free.saturating_add(count),
            Known::Costs(price) => {
                let dearer = runs.over_cap.is_none_or(|dearest| price.amount > dearest.amount);
                if self.state.is_over_cap(price) && dearer {
                    runs.over_cap = Some(price);
                }
            }
            Known::Unsaid(why) => match runs.unknown.iter_mut().find(|(known, _)| *known == why) {
                Some((_, counted)) => *counted = counted.saturating_add(count),
                None => runs.unknown.push((why, count)),
            },
        }
        if let Some(reward) = self.state.reward_of_run(&proposal.act) {
            add_reward(&mut runs.may_pay, reward);
        }
    }

    fn take_entry(&mut self, entry: EntryId, proposal: &Proposal) {
        let Some(row) = self.state.desk.queue.row(entry) else { return };
        self.items.extend(row.item);
        *self.people.entry(row.contributor).or_default() += 1;
        let place = self.plan.taken.len();
        self.kinds.entry((row.item, row.eval)).or_insert((0, place)).0 += 1;
        if let Bound::Entry(version) = proposal.bound {
            let needed = Duration::from_millis(self.state.settings.seen_millis);
            if !self.state.decisions.seen.was_opened(entry, version, needed, self.state.now) {
                self.plan.unopened.push(entry);
            }
        }
        self.plan.unlisted += u32::from(!self.state.desk.queue.is_listed(entry));
    }

    fn finish(mut self, subjects: &[Subject]) -> Plan {
        self.plan.by_quest = most_first(std::mem::take(&mut self.quests));
        self.plan.people = most_first(std::mem::take(&mut self.people));
        self.plan.items = self.items.len();
        self.plan.sums = self.sums.iter().map(|(currency, sum)| self.sum(*currency, *sum)).collect();
        self.plan.previews = self.previews();
        if let What::Items(status) = self.what
            && status.is_terminal()
        {
            self.plan.ends = self.ends(subjects);
        }
        self.plan.to_type = self.to_type();
        self.plan
    }

    fn sum(&self, currency: Currency, (gross, fee, count): (i64, Option<i64>, u32)) -> Sum {
        let money = |amount| Money { currency, amount };
        let wallet = self.state.shell.wallet.iter().find(|balance| balance.currency() == currency);
        let holds = wallet.map(|wallet| wallet.available.amount.saturating_add(wallet.escrowed.amount));
        let short = holds.map(|holds| gross.saturating_sub(holds)).filter(|short| *short > 0);
        let beyond = || {
            let after = self.state.decisions.committed(currency).amount.saturating_add(gross);
            let agreed = self.state.decisions.envelope.agreed(currency);
            agreed.is_none_or(|agreed| after > agreed.amount).then_some((agreed, money(after)))
        };
        Sum {
            gross: money(gross),
            fee: fee.map(money),
            count,
            short: short.map(money),
            beyond: (self.state.settings.confirm_paid == ConfirmPaid::Envelope).then(beyond).flatten(),
        }
    }

    fn previews(&self) -> Vec<Preview> {
        let taken = &self.plan.taken;
        let note =
            |place: usize| taken.get(place).and_then(|proposal| Some((proposal, proposal.act.note()?)));
        let preview = |shown, place: usize| {
            note(place).map(|(proposal, words)| Preview {
                shown,
                label: proposal.label.clone(),
                words: words.clone(),
            })
        };
        let Some((_, first)) = note(0) else { return Vec::new() };
        let plain = matches!(self.what, What::Review(_, words) if words.are_plain());
        if plain || taken.iter().all(|proposal| proposal.act.note() == Some(first)) {
            return preview(Shown::All, 0).into_iter().collect();
        }
        let length = |place: usize| note(place).map_or(0, |(_, words)| words.as_str().len());
        let longest = (0..taken.len()).max_by_key(|&place| (length(place), std::cmp::Reverse(place)));
        let longest = longest.filter(|&place| place > 0);
        let mut odd: Vec<usize> = if self.kinds.len() > 1 {
            self.kinds.values().filter(|(count, _)| *count == 1).map(|(_, place)| *place).collect()
        } else {
            Vec::new()
        };
        odd.sort_unstable();
        odd.retain(|place| *place > 0 && Some(*place) != longest);
        odd.truncate(ODD);
        let odd = odd.into_iter().filter_map(|place| preview(Shown::Odd, place));
        let longest = longest.and_then(|place| preview(Shown::Longest, place));
        preview(Shown::First, 0).into_iter().chain(longest).chain(odd).collect()
    }

    /// What setting many items to a terminal status ends, all of them taken together.
    fn ends(&self, subjects: &[Subject]) -> Vec<SafeText> {
        let desk = &self.state.desk;
        let mut ends = Vec::new();
        let undecided: u32 = self.items.iter().map(|item| desk.queue.count_item(*item)).sum();
        if undecided > 0 {
            ends.push(SafeText::line(&format!(
                "{undecided} {} of them {} undecided",
                if undecided == 1 { "entry" } else { "entries" },
                if undecided == 1 { "stays" } else { "stay" }
            )));
        }
        let chosen: HashSet<ItemId> = subjects
            .iter()
            .filter_map(|subject| match subject {
                Subject::Item(item) => Some(*item),
                Subject::Entry(_) | Subject::Comment(_) => None,
            })
            .collect();
        for (quest, _) in &self.plan.by_quest {
            let Some(quest) = desk.quest(*quest).filter(|quest| quest.kind == QuestKind::Closable) else {
                continue;
            };
            let mut items = desk.items.of(quest.id).iter().filter_map(|item| desk.item(*item));
            if items.all(|item| item.status.is_terminal() || chosen.contains(&item.id)) {
                let left = desk.queue.count_quest(quest.id);
                ends.push(SafeText::line(&format!("closes the quest {}: {left} undecided", quest.name)));
            }
        }
        let reserved = self.items.iter().filter_map(|item| desk.item(*item)).any(|item| item.reward.pays());
        if reserved && !ends.is_empty() {
            ends.push("what is reserved for them goes back to the owner".into());
        }
        ends
    }

    fn to_type(&self) -> Vec<ToType> {
        let settings = &self.state.settings;
        let limit = |currency| match currency {
            Currency::Btc => settings.type_total_over_sats,
            Currency::Usd => settings.type_total_over_cents,
            Currency::Other(_) => Some(0),
        };
        let unopened: HashSet<EntryId> = self.plan.unopened.iter().copied().collect();
        let pays_unopened = |currency: Currency| {
            self.plan.taken.iter().any(|proposal| {
                proposal.cost.gross.is_some_and(|gross| gross.currency == currency)
                    && matches!(proposal.act.subject(), Subject::Entry(entry) if unopened.contains(&entry))
            })
        };
        let totals = self.plan.sums.iter().filter(|sum| {
            let currency = sum.gross.currency;
            limit(currency).is_some_and(|limit| sum.gross.amount > limit)
                || sum.beyond.is_some()
                || pays_unopened(currency)
                || self.plan.runs.over_cap.is_some_and(|price| price.currency == currency)
        });
        let mut to_type: Vec<ToType> = totals.map(|sum| ToType::Total(sum.gross)).collect();
        // A total that is typed covers its runs; what costs nobody knows how much does not go without a word.
        let runs = &self.plan.runs;
        if runs.all > 0 && (to_type.is_empty() || !runs.are_priced()) {
            to_type.push(ToType::Runs(runs.all));
        }
        to_type
    }
}

fn most_first<T: Copy + Ord>(counts: HashMap<T, u32>) -> Vec<(T, u32)> {
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_unstable_by_key(|&(of, count)| (std::cmp::Reverse(count), of));
    counts
}

/// Adds a reward to those of its currency.
fn add_reward(sums: &mut Vec<Reward>, reward: Reward) {
    let currency = |reward: &Reward| reward.money.map(|money| money.currency);
    let Some(sum) = sums.iter_mut().find(|sum| currency(sum) == currency(&reward)) else {
        return sums.push(reward);
    };
    sum.xp = sum.xp.saturating_add(reward.xp);
    if let (Some(sum), Some(money)) = (&mut sum.money, reward.money) {
        sum.amount = sum.amount.saturating_add(money.amount);
    }
}

fn unfilled(why: Unfilled) -> SafeText {
    match why {
        Unfilled::Missing(placeholder) => {
            SafeText::line(&format!("{{{}}} would stay empty", placeholder.name()))
        }
        Unfilled::Empty => "the reason would be empty".into(),
    }
}

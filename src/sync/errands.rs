//! What somebody asks to read: the comments on assets, the run of an evaluation; and the threads in which answers
//! are waited for. One request after the other, within the budget, and never before the queues that are looked at.

use std::collections::VecDeque;
use std::time::Duration;

use super::budget::Moment;
use super::news::{Question, Talk};
use super::patience::{patiently, slips};
use crate::domain::{
    ActionId, AssetId, Comment, Money, Person, PriceOf, Run, RunPrice, SafeText, SubmissionKey, Thread,
};
use crate::ouro::{COMMENTS_PAGE, Client, ErrorKind, OuroError};

/// Pages of a thread that are read at most.
const PAGES: u32 = 5;

/// Comments whose answers are read, and long comments that are read whole, of one thread.
const OPENED: usize = 10;

/// From this length on, in characters, a listed comment may be shortened: the list does not say.
const MAYBE_SHORTENED: usize = 180;

/// Requests of one errand at the most, for the budget.
pub(super) const COST: u32 = 4;

/// How long a thread is left alone in which an answer is waited for.
const ANSWERS_EVERY: Duration = Duration::from_secs(60);

/// Something to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Errand {
    /// The comments on an asset.
    Talk(AssetId),
    /// A run.
    Run(ActionId),
    /// What a run of an evaluation costs.
    Price(PriceOf),
    /// What a route takes.
    Route(AssetId),
}

/// What came of it.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) found: Found,
    pub(super) people: Vec<Person>,
    /// Requests it took.
    pub(super) requests: u32,
}

/// What was found.
#[derive(Debug)]
pub(super) enum Found {
    Talk(Result<Thread, OuroError>),
    Run(Result<Run, OuroError>),
    Price(Result<Option<Money>, OuroError>),
    Route(Result<Vec<SubmissionKey>, OuroError>),
}

/// What is to be read.
#[derive(Debug, Default)]
pub(super) struct Errands {
    asked: VecDeque<Errand>,
    under_way: Option<Errand>,
    questions: Vec<Question>,
    /// Which of the threads with questions is read next, and when.
    turn: usize,
    next_answers: Moment,
    /// After a failure nothing is read for a while.
    rests_until: Moment,
}

impl Errands {
    /// Somebody asks for these; what was asked for before and has not begun is no longer wanted, but for routes and
    /// prices: nobody asks for one twice.
    pub(super) fn ask(&mut self, errands: impl IntoIterator<Item = Errand>) {
        let before = std::mem::take(&mut self.asked);
        let is_price = |errand: &&Errand| matches!(errand, Errand::Price(_));
        self.asked.extend(before.iter().filter(is_price));
        self.asked.extend(errands);
        self.asked.extend(before.iter().filter(|errand| matches!(errand, Errand::Route(_))));
    }

    /// A sheet asks what runs cost, before anything else: somebody waits for it to agree. What an earlier one asked is
    /// no longer wanted.
    pub(super) fn price(&mut self, prices: &[PriceOf]) {
        self.asked.retain(|errand| !matches!(errand, Errand::Price(_)));
        for price in prices.iter().rev() {
            self.asked.push_front(Errand::Price(*price));
        }
    }

    /// This is asked for, too.
    pub(super) fn also(&mut self, errand: Errand) {
        if !self.asked.contains(&errand) {
            self.asked.push_back(errand);
        }
    }

    /// Answers to these questions are waited for.
    pub(super) fn watch(&mut self, questions: Vec<Question>) {
        self.questions = questions;
    }

    /// Somebody wants to know now: all threads with questions are read, one after the other.
    pub(super) fn hurry(&mut self) {
        let threads: Vec<Errand> = self
            .questions
            .iter()
            .flat_map(|question| question.about.iter().copied().map(Errand::Talk))
            .collect();
        for errand in threads {
            self.also(errand);
        }
    }

    /// The next one, if it may begin.
    pub(super) fn next(&mut self, now: Moment) -> Option<Errand> {
        if self.under_way.is_some() || now < self.rests_until {
            return None;
        }
        let errand = self.asked.pop_front().or_else(|| self.answers(now))?;
        self.under_way = Some(errand);
        Some(errand)
    }

    /// The thread whose turn it is.
    fn answers(&mut self, now: Moment) -> Option<Errand> {
        let threads: Vec<AssetId> =
            self.questions.iter().flat_map(|question| question.about.clone()).collect();
        if threads.is_empty() || now < self.next_answers {
            return None;
        }
        self.turn = (self.turn + 1) % threads.len();
        self.next_answers = now + ANSWERS_EVERY;
        Some(Errand::Talk(threads[self.turn]))
    }

    /// When one could begin.
    pub(super) fn next_at(&self) -> Option<Moment> {
        if self.under_way.is_some() {
            return None;
        }
        let at = match (self.asked.is_empty(), self.questions.is_empty()) {
            (false, _) => Moment::ZERO,
            (true, false) => self.next_answers,
            (true, true) => return None,
        };
        Some(at.max(self.rests_until))
    }

    /// It ended.
    pub(super) fn done(&mut self) {
        self.under_way = None;
    }

    /// It failed for a reason that may pass: it is asked for again then.
    pub(super) fn again(&mut self, errand: Errand, at: Moment) {
        self.rests_until = at;
        self.asked.push_front(errand);
    }
}

/// Reads.
pub(super) async fn run(client: Client, errand: Errand) -> Done {
    let mut reading = Reading { client, people: Vec::new(), requests: 0 };
    let found = match errand {
        Errand::Talk(about) => Found::Talk(reading.thread(about).await),
        Errand::Run(id) => {
            reading.requests += 2;
            Found::Run(reading.client.run(id).await)
        }
        Errand::Price(of) => {
            // One that waits for a price is not to be told of a single lost answer.
            let client = &reading.client;
            let asked = patiently(&mut reading.requests, slips, || client.run_cost(of.route, of.input)).await;
            reading.requests *= 2;
            Found::Price(asked)
        }
        Errand::Route(id) => {
            reading.requests += 1;
            Found::Route(reading.client.route_inputs(id).await)
        }
    };
    Done { found, people: reading.people, requests: reading.requests }
}

/// What is told of a thread that could not be read.
pub(super) fn talk_of(found: Result<Thread, OuroError>) -> Talk {
    match found {
        Ok(thread) => Talk::Read(thread),
        Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::Forbidden) => Talk::Closed,
        Err(error) => Talk::Failed(SafeText::line(&error.to_string())),
    }
}

/// What is told of a price that was asked for.
pub(super) fn price_of(found: Result<Option<Money>, OuroError>) -> RunPrice {
    match found {
        Ok(Some(price)) => RunPrice::Costs(price),
        Ok(None) => RunPrice::Unsaid("the server names no price".into()),
        Err(error) => RunPrice::Unsaid(SafeText::line(&error.to_string())),
    }
}

struct Reading {
    client: Client,
    people: Vec<Person>,
    requests: u32,
}

impl Reading {
    async fn thread(&mut self, about: AssetId) -> Result<Thread, OuroError> {
        let (mut comments, mut cut) = self.all(about, PAGES).await?;
        let mut opened = 0;
        // The newest first: they are what somebody wants to read.
        for comment in comments.iter_mut().rev() {
            let has_more = comment.replies > 0 || is_maybe_shortened(comment);
            if has_more && opened == OPENED {
                cut = true;
                continue;
            }
            opened += usize::from(has_more);
            if is_maybe_shortened(comment) {
                self.requests += 1;
                // A list's shorter text is better than none.
                if let Ok((whole, _)) = self.client.comment(comment.id, about).await {
                    comment.text = whole.text;
                }
            }
            if comment.replies > 0 {
                let (answers, more) = self.all(comment.id, 1).await?;
                comment.answers = answers;
                cut |= more;
            }
        }
        Ok(Thread { comments, cut })
    }

    async fn all(&mut self, about: AssetId, pages: u32) -> Result<(Vec<Comment>, bool), OuroError> {
        let (mut comments, mut offset) = (Vec::new(), 0);
        for _ in 0..pages {
            self.requests += 1;
            let page = self.client.comments(about, offset).await?;
            offset = offset.saturating_add(page.received().min(COMMENTS_PAGE));
            for (comment, person) in page.rows {
                self.people.extend(person);
                comments.push(comment);
            }
            if !page.has_more {
                return Ok((comments, false));
            }
        }
        Ok((comments, true))
    }
}

fn is_maybe_shortened(comment: &Comment) -> bool {
    let text = comment.text.as_str();
    text.ends_with('…') || text.ends_with("...") || text.chars().nth(MAYBE_SHORTENED).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{EntryId, Timestamp, UserId};

    const fn s(seconds: u64) -> Moment {
        Moment::from_secs(seconds)
    }

    fn asset(n: u8) -> AssetId {
        AssetId::from_bytes([n; 16])
    }

    fn question(n: u8) -> Question {
        Question {
            entry: EntryId::from_bytes([n; 16]),
            about: vec![asset(n)],
            contributor: UserId::from_bytes([n; 16]),
            newer_than: Timestamp::default(),
        }
    }

    #[test]
    fn what_is_asked_for_comes_first_and_replaces_what_was_asked_before() {
        let mut errands = Errands::default();
        errands.watch(vec![question(7)]);
        errands.ask([Errand::Talk(asset(1)), Errand::Talk(asset(2))]);
        assert_eq!(errands.next(s(0)), Some(Errand::Talk(asset(1))));
        assert_eq!((errands.next(s(0)), errands.next_at()), (None, None), "one at a time");
        errands.ask([Errand::Talk(asset(3))]);
        errands.done();
        assert_eq!(errands.next(s(0)), Some(Errand::Talk(asset(3))));
        errands.done();
        assert_eq!(errands.next(s(0)), Some(Errand::Talk(asset(7))), "then the answers");
        errands.done();
        errands.also(Errand::Route(asset(4)));
        errands.ask([Errand::Talk(asset(5))]);
        errands.ask([Errand::Talk(asset(6))]);
        assert_eq!(errands.next(s(0)), Some(Errand::Talk(asset(6))));
        errands.done();
        assert_eq!(errands.next(s(0)), Some(Errand::Route(asset(4))), "asked for once, and not forgotten");
    }

    #[test]
    fn the_prices_of_the_sheet_that_is_open_come_first_and_are_not_forgotten() {
        let price = |n| PriceOf { route: asset(n), input: None };
        let mut errands = Errands::default();
        errands.price(&[price(9)]);
        errands.ask([Errand::Talk(asset(1))]);
        errands.price(&[price(2), price(3)]);
        errands.ask([Errand::Run(ActionId::from_bytes([5; 16]))]);
        let mut begun = Vec::new();
        while let Some(errand) = errands.next(s(0)) {
            begun.push(errand);
            errands.done();
        }
        let run = Errand::Run(ActionId::from_bytes([5; 16]));
        assert_eq!(begun, [Errand::Price(price(2)), Errand::Price(price(3)), run]);
    }

    #[test]
    fn threads_with_questions_take_turns_a_minute_apart() {
        let mut errands = Errands::default();
        errands.watch(vec![question(1), question(2)]);
        let mut read = Vec::new();
        for minute in 0..4 {
            read.extend(errands.next(s(minute * 60)));
            errands.done();
            assert_eq!(errands.next(s(minute * 60 + 59)), None);
            assert_eq!(errands.next_at(), Some(s((minute + 1) * 60)));
        }
        let turns = [2, 1, 2, 1].map(|n| Errand::Talk(asset(n)));
        assert_eq!(read, turns);
        errands.hurry();
        errands.hurry();
        for n in [1, 2] {
            assert_eq!(errands.next(s(181)), Some(Errand::Talk(asset(n))), "at once, when somebody asks");
            errands.done();
        }
        assert_eq!(errands.next(s(181)), None);
        errands.watch(Vec::new());
        assert_eq!(errands.next_at(), None, "nothing is read that nobody waits for");
    }

    #[test]
    fn what_failed_is_tried_again_later() {
        let mut errands = Errands::default();
        errands.ask([Errand::Talk(asset(1))]);
        let errand = errands.next(s(0)).unwrap();
        errands.done();
        errands.again(errand, s(10));
        assert_eq!((errands.next(s(9)), errands.next_at()), (None, Some(s(10))));
        assert_eq!(errands.next(s(10)), Some(errand));
    }
}

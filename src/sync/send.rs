//! Sending decisions: `Queued` → claim → request → what came of it.
//!
//! Nothing is sent that the store did not hand out for sending, nothing is sent again that may have arrived, and a
//! success counts only if the answer shows what was asked for.

use std::collections::{HashSet, VecDeque};

use super::budget::Moment;
use crate::domain::decision::{Act, Answer, Decision, Verdict};
use crate::domain::{Comment, DecisionId, EntryStatus, ItemStatus, Rescored, SafeText, UserId};
use crate::ouro::{Client, Entry, ErrorKind, Fate, ItemDetail, OuroError, ReviewVerdict};

/// Decisions on their way to the server, by id, in the order in which they were let go.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    waiting: VecDeque<DecisionId>,
    /// Waiting or under way.
    known: HashSet<DecisionId>,
    paused_until: Moment,
    halted: bool,
    /// Somebody paused it.
    held: bool,
}

impl Outbox {
    /// A decision is queued. One that is on its way already stays where it is.
    pub(super) fn push(&mut self, id: DecisionId) {
        if self.known.insert(id) {
            self.waiting.push_back(id);
        }
    }

    /// The next one to claim.
    pub(super) fn next(&mut self, now: Moment) -> Option<DecisionId> {
        if !self.is_open() || now < self.paused_until {
            return None;
        }
        self.waiting.pop_front()
    }

    /// When there is one to claim, if time is all that it waits for.
    pub(super) fn next_at(&self) -> Option<Moment> {
        (self.is_open() && !self.waiting.is_empty()).then_some(self.paused_until)
    }

    /// Whether anything may be sent, when its time has come.
    pub(super) const fn is_open(&self) -> bool {
        !self.halted && !self.held
    }

    /// Somebody pauses it, or lets it go on.
    pub(super) const fn hold(&mut self, held: bool) {
        self.held = held;
    }

    /// Whether somebody paused it.
    pub(super) const fn is_held(&self) -> bool {
        self.held
    }

    /// How many wait for their turn.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// It was not sent and goes first again.
    pub(super) fn again(&mut self, id: DecisionId) {
        self.known.insert(id);
        self.waiting.push_front(id);
    }

    /// It is the sender's no more.
    pub(super) fn done(&mut self, id: DecisionId) {
        self.known.remove(&id);
    }

    /// Nothing goes out before this time.
    pub(super) fn pause(&mut self, until: Moment) {
        self.paused_until = self.paused_until.max(until);
    }

    /// The store cannot keep what comes of it: nothing goes out until somebody asks to try again.
    pub(super) fn halt(&mut self) {
        self.halted = true;
    }

    /// Somebody asks to try again.
    pub(super) fn resume(&mut self) {
        self.halted = false;
    }
}

/// What the server answered to a decision.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Reply {
    /// The reviewed entry.
    Entry(Box<Entry>),
    /// The changed item.
    Item(Box<ItemDetail>),
    /// The comment.
    Comment(Box<Comment>),
    /// What was begun.
    Rescored(Rescored),
    /// The entry that completed the item, and the item.
    Completed(Box<(Entry, ItemDetail)>),
}

/// Sends a decision that was claimed.
pub(super) async fn request(client: Client, decision: Decision) -> Result<Reply, OuroError> {
    let quest = decision.quest;
    let note = decision.act.note().map(SafeText::as_str).filter(|note| !note.trim().is_empty());
    match &decision.act {
        Act::Review { entry, verdict, .. } => {
            let verdict = match verdict {
                Verdict::Accept => ReviewVerdict::Accept,
                Verdict::Reject => ReviewVerdict::Reject,
            };
            client.review(quest, *entry, verdict, note).await.map(|entry| Reply::Entry(Box::new(entry)))
        }
        Act::Evaluate { entry, .. } => {
            client.evaluate(quest, *entry).await.map(|entry| Reply::Entry(Box::new(entry)))
        }
        Act::Rescore { item, .. } => client.rescore_item(quest, *item).await.map(Reply::Rescored),
        Act::Comment { about, text, .. } => {
            client.write_comment(*about, text.as_str()).await.map(|comment| Reply::Comment(Box::new(comment)))
        }
        Act::SetItem { item, status } => {
            client.set_item_status(quest, *item, status).await.map(|item| Reply::Item(Box::new(item)))
        }
        Act::Complete { item, .. } => {
            client.complete_item(quest, *item, note).await.map(|both| Reply::Completed(Box::new(both)))
        }
    }
}

/// What an answer means for the decision.
pub(super) fn answer_of(act: &Act, me: Option<UserId>, reply: &Result<Reply, OuroError>) -> Answer {
    match reply {
        Ok(reply) => match doubt(act, me, reply) {
            None => match reply {
                Reply::Rescored(runs) => Answer::Began(runs.started),
                _ => Answer::Done,
            },
            Some(why) => Answer::Lost { why },
        },
        Err(error) => match error.fate() {
            // Sending the same again would end the same: too long is too long.
            Fate::NotSent if error.kind == ErrorKind::TooLarge => refused(error, false),
            Fate::NotSent => Answer::NotSent,
            Fate::Refused => {
                // Someone may have been faster, or it may have gone out of sight.
                // Nobody else writes our comment.
                let look = !matches!(act, Act::Comment { .. })
                    && matches!(error.kind, ErrorKind::Conflict | ErrorKind::NotFound | ErrorKind::Forbidden);
                refused(error, look)
            }
            Fate::Unknown => Answer::Lost { why: SafeText::line(&error.to_string()) },
        },
    }
}

fn refused(error: &OuroError, look: bool) -> Answer {
    let words =
        if error.message.is_empty() { SafeText::line(&error.to_string()) } else { error.message.clone() };
    Answer::Refused { words, look }
}

/// Why a success is not what was asked for, if it is not: then the server is asked how it stands.
fn doubt(act: &Act, me: Option<UserId>, reply: &Reply) -> Option<SafeText> {
    match (act, reply) {
        (Act::Review { verdict, .. }, Reply::Entry(entry)) => {
            if entry.status != verdict.status() {
                let words = format!("the answer shows the entry as {}", entry.status.word());
                return Some(SafeText::line(&words));
            }
            // The same decision by somebody else is answered like one of ours.
            let reviewer = entry.body.review.as_ref().and_then(|review| review.reviewer);
            let by_other = me.is_some() && reviewer.is_some() && reviewer != me;
            by_other.then(|| "the answer names another reviewer".into())
        }
        (Act::Evaluate { entry, .. }, Reply::Entry(found)) => {
            (found.row.id != *entry).then(|| "the answer shows another entry".into())
        }
        // A server may write the text in its own way; that there is one is what counts.
        (Act::Comment { .. }, Reply::Comment(_)) | (Act::Rescore { .. }, Reply::Rescored(_)) => None,
        (Act::SetItem { status, .. }, Reply::Item(detail)) => item_doubt(&detail.item.status, status),
        (Act::Complete { .. }, Reply::Completed(both)) => {
            if both.0.status != EntryStatus::Accepted {
                return Some("the answer shows an entry that is not accepted".into());
            }
            item_doubt(&both.1.item.status, &ItemStatus::Done)
        }
        _ => Some("the answer is to another question".into()),
    }
}

fn item_doubt(is: &ItemStatus, wanted: &ItemStatus) -> Option<SafeText> {
    (is != wanted).then(|| SafeText::line(&format!("the answer shows the item as {}", is.word())))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::{
        EntryBody, EntryId, EntryRow, EvalStatus, ItemId, QuestId, Review, Timestamp, Version,
    };
    use crate::ouro::Why;

    fn me() -> UserId {
        UserId::from_bytes([7; 16])
    }

    fn act(verdict: Verdict) -> Act {
        Act::Review { entry: EntryId::from_bytes([1; 16]), item: None, verdict, note: None }
    }

    fn entry(status: EntryStatus, reviewer: Option<UserId>) -> Reply {
        let (id, quest) = (EntryId::from_bytes([1; 16]), QuestId::from_bytes([2; 16]));
        let version = Version { updated_at: Timestamp::from_millis(1) };
        let row = EntryRow {
            id,
            quest,
            item: None,
            contributor: UserId::from_bytes([3; 16]),
            created_at: Timestamp::from_millis(0),
            version,
            score: None,
            eval: EvalStatus::None,
        };
        let review = Review { status: status.clone(), reviewer, at: None, note: SafeText::default() };
        let body = EntryBody {
            id,
            quest,
            item: None,
            version,
            description: SafeText::default(),
            assets: vec![],
            categories: vec![],
            signals: vec![],
            eval_action: None,
            review: Some(review),
            embeds: vec![],
        };
        Reply::Entry(Box::new(Entry { row, body, status, person: None }))
    }

    fn answer(reply: Result<Reply, ErrorKind>) -> Answer {
        let reply = reply.map_err(|kind| OuroError::new(kind, "words"));
        answer_of(&act(Verdict::Accept), Some(me()), &reply)
    }

    #[test]
    fn a_success_counts_only_if_it_shows_what_was_asked_for_and_by_whom() {
        assert_eq!(answer(Ok(entry(EntryStatus::Accepted, Some(me())))), Answer::Done);
        assert_eq!(
            answer(Ok(entry(EntryStatus::Accepted, None))),
            Answer::Done,
            "the server does not say who"
        );
        for doubtful in [
            entry(EntryStatus::Submitted, None),
            entry(EntryStatus::Rejected, Some(me())),
            entry(EntryStatus::Accepted, Some(UserId::from_bytes([8; 16]))),
        ] {
            assert!(matches!(answer(Ok(doubtful.clone())), Answer::Lost { .. }), "{doubtful:?}");
        }
    }

    #[test]
    fn failures_are_told_apart_by_what_they_left_behind() {
        let not_sent = [
            ErrorKind::Unreachable(Why::Connect),
            ErrorKind::RateLimited { retry_after: None },
            ErrorKind::Unauthorized,
            ErrorKind::KeyRefused,
        ];
        for kind in not_sent {
            assert_eq!(answer(Err(kind)), Answer::NotSent, "{kind:?}");
        }
        for kind in
            [ErrorKind::TimedOut, ErrorKind::Server, ErrorKind::Garbled, ErrorKind::Unreachable(Why::Other)]
        {
            assert!(matches!(answer(Err(kind)), Answer::Lost { .. }), "{kind:?}");
        }
        for kind in [ErrorKind::Conflict, ErrorKind::NotFound, ErrorKind::Forbidden] {
            assert_eq!(answer(Err(kind)), Answer::Refused { words: "words".into(), look: true }, "{kind:?}");
        }
        for kind in [ErrorKind::Payment, ErrorKind::Refused, ErrorKind::TooLarge] {
            assert_eq!(answer(Err(kind)), Answer::Refused { words: "words".into(), look: false }, "{kind:?}");
        }
    }

    #[test]
    fn a_note_that_is_too_long_to_send_is_refused_and_not_tried_for_ever() {
        let mut error = OuroError::new(ErrorKind::TooLarge, "too long");
        error.not_sent = true;
        let refused = Answer::Refused { words: "too long".into(), look: false };
        assert_eq!(answer_of(&act(Verdict::Reject), None, &Err(error)), refused);
    }

    #[test]
    fn an_answer_to_another_question_proves_nothing() {
        let item = Act::SetItem { item: ItemId::from_bytes([4; 16]), status: ItemStatus::Done };
        let reply = Ok(entry(EntryStatus::Accepted, None));
        assert!(matches!(answer_of(&item, None, &reply), Answer::Lost { .. }));
    }

    #[test]
    fn a_decision_waits_once_and_what_was_not_sent_goes_first() {
        let id = |n| DecisionId::from_bytes([n; 16]);
        let mut outbox = Outbox::default();
        outbox.push(id(1));
        outbox.push(id(2));
        outbox.push(id(1));
        assert_eq!(outbox.next(Moment::ZERO), Some(id(1)));
        outbox.push(id(1));
        outbox.again(id(1));
        outbox.pause(Duration::from_secs(5));
        assert_eq!((outbox.next(Moment::ZERO), outbox.next_at()), (None, Some(Duration::from_secs(5))));
        assert_eq!(outbox.next(Duration::from_secs(5)), Some(id(1)));
        outbox.done(id(1));
        outbox.halt();
        assert_eq!((outbox.next(Duration::from_secs(5)), outbox.next_at()), (None, None));
        outbox.resume();
        assert_eq!(outbox.next(Duration::from_secs(5)), Some(id(2)));
        assert_eq!(outbox.next(Duration::from_secs(5)), None);
    }
}

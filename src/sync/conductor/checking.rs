//! Decisions on what is old by now, for the server was out of reach or the copy is from long ago: looked at before they
//! are sent.

use std::time::Duration;

use super::{Conductor, Failure, Moment, Use, clock};
use crate::domain::decision::Decision;
use crate::domain::{DecisionId, EntryStatus, QuestId, Timestamp};
use crate::ouro::Entry;
use crate::store::COPY_KEEPS;
use crate::sync::check::Checked;
use crate::sync::{Gone, backoff};

/// For how long it counts that a decision which was sent before was seen not to have been done.
const PROVES_FOR: Duration = Duration::from_secs(5);

/// How long a decision waits for others of its quest, to be looked at together.
const GATHER: Duration = Duration::from_millis(100);

/// How long a look that failed waits, if nothing else says how long.
const REST: Duration = Duration::from_secs(60);

impl Conductor {
    /// The server answers (again): if it had been out of reach, what was decided until now is to be looked at.
    pub(super) fn was_reached(&mut self) {
        if self.connection.is_lost(self.now()) {
            self.reached_at = clock::now();
            self.checked.clear();
        }
    }

    /// A decision that was made before this time is not handed out for sending.
    pub(super) fn decided_since(&self, id: DecisionId, now: Moment) -> Timestamp {
        let is_older = |seen: &Moment, than: Duration| now.saturating_sub(*seen) > than;
        // What may arrive twice is looked for again right before it is sent again.
        let is_unproved = self.proved.get(&id).is_some_and(|seen| is_older(seen, PROVES_FOR));
        // The first request after a loss is a look, never the decision itself.
        if is_unproved || self.connection.is_lost(now) {
            Timestamp::from_millis(i64::MAX)
        } else if self.checked.get(&id).is_some_and(|seen| !is_older(seen, COPY_KEEPS)) {
            Timestamp::from_millis(i64::MIN)
        } else {
            self.reached_at
        }
    }

    /// The store did not hand it out, for it was made too long ago.
    pub(super) fn is_to_be_checked(&mut self, decision: &Decision) {
        let at = self.now() + GATHER;
        self.checks.add(decision, at, at);
    }

    /// A quest was looked at.
    pub(super) fn was_checked(
        &mut self,
        (quest, ids): (QuestId, Vec<DecisionId>),
        begun: Moment,
        checked: Checked,
    ) {
        let now = self.now();
        self.spend(now, Use::Decision, checked.requests);
        self.checks.ended(quest);
        let failure = match &checked.error {
            None => {
                self.answered(begun);
                None
            }
            Some(error) => Some(self.failed(error, begun)),
        };
        if let Some(detail) = checked.detail {
            self.publisher.quest(detail.quest);
            self.publisher.items(quest, detail.items);
        }
        let (pending, decided): (Vec<Entry>, Vec<Entry>) =
            checked.entries.into_iter().partition(|entry| entry.status == EntryStatus::Submitted);
        self.publisher.upserts(quest, pending);
        let gone =
            decided.iter().map(|entry| Gone { entry: entry.row.id, review: entry.body.review.clone() });
        let nowhere = checked.gone.into_iter().map(|entry| Gone { entry, review: None });
        let gone: Vec<Gone> = gone.chain(nowhere).collect();
        self.publisher.cache(quest, decided);
        self.publisher.gone(quest, gone);
        match failure {
            // What may not be looked at is for the server to refuse.
            None | Some(Failure::Denied) => {
                for id in ids {
                    self.checks.done(id);
                    self.checked.insert(id, now);
                    if let Some(seen) = self.proved.get_mut(&id) {
                        *seen = now;
                    }
                    self.outbox.again(id);
                }
            }
            Some(failure) => {
                let seed = self.options.seed;
                for id in ids {
                    self.checks
                        .again(id, now, |attempts| backoff::wait(failure, attempts, seed).unwrap_or(REST));
                }
            }
        }
    }
}

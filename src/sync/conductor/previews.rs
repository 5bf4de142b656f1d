//! The lane of previews: behind decisions and reads, given up when somebody moves on.

use std::path::{Path, PathBuf};

use tokio::task::AbortHandle;

use super::{Asked, Conductor, Flight, Landed, Moment, Step};
use crate::domain::{AssetId, AssetSlot, EntryId, SafeText, Timestamp};
use crate::store::StoreError;
use crate::sync::backoff::Failure;
use crate::sync::budget::Use;
use crate::sync::news::{News, Saving, Wish};
use crate::sync::peek::{self, Peek, Peeked};
use crate::sync::save::NotSaved;
use crate::sync::{Link, previews, save};

impl Conductor {
    /// These assets are looked at now; then perhaps those of the entries behind.
    pub(super) fn look(&mut self, wishes: &[Wish], ahead: &[EntryId]) {
        for asset in self.previews.wish(wishes) {
            self.give_up_look(asset);
        }
        let (options, tell) = (self.options.previews.clone(), self.sink.clone());
        let wishes = wishes.to_vec();
        if !wishes.is_empty() {
            self.fly(Flight::Kept { ahead: false }, async move {
                Landed::Kept(peek::kept(options, wishes, tell).await)
            });
        }
        if !ahead.is_empty() {
            let (store, ahead) = (self.store.clone(), ahead.to_vec());
            self.fly(Flight::Ahead, async move { Landed::Ahead(store.slots(ahead).await) });
        }
    }

    /// What was kept of some assets is told; they wait for their turn to be compared.
    pub(super) fn was_kept(&mut self, kept: Vec<(Wish, Option<Timestamp>)>, ahead: bool) {
        let now = self.now();
        for (wish, known) in kept {
            if ahead {
                self.previews.want_ahead(wish, known, now);
            } else {
                self.previews.want(wish, known, now);
            }
        }
    }

    /// The assets of the entries behind are known.
    pub(super) fn learned_ahead(&mut self, slots: Result<Vec<AssetSlot>, StoreError>) {
        let Ok(slots) = slots else { return };
        let pictures = self.options.previews.pictures_ahead;
        let wish = |slot: AssetSlot| Wish {
            asset: slot.asset,
            kind: slot.asset_type,
            known: None,
            pictures,
            compared: false,
        };
        let wishes: Vec<Wish> = slots.into_iter().map(wish).collect();
        let (options, tell) = (self.options.previews.clone(), self.sink.clone());
        self.fly(Flight::Kept { ahead: true }, async move {
            Landed::Kept(peek::kept(options, wishes, tell).await)
        });
    }

    /// Begins the next look, if there is time and budget for one; else says when there may be.
    pub(super) fn begin_look(&mut self, now: Moment) -> Result<(), Option<Moment>> {
        let begin = self.previews.next(now, &self.budget)?;
        let cost = previews::cost(&begin.wish);
        self.spend(now, Use::Read, cost);
        self.previews.spend(now, cost);
        let asset = begin.wish.asset;
        let peek = Peek {
            client: self.client.clone(),
            previews: self.options.previews.clone(),
            wish: begin.wish,
            known: begin.known,
            tell: self.sink.clone(),
        };
        let handle = self.tasks.spawn(async move { Landed::Peeked(peek.look().await) });
        self.flights.insert(handle.id(), Flight::Look { begun: now });
        self.looks.insert(asset, handle);
        Ok(())
    }

    /// An asset was looked into, or could not be.
    pub(super) fn peeked(&mut self, peeked: &Peeked, begun: Moment) {
        let now = self.now();
        self.looks.remove(&peeked.asset);
        let Some(error) = &peeked.failed else {
            self.previews.done(peeked.asset, now);
            return;
        };
        match Failure::of(error) {
            // These concern everything; the others may be those of somebody else's storage.
            Failure::RateLimited(_) | Failure::SignedOut => {
                self.failed(error, begun);
                self.previews.failed(peeked.asset, now);
            }
            Failure::Offline | Failure::Failing => {
                self.previews.failed(peeked.asset, now);
                if !error.elsewhere {
                    self.doubt();
                }
            }
            Failure::Denied => self.previews.done(peeked.asset, now),
        }
    }

    fn give_up_look(&mut self, asset: AssetId) {
        let Some(look) = self.looks.remove(&asset) else { return };
        self.flights.remove(&look.id());
        AbortHandle::abort(&look);
    }

    /// Saves an asset to the disk.
    pub(super) fn save(&mut self, saving: Saving) {
        let (client, now) = (self.client.clone(), self.now());
        self.spend(now, Use::Decision, 2);
        let (to, tell) = (saving.to.clone(), self.sink.clone());
        let saves = async move { Landed::Saved(save::save(client, saving, tell).await) };
        let handle = self.tasks.spawn(saves);
        self.flights.insert(handle.id(), Flight::Save(to.clone()));
        self.savings.insert(to, handle);
    }

    /// Nobody wants that file any more.
    pub(super) fn stop_saving(&mut self, to: &Path) {
        let Some(saving) = self.savings.remove(to) else { return };
        self.flights.remove(&saving.id());
        saving.abort();
    }

    /// The end: no half file is left behind. Whoever is stopped while it waits for bytes is gone at once.
    pub(super) async fn stop_all_saving(&mut self) {
        for saving in self.savings.values() {
            saving.abort();
        }
        while self.savings.values().any(|saving| !saving.is_finished()) {
            tokio::task::yield_now().await;
        }
        self.savings.clear();
    }

    pub(super) fn saved(&mut self, to: PathBuf, saved: Result<SafeText, NotSaved>) {
        self.savings.remove(&to);
        if saved.as_ref().is_err_and(|failed| failed.unheard) {
            self.doubt();
        }
        (self.sink)(News::Saved(to, saved.map_err(|failed| failed.words)));
    }

    /// The server did not answer to something that may have failed for reasons of its own: what it answers to anybody is
    /// asked at once, so that the desk does not say *live* of a server that is out of reach. That answer counts.
    fn doubt(&mut self) {
        if *self.connection.link() == Link::Live {
            self.plan.ask(Step::Discover, Asked::Now);
        }
    }
}

//! What is known of assets, and what is to be fetched of them: those of the entry that is read once the cursor rests
//! on it, and those of the entries behind.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::app::desk::size;
use crate::app::overlay::Overlay;
use crate::app::reader::Body;
use crate::app::{Effect, State};
use crate::domain::{AssetId, AssetView, EntryBody, EntryId, Shown, Timestamp, Version};
use crate::sync::{Order, Wish};

/// How many assets are kept in memory: those of a few entries before and behind.
const KEPT: usize = 24;

/// How long an entry is read before its assets are asked for: whoever leafs through asks for none.
const REST: Duration = Duration::from_millis(120);

/// Whether pictures are fetched and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pictures {
    /// As everything else.
    #[default]
    Shown,
    /// When an asset is opened: the line is dear.
    WhenOpened,
    /// Never.
    Never,
}

/// What is known of assets.
#[derive(Debug, Default)]
pub struct Assets {
    /// The least lately told first.
    views: VecDeque<Arc<AssetView>>,
    /// How often something was told: what is laid out of it is true for as long as this stays.
    pub told: u64,
    /// What was asked for last.
    asked: Option<Asked>,
    /// What will be asked for, and when.
    due: Option<(Asked, Timestamp)>,
    /// The entry whose pictures somebody wants to see, dear or not.
    opened: Option<EntryId>,
}

/// What a list of wishes depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Asked {
    entry: EntryId,
    version: Version,
    pictures: bool,
}

impl Assets {
    /// What is known of an asset.
    #[must_use]
    pub fn view(&self, asset: AssetId) -> Option<&Arc<AssetView>> {
        self.views.iter().find(|view| view.id == asset)
    }

    /// When assets will be asked for.
    #[must_use]
    pub fn due(&self) -> Option<Timestamp> {
        self.due.map(|(_, at)| at)
    }

    /// Something was found.
    pub(in crate::app) fn learn(&mut self, view: Arc<AssetView>) {
        let at = self.views.iter().position(|known| known.id == view.id);
        // What was kept from earlier does not take the place of what came from the server.
        if view.old && at.and_then(|at| self.views.get(at)).is_some_and(|known| !known.old) {
            return;
        }
        if let Some(at) = at {
            self.views.remove(at);
        }
        if self.views.len() == KEPT {
            self.views.pop_front();
        }
        self.views.push_back(view);
        self.told += 1;
    }

    /// What is known is still true.
    pub(in crate::app) fn confirm(&mut self, asset: AssetId) {
        if let Some(view) = self.views.iter_mut().find(|view| view.id == asset && view.old) {
            *view = Arc::new(AssetView { old: false, ..(**view).clone() });
            self.told += 1;
        }
    }

    /// Everything on the screen is wanted once more.
    pub(in crate::app) const fn ask_again(&mut self) {
        self.asked = None;
    }

    /// When what is known of an asset had last changed, if it need not be fetched again to be shown.
    fn known(&self, asset: AssetId, pictures: bool) -> Option<Timestamp> {
        let view = self.view(asset)?;
        let wants_picture = pictures && view.shown == Shown::OnDemand;
        let changed = view.asset.as_ref().map(|asset| asset.changed_at);
        changed.filter(|_| !wants_picture && matches!(view.shown, Shown::Preview(_) | Shown::OnDemand))
    }

    fn wishes(&self, body: &EntryBody, pictures: bool) -> Vec<Wish> {
        let wish = |slot: &crate::domain::AssetSlot| Wish {
            asset: slot.asset,
            kind: slot.asset_type.clone(),
            known: self.known(slot.asset, pictures),
            pictures,
        };
        body.assets.iter().map(wish).collect()
    }
}

impl State {
    /// Whether the pictures of an entry are fetched.
    fn wants_pictures(&self, entry: EntryId) -> bool {
        match self.settings.pictures {
            Pictures::Shown => true,
            Pictures::WhenOpened => self.desk.reader.assets.opened == Some(entry),
            Pictures::Never => false,
        }
    }

    /// An asset of the entry that is read was opened: its pictures may be fetched.
    pub(in crate::app) fn open_pictures(&mut self) {
        self.desk.reader.assets.opened = self.desk.reader.entry;
    }

    /// Asks for the assets of the entry that is read, once it is rested on.
    pub(in crate::app) fn ask_assets(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        let seen = size::sizes(self).entry.is_some() || matches!(self.overlay, Some(Overlay::Viewer(_)));
        let (Body::Ready(body), true) = (&self.desk.reader.body, seen) else {
            self.desk.reader.assets.due = None;
            return;
        };
        let body = Arc::clone(body);
        let ask = Asked { entry: body.id, version: body.version, pictures: self.wants_pictures(body.id) };
        let assets = &mut self.desk.reader.assets;
        if assets.asked == Some(ask) {
            assets.due = None;
            return;
        }
        let due = match assets.due {
            // Further ahead than a rest: the clock was set back.
            Some((before, at)) if before == ask && at <= now + REST => at,
            _ if assets.asked.is_some_and(|asked| asked.entry == ask.entry) => now,
            _ => now + REST,
        };
        if due > now {
            assets.due = Some((ask, due));
            return;
        }
        assets.due = None;
        assets.asked = Some(ask);
        let wishes = assets.wishes(&body, ask.pictures);
        effects.push(Effect::Order(Order::Look { wishes, ahead: self.entries_ahead(body.id) }));
    }

    /// The entries that are likely to be read next.
    fn entries_ahead(&self, entry: EntryId) -> Vec<EntryId> {
        let steps = 1..=i64::from(self.settings.previews_ahead);
        steps.map_while(|by| self.desk.queue.neighbour(entry, by)).collect()
    }
}

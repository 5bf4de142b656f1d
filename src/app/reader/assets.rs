//! What is known of assets, and what is to be fetched of them: those of the entry that is read once the cursor rests
//! on it, and those of the entries behind.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use crate::app::desk::size;
use crate::app::overlay::Overlay;
use crate::app::reader::Body;
use crate::app::{Effect, State, diff};
use crate::domain::{AssetId, AssetView, EntryBody, EntryId, Inside, Preview, Shown, Timestamp, Version};
use crate::sync::{Order, Wish};

/// How many assets are kept in memory beside those that are looked at: those of a few entries before and behind.
const KEPT: usize = 24;

/// Bytes of memory that all of them may take, about: an entry of two hundred large pictures would take four times as
/// much as everything else. What is beyond is put away, and read again when it is opened.
const HELD: usize = 48 << 20;

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
    /// The assets that were opened, of one entry: their pictures are wanted, dear or not.
    opened: Option<(EntryId, Vec<AssetId>)>,
}

/// What a list of wishes depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Asked {
    entry: EntryId,
    version: Version,
    /// How many were opened.
    opened: usize,
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

    /// Something was found. `looked_at`: assets that are on the screen, of which none makes room for another.
    pub(in crate::app) fn learn(&mut self, view: Arc<AssetView>, looked_at: &HashSet<AssetId>) {
        let at = self.views.iter().position(|known| known.id == view.id);
        // What was kept from earlier does not take the place of what came from the server.
        let known = at.and_then(|at| self.views.get(at));
        let is_back = known.is_some_and(|known| known.shown == Shown::PutAway);
        if view.old && !is_back && known.is_some_and(|known| !known.old) {
            return;
        }
        // What was put away comes back as it was.
        let is_true = is_back && known.is_some_and(|known| !known.old && changed(known) == changed(&view));
        let view =
            if is_true && view.old { Arc::new(AssetView { old: false, ..(*view).clone() }) } else { view };
        if let Some(at) = at {
            let known = self.views.remove(at);
            // More rows of the same are not given up for fewer.
            if let Some(known) = known.filter(|known| reads_more(known, &view)) {
                self.views.push_back(known);
                return;
            }
        }
        while self.views.len() >= KEPT
            && let Some(at) = self.views.iter().position(|known| !looked_at.contains(&known.id))
        {
            self.views.remove(at);
        }
        self.views.push_back(view);
        self.told += 1;
        self.put_away(looked_at);
    }

    /// Keeps all together within bounds. What nobody looks at goes first; of the rest what came last, so that a page
    /// that was read stays as it is; never what is opened.
    fn put_away(&mut self, looked_at: &HashSet<AssetId>) {
        let mut held: usize = self.views.iter().map(|view| view.shown.bytes()).sum();
        let opened = self.opened.as_ref().and_then(|(_, assets)| assets.last().copied());
        while held > HELD {
            if let Some(at) = self.views.iter().position(|view| !looked_at.contains(&view.id)) {
                held -= self.views.remove(at).map_or(0, |view| view.shown.bytes());
                continue;
            }
            let takes_room = |view: &Arc<AssetView>| Some(view.id) != opened && view.shown.bytes() > 0;
            let Some(view) = self.views.iter_mut().rfind(|view| takes_room(view)) else { return };
            held -= view.shown.bytes();
            let asset = view.asset.clone();
            *view = Arc::new(AssetView { id: view.id, asset, shown: Shown::PutAway, old: view.old });
        }
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
        let wanted = match view.shown {
            Shown::OnDemand => pictures,
            Shown::PutAway => self.opened.as_ref().is_some_and(|(_, assets)| assets.last() == Some(&asset)),
            Shown::Preview(_) => false,
            _ => true,
        };
        changed(view).filter(|_| !wanted)
    }

    /// Whether an asset was opened, and its picture is wanted for that.
    #[must_use]
    pub fn is_opened(&self, asset: AssetId) -> bool {
        self.opened.as_ref().is_some_and(|(_, assets)| assets.contains(&asset))
    }

    /// The assets of an entry that were opened.
    fn opened(&self, entry: EntryId) -> &[AssetId] {
        self.opened.as_ref().filter(|(of, _)| *of == entry).map_or(&[], |(_, assets)| assets)
    }

    /// `compared`: which of them are to be compared.
    fn wishes(&self, body: &EntryBody, when: Pictures, compared: &[AssetId]) -> Vec<Wish> {
        let wish = |slot: &crate::domain::AssetSlot| {
            let pictures = match when {
                Pictures::Shown => true,
                Pictures::WhenOpened => self.opened(body.id).contains(&slot.asset),
                Pictures::Never => false,
            };
            let known = self.known(slot.asset, pictures);
            let more = |view: &Arc<AssetView>| view.shown.has_more_to_compare();
            let compared = compared.contains(&slot.asset) && self.view(slot.asset).is_none_or(more);
            Wish { asset: slot.asset, kind: slot.asset_type.clone(), known, pictures, compared }
        };
        body.assets.iter().map(wish).collect()
    }
}

/// Whether the one was read deeper than the other, and is the same.
fn reads_more(known: &AssetView, other: &AssetView) -> bool {
    let is_deep = |view: &AssetView| match &view.shown {
        Shown::Preview(Preview { inside: Inside::Table(table), .. }) => table.deep,
        _ => false,
    };
    is_deep(known) && !is_deep(other) && changed(known) == changed(other)
}

/// When an asset had last changed, as of what is known of it.
fn changed(view: &AssetView) -> Option<Timestamp> {
    view.asset.as_ref().map(|asset| asset.changed_at)
}

impl State {
    /// An asset of the entry that is read was opened: its picture may be fetched, and no other; what was put away of it
    /// comes back.
    pub(in crate::app) fn open_picture(&mut self, asset: AssetId) {
        let reader = &mut self.desk.reader;
        let Some(entry) = reader.entry else { return };
        match &mut reader.assets.opened {
            Some((of, assets)) if *of == entry => {
                assets.retain(|opened| *opened != asset);
                assets.push(asset);
            }
            opened => *opened = Some((entry, vec![asset])),
        }
        if reader.assets.view(asset).is_some_and(|view| view.shown == Shown::PutAway) {
            reader.assets.ask_again();
        }
    }

    /// Asks for the assets of the entry that is read, once it is rested on.
    pub(in crate::app) fn ask_assets(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        let seen = size::sizes(self).entry.is_some() || matches!(self.overlay, Some(Overlay::Viewer(_)));
        let (Body::Ready(body), true) = (&self.desk.reader.body, seen) else {
            self.desk.reader.assets.due = None;
            return;
        };
        let body = Arc::clone(body);
        let opened = self.desk.reader.assets.opened(body.id).len();
        let ask = Asked { entry: body.id, version: body.version, opened };
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
        let wishes = assets.wishes(&body, self.settings.pictures, &[]);
        effects.push(Effect::Order(Order::Look { wishes, ahead: self.entries_ahead(body.id) }));
    }

    /// What is on the screen of assets, or would be: those of the entry that is read, and of the one compared with it.
    pub(in crate::app) fn looked_at(&self) -> HashSet<AssetId> {
        let read = match &self.desk.reader.body {
            Body::Ready(body) => Some(body),
            _ => None,
        };
        let compared = match &self.overlay {
            Some(Overlay::Compare(compare)) => match compare.other().map(|other| &other.body) {
                Some(Body::Ready(body)) => Some(body),
                _ => None,
            },
            _ => None,
        };
        read.into_iter().chain(compared).flat_map(|body| body.assets.iter().map(|slot| slot.asset)).collect()
    }

    /// Asks for what two entries submitted that is not the same, to be compared; nothing is asked for that is known.
    pub(in crate::app) fn look_at_both(&self, entry: &EntryBody, other: &EntryBody) -> Option<Effect> {
        let assets = &self.desk.reader.assets;
        let swaps = diff::assets(other, entry);
        let both = swaps.iter().filter(|swap| !swap.same).filter_map(|swap| swap.both);
        let compared: Vec<AssetId> =
            both.take(KEPT / 2).flat_map(|(before, after)| [before, after]).collect();
        let mut wishes = assets.wishes(entry, self.settings.pictures, &compared);
        let own = wishes.len();
        let others = assets.wishes(other, Pictures::Never, &compared);
        let others =
            others.into_iter().filter(|wish| !entry.assets.iter().any(|slot| slot.asset == wish.asset));
        wishes.extend(others.take(KEPT / 2));
        let is_known = |wish: &Wish| assets.view(wish.asset).is_some() && !wish.compared;
        if wishes[own..].iter().all(is_known) && wishes[..own].iter().all(|wish| !wish.compared) {
            return None;
        }
        Some(Effect::Order(Order::Look { wishes, ahead: self.entries_ahead(entry.id) }))
    }

    /// The entries that are likely to be read next.
    fn entries_ahead(&self, entry: EntryId) -> Vec<EntryId> {
        let steps = 1..=i64::from(self.settings.previews_ahead);
        steps.map_while(|by| self.desk.queue.neighbour(entry, by)).collect()
    }
}

#[cfg(test)]
#[path = "assets_tests.rs"]
mod tests;

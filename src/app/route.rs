//! Where each message goes: keys through the overlay and the keymap to the answer of a view, and what must hold after
//! every message. Routes only: the answers are in the files of the views.

use crate::domain::{ItemStatus, QuestId, SafeText, Timestamp};
use crate::sync::{Link, Order};
use crate::ui::theme::Look;

use super::command::Command;
use super::context::{self, applies};
use super::decisions::Decisions;
use super::desk::size::sizes;
use super::desk::{Desk, Pane};
use super::help::Help;
use super::key::Key;
use super::keymap::Keymap;
use super::notice::Notices;
use super::overlay::Overlay;
use super::overlay::filter::Filter;
use super::overlay::messages::Messages;
use super::queue::Scope;
use super::state::{Settings, Shell, State};
use super::{Effect, next};

/// The highest count that can be typed before a moving key.
const LARGEST_COUNT: u32 = 999_999;

impl State {
    /// A desk with nothing on it yet.
    #[must_use]
    pub fn new(settings: Settings, keymap: Keymap, width: u16, height: u16, now: Timestamp) -> Self {
        let shell = Shell {
            account: None,
            link: Link::Connecting,
            budget: (0, 0),
            wallet: Vec::new(),
            fee: None,
            broken: None,
        };
        Self {
            now,
            width,
            height,
            settings,
            keymap,
            shell,
            desk: Desk::default(),
            look: Look::default(),
            decisions: Decisions::default(),
            notices: Notices::default(),
            overlay: None,
            count: None,
            leaving: false,
        }
    }

    /// A key was pressed.
    pub(super) fn on_key(&mut self, key: Key, now: Timestamp, effects: &mut Vec<Effect>) {
        self.notices.seen();
        if self.overlay_key(key, now, effects) {
            return;
        }
        if let Some(digit) = key.typed().and_then(|character| character.to_digit(10)) {
            self.on_digit(digit);
            return;
        }
        let count = self.count.take();
        let Some(command) = self.keymap.find(context::places(self), key) else {
            self.no_such_key(key, now);
            return;
        };
        match applies(self, command) {
            Ok(()) => self.run(command, count, now, effects),
            Err(why) => self.notices.tell(why, now),
        }
    }

    /// Digits make a count; a zero alone means nothing.
    fn on_digit(&mut self, digit: u32) {
        let count = self.count.unwrap_or(0).saturating_mul(10).saturating_add(digit).min(LARGEST_COUNT);
        self.count = (count > 0).then_some(count);
    }

    fn no_such_key(&mut self, key: Key, now: Timestamp) {
        let words = match self.keymap.elsewhere(key) {
            Some(command) => match applies(self, command) {
                Err(why) => why,
                Ok(()) => SafeText::line(&format!("{key} does nothing here")),
            },
            None => {
                let help = context::keys_text(self, Command::Help);
                SafeText::line(&format!("{key} means nothing; {help} shows the keys"))
            }
        };
        self.notices.tell(words, now);
    }

    fn run(&mut self, command: Command, count: Option<u32>, now: Timestamp, effects: &mut Vec<Effect>) {
        match command {
            Command::Help => self.overlay = Some(Overlay::Help(Help::default())),
            Command::Messages => self.overlay = Some(Overlay::Messages(Messages::default())),
            Command::Filter => {
                let text = self.desk.filter().map(|filter| filter.text().clone()).unwrap_or_default();
                self.overlay = Some(Overlay::Filter(Filter::edit(&text)));
            }
            Command::Undo => self.undo(now, effects),
            Command::Redo => self.redo(now, effects),
            Command::Refresh => effects.push(Effect::Order(Order::Refresh)),
            Command::Repaint => effects.push(Effect::Repaint),
            Command::Suspend => effects.push(Effect::Suspend),
            Command::Quit => self.quit(now, effects),
            Command::Accept => self.accept(now, effects),
            Command::AcceptWithNote => self.accept_with_note(now, effects),
            Command::Reject => self.reject(now, effects),
            Command::Repeat => self.repeat(now, effects),
            Command::ItemDone => self.set_item(&ItemStatus::Done, now, effects),
            Command::ItemSkipped => self.set_item(&ItemStatus::Skipped, now, effects),
            Command::ItemPending => self.set_item(&ItemStatus::Pending, now, effects),
            Command::ItemInProgress => self.set_item(&ItemStatus::InProgress, now, effects),
            Command::ItemComplete => self.complete_item(now, effects),
            Command::CopyLink => self.link(now, effects, Effect::Copy),
            Command::Browse => self.link(now, effects, Effect::Browse),
            Command::Brief => self.desk.reader.brief = !self.desk.reader.brief,
            Command::Down
            | Command::Up
            | Command::First
            | Command::Last
            | Command::PageDown
            | Command::PageUp
            | Command::PaneLeft
            | Command::PaneRight
            | Command::PaneNext
            | Command::PanePrevious
            | Command::Open
            | Command::Back
            | Command::ReaderScroll
            | Command::ReaderNext
            | Command::ReaderPrevious => self.desk.go(command, count, sizes(self)),
        }
    }

    /// Does something with the address of the quest of the entry under the cursor.
    fn link(&mut self, now: Timestamp, effects: &mut Vec<Effect>, make: fn(SafeText) -> Effect) {
        let url = self.desk.entry().and_then(|row| self.desk.quest(row.quest)?.url.clone());
        match url {
            Some(url) => effects.push(make(url)),
            None => self.notices.warn("the server gave no address of this quest".into(), now),
        }
    }

    /// Text was pasted: into an overlay that takes text, else offered as a filter; never run as keys.
    pub(super) fn on_paste(&mut self, text: &str, cut: bool, now: Timestamp, _effects: &mut Vec<Effect>) {
        self.notices.seen();
        self.count = None;
        if cut {
            self.notices.warn("the pasted text was too long: its end is left out".into(), now);
        }
        match &mut self.overlay {
            Some(overlay) => {
                if !overlay.paste(text) {
                    self.notices.tell("pasted text is never run as keys: it was dropped".into(), now);
                }
            }
            None => {
                let line = SafeText::line(text.trim());
                if !line.is_empty() {
                    self.overlay = Some(Overlay::Filter(Filter::offer(&line)));
                }
            }
        }
    }

    /// The terminal has another size.
    pub(super) const fn on_resize(&mut self, width: u16, height: u16) {
        self.width = width;
        self.height = height;
    }

    /// What must hold after every message.
    pub(super) fn settle(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        self.due(now, effects);
        self.leave_when_sent(effects);
        self.desk.fit(sizes(self));
        self.read(now, effects);
        self.ask_focus(effects);
    }

    /// Tells the engine which quest is looked at, when that changed.
    fn ask_focus(&mut self, effects: &mut Vec<Effect>) {
        let quest: Option<QuestId> = match self.desk.focus {
            Pane::Quests => self.desk.quests.cursor,
            Pane::Items | Pane::Pending | Pane::Entry => self.desk.scope_quest(),
        };
        if self.desk.focused != Some(quest) {
            self.desk.focused = Some(quest);
            effects.push(Effect::Order(Order::Focus(quest)));
        }
    }

    /// When something changes by itself.
    pub(super) fn next_wake(&self) -> Option<Timestamp> {
        next::wake(self)
    }
}

impl Desk {
    /// Answers the commands that move.
    fn go(&mut self, command: Command, count: Option<u32>, sizes: super::desk::size::Sizes) {
        let count = i64::from(count.unwrap_or(1));
        let page = |desk: &Self| match desk.focus {
            _ if desk.full => page_of(sizes.entry.map_or(1, |(_, height)| usize::from(height))),
            Pane::Quests => page_of(sizes.quests),
            Pane::Items => page_of(sizes.items),
            Pane::Pending => page_of(sizes.pending),
            Pane::Entry => page_of(sizes.entry.map_or(1, |(_, height)| usize::from(height))),
        };
        match command {
            Command::Down => self.step(count),
            Command::Up => self.step(-count),
            Command::PageDown => self.step(count.saturating_mul(page(self))),
            Command::PageUp => self.step(-count.saturating_mul(page(self))),
            Command::ReaderScroll => self.reader.scroll_by(page(self)),
            Command::ReaderNext => self.queue.move_by(count),
            Command::ReaderPrevious => self.queue.move_by(-count),
            Command::First => self.to_end(false),
            Command::Last => self.to_end(true),
            Command::PaneLeft => self.focus_on(self.beside(-1)),
            Command::PaneRight => self.focus_on(self.beside(1)),
            Command::PaneNext => self.set_focus(self.next(1)),
            Command::PanePrevious => self.set_focus(self.next(-1)),
            Command::Open => self.open(),
            Command::Back => self.back(),
            _ => {}
        }
    }

    fn focus_on(&mut self, pane: Option<Pane>) {
        if let Some(pane) = pane {
            self.set_focus(pane);
        }
    }

    fn step(&mut self, rows: i64) {
        match self.focus {
            _ if self.full => self.reader.scroll_by(rows),
            Pane::Quests => self.quests.move_by(rows),
            Pane::Items => self.move_item(rows),
            Pane::Pending => self.queue.move_by(rows),
            Pane::Entry => self.reader.scroll_by(rows),
        }
    }

    fn to_end(&mut self, last: bool) {
        let far = if last { i64::MAX } else { i64::MIN };
        match self.focus {
            Pane::Entry => self.reader.scroll_to(if last { usize::MAX } else { 0 }),
            _ if self.full => self.reader.scroll_to(if last { usize::MAX } else { 0 }),
            Pane::Quests => self.quests.move_by(far),
            Pane::Items => self.move_item(far),
            Pane::Pending if last => self.queue.last(),
            Pane::Pending => self.queue.first(),
        }
    }

    /// Opens what the cursor is on.
    fn open(&mut self) {
        match self.focus {
            Pane::Quests => {
                self.set_scope(self.quests.cursor.map_or(Scope::All, Scope::Quest));
                self.set_focus(Pane::Pending);
            }
            Pane::Items => {
                if let Some(item) = self.item_cursor() {
                    self.set_scope(Scope::Item(item));
                    self.set_focus(Pane::Pending);
                }
            }
            Pane::Pending | Pane::Entry => self.full = true,
        }
    }

    /// One step back: out of the reader, to the list, off the filter, off the item, off the quest.
    fn back(&mut self) {
        if self.full {
            self.full = false;
        } else if self.focus != Pane::Pending {
            self.set_focus(Pane::Pending);
        } else if self.filter().is_some() {
            self.set_filter(None);
        } else {
            let wider = match self.queue.scope() {
                Scope::Item(_) => self.scope_quest().map_or(Scope::All, Scope::Quest),
                Scope::Quest(_) | Scope::All => Scope::All,
            };
            self.set_scope(wider);
            self.set_focus(Pane::Pending);
        }
    }
}

/// How far a page goes: a line of the page before stays.
fn page_of(height: usize) -> i64 {
    i64::try_from(height.saturating_sub(1).max(1)).unwrap_or(i64::MAX)
}

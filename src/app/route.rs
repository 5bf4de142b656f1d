//! Where each message goes: keys through the overlay and the keymap to the answer of a view, and what must hold after
//! every message. Routes only: the answers are in the files of the views.

use std::time::Duration;

use crate::domain::{EntryId, ItemStatus, QuestId, SafeText, Timestamp};
use crate::sync::{Link, Order};
use crate::ui::theme::Look;

use super::aside::Asides;
use super::command::{Command, Place, Risk};
use super::context::{self, applies};
use super::decisions::Decisions;
use super::desk::size::sizes;
use super::desk::{Desk, Pane};
use super::discussion::Discussion;
use super::elsewhere::Kept;
use super::evals::Prices;
use super::help::Help;
use super::judging::Judging;
use super::key::Key;
use super::keymap::Keymap;
use super::log::{Log, View};
use super::notice::Notices;
use super::overlay::Overlay;
use super::overlay::filter::Filter;
use super::overlay::messages::Messages;
use super::overlay::search::Search;
use super::overlay::views::Views;
use super::queue::Scope;
use super::reviewers::Reviewers;
use super::saving::Savings;
use super::state::{Settings, Shell, State};
use super::summary::Evaluations;
use super::{Effect, next};

/// The highest count that can be typed before a moving key.
const LARGEST_COUNT: u32 = 999_999;

/// How long a digit waits for what makes it a count, before it shows a view.
const VIEW_AFTER: Duration = Duration::from_millis(400);

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
            broken: false,
            sends: true,
            sending: crate::sync::Progress::default(),
            trouble: None,
        };
        Self {
            now,
            begun: now,
            width,
            height,
            settings,
            keymap,
            shell,
            desk: Desk::default(),
            judging: Judging::default(),
            discussion: Discussion::default(),
            look: Look::default(),
            prices: Prices::default(),
            savings: Savings::default(),
            decisions: Decisions::default(),
            view: View::default(),
            log: Log::default(),
            evaluations: Evaluations::default(),
            elsewhere: Kept::default(),
            asides: Asides::default(),
            reviewers: Reviewers::default(),
            notices: Notices::default(),
            overlay: None,
            pressed: None,
            count: None,
            count_at: now,
            leaving: false,
        }
    }

    /// A key was pressed.
    pub(super) fn on_key(&mut self, key: Key, now: Timestamp, effects: &mut Vec<Effect>) {
        self.notices.key_pressed(now);
        self.pressed = Some(key);
        let slipped = self.slipped(now);
        self.desk.queue.take();
        if self.overlay_key(key, now, effects) {
            return;
        }
        if let Some(digit) = key.typed().and_then(|character| character.to_digit(10)) {
            self.on_digit(digit, now);
            return;
        }
        let count = self.count.take();
        let Some(command) = self.keymap.find(context::places(self), key) else {
            self.no_such_key(key, now);
            return;
        };
        if command == Command::Back && count.is_some() {
            // It takes back the count, and nothing else.
            return;
        }
        match applies(self, command) {
            Ok(()) if slipped && acts_on_the_row(command) => {
                let words = "look, then press it again: another entry had just come under the cursor";
                self.notices.warn(words.into(), now);
            }
            Ok(()) => self.run(command, count, now, effects),
            Err(why) => self.notices.tell(why, now),
        }
    }

    /// The list moved by itself, and another entry than this came under the cursor.
    pub(super) fn slid_from(&mut self, cursor: Option<EntryId>, now: Timestamp) {
        if cursor.is_some() && self.desk.queue.cursor() != cursor {
            self.desk.slid_at = Some(now);
        }
    }

    /// Whether news put another entry under the cursor so short a time ago that the key may have been meant for the
    /// one before.
    fn slipped(&self, now: Timestamp) -> bool {
        let seen = Duration::from_millis(self.settings.seen_millis);
        self.desk.slid_at.is_some_and(|at| now.since(at) < seen)
    }

    /// Digits make a count; a zero alone means nothing.
    fn on_digit(&mut self, digit: u32, now: Timestamp) {
        self.count_at = now;
        let count = self.count.unwrap_or(0).saturating_mul(10).saturating_add(digit).min(LARGEST_COUNT);
        self.count = (count > 0).then_some(count);
    }

    /// When a digit that stands alone shows its view: until then a motion makes it a count.
    pub(super) fn view_due(&self) -> Option<Timestamp> {
        self.view_of_digit().map(|_| self.count_at + VIEW_AFTER)
    }

    fn view_of_digit(&self) -> Option<View> {
        let digit = char::from_digit(self.count.filter(|count| *count < 10)?, 10)?;
        match self.keymap.find(context::places(self), Key::char(digit))? {
            Command::ViewDesk => Some(View::Desk),
            Command::ViewLog => Some(View::Log),
            _ => None,
        }
    }

    /// A digit that nothing followed shows its view.
    fn view_by_digit(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        if let Some(view) = self.view_of_digit().filter(|_| self.view_due().is_some_and(|due| now >= due)) {
            self.count = None;
            self.show_view(view, effects);
        }
    }

    fn no_such_key(&mut self, key: Key, now: Timestamp) {
        let why = self.keymap.elsewhere(key).and_then(|command| applies(self, command).err());
        let words = why.unwrap_or_else(|| {
            let help = context::keys_text(self, Command::Help);
            SafeText::line(&format!("{key} means nothing here; {help} shows the keys"))
        });
        self.notices.tell(words, now);
    }

    fn run(&mut self, command: Command, count: Option<u32>, now: Timestamp, effects: &mut Vec<Effect>) {
        match command {
            Command::Help => self.overlay = Some(Overlay::Help(Help::default())),
            Command::Messages => self.overlay = Some(Overlay::Messages(Messages::default())),
            Command::ViewDesk => self.show_view(View::Desk, effects),
            Command::ViewLog => self.show_view(View::Log, effects),
            Command::LogJump => {
                self.jump_to_logged(now, effects);
            }
            Command::LogRetry => self.retry_logged(now, effects),
            Command::LogDiscard => self.discard_logged(now, effects),
            Command::LogNote => self.edit_logged(now, effects),
            Command::Filter if self.view == View::Log => {
                let text = self.log.filter().map(|filter| filter.text().clone()).unwrap_or_default();
                self.overlay = Some(Overlay::Filter(Filter::edit_log(&text)));
            }
            Command::Refresh if self.view == View::Log => self.read_log(effects),
            Command::Back if self.view == View::Log && !self.log.detail && self.log.filter().is_none() => {
                self.show_view(View::Desk, effects);
            }
            Command::Filter if self.desk.full => {
                let before = self.desk.reader.searched.iter().cloned().collect();
                self.overlay = Some(Overlay::Search(Search::new(before)));
            }
            Command::Filter => {
                let text = self.desk.filter().map(|filter| filter.text().clone()).unwrap_or_default();
                self.overlay = Some(Overlay::Filter(Filter::edit(&text)));
            }
            Command::Views => self.overlay = Some(Overlay::Views(Views::new(self))),
            Command::Mark => self.mark(count.unwrap_or(1), now),
            Command::MarkRange => self.mark_range(now),
            Command::MarkAll => self.mark_all(now),
            Command::MarkAlike => self.mark_alike(now),
            Command::ClearMarks => self.clear_marks(now),
            Command::MarkItem => self.mark_item(count.unwrap_or(1)),
            Command::Evaluate => self.evaluate(now, effects),
            Command::WalkBack => self.overlay = self.walk(None, 1),
            Command::WalkForward => self.overlay = self.walk(None, -1),
            Command::Pause => self.pause(now, effects),
            Command::Undo => self.undo(now, effects),
            Command::Redo => self.redo(now, effects),
            Command::Refresh => {
                effects.push(Effect::Order(Order::Refresh));
                self.desk.reader.try_again();
                self.judging.again();
                self.desk.reader.assets.ask_again();
                self.notices.tell("reading again".into(), now);
            }
            Command::Repaint => effects.push(Effect::Repaint),
            Command::Suspend => effects.push(Effect::Suspend),
            Command::Quit => self.quit(now, effects),
            Command::Accept => self.accept(now, effects),
            Command::AcceptWithNote => self.accept_with_note(now, effects),
            Command::Reject => self.reject(now, effects),
            Command::Repeat => self.repeat(now, effects),
            Command::Aside => self.aside(now, effects),
            Command::ItemDone => self.set_item(&ItemStatus::Done, now, effects),
            Command::ItemSkipped => self.set_item(&ItemStatus::Skipped, now, effects),
            Command::ItemPending => self.set_item(&ItemStatus::Pending, now, effects),
            Command::ItemInProgress => self.set_item(&ItemStatus::InProgress, now, effects),
            Command::ItemRescore => self.rescore(now, effects),
            Command::ItemComplete => self.complete_item(now, effects),
            Command::CopyLink if count.is_some() => self.copy_link(count.unwrap_or(0), now, effects),
            Command::Browse if count.is_some() => self.open_link(count.unwrap_or(0), now, effects),
            Command::SearchNext => self.step_search(count.unwrap_or(1).into(), now),
            Command::SearchPrevious => self.step_search(-i64::from(count.unwrap_or(1)), now),
            Command::CopyLink => self.link(now, effects, Effect::Copy),
            Command::Browse => self.link(now, effects, Effect::Browse),
            Command::Ask => self.ask(now, effects),
            Command::Comments => self.talk(effects),
            Command::RunLog => self.run_log(effects),
            Command::Diff | Command::Alike => self.compare(command, effects),
            Command::Assets => self.open_viewer(false),
            Command::SaveAsset => self.open_viewer(true),
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
            | Command::Brief
            | Command::BriefDown
            | Command::BriefUp
            | Command::ReaderScroll
            | Command::ReaderNext
            | Command::ReaderPrevious => match self.view {
                View::Log => self.go_in_log(command, count, now, effects),
                View::Desk => self.desk.go(command, count, sizes(self)),
            },
        }
    }

    /// Pauses the sender, or lets it go on.
    fn pause(&mut self, now: Timestamp, effects: &mut Vec<Effect>) {
        // While nothing is sent there is nothing to pause, but there may be something to go on with.
        if !self.shell.sending.paused && self.decisions.tally().sending == 0 && self.ask_about_left(now) {
            return;
        }
        let (order, words) = if self.shell.sending.paused {
            (Order::Resume, "sending goes on".to_owned())
        } else {
            let undo = context::key_text(self, Command::Undo);
            let words = "sending is paused: what is under way ends, the rest waits";
            (Order::Pause, format!("{words}; {undo} takes it back"))
        };
        effects.push(Effect::Order(order));
        self.notices.tell(SafeText::line(&words), now);
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
        self.notices.key_pressed(now);
        self.desk.queue.take();
        self.count = None;
        if cut {
            self.notices.warn("the pasted text was too long: its end is left out".into(), now);
        }
        let line = SafeText::line(text.trim());
        if let Some(overlay) = &mut self.overlay {
            if !overlay.paste(text, now) {
                self.notices.tell("pasted text is never run as keys: it was dropped".into(), now);
            }
        } else if !line.is_empty() {
            self.overlay = Some(Overlay::Filter(Filter::offer(&line)));
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
        self.keep_written(false, now, effects);
        self.let_go_of_read(effects);
        self.tell_lost_marks(now);
        self.view_by_digit(now, effects);
        self.settle_log(effects);
        self.leave_when_sent(effects);
        self.desk.fit(sizes(self));
        self.read(now, effects);
        self.look_behind(effects);
        self.follow_talk(effects);
        self.lay_out_pager();
        self.ask_focus(effects);
    }

    /// Tells the engine which quest is looked at, when that changed.
    fn ask_focus(&mut self, effects: &mut Vec<Effect>) {
        let quest: Option<QuestId> = match self.desk.focus {
            Pane::Quests => self.desk.quests.cursor,
            Pane::Items | Pane::Pending | Pane::Entry => self.desk.scope_quest(),
        };
        let looked_at = quest.map_or(Scope::All, Scope::Quest);
        if self.desk.focused != Some(looked_at) {
            self.desk.focused = Some(looked_at);
            effects.push(Effect::Order(Order::Focus(quest)));
        }
    }

    /// When something changes by itself.
    pub(super) fn next_wake(&self) -> Option<Timestamp> {
        next::wake(self)
    }
}

/// Whether a command does something to the row under the cursor: pressed a moment too late, it would be another one.
fn acts_on_the_row(command: Command) -> bool {
    let row = command.row();
    let on_entries = matches!(row.place, Place::Deciding | Place::Pending);
    row.risk == Risk::Decides
        || on_entries && (row.mutates || matches!(command, Command::Aside | Command::Mark))
}

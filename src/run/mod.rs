//! The imperative shell: the loop (inbox → update → perform → draw when the writer is free) and nothing else.
//!
//! Everything that reaches the desk comes through one inbox: keys, what the engine and the store say, signals,
//! frames that were flushed. Keys come first, and are shown before anything else is looked at; news are shown at a
//! pace. The loop sleeps until a message or the next deadline that the state derives; there are no ticks. It never
//! waits for the network, the disk or a slow terminal.

mod inbox;
mod open;
mod pace;
mod perform;

use std::collections::VecDeque;
use std::time::Duration;

use crate::app::{self, Message, State};
use crate::clock;
use crate::domain::{EntryId, Timestamp, Version};
use crate::term::{Drawn, Input, Signal, TermEvent, Terminal, Written};
use crate::ui;

use inbox::{Closed, Inbound, Inbox};
pub use open::{DeskError, open_desk};
use pace::Pace;
use perform::Performer;

/// The longest sleep: whatever a deadline says, the state is asked again by then.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Go on.
    NotYet,
    /// The user left; the engine may finish what is under way within this time.
    Left(Duration),
    /// The terminal is gone: leave at once, draw nothing, ask nothing.
    Gone,
}

/// One session at the desk.
struct Session {
    state: State,
    terminal: Terminal,
    performer: Performer,
    inbox: Inbox,
    /// Whether something may look different from the last frame.
    dirty: bool,
    /// Whether the person at the keys did something since.
    asked_for: bool,
    pace: Pace,
    /// Frames under way, with the entry whose header is on each.
    flying: VecDeque<(u64, Header)>,
    /// The header on the last frame that was made.
    header: Header,
    end: End,
}

type Header = Option<(EntryId, Version)>;

impl Session {
    /// Runs until the user leaves or the terminal is gone.
    fn run(&mut self) -> End {
        while self.end == End::NotYet {
            if self.turn() == Err(Closed) {
                return End::Gone;
            }
        }
        self.end
    }

    /// Takes the next thing: what the terminal said, else the next news, else what is due; else sleeps.
    fn turn(&mut self) -> Result<(), Closed> {
        if let Some(event) = self.inbox.event()? {
            self.take_term(event);
            return Ok(());
        }
        // All keys are taken: what they did is shown before anything else.
        if self.asked_for || self.draws_in().is_some_and(|wait| wait.is_zero()) {
            self.draw();
        }
        if let Some(news) = self.inbox.news() {
            self.take(news);
            return Ok(());
        }
        let wakes_in = self.wakes_in();
        if wakes_in.is_zero() {
            self.update(Message::Wake);
            return Ok(());
        }
        if !self.dirty {
            // Nothing else is to be sent: a little of the pictures is.
            self.terminal.draw_pictures();
        }
        self.inbox.wait(self.draws_in().unwrap_or(LONGEST_SLEEP).min(wakes_in))
    }

    /// How long nothing happens by itself.
    fn wakes_in(&self) -> Duration {
        match app::next_wake(&self.state) {
            Some(at) => at.since(clock::now()).min(LONGEST_SLEEP),
            None => LONGEST_SLEEP,
        }
    }

    /// How long until a frame is to be made that nobody asked for; `None`: nothing changed, or the writer is busy and
    /// will say when it is free.
    fn draws_in(&self) -> Option<Duration> {
        let may = self.dirty && !self.terminal.busy();
        may.then(|| {
            let next = self.pace.next();
            next.map_or(Duration::ZERO, |next| next.saturating_duration_since(clock::monotonic()))
        })
    }

    fn take(&mut self, inbound: Inbound) {
        match inbound {
            Inbound::Term(event) => self.take_term(event),
            Inbound::Sync(news) => self.update(Message::Sync(news)),
            Inbound::Store(news) => self.update(Message::Store(news)),
            Inbound::Engine(started) => {
                if let Some(message) = self.performer.engine_started(started) {
                    self.update(message);
                }
            }
        }
    }

    fn take_term(&mut self, event: TermEvent) {
        self.asked_for |= matches!(event, TermEvent::Input(_) | TermEvent::Signal(_));
        match event {
            TermEvent::Input(Input::Key(key)) => self.update(Message::Key(key)),
            TermEvent::Input(Input::Paste { text, cut }) => self.update(Message::Paste { text, cut }),
            TermEvent::Input(Input::Burst(text)) => self.update(Message::Paste { text, cut: false }),
            TermEvent::Written(Written::Frame(number, at)) => self.flushed(number, at),
            TermEvent::Painted(painted) => self.terminal.painted(painted),
            TermEvent::Signal(Signal::Resize(width, height)) => {
                self.terminal.resize(width, height);
                self.update(Message::Resize { width, height });
            }
            TermEvent::Signal(Signal::Terminate) => self.update(Message::Terminate),
            TermEvent::Signal(Signal::Suspend) => self.perform(vec![app::Effect::Suspend]),
            TermEvent::Signal(Signal::Continued) => self.refresh(),
            TermEvent::Input(Input::Gone)
            | TermEvent::Written(Written::Gone)
            | TermEvent::Signal(Signal::Gone) => {
                // The last letters of a note are kept all the same; nothing is drawn, nothing asked.
                self.update(Message::Terminate);
                self.end = End::Gone;
            }
        }
    }

    fn update(&mut self, message: Message) {
        let effects = app::update(&mut self.state, message, clock::now());
        self.dirty = true;
        self.perform(effects);
    }

    fn perform(&mut self, effects: Vec<app::Effect>) {
        for effect in effects {
            match effect {
                app::Effect::Quit(within) => self.end = End::Left(within),
                app::Effect::Repaint => self.repaint(),
                app::Effect::Suspend => {
                    if let Err(error) = self.terminal.suspend() {
                        tracing::warn!(%error, "could not suspend");
                    }
                    self.repaint();
                }
                app::Effect::Edit(text) => {
                    let edited = perform::edit(&mut self.terminal, &text);
                    self.repaint();
                    self.update(Message::Edited(edited));
                }
                app::Effect::Copy(text) => {
                    let words = perform::copy(&mut self.terminal, &text);
                    self.update(Message::Done(words));
                }
                app::Effect::Browse(link) => {
                    let words = perform::browse(&mut self.terminal, &link);
                    self.update(Message::Done(words));
                }
                other => self.performer.perform(other),
            }
        }
    }

    /// We were stopped and continued: the shell may have changed everything.
    fn refresh(&mut self) {
        if let Err(error) = self.terminal.refresh() {
            tracing::warn!(%error, "could not enter the terminal again");
        }
        self.repaint();
    }

    fn repaint(&mut self) {
        self.terminal.repaint();
        let (width, height) = self.terminal.size();
        if (width, height) != (self.state.width, self.state.height) {
            self.update(Message::Resize { width, height });
        }
        self.dirty = true;
    }

    /// Makes a frame if something changed and the writer is free; while it is busy, frames are never made.
    fn draw(&mut self) {
        if !self.dirty || self.terminal.busy() {
            return;
        }
        self.dirty = false;
        let header = self.state.header();
        let (state, look) = (&self.state, &self.state.look);
        self.terminal.set_links(ui::reader::targets(state));
        self.terminal.set_pictures(ui::reader::pictures(state));
        match self.terminal.draw(|frame| ui::draw(state, look, frame)) {
            Drawn::Frame(number) => self.flying.push_back((number, header)),
            // Nothing to send: what is meant to be seen is on the screen already.
            Drawn::Nothing if header != self.header && self.flying.is_empty() => {
                self.update(Message::Shown { header, at: clock::now() });
            }
            Drawn::Nothing => {}
            Drawn::Busy => {
                self.dirty = true;
                return;
            }
        }
        self.header = header;
        self.pace.drew(clock::monotonic(), std::mem::take(&mut self.asked_for));
    }

    /// A frame reached the terminal: from now on its header has been seen.
    fn flushed(&mut self, number: u64, at: Timestamp) {
        while let Some((flown, header)) = self.flying.front().copied() {
            if flown > number {
                break;
            }
            self.flying.pop_front();
            self.update(Message::Shown { header, at });
        }
        // Only what is said of the frame changed, not what it shows, unless something else did.
    }
}

//! Performing effects: the only place where what the app wants becomes I/O.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::app::{Effect, Message};
use crate::domain::{SafeText, TextLimit};
use crate::store::Store;
use crate::sync::{Engine, Link, News, Order};
use crate::term::Terminal;

/// The hands of the desk: the store and the engine.
pub(super) struct Performer {
    store: Store,
    engine: Option<Engine>,
    /// What was asked of the engine before it was up.
    early: Vec<Order>,
}

impl Performer {
    pub(super) const fn new(store: Store) -> Self {
        Self { store, engine: None, early: Vec::new() }
    }

    /// The engine is up: it gets what was asked meanwhile. If it can't be, the desk says why and works from the cache.
    pub(super) fn engine_started(&mut self, started: Result<Engine, SafeText>) -> Option<Message> {
        match started {
            Ok(engine) => {
                for order in self.early.drain(..) {
                    engine.order(order);
                }
                self.engine = Some(engine);
                None
            }
            Err(why) => Some(Message::Sync(News::Link(Link::SignedOut { why }))),
        }
    }

    pub(super) fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Record(decision) => self.store.record(*decision),
            Effect::RecordMany(decisions) => self.store.record_many(decisions),
            Effect::Step(ids, event) => match ids.as_slice() {
                [id] => self.store.step(*id, event),
                _ => self.store.step_many(ids, event),
            },
            Effect::LoadBody(entry) => self.store.load_body(entry),
            Effect::LoadBrief(item) => self.store.load_brief(item),
            Effect::LoadBehind(entry) => self.store.load_behind(entry),
            Effect::SaveDraft(subject, note) => self.store.save_draft(subject, note),
            Effect::DropDraft(subject) => self.store.drop_draft(subject),
            Effect::ReadLog { question, conditions, before, limit } => {
                self.store.read_journal(question, conditions, before, limit);
            }
            Effect::ReadTrail(id) => self.store.read_trail(id),
            Effect::LoadDraft(subject) => self.store.load_draft(subject),
            Effect::PutAside(asides) => self.store.put_aside(asides),
            Effect::DropAside(entries) => self.store.drop_aside(entries),
            Effect::KeepOpened(entries) => self.store.keep_opened(entries),
            Effect::Order(order) => self.order(order),
            // The session performs these itself: they need the terminal.
            Effect::Copy(_)
            | Effect::Browse(_)
            | Effect::Edit(_)
            | Effect::Repaint
            | Effect::Suspend
            | Effect::Quit(_) => {}
        }
    }

    fn order(&mut self, order: Order) {
        match &self.engine {
            Some(engine) => engine.order(order),
            None => self.early.push(order),
        }
    }

    /// Stops the engine, then the store: what the engine still learns is written down.
    pub(super) fn stop(self, within: Duration) {
        if let Some(engine) = self.engine {
            engine.stop(within);
        }
        self.store.close();
    }
}

/// Puts text on the clipboard of the terminal that the user sits at, however far away it is.
pub(super) fn copy(terminal: &mut Terminal, text: &SafeText) -> SafeText {
    if terminal.copy(text) {
        SafeText::line(&format!("copied {text}"))
    } else {
        SafeText::line(&format!("too long for a terminal's clipboard: {text}"))
    }
}

/// Opens a page where there is a browser to open it in, else copies its address and says why.
pub(super) fn browse(terminal: &mut Terminal, link: &SafeText) -> SafeText {
    if !link.as_str().starts_with("https://") && !link.as_str().starts_with("http://") {
        return SafeText::line(&format!("not a web address: {link}"));
    }
    let opener = match opener() {
        Ok(opener) => opener,
        Err(why) => return copied_because(terminal, link, why),
    };
    let started = Command::new(opener)
        .arg(link.as_str())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    match started {
        Ok(mut child) => {
            // Reaped in the background, so that no zombie stays for as long as the desk is open.
            std::thread::spawn(move || child.wait());
            SafeText::line(&format!("opened {link}"))
        }
        Err(_) => copied_because(terminal, link, "no browser could be started here"),
    }
}

fn copied_because(terminal: &mut Terminal, link: &SafeText, why: &str) -> SafeText {
    SafeText::line_within(&format!("{why}: {}", copy(terminal, link)), TextLimit::BODY)
}

/// The program that opens pages, if there is a screen to open them on; else why there is none.
fn opener() -> Result<PathBuf, &'static str> {
    let is_set = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let has_display = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(is_set);
    let name = if !has_display && ["SSH_CONNECTION", "SSH_TTY"].iter().any(is_set) {
        return Err("no browser over SSH");
    } else if cfg!(target_os = "macos") {
        "open"
    } else if has_display {
        "xdg-open"
    } else {
        return Err("no screen for a browser here");
    };
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found =
        std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.is_file());
    found.ok_or("no program here that opens pages (xdg-open)")
}

/// Opens `$EDITOR` on a note; the desk gives the terminal away for so long.
pub(super) fn edit(terminal: &mut Terminal, text: &str) -> Result<String, SafeText> {
    terminal.edit(text).map_err(|error| SafeText::line(&error.to_string()))
}

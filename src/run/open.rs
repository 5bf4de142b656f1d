//! Opening the desk: everything is built here, in the order that paints first and connects second.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::mpsc::Sender;
use std::thread;
use std::time::Duration;

use directories::UserDirs;

use crate::app::reader::assets::Pictures;
use crate::app::{Settings, State};
use crate::cli::{DeskOptions, Exit};
use crate::config::Images;
use crate::domain::{SafeText, SessionId};
use crate::ouro::{Client, OrgRef};
use crate::preview::Decoder;
use crate::store::{self, PreviewCache, Store};
use crate::term::pictures::protocol::Choice;
use crate::term::pictures::{Protocol, Way};
use crate::term::{self, Terminal};
use crate::ui::Look;
use crate::{clock, sync};

use super::inbox::{Inbound, Inbox, sink};
use super::pace::Pace;
use super::perform::Performer;
use super::{End, Session};

/// Why the desk could not be opened, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskError {
    /// How the program ends.
    pub exit: Exit,
    /// What happened.
    pub what: SafeText,
    /// How to mend it.
    pub mend: SafeText,
}

/// Opens the desk and stays until the user leaves or the terminal is gone. At the end it says what the session came
/// to, if anybody is there to read it.
pub fn open_desk(options: &DeskOptions) -> Result<(), DeskError> {
    term::install_panic_hook(options.places.log_file());
    let (post, inbox) = Inbox::new();
    let keymap = options.config.keymap.clone();
    let session = SessionId::new(uuid::Uuid::new_v4());
    let settings = settings(options, session);
    let abilities = abilities(options)?;
    let colour = abilities.colors != term::Colors::NoColor;
    let look = Look::new(options.config.theme, colour, abilities.unicode, options.plain);
    // Most cells are about twice as high as wide, where nobody says it.
    let cell = abilities.cell.or_else(term::signals::cell_size).unwrap_or((1, 2));
    let look = look.with_pictures(abilities.pictures.map(|_| cell));

    let (width, height) = term::signals::size();
    let mut state = State::new(settings, keymap, width, height, clock::now());
    // The reader's pages are made by the app, in the same look.
    state.look = look;
    state.desk.set_filter(options.config.filter.clone(), state.now);

    let folder = options.places.profile_dir(&options.config.profile);
    let store = Store::open(
        store::Options { dir: folder, session, may_send: !options.read_only },
        sink(&post, Inbound::Store),
    )
    .map_err(|error| state_error(&error))?;
    let to_inbox = post.clone();
    let to_inbox = move |event| {
        let _ = to_inbox.send(Inbound::Term(event));
    };
    let terminal = Terminal::open(abilities, to_inbox).map_err(|error| no_terminal(&error.to_string()))?;
    start_engine(options, store.clone(), &post);

    let mut session = Session {
        state,
        terminal,
        performer: Performer::new(store),
        inbox,
        dirty: true,
        asked_for: true,
        pace: Pace::default(),
        flying: VecDeque::new(),
        header: None,
        end: End::NotYet,
    };
    let end = session.run();
    leave(session, end);
    Ok(())
}

/// Gives the terminal back first, then lets the engine finish; decisions are durable whatever comes.
fn leave(session: Session, end: End) {
    let Session { state, terminal, performer, .. } = session;
    match end {
        End::Left(within) => {
            terminal.close();
            performer.stop(within);
            term::say(&state.summary());
        }
        // Nobody is there: nothing is drawn, and what is under way gets two seconds at the most. Signals stay ours
        // until then: a hang-up comes as two of them, and the second must not cut the end short.
        End::Gone | End::NotYet => {
            term::guard::leave();
            performer.stop(Duration::from_secs(2));
            drop(terminal);
        }
    }
}

/// The engine is built on a thread of its own: loading the certificates of the platform takes longer than painting.
fn start_engine(options: &DeskOptions, store: Store, post: &Sender<Inbound>) {
    let settings = options.config.server.client_settings(options.key.clone());
    let wishes = sync::Options {
        requests_per_minute: options.config.sync.requests_per_minute,
        focus_every: options.config.sync.focus,
        quests: options.quests.clone(),
        team: options.config.server.team,
        seed: clock::now().millis().unsigned_abs(),
        previews: previews(options),
    };
    let news = sink(post, Inbound::Sync);
    let post = post.clone();
    thread::spawn(move || {
        let started =
            Client::new(settings).map_err(|error| SafeText::line(&error.to_string())).and_then(|client| {
                sync::Engine::start(client, store, wishes, news)
                    .map_err(|error| SafeText::line(&error.to_string()))
            });
        let _ = post.send(Inbound::Engine(started));
    });
}

/// How assets are looked into. Without a program to look into files with, files alone are not shown.
fn previews(options: &DeskOptions) -> sync::Previews {
    let wanted = options.config.previews;
    let decoder = Decoder::of_this_program();
    if let Err(error) = &decoder {
        tracing::warn!(%error, "files cannot be looked into");
    }
    let folder = options.places.profile_dir(&options.config.profile).join("previews");
    sync::Previews {
        decoder: decoder.ok(),
        cache: Some(PreviewCache::new(folder, u64::from(wanted.cache) << 20)),
        whole_bytes: u64::from(wanted.largest) << 20,
        pictures_ahead: pictures(options) == Pictures::Shown,
    }
}

/// Whether pictures are shown: over SSH they are dear.
fn pictures(options: &DeskOptions) -> Pictures {
    let is_far = || term::abilities::is_far(|name| std::env::var(name).ok());
    match options.config.previews.images {
        _ if options.no_images => Pictures::Never,
        Images::Never => Pictures::Never,
        Images::Open => Pictures::WhenOpened,
        Images::Auto if is_far() => Pictures::WhenOpened,
        Images::Auto | Images::Always => Pictures::Shown,
    }
}

/// Where assets are saved to: the folder for downloads if there is one, else the folder the desk was started in.
fn save_to(home: Option<&str>) -> SafeText {
    let downloads = UserDirs::new().and_then(|dirs| dirs.download_dir().map(Path::to_owned));
    let Some(folder) = downloads.filter(|folder| folder.is_dir()) else { return ".".into() };
    let folder = folder.to_string_lossy();
    match home.and_then(|home| folder.strip_prefix(home)) {
        Some(below) => SafeText::line(&format!("~{below}")),
        None => SafeText::line(&folder),
    }
}

fn settings(options: &DeskOptions, session: SessionId) -> Settings {
    let home = std::env::var("HOME").ok().filter(|home| !home.is_empty());
    Settings {
        read_only: options.read_only,
        plain: options.plain,
        quests: options.quests.clone(),
        lane: options.lane.map(|lane| (u32::from(lane.number), u32::from(lane.of))),
        pictures: pictures(options),
        save_to: save_to(home.as_deref()),
        home,
        place: place(options),
        ..Settings::of(&options.config, session)
    }
}

/// What the status line calls where we are.
fn place(options: &DeskOptions) -> SafeText {
    match &options.config.server.org {
        _ if options.demo => "demo".into(),
        Some(OrgRef::Name(name)) => SafeText::line(name),
        Some(OrgRef::Id(id)) => SafeText::line(&id.to_string()),
        None => SafeText::default(),
    }
}

fn no_terminal(what: &str) -> DeskError {
    DeskError {
        exit: Exit::Usage,
        what: SafeText::line(what),
        mend: "run it in a terminal; over ssh, with `ssh -t`".into(),
    }
}

/// `TERM: what it says: what to do`.
fn dumb(words: &str) -> DeskError {
    let (what, mend) = words.rsplit_once(": ").unwrap_or((words, "set TERM to your terminal's kind"));
    DeskError { exit: Exit::Usage, what: SafeText::line(what), mend: SafeText::line(mend) }
}

fn state_error(error: &store::StoreError) -> DeskError {
    let (what, mend) = error.what_and_mend();
    DeskError { exit: Exit::Usage, what, mend }
}

/// How the terminal draws pictures, if it is to draw any.
fn picture_protocol(options: &DeskOptions) -> Option<Protocol> {
    let shown = pictures(options) != Pictures::Never && !options.plain;
    let way = match options.config.previews.pictures {
        // As NO_COLOR, which stands in the environment.
        Way::Auto if options.no_color => Way::Blocks,
        way => way,
    };
    let choice = Choice::new(way, |name| std::env::var(name).ok());
    tracing::info!(?way, protocol = ?choice.protocol, why = choice.why, "pictures");
    choice.protocol.filter(|_| shown)
}

fn abilities(options: &DeskOptions) -> Result<term::Abilities, DeskError> {
    let found = term::Abilities::from_env(|name| std::env::var(name).ok())
        .map_err(|error| dumb(&error.to_string()))?;
    Ok(term::Abilities {
        colors: if options.no_color { term::Colors::NoColor } else { found.colors },
        unicode: found.unicode && !options.ascii,
        hyperlinks: found.hyperlinks && !options.plain,
        pictures: picture_protocol(options),
        cell: options.config.previews.cell,
        ..found
    })
}

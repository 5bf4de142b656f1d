//! `questdesk` without a command: the desk on the configured account. What the desk needs to know is gathered here;
//! the desk itself is `run`'s.

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use secrecy::SecretString;

use crate::config::{self, Config, Loaded, Places};
use crate::domain::{QuestId, SafeText};

use super::args::{Common, Lane};
use super::exit::{Exit, Failure};
use super::start::Start;
use super::{print, terminal};

/// Everything the desk starts with.
#[derive(Debug)]
pub struct DeskOptions {
    /// The settings.
    pub config: Config,
    /// Where this run's files are; the log is running already.
    pub places: Places,
    /// The profile's state database; its folder exists.
    pub database: PathBuf,
    /// The API key.
    pub key: SecretString,
    /// Only these quests; empty: all.
    pub quests: Vec<QuestId>,
    /// Only this share of the queue.
    pub lane: Option<Lane>,
    /// Every command that changes something is off.
    pub read_only: bool,
    /// Lines without boxes, for screen readers.
    pub plain: bool,
    /// No colours, by flag or `NO_COLOR`.
    pub no_color: bool,
    /// Pictures are never fetched or shown.
    pub no_images: bool,
    /// ASCII only in what we draw.
    pub ascii: bool,
    /// The local backend of `demo` is behind it.
    pub demo: bool,
}

impl DeskOptions {
    /// The options of a run with these flags.
    pub(super) fn new(
        config: Config,
        places: Places,
        key: SecretString,
        common: &Common,
        demo: bool,
    ) -> Self {
        Self {
            database: places.database(&config.profile),
            config,
            places,
            key,
            quests: common.quest.clone(),
            lane: common.lane,
            read_only: common.read_only,
            no_images: common.no_images,
            plain: common.plain,
            no_color: common.no_color || terminal::no_color_asked(),
            ascii: common.ascii,
            demo,
        }
    }
}

/// Opens the desk on the configured account.
pub(super) fn run(start: &Start) -> Result<Exit, Failure> {
    let Loaded { config, places, .. } = start.begin()?;
    let Some(found) = config::find_key(&config, &places, &start.environment)? else {
        return Err(not_signed_in());
    };
    if found.tightened {
        print::note(&SafeText::from("note: others could read the key file; that is mended now (0600)"));
    }
    open(&DeskOptions::new(config, places, found.key, &start.common, false))
}

/// Opens the desk: **the one place where the command line hands over to `run`.**
pub(super) fn open(options: &DeskOptions) -> Result<Exit, Failure> {
    needs_terminal()?;
    let dir = options.places.profile_dir(&options.config.profile);
    config::make_private_dir(&dir)
        .map_err(|why| super::logging::cannot_write(&options.places.state_dir, &why))?;
    crate::run::open_desk(options)
        .map_err(|error| Failure::new(error.exit, error.what.as_str(), error.mend.as_str()))?;
    Ok(Exit::Done)
}

/// The desk needs a terminal at both ends.
pub(super) fn needs_terminal() -> Result<(), Failure> {
    if io::stdin().is_terminal() && io::stdout().is_terminal() {
        return Ok(());
    }
    Err(Failure::new(
        Exit::Usage,
        "the desk needs a terminal, but its input or output is a file or a pipe",
        "run it in a terminal; over ssh, with `ssh -t`",
    ))
}

/// No key anywhere: the two ways on.
pub(super) fn not_signed_in() -> Failure {
    Failure::new(
        Exit::NotSignedIn,
        "you are not signed in: there is no API key",
        "make a key on the site under Settings, API keys, then run `questdesk login` (or set OURO_API_KEY)\n  \
         or try it first: `questdesk demo` opens the desk on a local team, without an account",
    )
}

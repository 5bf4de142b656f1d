//! `config.toml`, the environment and the flags to one checked [`Config`]; and where the API key comes from.
//!
//! Flags win over the environment, which wins over the file. Everything wrong is collected and shown at once, with
//! file, line and the nearest name. This module reads files and variables at the start and never again; it must
//! never print, never talk to the network, and never let a key into a message.

mod environment;
mod file;
mod key;
mod keyfile;
mod names;
mod places;
mod problem;
mod reader;
mod server;
mod settings;
mod token_command;
mod value;

use std::path::{Path, PathBuf};

pub use environment::Environment;
pub use key::{FoundKey, KeyError, KeySource, find_key, read_key};
pub use keyfile::{KeptKey, KeyFileError, forget_key, keep_key, load_key};
pub use places::{Places, make_private_dir};
pub use problem::{ConfigError, Place, Problem, name_one_of};
pub use settings::{
    Config, ConfirmPaid, Decide, Images, LogLevel, Previews, Profile, SavedView, Server, Sync, ThemeName,
};
pub use token_command::{TokenCommandError, run_token_command};
pub use value::fee_rate;

use file::FileSettings;
use server::ServerLayer;

/// What the command line says about the configuration.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// `--profile`.
    pub profile: Option<String>,
    /// `--config`.
    pub config_file: Option<PathBuf>,
    /// `--state-dir`.
    pub state_dir: Option<PathBuf>,
    /// `--base-url`.
    pub base_url: Option<String>,
    /// `--org`: an id or a name; empty: none.
    pub org: Option<String>,
    /// `--team`: an id; empty: none.
    pub team: Option<String>,
    /// `--filter`: in the language of `/`; empty: none.
    pub filter: Option<String>,
}

/// The settings of this run and where its files are.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The settings.
    pub config: Config,
    /// The files.
    pub places: Places,
    /// Whether a configuration file was there.
    pub file_found: bool,
}

/// Reads everything and puts it together.
pub fn load(flags: &Overrides, environment: &Environment) -> Result<Loaded, ConfigError> {
    let mut problems = Vec::new();
    let config_file = config_file(flags, environment, &mut problems);
    let text = config_file.as_ref().and_then(|(file, _)| read(file, &mut problems));
    let file = config_file.as_ref().map_or_else(PathBuf::new, |(file, _)| file.clone());
    if text.is_none() && matches!(config_file, Some((_, true))) && problems.is_empty() {
        let mend = "give the path of a file that exists, or leave it out";
        problems.push(Problem::new(Place::File(file.clone()), "there is no such file", mend));
    }
    let settings =
        text.as_ref().map_or_else(FileSettings::default, |text| file::parse(&file, text, &mut problems));
    let state_dir = state_dir(flags, environment);
    if state_dir.is_none() {
        let mend = "give one with --state-dir or QUESTDESK_STATE_DIR, or set HOME";
        problems.push(Problem::new(Place::Flag("--state-dir"), "there is no folder to keep state in", mend));
    }
    let config = settle(flags, environment, settings, &file, &mut problems);
    match state_dir {
        Some(state_dir) if problems.is_empty() => {
            let places = Places { config_file: config_file.map(|(file, _)| file), state_dir };
            Ok(Loaded { config, places, file_found: text.is_some() })
        }
        _ => Err(ConfigError(problems)),
    }
}

/// The settings of a configuration text alone, without environment and flags. `file` is only named in problems.
pub fn parse(file: &Path, text: &str) -> Result<Config, ConfigError> {
    let mut problems = Vec::new();
    let settings = file::parse(file, text, &mut problems);
    let config = settle(&Overrides::default(), &Environment::default(), settings, file, &mut problems);
    if problems.is_empty() { Ok(config) } else { Err(ConfigError(problems)) }
}

/// Flags over environment over profile over the file's top level.
fn settle(
    flags: &Overrides,
    environment: &Environment,
    settings: FileSettings,
    file: &Path,
    problems: &mut Vec<Problem>,
) -> Config {
    let FileSettings { top, profiles, mut config, malformed } = settings;
    let mut unknown = Vec::new();
    let (profile, layer) = choose_profile(flags, profiles, file, &mut unknown);
    if !malformed {
        problems.append(&mut unknown);
    }
    let above = flags_layer(flags, problems).over(environment.server(problems));
    config.server = above.over(layer.profile_over(top)).settled();
    config.profile = profile;
    config.filter = flags.filter.as_deref().and_then(|text| {
        let refused =
            |why: String| problems.push(Problem::new(Place::Flag("--filter"), &why, names::FILTER_MEND));
        names::filter(text).map_err(refused).ok()?
    });
    config
}

/// The profile asked for, with what the file says of it. `default` needs no section.
fn choose_profile(
    flags: &Overrides,
    profiles: Vec<(Profile, ServerLayer)>,
    file: &Path,
    problems: &mut Vec<Problem>,
) -> (Profile, ServerLayer) {
    let asked = flags.profile.as_deref().map_or_else(|| Some(Profile::default()), Profile::parse);
    let Some(asked) = asked else {
        let what = format!("`{}` can't be a profile's name", flags.profile.as_deref().unwrap_or_default());
        problems.push(Problem::new(Place::Flag("--profile"), &what, file::PROFILE_NAMES));
        return (Profile::default(), ServerLayer::default());
    };
    let mut names: Vec<String> = profiles.iter().map(|(name, _)| name.as_str().to_owned()).collect();
    if let Some(found) = profiles.into_iter().find(|(name, _)| *name == asked) {
        return found;
    }
    if asked != Profile::default() {
        names.push(Profile::default().as_str().to_owned());
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        let what = format!("there is no profile `{}`", asked.as_str());
        let mend = format!(
            "{}, or add a section [profiles.{}] to {}",
            name_one_of(asked.as_str(), &known).trim_end_matches('?'),
            asked.as_str(),
            if file.as_os_str().is_empty() { "config.toml".into() } else { file.to_string_lossy() },
        );
        problems.push(Problem::new(Place::Flag("--profile"), &what, &mend));
    }
    (asked, ServerLayer::default())
}

fn flags_layer(flags: &Overrides, problems: &mut Vec<Problem>) -> ServerLayer {
    let mut layer = ServerLayer::default();
    match flags.base_url.as_deref().map(server::base_url).transpose() {
        Ok(url) => layer.base_url = url,
        Err(why) => problems.push(Problem::new(Place::Flag("--base-url"), &why, "give another address")),
    }
    layer.org = flags.org.as_deref().map(server::org).unwrap_or_default();
    match flags.team.as_deref().map(server::team).transpose() {
        Ok(team) => layer.team = team.unwrap_or_default(),
        Err(wanted) => {
            let what = format!("`{}` is not {wanted}", flags.team.as_deref().unwrap_or_default());
            problems.push(Problem::new(
                Place::Flag("--team"),
                &what,
                "`questdesk doctor` lists the teams you are in",
            ));
        }
    }
    layer
}

/// The configuration file, and whether it was asked for by name.
fn config_file(
    flags: &Overrides,
    environment: &Environment,
    problems: &mut Vec<Problem>,
) -> Option<(PathBuf, bool)> {
    let named = flags.config_file.clone().or_else(|| environment.config_file.clone());
    if named.as_ref().is_some_and(|path| path.as_os_str().is_empty()) {
        problems.push(Problem::new(
            Place::Flag("--config"),
            "the path is empty",
            "give a file, or leave it out",
        ));
        return None;
    }
    named.map(|path| (path, true)).or_else(|| places::standard_config_file().map(|path| (path, false)))
}

/// The state folder: named by a flag or the environment, else the platform's place. `None`: there is none.
#[must_use]
pub fn state_dir(flags: &Overrides, environment: &Environment) -> Option<PathBuf> {
    let named = flags.state_dir.clone().or_else(|| environment.state_dir.clone());
    named.or_else(places::standard_state_dir).filter(|path| !path.as_os_str().is_empty())
}

/// The file's text; `None` if there is no file, or, with a problem, if it can't be read.
fn read(file: &Path, problems: &mut Vec<Problem>) -> Option<String> {
    match std::fs::read_to_string(file) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => {
            let what = format!("the file can't be read: {error}");
            let mend = "make it a text file (UTF-8) that you may read";
            problems.push(Problem::new(Place::File(file.to_owned()), &what, mend));
            None
        }
    }
}

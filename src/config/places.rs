//! Where questdesk's files are: one configuration file, and one state folder with a folder a profile.

use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;

use super::settings::Profile;

/// The files of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The configuration file, whether it exists or not. `None`: there is no home folder to look in.
    pub config_file: Option<PathBuf>,
    /// The state folder: keys, databases, the log.
    pub state_dir: PathBuf,
}

impl Places {
    /// The folder of a profile.
    #[must_use]
    pub fn profile_dir(&self, profile: &Profile) -> PathBuf {
        self.state_dir.join("profiles").join(profile.as_str())
    }

    /// The file that keeps a profile's API key (0600).
    #[must_use]
    pub fn key_file(&self, profile: &Profile) -> PathBuf {
        self.profile_dir(profile).join("key")
    }

    /// The state database of a profile: cache and decisions.
    #[must_use]
    pub fn database(&self, profile: &Profile) -> PathBuf {
        self.profile_dir(profile).join("desk.db")
    }

    /// The log of all profiles.
    #[must_use]
    pub fn log_file(&self) -> PathBuf {
        self.state_dir.join("log").join("questdesk.log")
    }
}

/// The platform's place for the configuration file.
pub(super) fn standard_config_file() -> Option<PathBuf> {
    project().map(|dirs| dirs.config_dir().join("config.toml"))
}

/// The platform's place for state, or for data where it knows none for state.
pub(super) fn standard_state_dir() -> Option<PathBuf> {
    project().map(|dirs| dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir()).to_owned())
}

fn project() -> Option<ProjectDirs> {
    ProjectDirs::from("foundation", "ouro", "questdesk")
}

/// Makes a folder, and those above it, that only its owner can look into. One that exists is left as it is.
pub fn make_private_dir(dir: &Path) -> io::Result<()> {
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

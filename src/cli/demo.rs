//! `demo`: the local backend on threads of its own, and the desk on it as ana, the owner of the quests. It leaves
//! nothing behind, unless it is told where to keep its state.

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::SecretString;

use crate::backend::{Backend, Ready};
use crate::config::{Config, Places, Profile, Server};
use crate::domain::FeeRate;
use crate::ouro::{BaseUrl, OrgRef};

use super::args::DataFlags;
use super::desk::{self, DeskOptions};
use super::exit::{Exit, Failure};
use super::start::{self, Start};
use super::{logging, serve};

/// Events a minute unless a flag says otherwise: something happens every five seconds.
const LIVE: f64 = 12.0;
/// The backend is on this machine and ours: the desk may ask ten times a second.
const REQUESTS_PER_MINUTE: u32 = 600;
/// Who sits at the demo's desk.
const WHO: &str = "ana";

/// Starts the backend, opens the desk, and takes both down again.
pub(super) fn run(start: &Start, data: &DataFlags) -> Result<Exit, Failure> {
    desk::needs_terminal()?;
    let loaded = start.load()?;
    let options = serve::options(data, LIVE);
    let state = match &start.common.state_dir {
        Some(named) => DemoState::Named(named.clone()),
        None => DemoState::temporary().map_err(|why| {
            Failure::new(
                Exit::Usage,
                &format!("no temporary folder can be made: {why}"),
                "set TMPDIR to a folder you can write, or name one with --state-dir",
            )
        })?,
    };
    let places = Places { config_file: loaded.places.config_file, state_dir: state.path().to_owned() };
    logging::start(&places.log_file(), &places.state_dir, loaded.config.log)?;
    let runtime = start::backend_runtime()?;
    let backend = runtime.block_on(Backend::start(options)).map_err(serve::failed)?;
    let team = start.common.team.is_some();
    let opened = on_the_backend(loaded.config, backend.ready(), data.fee, team)
        .and_then(|(config, key)| desk::open(&DeskOptions::new(config, places, key, &start.common, true)));
    runtime.block_on(backend.stop());
    runtime.shutdown_timeout(Duration::from_secs(3));
    opened
}

/// The user's configuration, with the backend's server and the key of [`WHO`]; with its team, unless a flag names one.
fn on_the_backend(
    mut config: Config,
    ready: &Ready,
    fee: FeeRate,
    team_named: bool,
) -> Result<(Config, SecretString), Failure> {
    let broken = |what: &str| Failure::new(Exit::Refused, what, "report it");
    let base_url = BaseUrl::parse(&ready.url).map_err(|error| broken(&error.to_string()))?;
    let account = ready.account(WHO).ok_or_else(|| broken("the demo's owner is not there"))?;
    config.profile = Profile::parse("demo").unwrap_or_default();
    config.server = Server {
        base_url,
        org: Some(OrgRef::Id(ready.org_id)),
        team: if team_named { config.server.team } else { Some(ready.team_id) },
        token_command: Vec::new(),
        fee: Some(fee),
    };
    config.sync.requests_per_minute = config.sync.requests_per_minute.max(REQUESTS_PER_MINUTE);
    Ok((config, SecretString::from(account.api_key.as_str())))
}

/// Where the demo keeps its state.
enum DemoState {
    /// A folder the user named; it stays.
    Named(PathBuf),
    /// A folder of our own; it goes when the demo ends.
    Temporary(PathBuf),
}

impl DemoState {
    /// A new folder that only we can look into.
    fn temporary() -> io::Result<Self> {
        let path = std::env::temp_dir().join(format!("questdesk-demo-{}", uuid::Uuid::new_v4().simple()));
        DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self::Temporary(path))
    }

    fn path(&self) -> &Path {
        match self {
            Self::Named(path) | Self::Temporary(path) => path,
        }
    }
}

impl Drop for DemoState {
    fn drop(&mut self) {
        if let Self::Temporary(path) = self {
            let _ = std::fs::remove_dir_all(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_temporary_folder_goes_and_a_named_one_stays() {
        let state = DemoState::temporary().unwrap();
        let path = state.path().to_owned();
        std::fs::write(path.join("desk.db"), "x").unwrap();
        drop(state);
        assert!(!path.exists());
        let named = tempfile::tempdir().unwrap();
        drop(DemoState::Named(named.path().to_owned()));
        assert!(named.path().exists());
    }
}

//! What every command begins with: the flags and the environment, read once, and from them the configuration.

use std::future::Future;

use secrecy::SecretString;
use tokio::runtime::{Builder, Runtime};

use crate::config::{self, Config, Environment, Loaded, Overrides};
use crate::ouro::Client;

use super::args::Common;
use super::exit::{Exit, Failure};
use super::logging;

/// The flags and the environment of this run.
pub(super) struct Start {
    /// Flags every command takes.
    pub(super) common: Common,
    /// The environment's variables.
    pub(super) environment: Environment,
}

impl Start {
    /// Reads the environment.
    pub(super) fn new(common: Common) -> Self {
        Self { common, environment: Environment::read(|name| std::env::var_os(name)) }
    }

    /// The part of the flags that concerns the configuration.
    pub(super) fn overrides(&self) -> Overrides {
        self.common.overrides()
    }

    /// The configuration, without starting the log.
    pub(super) fn load(&self) -> Result<Loaded, Failure> {
        Ok(config::load(&self.overrides(), &self.environment)?)
    }

    /// The configuration, with the log started.
    pub(super) fn begin(&self) -> Result<Loaded, Failure> {
        let loaded = self.load()?;
        logging::start(&loaded.places.log_file(), &loaded.places.state_dir, loaded.config.log)?;
        Ok(loaded)
    }
}

/// A client for the configured server.
pub(super) fn client(config: &Config, key: SecretString) -> Result<Client, Failure> {
    Ok(Client::new(config.server.client_settings(key))?)
}

/// Runs one piece of asynchronous work of a command to its end.
pub(super) fn wait_for<T>(work: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = Builder::new_current_thread().enable_all().build().map_err(|why| no_runtime(&why))?;
    Ok(runtime.block_on(work))
}

/// A runtime with its own threads, for the local backend.
pub(super) fn backend_runtime() -> Result<Runtime, Failure> {
    let mut builder = Builder::new_multi_thread();
    builder.worker_threads(2).thread_name("backend").enable_all().build().map_err(|why| no_runtime(&why))
}

fn no_runtime(why: &std::io::Error) -> Failure {
    let mend = "the system is out of threads or file handles: close something and try again";
    Failure::new(Exit::Refused, &format!("no threads can be started: {why}"), mend)
}

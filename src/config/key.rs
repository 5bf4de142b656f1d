//! Where the API key comes from: `OURO_API_KEY`, else `token_command`, else the profile's key file. The key travels
//! as a [`SecretString`] and is part of no message; it is never taken from an argument, which any process may read.

use std::path::PathBuf;

use secrecy::SecretString;

use super::environment::Environment;
use super::keyfile::{self, KeyFileError};
use super::places::Places;
use super::settings::Config;
use super::token_command::{self, TokenCommandError};

/// Where a key was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeySource {
    /// `OURO_API_KEY`.
    Environment,
    /// The profile's `token_command`.
    TokenCommand,
    /// The profile's key file.
    File(PathBuf),
}

/// A key and where it was found.
#[derive(Debug)]
pub struct FoundKey {
    /// The key.
    pub key: SecretString,
    /// Where it was.
    pub source: KeySource,
    /// The key file could be read by others and was tightened just now.
    pub tightened: bool,
}

/// Why there is no key although there is a place for one.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The variable holds something that is no key.
    #[error("OURO_API_KEY holds no API key: a key is one word of plain letters, digits and signs")]
    Variable,
    /// The key file.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// The command.
    #[error(transparent)]
    Command(#[from] TokenCommandError),
}

impl KeyError {
    /// What to do about it.
    #[must_use]
    pub fn mend(&self) -> String {
        match self {
            Self::Variable => "set OURO_API_KEY to the key alone, or unset it".to_owned(),
            Self::File(error) => error.mend(),
            Self::Command(error) => error.mend().to_owned(),
        }
    }
}

/// Looks for the key. `None`: nobody gave one.
pub fn find_key(
    config: &Config,
    places: &Places,
    environment: &Environment,
) -> Result<Option<FoundKey>, KeyError> {
    if let Some(given) = &environment.api_key {
        let key = read_key(secrecy::ExposeSecret::expose_secret(given)).ok_or(KeyError::Variable)?;
        return Ok(Some(FoundKey { key, source: KeySource::Environment, tightened: false }));
    }
    if !config.server.token_command.is_empty() {
        let key = token_command::run_token_command(&config.server.token_command, token_command::PATIENCE)?;
        return Ok(Some(FoundKey { key, source: KeySource::TokenCommand, tightened: false }));
    }
    let file = places.key_file(&config.profile);
    let kept = keyfile::load_key(&file, &config.server.base_url)?;
    Ok(kept.map(|kept| FoundKey { key: kept.key, source: KeySource::File(file), tightened: kept.tightened }))
}

/// A key as someone gave it, without the space around it. `None`: it is empty, too long, or has spaces or control
/// characters in it, and so can't be a key.
#[must_use]
pub fn read_key(given: &str) -> Option<SecretString> {
    const LONGEST: usize = 4096;
    let given = given.trim();
    let fits = (1..=LONGEST).contains(&given.len()) && given.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then(|| SecretString::from(given))
}

//! What a client is made from.

use std::fmt;
use std::time::Duration;

use secrecy::SecretString;

use super::BaseUrl;
use crate::domain::OrgId;

/// The organization that the client is pinned to: reads and writes happen in its context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OrgRef {
    /// By id. All zeros means the personal context.
    Id(OrgId),
    /// By name; resolved with one request on first need.
    Name(String),
}

impl OrgRef {
    /// As the environment and the command line give it: an id if it looks like one, else a name.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Name(text.trim().to_owned()), Self::Id)
    }
}

/// How long to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// For a connection (name, TCP and TLS).
    pub connect: Duration,
    /// For a request as a whole, from its start to the last byte of the answer.
    pub request: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), request: Duration::from_secs(30) }
    }
}

/// What a client is made from. Its `Debug` form does not show the key.
#[derive(Clone)]
pub struct Settings {
    /// Where the server is.
    pub base_url: BaseUrl,
    /// The API key (personal access token).
    pub key: SecretString,
    /// The organization to work in, if it is pinned.
    pub org: Option<OrgRef>,
    /// How long to wait.
    pub timeouts: Timeouts,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("base_url", &self.base_url)
            .field("org", &self.org)
            .field("timeouts", &self.timeouts)
            .finish_non_exhaustive()
    }
}

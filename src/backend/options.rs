//! What a backend is started with, and what it says once it listens.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use super::faults::Faults;
use crate::domain::{AssetId, Currency, Money, OrgId, TeamId, UserId};

/// What the database holds at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fixture {
    /// A believable team with quests, entries and assets.
    #[default]
    Demo,
    /// Accounts, the organization, its team and funded wallets, nothing else.
    Empty,
}

/// What a backend is started with.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where to listen: a loopback address; port 0 takes a free one.
    pub addr: SocketAddr,
    /// The database file. `None` keeps it in a temporary folder that goes with the backend. A file that already
    /// holds a backend's data is taken as it is: the fixture is only laid into an empty one.
    pub db: Option<PathBuf>,
    /// What an empty database is filled with.
    pub fixture: Fixture,
    /// How many quests the demo fixture has; `None`: a dozen.
    pub quests: Option<usize>,
    /// How many pending entries the demo fixture has in all; `None`: about 240.
    pub entries: Option<usize>,
    /// The same seed gives the same data.
    pub seed: u64,
    /// How many things per minute contributors and another reviewer do by themselves; 0 is still.
    pub live_per_minute: f64,
    /// The platform's share of a payment, in hundredths of a per cent, taken from what the contributor gets.
    pub fee_basis_points: u32,
    /// Evaluation routes run over HTTP: name and URL.
    pub eval_routes: Vec<(String, String)>,
    /// What a run of a route costs whoever calls for it, by the route's name; all others cost nothing.
    pub run_prices: Vec<(String, Money)>,
    /// How long a run of such a route may take, its report after a 202 included.
    pub eval_timeout: Duration,
    /// What goes wrong on purpose, and how often.
    pub faults: Faults,
    /// How long an access token lives.
    pub token_ttl: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            addr: SocketAddr::from(([127, 0, 0, 1], 0)),
            db: None,
            fixture: Fixture::Demo,
            quests: None,
            entries: None,
            seed: 1,
            live_per_minute: 0.0,
            fee_basis_points: 1_000,
            eval_routes: Vec::new(),
            run_prices: Vec::new(),
            eval_timeout: Duration::from_secs(60),
            faults: Faults::default(),
            token_ttl: Duration::from_secs(3_600),
        }
    }
}

/// An account that one can sign in with.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct AccountInfo {
    /// The user name.
    pub username: String,
    /// The user id.
    pub user_id: UserId,
    /// What it is to the fixture's team: `owner`, `admin`, `contributor`, `outsider` (same organization) or `stranger`.
    pub role: String,
    /// The API key, good for this backend only.
    pub api_key: String,
}

/// Without the key: debug output ends up in logs.
impl fmt::Debug for AccountInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccountInfo({} {}, {})", self.role, self.username, self.user_id)
    }
}

/// An API key that acts in one organization only.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct BoundKey {
    /// Whose key it is.
    pub username: String,
    /// The organization it is bound to.
    pub org_id: OrgId,
    /// The API key, good for this backend only.
    pub api_key: String,
}

/// Without the key: debug output ends up in logs.
impl fmt::Debug for BoundKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BoundKey({}, {})", self.username, self.org_id)
    }
}

/// What a backend says once it listens: the first line of `questdesk serve`, as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ready {
    /// The base URL for clients.
    pub url: String,
    /// The fixture's organization.
    pub org_id: OrgId,
    /// The fixture's team.
    pub team_id: TeamId,
    /// The accounts one can sign in with.
    pub accounts: Vec<AccountInfo>,
    /// Keys of theirs that act in one organization only.
    pub bound_keys: Vec<BoundKey>,
    /// The evaluation routes by name.
    pub routes: BTreeMap<String, AssetId>,
}

impl Ready {
    /// The account of that user name.
    #[must_use]
    pub fn account(&self, username: &str) -> Option<&AccountInfo> {
        self.accounts.iter().find(|account| account.username == username)
    }
}

/// Whether a backend may ask an eval route at this address: `https`, or plain `http` on this machine, since entries
/// and the right to report travel with the request.
pub fn check_eval_url(url: &str) -> Result<(), &'static str> {
    const FORM: &str = "an https address, or http on this machine, like http://127.0.0.1:9000/score";
    let url = reqwest::Url::parse(url).map_err(|_| FORM)?;
    let is_here = match url.host_str() {
        None => return Err(FORM),
        Some(host) => {
            let host = host.trim_matches(['[', ']']);
            host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
    };
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_here => Ok(()),
        _ => Err(FORM),
    }
}

/// Whether a backend can be started with these eval routes.
pub(super) fn check_eval_routes(routes: &[(String, String)]) -> Result<(), BackendError> {
    let wrong = |name: &str, problem| Err(BackendError::EvalRoute { name: name.to_owned(), problem });
    for (place, (name, url)) in routes.iter().enumerate() {
        if super::scorers::scorer(name).is_some() || super::meters::is_meter(name) {
            return wrong(name, "is built in: take another name");
        }
        if routes.iter().take(place).any(|(other, _)| other == name) {
            return wrong(name, "is named twice");
        }
        if let Err(form) = check_eval_url(url) {
            return wrong(name, form);
        }
    }
    Ok(())
}

/// Whether runs of these routes can have these prices.
pub(super) fn check_run_prices(options: &Options) -> Result<(), BackendError> {
    for (name, price) in &options.run_prices {
        let wrong = |problem| Err(BackendError::EvalRoute { name: name.clone(), problem });
        let is_there = super::scorers::scorer(name).is_some()
            || super::meters::is_meter(name)
            || options.eval_routes.iter().any(|(route, _)| route == name);
        if !is_there {
            return wrong("is not there to have a price: name a built-in one, or give it an --eval-route");
        }
        if price.amount < 0 || matches!(price.currency, Currency::Other(_)) {
            return wrong("costs sats or dollars, and never less than nothing");
        }
    }
    Ok(())
}

/// Why a backend does not start or has failed.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// The address is reachable from other machines.
    #[error(
        "{addr} is not a loopback address: the local backend listens on this machine only, try 127.0.0.1:0"
    )]
    NotLoopback {
        /// What was asked for.
        addr: SocketAddr,
    },
    /// The address is taken or not ours.
    #[error("cannot listen on {addr}: {source}")]
    Bind {
        /// What was asked for.
        addr: SocketAddr,
        /// The system's words.
        source: std::io::Error,
    },
    /// The fee is more than everything.
    #[error("a fee of {points} hundredths of a per cent is more than all: it goes up to 10000")]
    Fee {
        /// What was asked for.
        points: u32,
    },
    /// The database cannot be opened or filled.
    #[error("the backend's database: {0}")]
    Database(String),
    /// An eval route cannot be taken.
    #[error("the eval route {name}: {problem}")]
    EvalRoute {
        /// Its name.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Eval routes over HTTP cannot be asked.
    #[error("eval routes cannot be asked over HTTP: {0}")]
    Client(#[source] reqwest::Error),
    /// The folder for a temporary database cannot be made.
    #[error("no folder for a temporary database: {0}")]
    Folder(#[source] std::io::Error),
}

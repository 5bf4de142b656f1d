//! The local backend: an HTTP server on loopback that keeps the documented rules of quests in SQLite.
//!
//! It is what `questdesk demo` runs on, what the tests talk to, and a place to rehearse a review; the official
//! clients work against it unchanged. It is for one machine and never listens on another address. It shares nothing
//! with the desk but plain data (`domain`) and the clock: the two only meet over HTTP.
//!
//! ```text
//! line (TCP) ─▶ server (faults) ─▶ routes ─▶ acts ─▶ rules (pure)
//!                                    │        └────▶ store (SQLite, one transaction an act)
//!                                    └─▶ shapes ◀── store (readers)
//! ```
//!
//! # Choices where the platform's public texts are silent
//!
//! *Life.* Draft and open may be exchanged; closed and cancelled are final. What ends skips its open items
//! (`auto_skipped`) and remembers what they were; since nothing reopens, the one way back is an entry that is still
//! accepted afterwards on a closable quest: its item is done then. A quest becomes closable only if nobody has two
//! active entries on one of its items. A done item is not completed again; setting it back to pending forgets who
//! completed it. Done and skipped items of an open quest still take entries.
//!
//! *Items.* An item that is moved to a place another has takes it, and the others move one on; places given at
//! creation stay as given. A child quest only points: it ends nothing, and may not lead back. Deleting a quest with its
//! children takes quests created under it (`parent_id`) along, if one may change them. At most 1,000 items come at once;
//! a reward is at most 21 million bitcoin in sats.
//!
//! *Entries.* A decided entry: the same decision again answers with the entry unchanged, another one is 409
//! `entry_already_reviewed`. Entries of an ended quest stay decidable; what escrow no longer holds for them comes from
//! the owner's wallet when they are accepted. Submitting takes membership of the quest's team. A private asset's name
//! is told to nobody before the acceptance. A warning stands in the entry and beside it.
//!
//! *Money.* Escrow holds one reward an item; a continuous item's is topped up at each acceptance if the wallet can.
//! Completing an item oneself pays nothing. The fee comes out of what the contributor gets. Wallet transactions list
//! changes of what one owns, escrow included: reserving and releasing are none.
//!
//! *Evaluations.* They accept and reject by the band, unless the route's answer says `"advisory": true`. An answer with
//! an `error` or without a number at the score's path leaves the entry `errored` and its earlier score as it was. What
//! passes but cannot be paid waits for people. A decision makes a pending evaluation `skipped`, as does completing an
//! item oneself. Pinned inputs stand above submitted ones. How a route over HTTP is asked and reports: `runs`. A run
//! that a stop interrupted is `errored` at the next start; only routes named at this start are asked.
//!
//! *Texts.* A path to a score leads to one value: names and places, no wildcards. A text of more than 200,000 parts, or
//! a document nested more than 100 deep, is refused.

mod acts;
mod app;
mod bound;
mod error;
mod exchange;
mod faults;
mod fields;
mod fixture;
mod ids;
mod inspect;
mod line;
mod live;
mod markdown;
mod meters;
mod options;
mod quirks;
mod routes;
mod rules;
mod runs;
mod scorers;
mod server;
mod shapes;
mod signals;
mod sql;
mod store;
mod table;
mod tokens;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::domain::{EntryId, FeeRate};
use acts::World;
use app::{App, Shared};
use exchange::Exchanges;
use faults::FaultDesk;
use ids::{Id, Mint};
use runs::Runs;
use store::Store;
use tokens::Tokens;

pub use faults::{Fault, Faults, FaultsError};
pub use inspect::{EntryState, Inspection};
pub use options::{AccountInfo, BackendError, BoundKey, Fixture, Options, Ready, check_eval_url};

/// How long a signed address is good.
const TICKET_TTL: Duration = Duration::from_secs(300);

/// How long requests under way may take to end when the backend stops.
const STOP_WITHIN: Duration = Duration::from_secs(2);

/// A running backend. It lives on the tokio runtime it was started on; dropping it stops it.
#[derive(Debug)]
pub struct Backend {
    ready: Ready,
    app: App,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
    living: Option<JoinHandle<()>>,
}

impl Backend {
    /// Opens the database, fills an empty one, and listens.
    pub async fn start(options: Options) -> Result<Self, BackendError> {
        if !options.addr.ip().is_loopback() {
            return Err(BackendError::NotLoopback { addr: options.addr });
        }
        let fee = FeeRate::from_basis_points(options.fee_basis_points)
            .ok_or(BackendError::Fee { points: options.fee_basis_points })?;
        let bind = |source| BackendError::Bind { addr: options.addr, source };
        let listener = TcpListener::bind(options.addr).await.map_err(bind)?;
        let url = format!("http://{}", listener.local_addr().map_err(bind)?);
        options::check_eval_routes(&options.eval_routes)?;
        options::check_run_prices(&options)?;
        let runs =
            Runs::new(!options.eval_routes.is_empty(), options.eval_timeout).map_err(BackendError::Client)?;
        let world = Arc::new(World { mint: Mint::new(rand::random()), fee });
        let (store, ready) = {
            let (options, url, world) = (options.clone(), url.clone(), Arc::clone(&world));
            tokio::task::spawn_blocking(move || prepare(&options, url, &world))
                .await
                .map_err(|error| BackendError::Database(error.to_string()))??
        };
        let app = App(Arc::new(Shared {
            store: Arc::new(store),
            world,
            tokens: Tokens::new(options.token_ttl),
            tickets: Tokens::new(TICKET_TTL),
            uploads: Tokens::new(TICKET_TTL),
            exchanges: Exchanges::default(),
            faults: Arc::new(FaultDesk::new(options.faults.clone(), options.seed)),
            url: OnceLock::from(url),
            runs,
        }));
        let stop = watch::Sender::new(false);
        let serving = tokio::spawn(server::serve(listener, app.clone(), stop.subscribe()));
        let living = (options.live_per_minute > 0.0).then(|| {
            tokio::spawn(live::run(app.clone(), options.live_per_minute, options.seed, stop.subscribe()))
        });
        Ok(Self { ready, app, stop, serving, living })
    }

    /// Where it listens and who can sign in.
    #[must_use]
    pub fn ready(&self) -> &Ready {
        &self.ready
    }

    /// Stops it: no new connections, requests under way end, within two seconds.
    pub async fn stop(mut self) {
        self.tell_to_stop();
        if tokio::time::timeout(STOP_WITHIN, self.wait()).await.is_err() {
            self.serving.abort();
            // Until it has ended, its port is taken.
            self.wait().await;
        }
        if let Some(living) = self.living.take() {
            // It was told to end; its error says no more than that.
            drop(living.await);
        }
    }

    /// Returns once it serves no more: when its listener failed, or it was stopped.
    pub async fn wait(&mut self) {
        if !self.serving.is_finished() {
            drop((&mut self.serving).await);
        }
    }

    /// The books and decisions as they really are, for tests. Blocks for a query.
    pub fn inspect(&self) -> Result<Inspection, BackendError> {
        self.app.store.read_now(inspect::inspect).map_err(|error| database(&error))
    }

    /// What became of one entry, for tests; none if there is no such entry. Blocks for a query.
    pub fn entry_state(&self, entry: EntryId) -> Result<Option<EntryState>, BackendError> {
        let id = Id::from(entry.uuid());
        self.app.store.read_now(|db| inspect::entry_state(db, id)).map_err(|error| database(&error))
    }

    /// Lets the next `times` requests whose `METHOD /path` contains `part` go wrong.
    pub fn script_fault(&self, part: &str, fault: Fault, times: usize) {
        self.app.faults.script(part, fault, times);
    }

    /// How many requests are held by [`Fault::HoldBefore`] and [`Fault::HoldAfter`] now.
    #[must_use]
    pub fn held(&self) -> usize {
        self.app.faults.held()
    }

    /// Lets all held requests go on.
    pub fn release_holds(&self) {
        self.app.faults.release();
    }

    /// Makes all access tokens unknown, as if they had expired.
    pub fn expire_tokens(&self) {
        self.app.tokens.forget_all();
    }

    fn tell_to_stop(&self) {
        self.stop.send_replace(true);
        self.app.faults.release();
        if let Some(living) = &self.living {
            living.abort();
        }
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        self.tell_to_stop();
    }
}

/// Opens the database and fills an empty one; blocks.
fn prepare(options: &Options, url: String, world: &World) -> Result<(Store, Ready), BackendError> {
    let store = Store::open(options.db.as_deref())?;
    let ready =
        store.write_now(|db| fixture::lay(db, options, world, url)).map_err(|error| database(&error))?;
    tracing::debug!(temporary = store.is_temporary(), "the backend's database is ready");
    Ok((store, ready))
}

fn database(error: &error::Refusal) -> BackendError {
    BackendError::Database(error.message().to_owned())
}

//! The handle to the sync engine: a runtime of its own, one channel in, one sink out.

use std::io;
use std::sync::Arc;
use std::sync::mpsc as std_mpsc;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;

use super::conductor::Conductor;
use super::{News, Order};
use crate::domain::{QuestId, TeamId};
use crate::ouro::Client;
use crate::preview::Decoder;
use crate::store::{PreviewCache, Store};

/// Where the engine's news go. Called on the engine's threads: it must be quick and must not wait for the engine.
pub type Sink = Arc<dyn Fn(News) + Send + Sync>;

/// Threads that run the requests; the work is waiting, not computing.
const WORKERS: usize = 2;

/// How much longer than its time the end may take, for what is left to be written down.
const GRACE: Duration = Duration::from_millis(250);

/// How the engine is to work.
#[derive(Debug, Clone)]
pub struct Options {
    /// The budget: reads in any rolling minute, decisions and read-backs counted in. Less than 10 is taken for 10.
    pub requests_per_minute: u32,
    /// How often what is looked at is read again, as far as the budget goes.
    pub focus_every: Duration,
    /// Only these quests, whether or not we are known to have the right to review them. Empty: all we may review.
    pub quests: Vec<QuestId>,
    /// Only quests of this team.
    pub team: Option<TeamId>,
    /// What makes this desk's waits differ from those of others.
    pub seed: u64,
    /// How assets are looked into.
    pub previews: Previews,
}

/// How assets are looked into.
#[derive(Debug, Clone)]
pub struct Previews {
    /// What looks into files; `None`: nothing can.
    pub decoder: Option<Decoder>,
    /// Where previews are kept; `None`: nowhere.
    pub cache: Option<PreviewCache>,
    /// The largest file that is fetched whole, in bytes.
    pub whole_bytes: u64,
    /// Whether pictures of entries that nobody looks at yet are fetched ahead, too.
    pub pictures_ahead: bool,
}

impl Default for Previews {
    fn default() -> Self {
        Self { decoder: None, cache: None, whole_bytes: 8 << 20, pictures_ahead: false }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            requests_per_minute: 60,
            focus_every: Duration::from_secs(5),
            quests: Vec::new(),
            team: None,
            seed: 0,
            previews: Previews::default(),
        }
    }
}

/// The running engine.
#[derive(Debug)]
pub struct Engine {
    orders: mpsc::UnboundedSender<Order>,
    ended: std_mpsc::Receiver<()>,
    runtime: Option<Runtime>,
}

impl Engine {
    /// Starts it. Its first news is [`News::Link`]; what the store has queued is sent without being ordered.
    ///
    /// Fails only if the system gives no threads.
    pub fn start(client: Client, store: Store, options: Options, sink: Sink) -> io::Result<Self> {
        let runtime =
            Builder::new_multi_thread().worker_threads(WORKERS).thread_name("sync").enable_all().build()?;
        let (orders, inbox) = mpsc::unbounded_channel();
        let (end, ended) = std_mpsc::channel();
        runtime.spawn(async move {
            Conductor::new(client, store, options, sink).run(inbox).await;
            // Whoever stopped it may have stopped waiting.
            let _ = end.send(());
        });
        Ok(Self { orders, ended, runtime: Some(runtime) })
    }

    /// Asks for something. After the end it is asked in vain.
    pub fn order(&self, order: Order) {
        if self.orders.send(order).is_err() {
            tracing::debug!("an order came after the end");
        }
    }

    /// Stops: nothing new begins; decisions under way have this long to be answered. What is cut off then is read
    /// back at the next start.
    pub fn stop(self, within: Duration) {
        self.order(Order::Stop(within));
        // An error is a time-out or an end without a word: either way it is over.
        let _ = self.ended.recv_timeout(within + GRACE);
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

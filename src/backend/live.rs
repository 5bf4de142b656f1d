//! stub
use super::app::App;
use tokio::sync::watch;
pub(crate) async fn run(_app: App, _per_minute: f64, _seed: u64, _stop: watch::Receiver<bool>) {}

//! `serve`: the local backend alone. The first line on the standard output says where it listens and who can sign
//! in, as JSON; nothing follows it. It ends on SIGINT, SIGTERM and SIGHUP.

use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::backend::{self, Backend, BackendError};
use crate::config::{LogLevel, Places};
use crate::domain::{SafeText, TextLimit};

use super::args::{DataFlags, FixtureName, ServeFlags};
use super::exit::{Exit, Failure};
use super::start::{self, Start};
use super::{logging, print};

/// How long requests in progress may take when it ends.
const GRACE: Duration = Duration::from_secs(3);
/// Room for the accounts and any number of evaluation routes.
const READY_LINE: TextLimit = TextLimit(1 << 20);

/// Runs the backend until a signal comes.
pub(super) fn run(start: &Start, flags: &ServeFlags) -> Result<Exit, Failure> {
    let mut options = options(&flags.data, 0.0);
    options.addr = flags.addr;
    begin_log(start);
    // Before the first line is out, so that whoever reads it can end us cleanly at once.
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).map_err(|why| {
        Failure::new(Exit::Refused, &format!("signals can't be listened to: {why}"), "try again")
    })?;
    let runtime = start::backend_runtime()?;
    let backend = runtime.block_on(Backend::start(options)).map_err(failed)?;
    let ready = serde_json::to_string(backend.ready()).map_err(|why| {
        Failure::new(Exit::Refused, &format!("the first line can't be written: {why}"), "report it")
    })?;
    print::line(&SafeText::line_within(&ready, READY_LINE));
    signals.forever().next();
    runtime.block_on(backend.stop());
    runtime.shutdown_timeout(GRACE);
    Ok(Exit::Done)
}

/// A backend runs without a log, too: in a container there may be no folder for one.
fn begin_log(start: &Start) {
    let Some(state_dir) = crate::config::state_dir(&start.overrides(), &start.environment) else { return };
    let places = Places { config_file: None, state_dir };
    if logging::start(&places.log_file(), &places.state_dir, LogLevel::Info).is_err() {
        print::note(&SafeText::from("note: there is no log: the state folder can't be written"));
    }
}

/// The backend's options from the flags; `live` (events a minute) holds where no flag says otherwise.
pub(super) fn options(data: &DataFlags, live: f64) -> backend::Options {
    backend::Options {
        db: data.db.clone(),
        fixture: match data.fixture {
            FixtureName::Demo => backend::Fixture::Demo,
            FixtureName::Empty => backend::Fixture::Empty,
        },
        quests: data.quests,
        entries: data.entries,
        seed: data.seed,
        live_per_minute: data.live.unwrap_or(live),
        fee_basis_points: data.fee.basis_points(),
        eval_routes: data.eval_routes.clone(),
        run_prices: data.run_prices.clone(),
        eval_timeout: Duration::from_secs(data.eval_timeout),
        faults: data.faults.clone().unwrap_or_default(),
        token_ttl: Duration::from_secs(data.token_ttl),
        ..backend::Options::default()
    }
}

/// A backend that did not start.
#[expect(clippy::needless_pass_by_value, reason = "it is what map_err hands over")]
pub(super) fn failed(error: BackendError) -> Failure {
    let mend = match error {
        BackendError::Bind { .. } => "give another port with --addr, or 0 for any free one",
        BackendError::Database(_) | BackendError::Folder(_) => "name a file that you can write with --db",
        _ => "`questdesk serve --help` says what each flag takes",
    };
    Failure::new(Exit::Usage, &error.to_string(), mend)
}

//! Runs of eval routes over HTTP, which a backend may be started with. They are the only requests a backend makes:
//! what it asks is the user's own scorer, never Ouro.
//!
//! A route is asked with `POST`: `{"input_assets": {KEY: {"assetId", "assetType", "url"}}, "action_id", "entry_id",
//! "quest_id", "item_id", "description", "callback_url"}`. Each `url` hands out that asset's bytes for five minutes,
//! without credentials. It answers 2xx with JSON that holds the score, or 202: then it posts that JSON to
//! `callback_url`, once, within the same time limit (our choice, no public source says how a route reports).

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngCore as _;
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use tokio::sync::{Semaphore, oneshot};
use tokio::time::{Instant, timeout_at};

use super::acts::evaluate::Run;
use super::acts::results::{self, Outcome};
use super::app::App;
use super::error::Refusal;
use super::ids::Id;
use super::tokens::Tokens;
use crate::clock;

/// Routes asked at the same time; the others wait their turn.
const AT_ONCE: usize = 16;

/// Largest answer of a route.
const LARGEST_ANSWER: usize = 1024 * 1024;

/// The runs over HTTP of one backend.
pub(crate) struct Runs {
    client: Option<Client>,
    within: Duration,
    turns: Semaphore,
    waiting: Mutex<HashMap<Id, Waiting>>,
}

/// A run whose result may still come.
struct Waiting {
    /// What a report must know.
    secret: String,
    by: Id,
    may_decide: bool,
    /// Dropped when the result is there: the run's task need not wait any longer.
    _under_way: oneshot::Sender<()>,
}

/// Without the secrets.
impl fmt::Debug for Runs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Runs(within {:?})", self.within)
    }
}

impl Runs {
    /// Runs that may take so long; without any routes there is no client.
    pub(crate) fn new(has_routes: bool, within: Duration) -> Result<Self, reqwest::Error> {
        // Only the addresses that were named when the backend started: neither redirects nor proxies lead elsewhere.
        let build = || Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build();
        let client = if has_routes { Some(build()?) } else { None };
        Ok(Self { client, within, turns: Semaphore::new(AT_ONCE), waiting: Mutex::default() })
    }

    fn expect(&self, run: &Run) -> (String, oneshot::Receiver<()>) {
        let mut bytes = [0_u8; 32];
        rand::rng().fill_bytes(&mut bytes);
        let secret = URL_SAFE_NO_PAD.encode(bytes);
        let (under_way, ended) = oneshot::channel();
        let waiting =
            Waiting { secret: secret.clone(), by: run.by, may_decide: run.may_decide, _under_way: under_way };
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).insert(run.action, waiting);
        (secret, ended)
    }

    /// Takes a run's turn to report; none if somebody did before.
    fn take(&self, action: Id) -> Option<Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&action)
    }

    fn knows(&self, action: Id, secret: &str) -> Option<bool> {
        let waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        waiting.get(&action).map(|waiting| waiting.secret == secret)
    }
}

/// Starts a run in the background and takes its result. A route that does not answer in time, or answers nonsense,
/// leaves the entry `errored`.
pub(crate) fn start(app: &App, run: Run) {
    let app = app.clone();
    tokio::spawn(async move {
        // An error means that the backend is gone, and with it whoever waits.
        let Ok(turn) = app.runs.turns.acquire().await else { return };
        let (secret, ended) = app.runs.expect(&run);
        let within = app.runs.within;
        let deadline = Instant::now() + within;
        let asked = timeout_at(deadline, ask(&app, &run, &secret)).await;
        drop(turn);
        let outcome = match asked {
            Ok(Asked::Answered(outcome)) => outcome,
            Ok(Asked::Later) => {
                note_later(&app, &run).await;
                // It ends with an error, when the report came.
                if timeout_at(deadline, ended).await.is_ok() {
                    return;
                }
                Outcome::TimedOut { after: within }
            }
            Err(_) => Outcome::TimedOut { after: within },
        };
        if app.runs.take(run.action).is_some() {
            let taken =
                app.act(run.by, move |act| results::report(act, run.action, outcome, run.may_decide)).await;
            if let Err(refusal) = taken {
                tracing::error!(message = refusal.message(), "an evaluation's result was not taken");
            }
        }
    });
}

enum Asked {
    Answered(Outcome),
    Later,
}

async fn note_later(app: &App, run: &Run) {
    let action = run.action;
    let noted = app.act(run.by, move |act| {
        results::say(act, action, "info", "The route took the run (202) and will report its result")
    });
    if let Err(refusal) = noted.await {
        tracing::warn!(message = refusal.message(), "a line of a run's log is missing");
    }
}

async fn ask(app: &App, run: &Run, secret: &str) -> Asked {
    let failed = |status: Option<StatusCode>, message: String| {
        Asked::Answered(Outcome::Failed { status: status.map(|status| status.as_u16()), message })
    };
    let Some(client) = app.runs.client.as_ref().filter(|_| !run.url.is_empty()) else {
        return failed(None, "This backend was started without this route: name it with --eval-route".into());
    };
    let request = client.post(&run.url).json(&addressed(app, run, secret));
    let response = match request.send().await {
        Ok(response) => response,
        Err(error) => return failed(None, format!("The route cannot be reached: {}", error.without_url())),
    };
    let status = response.status();
    if status == StatusCode::ACCEPTED {
        return Asked::Later;
    }
    if !status.is_success() {
        return failed(Some(status), format!("The route answered {status}"));
    }
    match read(response).await {
        Ok(answer) => Asked::Answered(Outcome::Answered { status: Some(status.as_u16()), answer }),
        Err(message) => failed(Some(status), message),
    }
}

/// The request, with the addresses that are good for this run only.
fn addressed(app: &App, run: &Run, secret: &str) -> Value {
    let mut request = run.request.clone();
    for slot in request["input_assets"].as_object_mut().into_iter().flat_map(|inputs| inputs.values_mut()) {
        if let Some(id) = slot["assetId"].as_str().and_then(Id::find) {
            slot["url"] = json!(address(app, &app.tickets, id));
        }
    }
    request["callback_url"] = json!(format!("{}/actions/{}/response/{secret}", app.base(), run.action));
    request
}

fn address(app: &App, tickets: &Tokens, id: Id) -> String {
    format!("{}/storage/{}", app.base(), tickets.issue(id, clock::now()))
}

/// A route's answer, which is not trusted to end.
async fn read(mut response: Response) -> Result<Value, String> {
    let mut bytes = Vec::new();
    while let Some(part) = response
        .chunk()
        .await
        .map_err(|error| format!("The route's answer broke off: {}", error.without_url()))?
    {
        if bytes.len() + part.len() > LARGEST_ANSWER {
            return Err("The route's answer is larger than 1 MiB".to_owned());
        }
        bytes.extend_from_slice(&part);
    }
    let answer = serde_json::from_slice(&bytes).map_err(|error| {
        let begin: String = String::from_utf8_lossy(&bytes).chars().take(80).collect();
        format!("The route's answer is not JSON ({error}); it begins with {begin:?}")
    })?;
    Ok(as_object(answer))
}

/// A bare number is a score.
fn as_object(answer: Value) -> Value {
    if answer.is_object() { answer } else { json!({"score": answer}) }
}

/// A route reports the result of a run that it took with 202. The secret of the run's address is the right to.
pub(crate) async fn report(app: &App, action: Id, secret: &str, answer: Value) -> Result<(), Refusal> {
    match app.runs.knows(action, secret) {
        None => return Err(Refusal::not_found("A run that waits for a result")),
        Some(false) => return Err(Refusal::forbidden("This address is not that of the run")),
        Some(true) => {}
    }
    if answer.to_string().len() > LARGEST_ANSWER {
        return Err(Refusal::new(413, "payload_too_large", "A result is at most 1 MiB"));
    }
    let Some(waiting) = app.runs.take(action) else {
        return Err(Refusal::not_found("A run that waits for a result"));
    };
    let outcome = Outcome::Answered { status: Some(202), answer: as_object(answer) };
    app.act(waiting.by, move |act| results::report(act, action, outcome, waiting.may_decide)).await
}

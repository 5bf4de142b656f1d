//! Runs of eval routes over HTTP, which a backend may be started with. They are the only requests a backend makes:
//! what it asks is the user's own scorer, never Ouro.

use std::time::Duration;

use serde_json::{Value, json};

use super::acts::evaluate::{self, Run};
use super::app::App;

/// How long a route may take to answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// Starts a run in the background and takes its result. A route that does not answer in time, or answers nonsense,
/// leaves the entry `errored`.
pub(crate) fn start(app: &App, run: Run) {
    let app = app.clone();
    tokio::spawn(async move {
        let answer = ask(&app, &run).await;
        let taken = app.act(run.by, move |act| evaluate::report(act, &run, answer)).await;
        if let Err(refusal) = taken {
            tracing::error!(message = refusal.message(), "an evaluation's result was not taken");
        }
    });
}

async fn ask(app: &App, run: &Run) -> Result<Value, String> {
    let client = app.outward.as_ref().ok_or("this backend was started without eval routes")?;
    let request = client.post(&run.url).timeout(ANSWER_WITHIN).json(&run.request);
    let response = request.send().await.map_err(|error| error.without_url().to_string())?;
    let status = response.status();
    if !status.is_success() {
        return Err(format!("the route answered {status}"));
    }
    let answer = response.json().await.map_err(|error| error.without_url().to_string())?;
    Ok(match answer {
        Value::Object(_) => answer,
        // A bare number is a score.
        other => json!({"score": other}),
    })
}

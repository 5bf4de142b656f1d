//! How many entries a second the local backend takes, and how many reviews: over HTTP on loopback, several clients
//! at once, the database in a file. Client and server share the machine. Prints the median of some rounds; takes the
//! number of entries of a round and the number of clients as arguments.
//!
//! `cargo bench --bench backend -- 4000 32`

use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

use questdesk::backend::{Backend, Fixture, Options};
use questdesk::clock;
use reqwest::{Client, Method};
use serde_json::{Value, json};

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Rounds of each measurement.
const ROUNDS: usize = 5;

fn main() -> Result<(), Failure> {
    let numbers: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let (entries, clients) =
        (numbers.first().copied().unwrap_or(4_000), numbers.get(1).copied().unwrap_or(32));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut out = std::io::stdout();
    writeln!(out, "{entries} entries a round, {clients} clients at once, database in a file")?;
    for paid in [false, true] {
        let rounds: Result<Vec<_>, Failure> =
            (0..ROUNDS).map(|_| runtime.block_on(round(entries, clients, paid))).collect();
        let (create, review): (Vec<_>, Vec<_>) = rounds?.into_iter().unzip();
        let what = if paid { "paid" } else { "unpaid" };
        writeln!(
            out,
            "  {what:<6} created {:>6.0} /s   reviewed {:>6.0} /s",
            median(create),
            median(review)
        )?;
    }
    Ok(())
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or_default()
}

/// Somebody who sends requests.
#[derive(Clone)]
struct User {
    http: Client,
    url: String,
    token: String,
}

impl User {
    async fn sign_in(backend: &Backend, name: &str) -> Result<Self, Failure> {
        let ready = backend.ready();
        let http = Client::builder().no_proxy().build()?;
        let key = ready.account(name).ok_or("no such account")?;
        let asked = http.post(format!("{}/users/get-token", ready.url)).json(&json!({"pat": key.api_key}));
        let answer: Value = asked.send().await?.json().await?;
        let token = answer["access_token"].as_str().ok_or("no token")?.to_owned();
        Ok(Self { http, url: ready.url.clone(), token })
    }

    async fn send(&self, method: Method, path: &str, body: &Value) -> Result<Value, Failure> {
        let request =
            self.http.request(method, format!("{}{path}", self.url)).header("authorization", &self.token);
        let answer: Value = request.json(body).send().await?.json().await?;
        if answer["error"].is_null() { Ok(answer) } else { Err(answer.to_string().into()) }
    }
}

/// Entries created and reviewed a second.
async fn round(entries: usize, clients: usize, paid: bool) -> Result<(f64, f64), Failure> {
    let folder = tempfile::tempdir()?;
    let db = Some(folder.path().join("backend.sqlite"));
    let backend = Backend::start(Options { db, fixture: Fixture::Empty, ..Options::default() }).await?;
    let (ana, maria) = (User::sign_in(&backend, "ana").await?, User::sign_in(&backend, "maria").await?);
    let item = json!({"description": "Measure it", "reward_amount": i32::from(paid) * 10, "reward_xp": 5});
    let ready = backend.ready();
    let quest = json!({"quest": {"name": "Bench", "type": "continuous", "items": [item], "org_id": ready.org_id,
                                 "team_id": ready.team_id}});
    let quest = ana.send(Method::POST, "/quests/create", &quest).await?["data"].clone();
    let path = format!("/quests/{}/entries", quest["id"].as_str().ok_or("no id")?);
    let body = json!({"entry": {"item_id": quest["items"][0]["id"],
        "description": "Run 7 of the **long** series.\n\n- cooled twice\n- units in the first line"}});
    let start = clock::monotonic();
    let create = format!("{path}/create");
    let made = spread(clients, vec![(); entries], move |()| {
        let (maria, create, body) = (maria.clone(), create.clone(), body.clone());
        async move {
            let made = maria.send(Method::POST, &create, &body).await?;
            Ok(made["data"]["id"].as_str().unwrap_or_default().to_owned())
        }
    })
    .await?;
    let created = per_second(entries, start.elapsed());
    let start = clock::monotonic();
    let review = move |entry: String| {
        let (ana, path) = (ana.clone(), path.clone());
        async move {
            let body = json!({"status": "accepted", "review": "Thank you, **clear** work."});
            ana.send(Method::PUT, &format!("{path}/{entry}/review"), &body).await.map(|_| ())
        }
    };
    spread(clients, made, review).await?;
    let reviewed = per_second(entries, start.elapsed());
    let seen = backend.inspect()?;
    if seen.entries.get("accepted").copied() != u32::try_from(entries).ok() || seen.ledger_sum != 0 {
        return Err("the backend did not do what it was asked".into());
    }
    backend.stop().await;
    Ok((created, reviewed))
}

fn per_second(count: usize, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}

/// Lets so many clients share the work, each one request after another.
async fn spread<T, R, F>(
    clients: usize,
    work: Vec<T>,
    one: impl Fn(T) -> F + Send + Sync + 'static,
) -> Result<Vec<R>, Failure>
where
    T: Send + 'static,
    R: Send + 'static,
    F: Future<Output = Result<R, Failure>> + Send,
{
    let work = Arc::new(std::sync::Mutex::new(work));
    let one = Arc::new(one);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..clients {
        let (work, one) = (Arc::clone(&work), Arc::clone(&one));
        tasks.spawn(async move {
            let mut done = Vec::new();
            loop {
                let next = work.lock().map_err(|_| "a client failed")?.pop();
                let Some(next) = next else { return Ok::<_, Failure>(done) };
                done.push(one(next).await?);
            }
        });
    }
    let mut all = Vec::new();
    while let Some(done) = tasks.join_next().await {
        all.extend(done??);
    }
    Ok(all)
}

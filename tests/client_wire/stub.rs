//! Small servers on loopback, and clients of them.

use std::collections::VecDeque;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use questdesk::clock;
use questdesk::ouro::{BaseUrl, Client, OrgRef, Settings, Timeouts};

pub(crate) const KEY: &str = "ouro_pat_test_c0ffee";
pub(crate) const ME: &str = "0193c0de-1111-7000-8000-00000000000a";
pub(crate) const ORG: &str = "0193c0de-3333-7000-8000-000000000001";
pub(crate) const QUEST: &str = "0193c0de-2222-7000-8000-0000000000a1";
pub(crate) const ITEM: &str = "0193c0de-4444-7000-8000-000000000002";
pub(crate) const ENTRY: &str = "0193c0de-5555-7000-8000-000000000001";

/// A request that the server saw.
pub(crate) struct Seen {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The number of the token that came along.
    pub(crate) fn token(&self) -> usize {
        let token = self.header("authorization").expect("a token").to_owned();
        token.rsplit('-').next().and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{token}"))
    }
}

pub(crate) type Answerer = Box<dyn Fn(&Seen) -> Response + Send + Sync>;

/// A server that exchanges keys by itself and leaves the rest to the test.
pub(crate) struct Stub {
    pub(crate) address: SocketAddr,
    inside: Arc<Inside>,
}

pub(crate) struct Inside {
    answer: Answerer,
    /// How long the next tokens live, in seconds; then an hour.
    lives: Mutex<VecDeque<i64>>,
    /// What is added to an answer of the exchange.
    extra: &'static str,
    /// So many exchanges are refused, from the first on.
    refuse: usize,
    exchanges: AtomicUsize,
    at_once: AtomicUsize,
    seen: Mutex<Vec<Seen>>,
}

impl Stub {
    pub(crate) async fn start(answer: impl Fn(&Seen) -> Response + Send + Sync + 'static) -> Self {
        Self::with(answer, &[], "", 0).await
    }

    pub(crate) async fn with(
        answer: impl Fn(&Seen) -> Response + Send + Sync + 'static,
        lives: &[i64],
        extra: &'static str,
        refuse: usize,
    ) -> Self {
        let inside = Arc::new(Inside {
            answer: Box::new(answer),
            lives: Mutex::new(lives.iter().copied().collect()),
            extra,
            refuse,
            exchanges: AtomicUsize::new(0),
            at_once: AtomicUsize::new(0),
            seen: Mutex::new(Vec::new()),
        });
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = Router::new().fallback(serve).with_state(Arc::clone(&inside));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { address, inside }
    }

    pub(crate) fn client(&self) -> Client {
        self.pinned_client(None)
    }

    pub(crate) fn pinned_client(&self, org: Option<OrgRef>) -> Client {
        client_of(&format!("http://{}", self.address), org, Timeouts::default())
    }

    pub(crate) fn exchanges(&self) -> usize {
        self.inside.exchanges.load(Ordering::SeqCst)
    }

    pub(crate) fn seen(&self) -> std::sync::MutexGuard<'_, Vec<Seen>> {
        self.inside.seen.lock().unwrap()
    }
}

async fn serve(
    State(stub): State<Arc<Inside>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let seen = Seen { method, uri, headers, body: String::from_utf8(body.to_vec()).unwrap() };
    if seen.uri.path() != "/users/get-token" {
        let answer = (stub.answer)(&seen);
        stub.seen.lock().unwrap().push(seen);
        if answer.headers().get("x-test").is_some_and(|what| what == "never") {
            std::future::pending::<()>().await;
        }
        return answer;
    }
    assert_eq!(seen.body, format!(r#"{{"pat":"{KEY}"}}"#));
    assert_eq!(seen.method, Method::POST);
    let number = stub.exchanges.fetch_add(1, Ordering::SeqCst) + 1;
    assert_eq!(stub.at_once.fetch_add(1, Ordering::SeqCst), 0, "the server takes one exchange at a time");
    // Long enough for others to come along in the meantime.
    tokio::time::sleep(Duration::from_millis(50)).await;
    stub.at_once.fetch_sub(1, Ordering::SeqCst);
    if number <= stub.refuse {
        return json(
            200,
            r#"{"access_token": null, "refresh_token": null, "error": {"message": "Unknown API key ouro_pat_test_c0ffee"}}"#,
        );
    }
    let life = stub.lives.lock().unwrap().pop_front().unwrap_or(3_600);
    let end = clock::now().millis() / 1_000 + life;
    let payload = URL_SAFE_NO_PAD.encode(format!(r#"{{"exp": {end}}}"#));
    let extra = stub.extra;
    json(
        200,
        &format!(
            r#"{{"access_token": "e30.{payload}.sig-{number}", "refresh_token": null{extra}, "error": null}}"#
        ),
    )
}

pub(crate) fn json(status: u16, body: &str) -> Response {
    let status = axum::http::StatusCode::from_u16(status).unwrap();
    (status, [("content-type", "application/json")], body.to_owned()).into_response()
}

pub(crate) fn account() -> Response {
    json(200, &format!(r#"{{"data": {{"id": "{ME}", "email": "ana@example.org", "username": "ana"}}}}"#))
}

pub(crate) fn reviewed() -> Response {
    json(
        200,
        &format!(
            r#"{{"data": {{"id": "{ENTRY}", "quest_id": "{QUEST}", "user_id": "{ME}", "status": "rejected"}}}}"#
        ),
    )
}

pub(crate) fn client_of(url: &str, org: Option<OrgRef>, timeouts: Timeouts) -> Client {
    let base_url = BaseUrl::parse(url).unwrap();
    Client::new(Settings { base_url, key: KEY.to_owned().into(), org, timeouts }).unwrap()
}

/// A server below HTTP: exchanges keys, answers everything else with these bytes, and hangs up.
pub(crate) fn raw_server(answer: &'static [u8]) -> SocketAddr {
    let token =
        b"HTTP/1.1 200 OK\r\ncontent-length: 25\r\nconnection: close\r\n\r\n{\"access_token\": \"a.b-1\"}\n";
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let request = read_request(&mut stream);
            let exchange = request.starts_with(b"POST /users/get-token");
            let _ = stream.write_all(if exchange { token } else { answer });
        }
    });
    address
}

/// A whole request: hanging up on an unread one would reset the connection.
pub(crate) fn read_request(stream: &mut TcpStream) -> Vec<u8> {
    let mut request = Vec::new();
    let mut buffer = [0; 4_096];
    while let Ok(length @ 1..) = stream.read(&mut buffer) {
        request.extend_from_slice(&buffer[..length]);
        let text = String::from_utf8_lossy(&request);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            // A TLS hello never ends in an empty line.
            if request.first() == Some(&0x16) {
                break;
            }
            continue;
        };
        let wanted = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "))
            .map_or(0, |n| n.parse().unwrap());
        if body.len() >= wanted {
            break;
        }
    }
    request
}

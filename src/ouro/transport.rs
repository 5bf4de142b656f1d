//! One request out, one bounded answer in. Knows nothing of tokens or of what the answer means.

use std::error::Error as _;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::answer::Answer;
use super::{BaseUrl, ErrorKind, OuroError, Timeouts, Why};
use crate::clock;

/// How we name ourselves, as program and as SDK.
pub(super) const PRODUCT: &str = concat!("questdesk/", env!("CARGO_PKG_VERSION"));

/// The largest answer that is read, unpacked. 200 entries with long descriptions stay far below.
const ANSWER_LIMIT: usize = 64 << 20;

/// How a call goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Get,
    Put,
    Post,
}

/// One call, ready to be sent, and sent again.
#[derive(Clone)]
pub(super) struct Call {
    verb: Verb,
    path: Vec<String>,
    query: Vec<(&'static str, String)>,
    /// JSON. Never logged: the exchange's holds the key.
    body: Option<String>,
}

impl Call {
    /// A read.
    pub(super) fn get(path: &[&str]) -> Self {
        Self::new(Verb::Get, path)
    }

    /// A write with a JSON body.
    pub(super) fn write(verb: Verb, path: &[&str], body: String) -> Self {
        Self { body: Some(body), ..Self::new(verb, path) }
    }

    /// A write that says everything by its address.
    pub(super) fn bare(verb: Verb, path: &[&str]) -> Self {
        Self::new(verb, path)
    }

    fn new(verb: Verb, path: &[&str]) -> Self {
        let path = path.iter().map(|&segment| segment.to_owned()).collect();
        Self { verb, path, query: Vec::new(), body: None }
    }

    /// With one more query parameter; blank ones are left out, since the database refuses them (contract, 1.7).
    pub(super) fn with(mut self, name: &'static str, value: &impl ToString) -> Self {
        let value = value.to_string();
        if !value.trim().is_empty() {
            self.query.push((name, value));
        }
        self
    }

    /// Whether it changes anything.
    pub(super) const fn is_write(&self) -> bool {
        !matches!(self.verb, Verb::Get)
    }
}

/// The connections to one server.
pub(super) struct Transport {
    http: reqwest::Client,
    base: BaseUrl,
    timeouts: Timeouts,
    requests: AtomicU64,
    /// How far the server's clock is ahead of ours by its latest answer, in milliseconds.
    ahead: Mutex<Option<i64>>,
}

impl Transport {
    pub(super) fn new(base: BaseUrl, timeouts: Timeouts) -> Result<Self, OuroError> {
        let mut builder = reqwest::Client::builder()
            .user_agent(PRODUCT)
            .connect_timeout(timeouts.connect)
            .timeout(timeouts.request)
            // A redirect could carry the key to another host, and makes a GET of a PUT.
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .https_only(base.is_https());
        if base.is_loopback() {
            // What is meant for this machine stays on it, whatever proxies or name servers say.
            let here =
                [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), SocketAddr::from((Ipv6Addr::LOCALHOST, 0))];
            builder = builder.no_proxy().resolve_to_addrs("localhost", &here);
        }
        if !base.is_https() {
            // No secure connection will ever be made: the system's certificates need not be there, nor be read.
            builder = builder.tls_certs_only([]);
        }
        let http = builder.build().map_err(|error| {
            let words = format!("{}: are the system's CA certificates installed?", innermost(&error));
            OuroError::new(ErrorKind::Unreachable(Why::Tls), &words).before_sending()
        })?;
        Ok(Self { http, base, timeouts, requests: AtomicU64::new(0), ahead: Mutex::new(None) })
    }

    /// Every request so far.
    pub(super) fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// How long an answer is waited for.
    pub(super) const fn waits_for(&self) -> Duration {
        self.timeouts.request
    }

    /// How far the server's clock is ahead of ours, in milliseconds; `None`: it never told the time.
    pub(super) fn ahead(&self) -> Option<i64> {
        *self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn request(&self, call: &Call, headers: &HeaderMap) -> reqwest::RequestBuilder {
        let method = match call.verb {
            Verb::Get => reqwest::Method::GET,
            Verb::Put => reqwest::Method::PUT,
            Verb::Post => reqwest::Method::POST,
        };
        let mut request = self.http.request(method, self.base.join(&call.path)).headers(headers.clone());
        request = request.header(HeaderName::from_static("x-ouro-client"), HeaderValue::from_static(PRODUCT));
        if !call.query.is_empty() {
            request = request.query(&call.query);
        }
        if let Some(body) = &call.body {
            request = request.header(reqwest::header::CONTENT_TYPE, "application/json").body(body.clone());
        }
        request
    }

    /// Sends a call whose answer is bytes, to be read bit by bit within `timeout`; a failure is read whole.
    pub(super) async fn open(
        &self,
        call: &Call,
        headers: &HeaderMap,
        timeout: Duration,
    ) -> Result<reqwest::Response, OuroError> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let response = self.request(call, headers).timeout(timeout).send().await;
        let response = response.map_err(|error| self.failure(&error))?;
        tracing::debug!(verb = ?call.verb, path = ?call.path, status = response.status().as_u16(), "opened");
        if response.status().is_success() {
            return Ok(response);
        }
        let answer = self.read(response).await?;
        Err(answer
            .open()
            .err()
            .unwrap_or_else(|| OuroError::new(ErrorKind::Garbled, "the answer is no file")))
    }

    /// Asks for what lies behind a signed address: without our headers, and never along a redirect. Counted like any
    /// other request.
    pub(super) async fn get_bytes(
        &self,
        url: Url,
        range: Option<String>,
        timeout: Duration,
    ) -> Result<reqwest::Response, OuroError> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let mut request = self.http.get(url).timeout(timeout);
        if let Some(range) = range {
            request = request.header(reqwest::header::RANGE, range);
        }
        request.send().await.map_err(|error| OuroError { elsewhere: true, ..storage_failure(&error) })
    }

    /// Whether plain http is spoken with this machine: then signed addresses may lead here, too.
    pub(super) fn is_local(&self) -> bool {
        self.base.is_loopback() && !self.base.is_https()
    }

    /// Sends a call and reads the whole answer, whatever its status.
    pub(super) async fn send(&self, call: &Call, headers: &HeaderMap) -> Result<Answer, OuroError> {
        let request = self.request(call, headers);
        self.requests.fetch_add(1, Ordering::Relaxed);
        let started = clock::monotonic();
        let result = self.receive(request).await;
        let took = started.elapsed().as_millis();
        match &result {
            Ok(answer) => {
                if let Some(date) = answer.date() {
                    let ahead = date.millis().saturating_sub(clock::now().millis());
                    *self.ahead.lock().unwrap_or_else(PoisonError::into_inner) = Some(ahead);
                }
                tracing::debug!(verb = ?call.verb, path = ?call.path, status = answer.http_status(), took, "answered");
            }
            Err(error) => {
                tracing::debug!(verb = ?call.verb, path = ?call.path, kind = ?error.kind, took, "failed");
            }
        }
        result
    }

    async fn receive(&self, request: reqwest::RequestBuilder) -> Result<Answer, OuroError> {
        let response = request.send().await.map_err(|error| self.failure(&error))?;
        self.read(response).await
    }

    async fn read(&self, mut response: reqwest::Response) -> Result<Answer, OuroError> {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.broken(&error))? {
            if body.len() + chunk.len() > ANSWER_LIMIT {
                return Err(OuroError::new(ErrorKind::Garbled, "the answer is larger than 64 MiB"));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer::new(status, &headers, body))
    }

    /// Why a request got no answer, in our own words: the library's hold URLs.
    fn failure(&self, error: &reqwest::Error) -> OuroError {
        if error.is_connect() {
            let why = connect_failure(error);
            let words = match why {
                Why::Dns => format!("{} cannot be found: check the name and the network", self.base),
                Why::Tls => self.not_secure(&innermost(error)),
                _ if error.is_timeout() => {
                    format!("connecting to {} took longer than {}", self.base, seconds(self.timeouts.connect))
                }
                _ => format!("{}: {}", self.base, innermost(error)),
            };
            return OuroError::new(ErrorKind::Unreachable(why), &words);
        }
        if error.is_timeout() {
            return self.too_slow();
        }
        OuroError::new(ErrorKind::Unreachable(Why::Other), &format!("{}: {}", self.base, innermost(error)))
    }

    /// Why there is no secure connection.
    fn not_secure(&self, cause: &str) -> String {
        // What rustls says of an answer that is no TLS at all.
        if cause.contains("InvalidContentType") {
            return format!("{} does not speak TLS: is it an http server?", self.base);
        }
        format!("{} could not prove who it is: {cause}", self.base)
    }

    /// Why an answer that had begun did not end well.
    fn broken(&self, error: &reqwest::Error) -> OuroError {
        if error.is_timeout() {
            return self.too_slow();
        }
        OuroError::new(ErrorKind::Garbled, &format!("the answer broke off: {}", innermost(error)))
    }

    fn too_slow(&self) -> OuroError {
        let words = format!("{} did not answer within {}", self.base, seconds(self.timeouts.request));
        OuroError::new(ErrorKind::TimedOut, &words)
    }
}

/// Why the bytes behind a signed address could not be had. Its host is not named: the address is a secret, and whose
/// storage it is says nothing to a reviewer.
fn storage_failure(error: &reqwest::Error) -> OuroError {
    if error.is_connect() {
        let words = format!("the server's file storage cannot be reached: {}", innermost(error));
        return OuroError::new(ErrorKind::Unreachable(connect_failure(error)), &words);
    }
    if error.is_timeout() {
        return OuroError::new(ErrorKind::TimedOut, "the server's file storage did not answer in time");
    }
    let words = format!("the server's file storage failed: {}", innermost(error));
    OuroError::new(ErrorKind::Unreachable(Why::Other), &words)
}

/// Tells a missing name, a closed door and a bad certificate apart, by walking down the causes. A connection that
/// was agreed on but could not be secured ends in an I/O error that wraps the TLS library's own.
fn connect_failure(error: &reqwest::Error) -> Why {
    if error.is_dns() {
        return Why::Dns;
    }
    let mut cause = error.source();
    while let Some(inner) = cause {
        if inner.downcast_ref::<std::io::Error>().is_some_and(is_tls) {
            return Why::Tls;
        }
        cause = inner.source();
    }
    Why::Connect
}

/// The TLS library reports what it cannot accept as invalid data, and a peer that hangs up as an end; both wrapped
/// into more I/O errors, which hide each other from the chain of causes.
fn is_tls(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::InvalidData | std::io::ErrorKind::UnexpectedEof)
        || error.get_ref().and_then(|inner| inner.downcast_ref::<std::io::Error>()).is_some_and(is_tls)
}

/// The last cause: the one that says most.
fn innermost(error: &reqwest::Error) -> String {
    let mut last = None;
    let mut cause = error.source();
    while let Some(inner) = cause {
        last = Some(inner.to_string());
        cause = inner.source();
    }
    last.unwrap_or_else(|| "the connection failed".to_owned())
}

/// `5 s`, `0.2 s`.
fn seconds(time: Duration) -> String {
    format!("{} s", time.as_secs_f64())
}

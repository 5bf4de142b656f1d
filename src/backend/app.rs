//! What every request handler has: the database, the world of acts, tokens, faults; and how a request is read.

use std::collections::HashMap;
use std::io::Read as _;
use std::sync::{Arc, OnceLock};

use axum::body::{Body as HttpBody, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Query, RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt as _;
use rusqlite::Connection;
use serde::Serialize;
use serde_json::{Value, json};

use super::acts::{Act, World};
use super::bound::{self, Bound};
use super::error::Refusal;
use super::exchange::Exchanges;
use super::faults::FaultDesk;
use super::ids::Id;
use super::runs::Runs;
use super::store::{Store, accounts};
use super::tokens::Tokens;
use crate::clock;

/// Largest request body, as sent and unpacked.
pub(crate) const LARGEST_BODY: usize = 20 * 1024 * 1024;

/// How much of a body that is too large is read before the connection is ended.
const MOST_READ: usize = 5 * LARGEST_BODY;

/// The state of one backend, shared by all its requests.
#[derive(Debug, Clone)]
pub(crate) struct App(pub(crate) Arc<Shared>);

/// See [`App`].
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) store: Arc<Store>,
    pub(crate) world: Arc<World>,
    pub(crate) tokens: Tokens,
    /// Tickets of signed addresses: each is the right to read one asset's bytes, and nothing else.
    pub(crate) tickets: Tokens,
    /// Tickets of reserved uploads: each is the right to write its bytes.
    pub(crate) uploads: Tokens,
    pub(crate) exchanges: Exchanges,
    pub(crate) faults: Arc<FaultDesk>,
    /// The base URL, known once it listens.
    pub(crate) url: OnceLock<String>,
    /// The runs of eval routes over HTTP.
    pub(crate) runs: Runs,
}

impl std::ops::Deref for App {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl App {
    /// Reads in one moment of the database.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        self.store.read(read).await
    }

    /// Somebody acts, in one transaction.
    pub(crate) async fn act<T: Send + 'static>(
        &self,
        who: Id,
        act: impl FnOnce(&Act<'_>) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let world = Arc::clone(&self.world);
        self.store.write(move |db| act(&Act { db, world: &world, who, now: clock::now() })).await
    }

    /// The base URL of links that clients follow.
    pub(crate) fn base(&self) -> String {
        self.url.get().cloned().unwrap_or_default()
    }
}

/// Who asks, and in which organization's context (`X-Ouro-Org`, or the one their key is bound to).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caller {
    pub(crate) id: Id,
    pub(crate) org: Option<Id>,
    /// The only organization their key acts in.
    pub(crate) bound: Option<Id>,
}

impl FromRequestParts<App> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let token = bearer(&parts.headers).ok_or_else(Refusal::unauthorized)?;
        let holder = app.tokens.find(token, clock::now()).ok_or_else(Refusal::unauthorized)?;
        let (id, bound) = (holder.id, holder.bound);
        let asked = parts.headers.get("x-ouro-org").map(|org| {
            org.to_str().ok().and_then(Id::find).ok_or_else(|| {
                Refusal::new(400, "invalid_org_context", "X-Ouro-Org must be the id of an organization")
            })
        });
        let org = asked.transpose()?;
        if let (Some(org), Some(bound)) = (org, bound)
            && org != bound
        {
            return Err(bound::mismatch());
        }
        if let Some(org) = org {
            app.read(move |db| accounts::in_org(db, org, id)).await?;
        }
        if let Some(org) = bound {
            bound::check_path(app, parts, org).await?;
            parts.extensions.insert(Bound(org));
        }
        Ok(Self { id, org: org.or(bound), bound })
    }
}

/// The access token: bare, as the official clients send it, or with `Bearer` (contract, 8.1).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?.trim();
    let token =
        value.strip_prefix("Bearer ").or_else(|| value.strip_prefix("bearer ")).unwrap_or(value).trim();
    (!token.is_empty()).then_some(token)
}

/// The ids in a request's path, in its order.
#[derive(Debug)]
pub(crate) struct Ids<const N: usize>(pub(crate) [Id; N]);

impl<const N: usize> FromRequestParts<App> for Ids<N> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let texts = RawPathParams::from_request_parts(parts, app)
            .await
            .map_err(|error| Refusal::bad_request(format!("The path cannot be read: {error}")))?;
        let ids = texts.iter().map(|(_, text)| Id::parse(text)).collect::<Result<Vec<_>, _>>()?;
        ids.try_into().map(Self).map_err(|_| Refusal::bad_request("The path has too many ids or too few"))
    }
}

/// A request's JSON body; null when there is none. Packed bodies are unpacked.
#[derive(Debug)]
pub(crate) struct Payload(pub(crate) Value);

impl FromRequest<App> for Payload {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &App) -> Result<Self, Refusal> {
        let packed =
            request.headers().get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding == "gzip");
        let bound = request.extensions().get::<Bound>().copied();
        let body = to_bytes(request.into_body(), LARGEST_BODY).await.map_err(|_| too_large())?;
        let body = Vec::from(body);
        let body = if packed { unpacked(&body)? } else { body };
        if body.is_empty() {
            return Ok(Self(Value::Null));
        }
        let body: Value = serde_json::from_slice(&body)
            .map_err(|error| Refusal::bad_request(format!("The body is not valid JSON: {error}")))?;
        if let Some(Bound(org)) = bound {
            bound::check_body(&body, org)?;
        }
        Ok(Self(body))
    }
}

/// The bytes of a request, as they are.
#[derive(Debug)]
pub(crate) struct Raw(pub(crate) Vec<u8>);

impl FromRequest<App> for Raw {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &App) -> Result<Self, Refusal> {
        let body = to_bytes(request.into_body(), LARGEST_BODY).await.map_err(|_| too_large())?;
        Ok(Self(body.into()))
    }
}

/// The whole body. What is too large is still read on for a while, since a client that is cut off while it sends never
/// sees the refusal.
pub(crate) async fn received(mut body: HttpBody) -> Result<Vec<u8>, Refusal> {
    let (mut bytes, mut size) = (Vec::new(), 0_usize);
    while let Some(frame) = body.frame().await {
        let frame =
            frame.map_err(|error| Refusal::bad_request(format!("The body cannot be read: {error}")))?;
        let Ok(data) = frame.into_data() else { continue };
        size = size.saturating_add(data.len());
        if size <= LARGEST_BODY {
            bytes.extend_from_slice(&data);
        } else if size > MOST_READ {
            break;
        } else {
            bytes = Vec::new();
        }
    }
    if size > LARGEST_BODY { Err(too_large()) } else { Ok(bytes) }
}

fn unpacked(body: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut plain = Vec::new();
    let limit = u64::try_from(LARGEST_BODY).unwrap_or(u64::MAX);
    flate2::read::MultiGzDecoder::new(body)
        .take(limit + 1)
        .read_to_end(&mut plain)
        .map_err(|error| Refusal::bad_request(format!("The body is not valid gzip: {error}")))?;
    if plain.len() > LARGEST_BODY { Err(too_large()) } else { Ok(plain) }
}

/// 413.
pub(crate) fn too_large() -> Refusal {
    Refusal::new(413, "payload_too_large", "The body is larger than 20 MB: send less at once")
}

/// A request's query.
#[derive(Debug)]
pub(crate) struct Params(HashMap<String, String>);

impl FromRequestParts<App> for Params {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let Query(map) = Query::from_request_parts(parts, app)
            .await
            .map_err(|error| Refusal::bad_request(format!("The query cannot be read: {error}")))?;
        Ok(Self(map))
    }
}

impl Params {
    /// A value; blank ones and the words that stand for nothing count as absent (contract, 1.7).
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let value = self.0.get(name).map(|value| value.trim())?;
        (!matches!(value, "" | "null" | "none" | "undefined" | "/null")).then_some(value)
    }

    /// An id.
    pub(crate) fn id(&self, name: &str) -> Result<Option<Id>, Refusal> {
        self.text(name).map(Id::parse).transpose()
    }

    /// True only if it says so.
    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.text(name) == Some("true")
    }

    /// `limit` and `offset`; a limit above the cap is cut to it (contract, 2.5).
    pub(crate) fn window(&self, default: i64, cap: i64) -> Result<Window, Refusal> {
        let number = |name: &str, default: i64| match self.text(name).map(str::parse::<i64>) {
            None => Ok(default),
            Some(Ok(number)) if number >= 0 => Ok(number),
            Some(_) => {
                Err(Refusal::bad_request(format!("{name} must be a whole number that is not negative")))
            }
        };
        Ok(Window { limit: number("limit", default)?.clamp(1, cap), offset: number("offset", 0)? })
    }
}

/// A part of a list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Window {
    pub(crate) limit: i64,
    pub(crate) offset: i64,
}

impl Window {
    /// One more than asked for: whether it comes tells whether there is more.
    pub(crate) const fn one_more(self) -> i64 {
        self.limit.saturating_add(1)
    }

    /// Takes off the row that was read one more, and says whether there was one.
    pub(crate) fn cut<T>(self, rows: &mut Vec<T>) -> bool {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        more
    }
}

/// A JSON answer, already written.
#[derive(Debug)]
pub(crate) struct Body(Vec<u8>);

impl Body {
    /// Puts another field beside `data`.
    pub(crate) fn with(mut self, name: &str, value: &Value) -> Self {
        // The envelope is an object that was just written: it ends in a brace.
        self.0.pop();
        self.0.extend(format!(",{}:{value}}}", json!(name)).into_bytes());
        self
    }
}

impl IntoResponse for Body {
    fn into_response(self) -> Response {
        ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], self.0).into_response()
    }
}

/// What a handler answers.
pub(crate) type Answer = Result<Body, Refusal>;

#[derive(Serialize)]
struct Envelope<'a, T: Serialize + ?Sized> {
    data: &'a T,
    error: Option<()>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pagination: Option<Value>,
}

/// `{"data": …, "error": null}`.
pub(crate) fn data<T: Serialize + ?Sized>(data: &T) -> Answer {
    Ok(Body(serde_json::to_vec(&Envelope { data, error: None, pagination: None })?))
}

/// A page of a list: rows in `data`, paging beside them.
pub(crate) fn page<T: Serialize>(rows: &[T], window: Window, more: bool, total: Option<i64>) -> Answer {
    let pagination = json!({"hasMore": more, "limit": window.limit, "offset": window.offset, "total": total});
    Ok(Body(serde_json::to_vec(&Envelope { data: rows, error: None, pagination: Some(pagination) })?))
}

/// An answer without the envelope.
pub(crate) fn bare(value: &Value) -> Answer {
    Ok(Body(serde_json::to_vec(value)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_nothing_count_as_absent_and_limits_are_cut() {
        let params = |pairs: &[(&str, &str)]| {
            Params(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
        };
        assert_eq!(params(&[("org_id", "null")]).id("org_id").unwrap(), None);
        let window = params(&[("limit", "500"), ("offset", "7")]).window(20, 200).unwrap();
        assert_eq!((window.limit, window.offset), (200, 7));
        assert_eq!(params(&[]).window(20, 200).unwrap().limit, 20);
        assert_eq!(params(&[("limit", "x")]).window(20, 200).unwrap_err().status(), 400);
        assert!(params(&[("offset", "-1")]).window(20, 200).is_err());
    }

    #[test]
    fn a_packed_bomb_is_refused() {
        use std::io::Write as _;
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        for _ in 0..21 {
            packer.write_all(&vec![b' '; 1024 * 1024]).unwrap();
        }
        let bomb = packer.finish().unwrap();
        assert!(bomb.len() < LARGEST_BODY);
        assert_eq!(unpacked(&bomb).unwrap_err().status(), 413);
        assert_eq!(unpacked(b"no gzip").unwrap_err().status(), 400);
    }
}

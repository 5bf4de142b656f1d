//! Calls in the name of one key: with a token, in the pinned organization, and once more with a new token if the
//! server did not know the old one.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};

use super::answer::{Answer, TokenDoubt};
use super::session::{Session, Token};
use super::transport::{Call, Transport};
use super::{ErrorKind, KeyInfo, OrgRef, OuroError, Settings};
use crate::domain::OrgId;

/// One key's way to one server.
pub(super) struct Caller {
    transport: Arc<Transport>,
    session: Arc<Session>,
    pin: Option<OrgRef>,
    /// The pinned organization's id, once a name was resolved.
    pinned_id: tokio::sync::OnceCell<OrgId>,
}

impl Caller {
    pub(super) fn new(settings: Settings) -> Result<Self, OuroError> {
        Ok(Self {
            transport: Arc::new(Transport::new(settings.base_url, settings.timeouts)?),
            session: Arc::new(Session::new(settings.key)),
            pin: settings.org,
            pinned_id: tokio::sync::OnceCell::new(),
        })
    }

    /// How far the server's clock is ahead of ours, in milliseconds.
    pub(super) fn ahead(&self) -> Option<i64> {
        self.transport.ahead()
    }

    /// How long an answer is waited for.
    pub(super) fn waits_for(&self) -> Duration {
        self.transport.waits_for()
    }

    /// Every HTTP request so far.
    pub(super) fn requests(&self) -> u64 {
        self.transport.requests()
    }

    /// What the server told about the key, which is exchanged if that did not happen yet.
    pub(super) async fn key_info(&self) -> KeyInfo {
        // Without a token nothing is known, which is what the answer then says.
        let _ = self.session.token(&self.transport, None).await;
        self.session.key_info()
    }

    /// Sends a call with a token, and once more with a new one if the server did not know the token. A write is
    /// repeated only after a 401: that one proves that nothing was done.
    pub(super) async fn ask(&self, call: &Call) -> Result<Answer, OuroError> {
        let org = self.pinned().await.map_err(OuroError::before_sending)?;
        self.ask_in(call, org).await
    }

    /// Opens a call whose answer is bytes. A token that is refused is not renewed here: the next read does that.
    pub(super) async fn open(&self, call: &Call, timeout: Duration) -> Result<reqwest::Response, OuroError> {
        let org = self.pinned().await?;
        let token = self.session.token(&self.transport, None).await?;
        self.transport.open(call, &headers(&token, org), timeout).await
    }

    /// The connections, for what needs no token.
    pub(super) fn transport(&self) -> &Transport {
        &self.transport
    }

    async fn ask_in(&self, call: &Call, org: Option<OrgId>) -> Result<Answer, OuroError> {
        let token = self.session.token(&self.transport, None).await?;
        let answer = self.transport.send(call, &headers(&token, org)).await?;
        let Some(doubt) = answer.asks_for_token() else { return Ok(answer) };
        let renewed = self.session.token(&self.transport, Some(token.number)).await;
        if doubt == TokenDoubt::CallerLost && call.is_write() {
            return Ok(answer);
        }
        let renewed = renewed?;
        let answer = self.transport.send(call, &headers(&renewed, org)).await?;
        // The second time it is final and means what a 401 means; about a write it still proves nothing.
        let lost_write = answer.asks_for_token() == Some(TokenDoubt::CallerLost) && call.is_write();
        match answer.open() {
            Err(error) if answer.asks_for_token().is_some() && !lost_write => {
                Err(OuroError { kind: ErrorKind::Unauthorized, ..error })
            }
            _ => Ok(answer),
        }
    }

    /// The pinned organization's id; a name is resolved once.
    async fn pinned(&self) -> Result<Option<OrgId>, OuroError> {
        let name = match &self.pin {
            None => return Ok(None),
            Some(OrgRef::Id(id)) => return Ok(Some(*id)),
            Some(OrgRef::Name(name)) => name,
        };
        let resolve = || async {
            let answer = self.ask_in(&Call::get(&["organizations", "by-name", name]), None).await?;
            let garbled =
                || answer.signed(OuroError::new(ErrorKind::Garbled, "the answer is no organization"));
            let data = answer.open()?.object().map_err(|error| answer.signed(error))?;
            data.id("id").ok_or_else(garbled)
        };
        self.pinned_id.get_or_try_init(resolve).await.copied().map(Some)
    }
}

/// The headers of a call (contract, 1.3). The token goes bare: the server puts `Bearer` before it itself.
fn headers(token: &Token, pin: Option<OrgId>) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(AUTHORIZATION, token.bearer.clone());
    if let Some(name) = &token.key_name {
        headers.insert(HeaderName::from_static("x-ouro-key-name"), name.clone());
    }
    // All zeros is the personal context, which is meant by sending nothing.
    let org = pin.or(token.key.org).filter(|org| !org.uuid().is_nil());
    if let Some(value) = org.and_then(|org| HeaderValue::from_str(&org.to_string()).ok()) {
        headers.insert(HeaderName::from_static("x-ouro-org"), value);
    }
    headers
}

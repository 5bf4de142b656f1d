//! The API key becomes a short-lived token (contract, 1.2 to 1.4).
//!
//! The server takes one exchange of a key at a time: of two at once, one fails. So there is one gate; whoever waits
//! at it adopts what the one inside brought back, be it a token or a refusal. An exchange runs as a task of its own,
//! so that a caller who gives up does not leave half an exchange behind. Another program with the same key, a second
//! desk that starts at the same instant, stands at no gate of ours: a refusal is believed when it was said twice.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::header::{HeaderMap, HeaderValue};
use secrecy::{ExposeSecret as _, SecretString};

use super::answer::Answer;
use super::transport::{Call, Transport, Verb};
use super::wire::Fields;
use super::{ErrorKind, OuroError, refusal};
use crate::clock;
use crate::domain::{OrgId, SafeText, Timestamp};

/// A token is replaced this long before it ends.
const EARLY: Duration = Duration::from_secs(300);

/// How long after a refusal the key is shown once more: an exchange that was in the way is over by then.
const AGAIN_AFTER: Duration = Duration::from_millis(400);

/// What the server told about the key at the exchange.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeyInfo {
    /// Its label.
    pub name: Option<SafeText>,
    /// The organization it is bound to; all zeros is the personal context.
    pub org: Option<OrgId>,
}

/// A token and what came with it.
pub(super) struct Token {
    /// Counts the exchanges: tells whether a refused token was replaced in the meantime.
    pub(super) number: u64,
    /// The bare token, marked as sensitive.
    pub(super) bearer: HeaderValue,
    /// The key's label, to be sent along.
    pub(super) key_name: Option<HeaderValue>,
    pub(super) key: KeyInfo,
    /// When to replace it; never for tokens that do not say when they end.
    due: Option<Timestamp>,
}

/// What the latest exchange brought.
#[derive(Default)]
struct Latest {
    /// Exchanges so far, failed ones included.
    attempts: u64,
    outcome: Option<Result<Arc<Token>, OuroError>>,
}

/// The session of one key.
pub(super) struct Session {
    key: SecretString,
    gate: tokio::sync::Mutex<()>,
    latest: Mutex<Latest>,
}

impl Session {
    pub(super) fn new(key: SecretString) -> Self {
        Self { key, gate: tokio::sync::Mutex::new(()), latest: Mutex::new(Latest::default()) }
    }

    /// What is known of the key, without asking.
    pub(super) fn key_info(&self) -> KeyInfo {
        self.current().map(|token| token.key.clone()).unwrap_or_default()
    }

    /// A token that holds: the current one, or a new one if there is none, it is due, or it is the one that the
    /// server just refused.
    pub(super) async fn token(
        self: &Arc<Self>,
        transport: &Arc<Transport>,
        refused: Option<u64>,
    ) -> Result<Arc<Token>, OuroError> {
        if let Some(token) = self.usable(refused) {
            return Ok(token);
        }
        let seen = self.attempts();
        let (session, transport) = (Arc::clone(self), Arc::clone(transport));
        let exchange = tokio::spawn(async move { session.exchange_once(&transport, refused, seen).await });
        let outcome = exchange.await.unwrap_or_else(|_| {
            Err(OuroError::new(ErrorKind::Unreachable(super::Why::Other), "the key exchange was broken off"))
        });
        outcome.map_err(OuroError::before_sending)
    }

    /// Behind the gate: adopts what others brought back since `seen`, else exchanges.
    async fn exchange_once(
        &self,
        transport: &Transport,
        refused: Option<u64>,
        seen: u64,
    ) -> Result<Arc<Token>, OuroError> {
        let _gate = self.gate.lock().await;
        if let Some(token) = self.usable(refused) {
            return Ok(token);
        }
        if let Some(Err(error)) = self.since(seen) {
            return Err(error);
        }
        let number = self.attempts() + 1;
        let mut outcome = self.exchange(transport, number).await;
        if outcome.as_ref().is_err_and(|error| error.kind == ErrorKind::KeyRefused) {
            tokio::time::sleep(AGAIN_AFTER).await;
            outcome = self.exchange(transport, number).await;
        }
        let outcome = outcome.map(Arc::new);
        let mut latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        latest.attempts = number;
        latest.outcome = Some(outcome.clone());
        outcome
    }

    async fn exchange(&self, transport: &Transport, number: u64) -> Result<Token, OuroError> {
        let body = serde_json::json!({ "pat": self.key.expose_secret() }).to_string();
        let call = Call::write(Verb::Post, &["users", "get-token"], body);
        let answer = transport.send(&call, &HeaderMap::new()).await?;
        read_token(&answer, number, clock::now()).map_err(|error| self.scrubbed(answer.signed(error)))
    }

    fn current(&self) -> Option<Arc<Token>> {
        let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        latest.outcome.as_ref()?.as_ref().ok().map(Arc::clone)
    }

    fn usable(&self, refused: Option<u64>) -> Option<Arc<Token>> {
        let token = self.current()?;
        let due = token.due.is_some_and(|due| clock::now() >= due);
        (!due && refused != Some(token.number)).then_some(token)
    }

    fn attempts(&self) -> u64 {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner).attempts
    }

    /// The latest outcome, if it is newer than `seen`.
    fn since(&self, seen: u64) -> Option<Result<Arc<Token>, OuroError>> {
        let latest = self.latest.lock().unwrap_or_else(PoisonError::into_inner);
        (latest.attempts > seen).then(|| latest.outcome.clone()).flatten()
    }

    /// A server that repeats the key in its complaint must not bring it onto the screen or into a log.
    fn scrubbed(&self, error: OuroError) -> OuroError {
        let key = self.key.expose_secret();
        if key.is_empty() || !error.message.as_str().contains(key) {
            return error;
        }
        let message = SafeText::line(&error.message.as_str().replace(key, "(the key)"));
        OuroError { message, ..error }
    }
}

/// Reads the answer to an exchange. A wrong key comes as a 2xx with an error or without a token, or as 401 or 403.
fn read_token(answer: &Answer, number: u64, now: Timestamp) -> Result<Token, OuroError> {
    let refused = |error: OuroError| OuroError { kind: ErrorKind::KeyRefused, ..error };
    let envelope = match answer.open() {
        Ok(envelope) => envelope,
        Err(error) if matches!(error.status, Some(401 | 403)) => return Err(refused(error)),
        // An error in a 2xx is the usual form of a refusal, unless it names a status of another kind.
        Err(error) if answer.is_success() && names_refusal(answer) => return Err(refused(error)),
        Err(error) => return Err(error),
    };
    let no_token = || OuroError::new(ErrorKind::KeyRefused, "the server gave no token for this key");
    let text = envelope.fields.filled("access_token").ok_or_else(no_token)?;
    let mut bearer = HeaderValue::from_str(text.trim()).map_err(|_| {
        OuroError::new(ErrorKind::Garbled, "the token holds characters that no header can carry")
    })?;
    bearer.set_sensitive(true);
    let name = envelope.fields.filled("api_key_name");
    Ok(Token {
        number,
        bearer,
        key_name: name.as_deref().and_then(|name| HeaderValue::from_bytes(name.as_bytes()).ok()),
        key: KeyInfo { name: name.as_deref().map(SafeText::line), org: envelope.fields.id("api_key_org_id") },
        due: expiry(text.trim()).and_then(|expiry| due(expiry, now)),
    })
}

/// Whether a 2xx holds an error that is about the key rather than about the server or our pace.
fn names_refusal(answer: &Answer) -> bool {
    answer.fields().is_some_and(|fields| {
        refusal::has_error(&fields)
            && refusal::semantic_status(&fields).is_none_or(|status| status < 500 && status != 429)
    })
}

/// When a JWT ends: `exp` in its payload, unverified. None if it is no JWT or does not say.
fn expiry(token: &str) -> Option<Timestamp> {
    let mut parts = token.split('.');
    let (Some(_), Some(payload), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return None;
    };
    let payload = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
    let fields: Fields<'_> = serde_json::from_slice(&payload).ok()?;
    let seconds = fields.number("exp")?;
    Some(Timestamp::from_millis((seconds * 1_000.0) as i64))
}

/// When to replace a token that was just received: five minutes before its end, in the middle of a life shorter than
/// that. One that is over already by our clock, which is then wrong, is used until the server refuses it:
/// exchanging before every call would be the alternative.
fn due(expiry: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let life = expiry.since(now);
    if life.is_zero() {
        return None;
    }
    Some(if life > EARLY { expiry - EARLY } else { now + life / 2 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jwt(payload: &str) -> String {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(payload))
    }

    fn answer(status: u16, body: &str) -> Answer {
        Answer::new(status, &HeaderMap::new(), body.as_bytes().to_vec())
    }

    fn refusal_of(status: u16, body: &str) -> OuroError {
        match read_token(&answer(status, body), 1, Timestamp::default()) {
            Ok(_) => panic!("{body} should be refused"),
            Err(error) => error,
        }
    }

    #[test]
    fn every_form_of_refusal_is_one() {
        for (status, body, words) in [
            (200, r#"{"access_token": null, "error": {"message": "Unknown key"}}"#, "Unknown key"),
            (200, r#"{"access_token": "a.b.c", "error": "revoked"}"#, "revoked"),
            (200, r#"{"access_token": "", "error": null}"#, "the server gave no token for this key"),
            (201, r#"{"refresh_token": null}"#, "the server gave no token for this key"),
            (200, r#"{"error": {"message": "no", "status": 401}}"#, "no"),
            (401, r#"{"error": "who are you"}"#, "who are you"),
            (403, "<html>", "the server answered HTML (403 Forbidden)"),
        ] {
            let error = refusal_of(status, body);
            assert_eq!((error.kind, error.message.as_str()), (ErrorKind::KeyRefused, words), "{body}");
        }
    }

    #[test]
    fn trouble_of_the_servers_is_not_blamed_on_the_key() {
        for (status, body, kind) in [
            (503, r#"{"error": "down"}"#, ErrorKind::Server),
            (
                200,
                r#"{"error": {"message": "slow down", "status": 429}}"#,
                ErrorKind::RateLimited { retry_after: None },
            ),
            (200, "<html>portal</html>", ErrorKind::Garbled),
            (200, "", ErrorKind::Garbled),
            (404, "{}", ErrorKind::NotFound),
        ] {
            assert_eq!(refusal_of(status, body).kind, kind, "{body}");
        }
    }

    #[test]
    fn a_token_comes_with_what_is_known_of_its_key() {
        let body = format!(
            r#"{{"access_token": "{}", "refresh_token": null, "api_key_name": "desk of \u001b ana",
            "api_key_org_id": "0193B2AA-3333-7000-8000-000000000001", "error": null}}"#,
            jwt(r#"{"exp": 2000}"#)
        );
        let now = Timestamp::from_millis(1_000_000);
        let Ok(token) = read_token(&answer(200, &body), 7, now) else { panic!("no token") };
        assert_eq!(token.number, 7);
        assert_eq!(token.due, Some(Timestamp::from_millis(1_700_000)));
        assert!(token.bearer.is_sensitive());
        assert_eq!(token.key_name, None, "a name with control characters cannot be sent back");
        assert_eq!(token.key.name.as_ref().map(SafeText::as_str), Some("desk of \u{FFFD} ana"));
        assert_eq!(token.key.org.unwrap().to_string(), "0193b2aa-3333-7000-8000-000000000001");
    }

    #[test]
    fn an_expiry_is_read_where_there_is_one() {
        assert_eq!(expiry(&jwt(r#"{"exp": 1795445200}"#)), Some(Timestamp::from_millis(1_795_445_200_000)));
        for none in
            ["opaque", "a.b", "a.b.c.d", "a.!!!.c", &jwt("[]"), &jwt("{}"), &jwt(r#"{"exp": "soon"}"#)]
        {
            assert_eq!(expiry(none), None, "{none}");
        }
    }

    #[test]
    fn a_token_is_due_before_its_end_and_a_wrong_clock_makes_no_storm() {
        let at = Timestamp::from_millis;
        assert_eq!(due(at(3_600_000), at(0)), Some(at(3_300_000)));
        assert_eq!(due(at(100_000), at(0)), Some(at(50_000)), "in the middle of a short life");
        assert_eq!(due(at(1_000), at(2_000)), None, "over already by our clock: used until refused");
    }
}

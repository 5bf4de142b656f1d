//! An answer as it came: status, the few headers that matter, and the bytes. Opening it tells success from failure.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, RETRY_AFTER};
use serde_json::value::RawValue;

use super::refusal;
use super::wire::Fields;
use super::{ErrorKind, OuroError};
use crate::clock;
use crate::domain::{SafeText, Timestamp};

/// The longest wait that a server can ask for; more is taken for a mistake.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3_600);

/// An answer, whatever its status.
pub(super) struct Answer {
    status: u16,
    html: bool,
    request_id: Option<SafeText>,
    retry_after: Option<Duration>,
    body: Vec<u8>,
}

/// A successful answer, opened: its top-level fields.
#[derive(Debug)]
pub(super) struct Envelope<'a> {
    /// `data`, `pagination`, and whatever else lies beside them.
    pub(super) fields: Fields<'a>,
}

impl<'a> Envelope<'a> {
    /// What `data` holds. A success without data is an unknown outcome, not a success (contract, 2.1).
    pub(super) fn data(&self) -> Result<&'a RawValue, OuroError> {
        self.fields.get("data").ok_or_else(|| OuroError::new(ErrorKind::Garbled, "the answer holds no data"))
    }

    /// `data` as an object.
    pub(super) fn object(&self) -> Result<Fields<'a>, OuroError> {
        Fields::read(self.data()?).ok_or_else(|| OuroError::new(ErrorKind::Garbled, "the data is no object"))
    }
}

impl Answer {
    pub(super) fn new(status: u16, headers: &HeaderMap, body: Vec<u8>) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let declared = text(CONTENT_TYPE.as_str()).is_some_and(|kind| kind.contains("html"));
        let looks = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<');
        Self {
            status,
            html: looks
                || (declared && !body.is_empty() && serde_json::from_slice::<&RawValue>(&body).is_err()),
            request_id: text("x-request-id").filter(|id| !id.is_empty()).map(SafeText::line),
            retry_after: text(RETRY_AFTER.as_str()).and_then(|wait| read_wait(wait, text(DATE.as_str()))),
            body,
        }
    }

    pub(super) const fn http_status(&self) -> u16 {
        self.status
    }

    pub(super) const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// Its top-level fields, if it is a JSON object.
    pub(super) fn fields(&self) -> Option<Fields<'_>> {
        serde_json::from_slice(&self.body).ok()
    }

    /// Success or failure (contract, 2.1 and 2.2).
    pub(super) fn open(&self) -> Result<Envelope<'_>, OuroError> {
        match self.fields() {
            Some(fields) if self.is_success() && !refusal::has_error(&fields) => Ok(Envelope { fields }),
            Some(fields) => Err(self.signed(refusal::described(&fields, self.status, self.retry_after))),
            None => Err(self.unreadable()),
        }
    }

    /// How a call with this answer has to be seen by the session: does it ask for a new token (contract, 1.4)?
    pub(super) fn asks_for_token(&self) -> Option<TokenDoubt> {
        if self.status == 401 {
            return Some(TokenDoubt::Refused);
        }
        let fields = self.fields()?;
        if refusal::semantic_status(&fields) == Some(401) && refusal::has_error(&fields) {
            return Some(TokenDoubt::Refused);
        }
        (self.status >= 500 && refusal::caller_was_lost(&fields)).then_some(TokenDoubt::CallerLost)
    }

    /// An answer that is no JSON object: the HTTP status is all there is.
    fn unreadable(&self) -> OuroError {
        let status = status_words(self.status);
        let what = if self.html {
            format!("the server answered HTML ({status})")
        } else if self.body.iter().all(u8::is_ascii_whitespace) {
            format!("the server answered nothing ({status})")
        } else {
            format!("the server's answer is no JSON object, or broke off ({status})")
        };
        let kind = match self.status {
            400..=499 => ErrorKind::from_status(self.status, self.retry_after),
            500.. if !self.html => ErrorKind::Server,
            _ => ErrorKind::Garbled,
        };
        self.signed(OuroError { status: Some(self.status), ..OuroError::new(kind, &what) })
    }

    /// A failure that a caller found in this answer, with the request's name.
    pub(super) fn signed(&self, error: OuroError) -> OuroError {
        OuroError { request_id: self.request_id.clone(), ..error }
    }
}

/// Why an answer makes the token doubtful.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenDoubt {
    /// 401: the call was turned away unread.
    Refused,
    /// A 5xx that says the caller was not resolved: nothing is proven about a write.
    CallerLost,
}

/// `502 Bad Gateway`.
fn status_words(status: u16) -> String {
    reqwest::StatusCode::from_u16(status).map_or_else(|_| status.to_string(), |known| known.to_string())
}

/// `Retry-After`: seconds, or an HTTP date, which is compared with the server's own `Date` if it sent one.
fn read_wait(wait: &str, server_date: Option<&str>) -> Option<Duration> {
    if let Ok(seconds) = wait.trim().parse::<f64>() {
        return Duration::try_from_secs_f64(seconds.max(0.0)).ok().map(|wait| wait.min(LONGEST_WAIT));
    }
    let until = http_date(wait)?;
    let now = server_date.and_then(http_date).unwrap_or_else(clock::now);
    Some(until.since(now).min(LONGEST_WAIT))
}

/// `Fri, 20 Nov 2026 08:14:02 GMT`.
fn http_date(text: &str) -> Option<Timestamp> {
    let zoned = jiff::fmt::rfc2822::parse(text.trim()).ok()?;
    Some(Timestamp::from_millis(zoned.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_read_as_seconds_or_as_a_date() {
        let date = Some("Fri, 20 Nov 2026 08:14:02 GMT");
        assert_eq!(read_wait("7", None), Some(Duration::from_secs(7)));
        assert_eq!(read_wait(" 1.5 ", None), Some(Duration::from_millis(1_500)));
        assert_eq!(read_wait("-3", None), Some(Duration::ZERO));
        assert_eq!(read_wait("1e300", None), None);
        assert_eq!(read_wait("99999999", None), Some(LONGEST_WAIT));
        assert_eq!(read_wait("Fri, 20 Nov 2026 08:14:32 GMT", date), Some(Duration::from_secs(30)));
        assert_eq!(read_wait("Fri, 20 Nov 2026 08:13:00 GMT", date), Some(Duration::ZERO));
        assert_eq!(read_wait("soon", date), None);
        assert_eq!(read_wait("NaN", None).map(|wait| wait.is_zero()), Some(true));
    }
}

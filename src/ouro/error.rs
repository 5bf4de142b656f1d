//! One error for every way in which a call can fail, and what a failure says about a write.

use std::fmt;
use std::time::Duration;

use crate::domain::SafeText;

/// Why the server could not be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Why {
    /// Its name has no address.
    Dns,
    /// Nobody answered at its address, or not in time.
    Connect,
    /// No secure connection could be agreed on.
    Tls,
    /// The connection broke in the middle.
    Other,
}

/// What kind of failure it was. A status hidden in the body beats the HTTP status (contract, 2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The API key is not valid (any more).
    KeyRefused,
    /// A fresh token was refused, too.
    Unauthorized,
    /// 403: we may not.
    Forbidden,
    /// 404: it does not exist, or we cannot see it.
    NotFound,
    /// 409: it was changed, decided or closed by someone else.
    Conflict,
    /// Any other 4xx: the server understood and said no.
    Refused,
    /// 402: money is missing or not allowed to move.
    Payment,
    /// 413, or a note that is too long to be sent.
    TooLarge,
    /// 429: too many requests.
    RateLimited {
        /// How long the server asks us to wait, if it says so.
        retry_after: Option<Duration>,
    },
    /// 5xx, or an error without any status.
    Server,
    /// No answer because no connection held.
    Unreachable(Why),
    /// No whole answer in time.
    TimedOut,
    /// An answer that cannot be read: not JSON, broken off, of the wrong shape, or without data.
    Garbled,
}

/// What a failed write left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fate {
    /// It never reached the server, or was turned away unread: it may be sent again.
    NotSent,
    /// The server said no: nothing was done.
    Refused,
    /// It may have been done: read back before anything else.
    Unknown,
}

/// A failed call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OuroError {
    /// What kind of failure.
    pub kind: ErrorKind,
    /// The server's own words, or ours where it said nothing.
    pub message: SafeText,
    /// The semantic status: the body's if it names one, else HTTP's.
    pub status: Option<u16>,
    /// The server's machine-readable code.
    pub code: Option<SafeText>,
    /// The server's name for this request, for reports.
    pub request_id: Option<SafeText>,
    /// It was not the server that failed but the storage of its files.
    pub elsewhere: bool,
    /// The call itself was never sent: it failed before, while getting a token or checking its content.
    pub not_sent: bool,
}

impl OuroError {
    /// A failure that the server did not describe itself.
    #[must_use]
    pub fn new(kind: ErrorKind, message: &str) -> Self {
        Self {
            kind,
            message: SafeText::line(message),
            status: None,
            code: None,
            request_id: None,
            elsewhere: false,
            not_sent: false,
        }
    }

    /// What this failure says about a write.
    #[must_use]
    pub const fn fate(&self) -> Fate {
        match self.kind {
            ErrorKind::TooLarge
            | ErrorKind::Forbidden
            | ErrorKind::NotFound
            | ErrorKind::Conflict
            | ErrorKind::Refused
            | ErrorKind::Payment
                if !self.not_sent =>
            {
                Fate::Refused
            }
            ErrorKind::KeyRefused
            | ErrorKind::Unauthorized
            | ErrorKind::RateLimited { .. }
            | ErrorKind::Unreachable(Why::Dns | Why::Connect | Why::Tls) => Fate::NotSent,
            _ if self.not_sent => Fate::NotSent,
            _ => Fate::Unknown,
        }
    }

    /// Whether what was sent may still be on its way, or at work: nobody who had it before them said that it was over.
    /// Gateways that give up say so in the server's place, and an answer that began was preceded by the work.
    #[must_use]
    pub const fn may_be_under_way(&self) -> bool {
        let by_gateway = matches!(self.status, Some(502..=504));
        !self.not_sent
            && match self.kind {
                ErrorKind::TimedOut | ErrorKind::Unreachable(Why::Other) => true,
                ErrorKind::Server | ErrorKind::Garbled => by_gateway,
                _ => false,
            }
    }

    /// Whether the same **read** may well succeed a little later.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(
            self.kind,
            ErrorKind::RateLimited { .. }
                | ErrorKind::Server
                | ErrorKind::Unreachable(_)
                | ErrorKind::TimedOut
                | ErrorKind::Garbled
        )
    }

    /// The same failure, of a call that was never sent because of it.
    pub(super) const fn before_sending(mut self) -> Self {
        self.not_sent = true;
        self
    }
}

impl ErrorKind {
    /// The kind for a semantic status (contract, 2.2). No status at all, or one that says success, is a failure of
    /// the server: nothing is known then.
    pub(super) const fn from_status(status: u16, retry_after: Option<Duration>) -> Self {
        match status {
            401 => Self::Unauthorized,
            402 => Self::Payment,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            // A timeout of the server's: what was sent may have been read.
            408 => Self::TimedOut,
            409 => Self::Conflict,
            413 => Self::TooLarge,
            429 => Self::RateLimited { retry_after },
            400..=499 => Self::Refused,
            300..=399 => Self::Garbled,
            _ => Self::Server,
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::KeyRefused => "the API key was refused",
            Self::Unauthorized => "not signed in",
            Self::Forbidden => "not allowed",
            Self::NotFound => "not found",
            Self::Conflict => "conflict",
            Self::Refused => "refused",
            Self::Payment => "payment refused",
            Self::TooLarge => "too large",
            Self::RateLimited { .. } => "too many requests",
            Self::Server => "the server failed",
            Self::Unreachable(Why::Dns) => "the server's name has no address",
            Self::Unreachable(Why::Connect) => "the server is out of reach",
            Self::Unreachable(Why::Tls) => "no secure connection",
            Self::Unreachable(Why::Other) => "the connection broke",
            Self::TimedOut => "no answer in time",
            Self::Garbled => "the answer cannot be read",
        }
    }
}

/// One line: `conflict: This quest is a draft (409 quest_draft_not_accepting_entries, request 7f3a)`.
impl fmt::Display for OuroError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.kind.words())?;
        if !self.message.is_empty() {
            let message = self.message.as_str().replace('\n', " ");
            write!(f, ": {message}")?;
        }
        let mut facts = Vec::new();
        match (self.status, &self.code) {
            (Some(status), Some(code)) => facts.push(format!("{status} {code}")),
            (Some(status), None) => facts.push(status.to_string()),
            (None, Some(code)) => facts.push(code.to_string()),
            (None, None) => {}
        }
        if let ErrorKind::RateLimited { retry_after: Some(wait) } = self.kind {
            facts.push(format!("again in {} s", wait.as_secs_f64().ceil()));
        }
        if let Some(id) = &self.request_id {
            facts.push(format!("request {id}"));
        }
        if facts.is_empty() { Ok(()) } else { write!(f, " ({})", facts.join(", ")) }
    }
}

impl std::error::Error for OuroError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_reads_well_in_one_line() {
        let mut error = OuroError::new(ErrorKind::Conflict, "This quest is a draft");
        assert_eq!(error.to_string(), "conflict: This quest is a draft");
        error.status = Some(409);
        error.code = Some(SafeText::line("quest_draft"));
        error.request_id = Some(SafeText::line("7f3a"));
        assert_eq!(error.to_string(), "conflict: This quest is a draft (409 quest_draft, request 7f3a)");
        let wait = ErrorKind::RateLimited { retry_after: Some(Duration::from_millis(1_500)) };
        assert_eq!(OuroError::new(wait, "").to_string(), "too many requests (again in 2 s)");
    }

    #[test]
    fn the_fate_of_a_write_is_never_guessed() {
        let fate = |kind| OuroError::new(kind, "").fate();
        for sure in [
            ErrorKind::KeyRefused,
            ErrorKind::Unauthorized,
            ErrorKind::RateLimited { retry_after: None },
            ErrorKind::Unreachable(Why::Dns),
            ErrorKind::Unreachable(Why::Connect),
            ErrorKind::Unreachable(Why::Tls),
        ] {
            assert_eq!(fate(sure), Fate::NotSent, "{sure:?}");
        }
        for status in [400, 402, 403, 404, 405, 409, 410, 413, 422, 451] {
            assert_eq!(fate(ErrorKind::from_status(status, None)), Fate::Refused, "{status}");
        }
        for status in [0, 200, 301, 408, 500, 502, 503, 504, 599] {
            assert_eq!(fate(ErrorKind::from_status(status, None)), Fate::Unknown, "{status}");
        }
        for unsure in [ErrorKind::TimedOut, ErrorKind::Garbled, ErrorKind::Unreachable(Why::Other)] {
            assert_eq!(fate(unsure), Fate::Unknown, "{unsure:?}");
            assert_eq!(OuroError::new(unsure, "").before_sending().fate(), Fate::NotSent, "{unsure:?}");
        }
    }
}

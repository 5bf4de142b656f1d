//! What the server answers when it refuses: one JSON envelope, the status both in HTTP and in the body
//! (contract, 2.2 and 8.12).

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// A refusal: status, machine code and a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    status: u16,
    code: &'static str,
    message: String,
    shortfall: Option<i64>,
    hint: Option<&'static str>,
}

impl Refusal {
    /// A refusal with a status, a machine code and a sentence.
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), shortfall: None, hint: None }
    }

    /// 400: what was sent makes no sense as a whole.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "bad_request", message)
    }

    /// 400 in the words the platform is known to use (contract, 2.3).
    pub(crate) fn malformed_id(given: &str) -> Self {
        let given: String = given.chars().take(64).collect();
        Self::new(400, "22P02", format!("invalid input syntax for type uuid: \"{given}\""))
    }

    /// 401: clients exchange their key once and try again.
    pub(crate) fn unauthorized() -> Self {
        Self::new(401, "unauthorized", "The access token is missing, unknown or expired")
    }

    /// 402: not enough money. The shortfall is in minor units (sats, cents).
    pub(crate) fn insufficient_funds(shortfall: i64, currency: &str) -> Self {
        Self::insufficient_funds_for("reserve this reward", shortfall, currency)
    }

    /// The same, with what the money was for.
    pub(crate) fn insufficient_funds_for(what: &str, shortfall: i64, currency: &str) -> Self {
        let unit = if currency == "btc" { "sats" } else { "cents" };
        let mut refusal = Self::new(
            402,
            "insufficient_funds",
            format!("Not enough funds to {what}: {shortfall} {unit} are missing"),
        );
        refusal.shortfall = (currency == "usd").then_some(shortfall);
        refusal
    }

    /// 403: seen, but not allowed.
    pub(crate) fn forbidden(message: impl Into<String>) -> Self {
        Self::new(403, "forbidden", message)
    }

    /// 404: unknown, or not visible to the caller; the two must not be told apart.
    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(404, "not_found", format!("{what} not found"))
    }

    /// 409: a rule of quests says no.
    pub(crate) fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(409, code, message)
    }

    /// 400: SQL that cannot be run, with its SQLSTATE and what may help (contract, 2.2).
    pub(crate) fn sql(state: &'static str, message: &str, hint: Option<&'static str>) -> Self {
        Self { hint, ..Self::new(400, state, message) }
    }

    /// 422: one field is wrong.
    pub(crate) fn field(field: &str, problem: &str) -> Self {
        Self::new(422, "invalid_field", format!("{field}: {problem}"))
    }

    /// 422 with a code of its own.
    pub(crate) fn unprocessable(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(422, code, message)
    }

    /// The HTTP status.
    #[cfg(test)]
    pub(crate) const fn status(&self) -> u16 {
        self.status
    }

    /// The machine code.
    #[cfg(test)]
    pub(crate) const fn code(&self) -> &'static str {
        self.code
    }

    /// The sentence for people.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }
}

/// A fault of the database is ours, not the caller's: it is logged, and answered without its text.
impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        tracing::error!(%error, "the backend's database failed");
        Self::new(500, "internal", "The backend's database failed; its log says how")
    }
}

impl From<serde_json::Error> for Refusal {
    fn from(error: serde_json::Error) -> Self {
        tracing::error!(%error, "a stored text is no JSON");
        Self::new(500, "internal", "A stored record is damaged; the backend's log says how")
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut body = json!({
            "data": null,
            "error": {"name": "HttpError", "message": self.message, "status": self.status, "code": self.code},
        });
        if let Some(hint) = self.hint {
            body["error"]["hint"] = json!(hint);
        }
        if let Some(shortfall) = self.shortfall {
            body["shortfall_cents"] = json!(shortfall);
        }
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, body.to_string()).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }
}

//! Reads a failure out of an answer, in every form that occurs (contract, 2.2).

use std::time::Duration;

use serde_json::value::RawValue;

use super::wire::{Fields, as_list, as_text, as_word, is_truthy};
use super::{ErrorKind, OuroError};
use crate::domain::{SafeText, TextLimit};

/// Server messages may be long lists of fields; this much is kept.
const MESSAGE: TextLimit = TextLimit(2_048);

/// At most so many entries of a field list are read out.
const DETAILS: usize = 20;

/// Whether a body says that the call failed, whatever its status.
pub(super) fn has_error(fields: &Fields<'_>) -> bool {
    fields.get("error").is_some_and(is_truthy)
}

/// The status that the body names: `error.status`, else `error.statusCode`; numbers or digits.
pub(super) fn semantic_status(fields: &Fields<'_>) -> Option<u16> {
    let error = fields.object("error")?;
    let named = |key| error.int(key).and_then(|status| u16::try_from(status).ok());
    named("status").or_else(|| named("statusCode")).filter(|status| (100..600).contains(status))
}

/// Whether the backend says that it failed to resolve the caller: a known quirk, cured by a new token (1.4).
pub(super) fn caller_was_lost(fields: &Fields<'_>) -> bool {
    let words = match fields.object("error") {
        Some(error) => error.text("message"),
        None => fields.text("error"),
    };
    words.is_some_and(|words| {
        let words = words.trim().to_lowercase();
        words == "no user" || words.contains("no user context")
    })
}

/// The failure that a body describes.
pub(super) fn described(fields: &Fields<'_>, http_status: u16, retry_after: Option<Duration>) -> OuroError {
    let status = semantic_status(fields).unwrap_or(http_status);
    let message = message(fields).unwrap_or_else(|| format!("HTTP {status}"));
    let error = fields.object("error");
    let code = error.as_ref().and_then(|error| error.word("code")).or_else(|| fields.word("code"));
    OuroError {
        kind: ErrorKind::from_status(status, retry_after),
        message: SafeText::line_within(message.trim(), MESSAGE),
        status: Some(status),
        code: code.filter(|code| !code.is_empty()).map(|code| SafeText::line(&code)),
        request_id: None,
        elsewhere: false,
        not_sent: false,
    }
}

/// The words to show; the first that is there wins.
fn message(fields: &Fields<'_>) -> Option<String> {
    let filled = |words: Option<String>| words.filter(|words| !words.trim().is_empty());
    if let Some(words) = filled(fields.text("error")) {
        return Some(words);
    }
    if let Some(error) = fields.object("error") {
        let own = filled(error.text("message"))
            .or_else(|| filled(error.get("detail").and_then(detail)))
            .or_else(|| filled(error.get("reason").and_then(detail)))
            .or_else(|| filled(error.text("error")));
        if own.is_some() {
            return own;
        }
    }
    filled(fields.text("message")).or_else(|| filled(fields.get("detail").and_then(detail)))
}

/// A detail: a text, or a list of fields as `body.entry.item_id: is required; …`.
fn detail(raw: &RawValue) -> Option<String> {
    if let Some(text) = as_text(raw) {
        return Some(text);
    }
    let rows = as_list(raw)?;
    let lines: Vec<String> = rows.iter().take(DETAILS).filter_map(|row| detail_row(row)).collect();
    (!lines.is_empty()).then(|| lines.join("; "))
}

fn detail_row(row: &RawValue) -> Option<String> {
    let Some(fields) = Fields::read(row) else { return as_text(row) };
    let words = fields.text("msg").or_else(|| fields.text("message"))?;
    let place: Vec<String> =
        fields.list("loc").unwrap_or_default().into_iter().take(DETAILS).filter_map(as_word).collect();
    Some(if place.is_empty() { words } else { format!("{}: {words}", place.join(".")) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ouro::Fate;
    use crate::ouro::answer::Answer;
    use reqwest::header::HeaderMap;

    fn answer(status: u16, body: &str) -> Answer {
        Answer::new(status, &HeaderMap::new(), body.as_bytes().to_vec())
    }

    /// HTTP status, body, and what comes of it: kind, status, words.
    type Form = (u16, &'static str, ErrorKind, u16, &'static str);

    #[test]
    fn every_form_of_failure_is_understood() {
        let slow = ErrorKind::RateLimited { retry_after: None };
        let forms: &[Form] = &[
            (
                409,
                r#"{"data":null,"error":{"message":"over","status":409,"code":"x"}}"#,
                ErrorKind::Conflict,
                409,
                "over",
            ),
            (
                200,
                r#"{"data":null,"error":{"message":"gone","status":404}}"#,
                ErrorKind::NotFound,
                404,
                "gone",
            ),
            (
                200,
                r#"{"data":{"id":"x"},"error":{"message":"no","statusCode":"403"}}"#,
                ErrorKind::Forbidden,
                403,
                "no",
            ),
            (500, r#"{"error":{"message":"taken","statusCode":409}}"#, ErrorKind::Conflict, 409, "taken"),
            (
                400,
                r#"{"error":{"message":"really ours","status":503}}"#,
                ErrorKind::Server,
                503,
                "really ours",
            ),
            (500, r#"{"data":null,"error":"Something broke"}"#, ErrorKind::Server, 500, "Something broke"),
            (200, r#"{"error":"Something broke"}"#, ErrorKind::Server, 200, "Something broke"),
            (502, r#"{"error":{"error":"nested"}}"#, ErrorKind::Server, 502, "nested"),
            (422, r#"{"error":{"detail":"bad field"}}"#, ErrorKind::Refused, 422, "bad field"),
            (422, r#"{"error":{"reason":"why not"}}"#, ErrorKind::Refused, 422, "why not"),
            (
                422,
                r#"{"detail":[{"loc":["body","rows",0],"msg":"field required"},{"msg":"and this"}]}"#,
                ErrorKind::Refused,
                422,
                "body.rows.0: field required; and this",
            ),
            (400, r#"{"message":"the body itself","code":"c"}"#, ErrorKind::Refused, 400, "the body itself"),
            (
                402,
                r#"{"error":{"message":"no funds"},"shortfall_cents":5}"#,
                ErrorKind::Payment,
                402,
                "no funds",
            ),
            (413, r#"{"error":{}}"#, ErrorKind::TooLarge, 413, "HTTP 413"),
            (
                429,
                "slow down",
                slow,
                429,
                "the server's answer is no JSON object, or broke off (429 Too Many Requests)",
            ),
            (429, "<html>", slow, 429, "the server answered HTML (429 Too Many Requests)"),
            (502, " <!doctype html>", ErrorKind::Garbled, 502, "the server answered HTML (502 Bad Gateway)"),
            (503, "", ErrorKind::Server, 503, "the server answered nothing (503 Service Unavailable)"),
            (200, "", ErrorKind::Garbled, 200, "the server answered nothing (200 OK)"),
            (
                200,
                r#"{"data": {"id""#,
                ErrorKind::Garbled,
                200,
                "the server's answer is no JSON object, or broke off (200 OK)",
            ),
            (
                200,
                "[]",
                ErrorKind::Garbled,
                200,
                "the server's answer is no JSON object, or broke off (200 OK)",
            ),
            (301, "", ErrorKind::Garbled, 301, "the server answered nothing (301 Moved Permanently)"),
            (
                418,
                r#"{"error":{"message":"\u001b[31mred\nline","status":999}}"#,
                ErrorKind::Refused,
                418,
                "\u{FFFD}[31mred line",
            ),
            (500, r#"{"error":[1,{"x":2}]}"#, ErrorKind::Server, 500, "HTTP 500"),
        ];
        for (http, body, kind, status, words) in forms {
            let error = answer(*http, body).open().unwrap_err();
            let found = (error.kind, error.status, error.message.as_str());
            assert_eq!(found, (*kind, Some(*status), *words), "{http} {body}");
        }
    }

    #[test]
    fn a_success_is_no_failure() {
        for body in [
            r#"{"data": 1, "error": null}"#,
            r#"{"data": [], "error": ""}"#,
            r#"{"error": {}}"#,
            r#"{"message": "hello"}"#,
        ] {
            assert!(answer(200, body).open().is_ok(), "{body}");
        }
        let empty = answer(200, r#"{"data": null}"#);
        let error = empty.open().unwrap().data().unwrap_err();
        assert_eq!(
            (error.kind, error.fate()),
            (ErrorKind::Garbled, Fate::Unknown),
            "no data is an unknown outcome"
        );
    }

    #[test]
    fn codes_are_found_within_and_beside_the_error() {
        for body in [r#"{"error": {"message": "m", "code": "c"}}"#, r#"{"error": "m", "code": "c"}"#] {
            assert_eq!(answer(409, body).open().unwrap_err().code.unwrap().as_str(), "c");
        }
        let sqlstate = answer(400, r#"{"error": {"message": "m", "code": 42703}}"#).open().unwrap_err();
        assert_eq!(sqlstate.code.unwrap().as_str(), "42703");
    }

    #[test]
    fn only_the_known_words_ask_for_a_new_token() {
        use crate::ouro::answer::TokenDoubt::{CallerLost, Refused};
        for (status, body, doubt) in [
            (401, "", Some(Refused)),
            (401, r#"{"error": "expired"}"#, Some(Refused)),
            (200, r#"{"error": {"message": "x", "status": 401}}"#, Some(Refused)),
            (500, r#"{"error": " No User "}"#, Some(CallerLost)),
            (500, r#"{"error": {"message": "db: No user context set"}}"#, Some(CallerLost)),
            (503, r#"{"error": "no user context"}"#, Some(CallerLost)),
            (500, r#"{"error": "no users found"}"#, None),
            (500, "no user", None),
            (400, r#"{"error": "no user"}"#, None),
            (403, r#"{"error": "no user"}"#, None),
            (200, r#"{"error": "no user"}"#, None),
            (200, r#"{"data": {"status": 401}}"#, None),
        ] {
            assert_eq!(answer(status, body).asks_for_token(), doubt, "{status} {body}");
        }
    }
}

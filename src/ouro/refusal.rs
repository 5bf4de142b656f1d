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

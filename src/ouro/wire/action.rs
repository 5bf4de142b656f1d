//! Runs of eval routes (contract, 3.9 and 4.8).

use serde_json::value::RawValue;

use super::Fields;
use crate::domain::{ActionId, LogLine, Run, SafeText, TextLimit, Timestamp};

/// How much of one message is kept, in bytes.
const MESSAGE: TextLimit = TextLimit(2_000);

/// A run without its log. None if it is another's.
pub(in crate::ouro) fn run(raw: &RawValue, id: ActionId) -> Option<Run> {
    let fields = Fields::read(raw)?;
    let found: ActionId = fields.id("id")?;
    let route = fields.object("route").and_then(|route| route.filled("name"));
    let at = |name: &str| Timestamp::parse(&fields.text(name)?);
    let status = fields.word("status").unwrap_or_default();
    let failed = matches!(status.as_str(), "error" | "timed-out");
    (found == id).then(|| Run {
        id,
        error: failed.then(|| error(&fields)).flatten(),
        status: SafeText::line(&status),
        route: route.map(|name| SafeText::line(&name)),
        started_at: at("started_at").or_else(|| at("created_at")),
        finished_at: at("finished_at"),
        log: Vec::new(),
        cut: false,
    })
}

/// A run of a list, as far as it tells which and since when.
pub(in crate::ouro) fn started_run(raw: &RawValue) -> Option<(ActionId, Timestamp)> {
    let fields = Fields::read(raw)?;
    Some((fields.id("id")?, Timestamp::parse(&fields.text("created_at")?)?))
}

/// `response.error.message`, `.detail`, or `response.message`; what is there beyond that is no words for people.
fn error(fields: &Fields<'_>) -> Option<SafeText> {
    let response = fields.object("response")?;
    let nested = response.object("error");
    let words = nested.as_ref().and_then(|error| error.filled("message").or_else(|| error.filled("detail")));
    let words = words.or_else(|| response.filled("error")).or_else(|| response.filled("message"))?;
    Some(SafeText::line_within(&words, MESSAGE))
}

/// A line of a log. None if it is no object.
pub(in crate::ouro) fn log_line(raw: &RawValue) -> Option<LogLine> {
    let fields = Fields::read(raw)?;
    Some(LogLine {
        at: fields.text("created_at").and_then(|at| Timestamp::parse(&at)),
        level: SafeText::line(&fields.word("level").unwrap_or_default()),
        message: SafeText::line_within(&fields.word("message").unwrap_or_default(), MESSAGE),
    })
}

//! Evaluation: from a route's answer to a score, a verdict and perhaps a decision (5.6).

use serde_json::{Map, Value};

use crate::domain::{EntryStatus, PassBand, Standing};

/// What an evaluation gave.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Verdict {
    /// `passed`, `failed` or `errored`.
    pub(crate) status: &'static str,
    /// The score, if there was a number.
    pub(crate) score: Option<f64>,
    /// Categories with their scores, for display.
    pub(crate) categories: Option<Map<String, Value>>,
}

/// Reads a verdict out of a route's answer. Without a number at the score's path it is `errored`.
pub(crate) fn verdict(
    answer: &Value,
    score_path: Option<&str>,
    categories_path: Option<&str>,
    band: PassBand,
) -> Verdict {
    let score = at_path(answer, score_path.unwrap_or("$.score")).and_then(Value::as_f64);
    let categories =
        at_path(answer, categories_path.unwrap_or("$.categories")).and_then(Value::as_object).cloned();
    let status = match score.map(|score| band.standing(score)) {
        Some(Standing::Inside) => "passed",
        Some(Standing::Outside) => "failed",
        None => "errored",
    };
    Verdict { status, score, categories }
}

/// What a verdict decides by itself: passing accepts, failing rejects, an error leaves the entry to people. An
/// answer that says `"advisory": true` only informs (our choice: it keeps scored entries on the desk).
pub(crate) fn decision(verdict: &Verdict, answer: &Value) -> Option<EntryStatus> {
    if answer.get("advisory").and_then(Value::as_bool) == Some(true) {
        return None;
    }
    match verdict.status {
        "passed" => Some(EntryStatus::Accepted),
        "failed" => Some(EntryStatus::Rejected),
        _ => None,
    }
}

/// The value at a JSON path of names and indexes: `$.result.scores[0]`.
fn at_path<'a>(answer: &'a Value, path: &str) -> Option<&'a Value> {
    let mut here = answer;
    let path = path.trim();
    for step in path.strip_prefix('$').unwrap_or(path).split(['.', '[']) {
        let step = step.trim_end_matches(']').trim_matches(['"', '\'']);
        if step.is_empty() {
            continue;
        }
        here = match here {
            Value::Array(values) => values.get(step.parse::<usize>().ok()?)?,
            other => other.get(step)?,
        };
    }
    Some(here)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const BAND: PassBand = PassBand { min: Some(0.8), max: Some(1.0) };

    #[test]
    fn a_score_is_read_where_the_item_says_and_judged_by_the_band() {
        let answer = json!({"result": {"scores": [0.3, 0.9]}, "categories": {"units": 1.0}});
        let passed = verdict(&answer, Some("$.result.scores[1]"), None, BAND);
        assert_eq!((passed.status, passed.score), ("passed", Some(0.9)));
        assert_eq!(passed.categories.as_ref().unwrap()["units"], json!(1.0));
        assert_eq!(verdict(&answer, Some("$.result.scores[0]"), None, BAND).status, "failed");
        assert_eq!(verdict(&answer, None, None, BAND).status, "errored");
        assert_eq!(verdict(&json!({"score": "high"}), None, None, BAND).status, "errored");
    }

    #[test]
    fn passing_accepts_failing_rejects_and_errors_or_advice_decide_nothing() {
        let decide = |answer: Value| decision(&verdict(&answer, None, None, BAND), &answer);
        assert_eq!(decide(json!({"score": 0.8})), Some(EntryStatus::Accepted));
        assert_eq!(decide(json!({"score": 0.79})), Some(EntryStatus::Rejected));
        assert_eq!(decide(json!({"error": "no"})), None);
        assert_eq!(decide(json!({"score": 0.1, "advisory": true})), None);
    }
}

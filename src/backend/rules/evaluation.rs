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

/// Reads a verdict out of a route's answer. Without a number at the score's path, or if the answer says that it is an
/// error, it is `errored`.
pub(crate) fn verdict(
    answer: &Value,
    score_path: Option<&str>,
    categories_path: Option<&str>,
    band: PassBand,
) -> Verdict {
    let failed = error_in(answer).is_some();
    let at = |path: &str| parse_path(path).ok().and_then(|path| at_path(answer, &path)).filter(|_| !failed);
    let score = at(score_path.unwrap_or(SCORE_PATH)).and_then(Value::as_f64);
    let categories = at(categories_path.unwrap_or("$.categories")).and_then(Value::as_object).cloned();
    let status = match score.map(|score| band.standing(score)) {
        Some(Standing::Inside) => "passed",
        Some(Standing::Outside) => "failed",
        None => "errored",
    };
    Verdict { status, score, categories }
}

/// Where a score is if the item says nothing (4.4).
pub(crate) const SCORE_PATH: &str = "$.score";

/// The words of an answer that says it is an error, whatever else is in it.
pub(crate) fn error_in(answer: &Value) -> Option<String> {
    let error = answer.get("error")?;
    match error {
        Value::Null | Value::Bool(false) => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(text.clone()),
        other => {
            let words = ["message", "detail"].iter().find_map(|name| other.get(name)?.as_str());
            Some(words.map_or_else(|| other.to_string(), str::to_owned))
        }
    }
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

/// A step of a path: a name of an object, or a place in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Name(String),
    Place(usize),
}

/// Reads a JSON path that leads to one value: `$.result.scores[0]`, `$['a name']`, with or without the `$`. Wildcards,
/// filters and slices, which lead to many, are refused with a sentence.
pub(crate) fn parse_path(path: &str) -> Result<Vec<Step>, &'static str> {
    const FORM: &str = "must be a path to one value, like $.result.score or $.scores[0]";
    let path = path.trim();
    let mut rest = path.strip_prefix('$').unwrap_or(path);
    let mut steps = Vec::new();
    let mut is_first = !path.starts_with('$');
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let quote = inner.chars().next().filter(|first| ['\'', '"'].contains(first));
            let (step, after) = if let Some(quote) = quote {
                let (name, after) = inner[1..].split_once(quote).ok_or(FORM)?;
                (Step::Name(name.to_owned()), after.strip_prefix(']').ok_or(FORM)?)
            } else {
                let (place, after) = inner.split_once(']').ok_or(FORM)?;
                (Step::Place(place.trim().parse().map_err(|_| FORM)?), after)
            };
            steps.push(step);
            rest = after;
        } else {
            let named = match rest.strip_prefix('.') {
                Some(named) => named,
                None if is_first => rest,
                None => return Err(FORM),
            };
            let end = named.find(['.', '[']).unwrap_or(named.len());
            let (name, after) = named.split_at(end);
            if name.is_empty() || name.contains(['*', '?', '@', '(', ']']) {
                return Err(FORM);
            }
            steps.push(Step::Name(name.to_owned()));
            rest = after;
        }
        is_first = false;
    }
    Ok(steps)
}

/// The value at a path. A number as a name also counts a list's places (`$.scores.0`).
fn at_path<'a>(answer: &'a Value, path: &[Step]) -> Option<&'a Value> {
    path.iter().try_fold(answer, |here, step| match (here, step) {
        (Value::Array(values), Step::Place(place)) => values.get(*place),
        (Value::Array(values), Step::Name(name)) => values.get(name.parse::<usize>().ok()?),
        (other, Step::Name(name)) => other.get(name),
        (_, Step::Place(_)) => None,
    })
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
        assert_eq!(verdict(&json!({"score": 0.9, "error": "no"}), None, None, BAND).status, "errored");
        assert_eq!(verdict(&json!({"score": 0.9, "error": null}), None, None, BAND).status, "passed");
    }

    #[test]
    fn a_path_leads_to_one_value_or_is_refused() {
        let answer = json!({"a.b": {"c": [1, {"d": 2}]}, "score": 3, "": 4});
        let at = |path: &str| parse_path(path).map(|path| at_path(&answer, &path).and_then(Value::as_i64));
        for (path, value) in [
            ("$.score", Some(3)),
            ("score", Some(3)),
            ("$['a.b'].c[0]", Some(1)),
            ("$[\"a.b\"]['c'][1].d", Some(2)),
            ("$['a.b'].c.0", Some(1)),
            ("$.score.deeper", None),
            ("$.score[0]", None),
            ("$['']", Some(4)),
        ] {
            assert_eq!(at(path), Ok(value), "{path}");
        }
        for bad in
            ["$.*", "$..score", "$[*]", "$.a[", "$.a['b", "$.a[-1]", "$a", "$.", "$.a[?(@.b)]", "$[0]x"]
        {
            assert!(at(bad).is_err(), "{bad}");
        }
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

//! The filter of the journal: `state:refused verdict:reject words`, a leading `-` negates.

use crate::app::nearest::nearest;
use crate::app::queue::filter::FilterError;
use crate::domain::SafeText;
use crate::domain::decision::Verdict;
use crate::domain::journal::{Conditions, State, Test};

/// A filter that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFilter {
    text: SafeText,
    conditions: Conditions,
}

impl LogFilter {
    /// Reads a filter; `None` if there is nothing in it.
    pub fn parse(text: &str) -> Result<Option<Self>, FilterError> {
        let mut conditions = Vec::new();
        let mut at = 0;
        for piece in text.split(' ') {
            if !piece.is_empty() {
                conditions.push(condition(piece, at)?);
            }
            at += piece.chars().count() + 1;
        }
        let text = SafeText::line(text.trim());
        Ok((!conditions.is_empty()).then_some(Self { text, conditions: Conditions(conditions) }))
    }

    /// As it was written.
    #[must_use]
    pub const fn text(&self) -> &SafeText {
        &self.text
    }

    /// What it asks.
    #[must_use]
    pub const fn conditions(&self) -> &Conditions {
        &self.conditions
    }
}

fn condition(piece: &str, at: usize) -> Result<(bool, Test), FilterError> {
    let (negated, word) = piece.strip_prefix('-').map_or((false, piece), |rest| (true, rest));
    let at = at + usize::from(negated);
    let Some((key, value)) = word.split_once(':') else {
        if word.is_empty() {
            return Err(error(at, "a word to leave out must follow `-`"));
        }
        return Ok((negated, Test::Word(word.to_lowercase())));
    };
    let value_at = at + key.chars().count() + 1;
    let value = value.to_lowercase();
    let test = match key {
        "state" => {
            let words = State::ALL.map(State::word);
            let state = State::ALL.into_iter().find(|state| state.word() == value);
            Test::State(state.ok_or_else(|| unknown(&value, &words, "state:", value_at))?)
        }
        "verdict" => match value.as_str() {
            "accept" => Test::Verdict(Verdict::Accept),
            "reject" => Test::Verdict(Verdict::Reject),
            _ => return Err(unknown(&value, &["accept", "reject"], "verdict:", value_at)),
        },
        _ => return Err(unknown(key, &["state", "verdict"], "", at)),
    };
    Ok((negated, test))
}

fn unknown(given: &str, known: &[&'static str], prefix: &str, at: usize) -> FilterError {
    let mend = match nearest(given, known) {
        Some(name) => format!("did you mean `{prefix}{name}`?"),
        None => format!("there are {}", known.join(", ")),
    };
    error(at, &format!("there is no `{prefix}{given}`; {mend}"))
}

fn error(at: usize, words: &str) -> FilterError {
    FilterError { at, words: SafeText::line(words) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_read_and_mistakes_are_told_with_their_place() {
        let filter = LogFilter::parse("state:refused -verdict:accept Units").unwrap().unwrap();
        let wanted = [
            (false, Test::State(State::Refused)),
            (true, Test::Verdict(Verdict::Accept)),
            (false, Test::Word("units".into())),
        ];
        assert_eq!(filter.conditions().0, wanted);
        assert_eq!(LogFilter::parse("   "), Ok(None));
        for (text, at, words) in [
            ("a state:refusd", 8, "there is no `state:refusd`; did you mean `state:refused`?"),
            ("stat:held", 0, "there is no `stat`; did you mean `state`?"),
            ("-verdict:maybe", 9, "there is no `verdict:maybe`; there are accept, reject"),
            ("x -", 3, "a word to leave out must follow `-`"),
        ] {
            assert_eq!(LogFilter::parse(text), Err(error(at, words)), "{text}");
        }
    }
}

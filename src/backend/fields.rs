//! Reading fields out of a request's JSON, with refusals that name the field (contract, 8.12: bad field 422).
//!
//! Three things are told apart: absent, null, and a value. Unknown fields are ignored (8.9).

use serde_json::{Map, Value};

use super::error::Refusal;
use super::ids::Id;

/// The fields of one object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fields<'a> {
    map: Option<&'a Map<String, Value>>,
    /// What the object is called in messages: `quest`, `item`, …
    at: &'a str,
}

impl<'a> Fields<'a> {
    /// The fields of an object that is called so.
    pub(crate) const fn new(map: &'a Map<String, Value>, at: &'a str) -> Self {
        Self { map: Some(map), at }
    }

    /// The fields of a body without a wrapping key; one that is no object has none.
    pub(crate) fn bare(body: &'a Value, at: &'a str) -> Self {
        Self { map: body.as_object(), at }
    }

    /// The object under a wrapping key: `{"quest": {…}}`.
    pub(crate) fn wrapped(body: &'a Value, at: &'a str) -> Result<Self, Refusal> {
        match body.get(at) {
            Some(Value::Object(map)) => Ok(Self { map: Some(map), at }),
            Some(_) => Err(Refusal::field(at, "must be an object")),
            None => Err(Refusal::field(at, "is required")),
        }
    }

    /// Whether the field was sent, null or not.
    pub(crate) fn has(&self, field: &str) -> bool {
        self.map.is_some_and(|map| map.contains_key(field))
    }

    /// The value, null counting as absent.
    pub(crate) fn value(&self, field: &str) -> Option<&'a Value> {
        self.map?.get(field).filter(|value| !value.is_null())
    }

    /// A text.
    pub(crate) fn text(&self, field: &str) -> Result<Option<&'a str>, Refusal> {
        self.value(field)
            .map(|value| value.as_str().ok_or_else(|| self.wrong(field, "must be a text")))
            .transpose()
    }

    /// A text that must be there and not blank.
    pub(crate) fn needed_text(&self, field: &str) -> Result<&'a str, Refusal> {
        let text = self.text(field)?.map(str::trim).filter(|text| !text.is_empty());
        text.ok_or_else(|| self.wrong(field, "is required"))
    }

    /// A whole number that is not negative and not above the limit.
    pub(crate) fn count(&self, field: &str, limit: i64) -> Result<Option<i64>, Refusal> {
        let Some(value) = self.value(field) else { return Ok(None) };
        let number = value.as_f64().filter(|number| number.fract() == 0.0);
        let number = number.ok_or_else(|| self.wrong(field, "must be a whole number"))?;
        if number < 0.0 {
            return Err(self.wrong(field, "must not be negative"));
        }
        // 500.0 is what some clients make of 500.
        let whole = value.as_i64().or_else(|| (number <= limit as f64).then_some(number as i64));
        match whole {
            Some(whole) if whole <= limit => Ok(Some(whole)),
            _ => Err(self.wrong(field, &format!("must be at most {limit}"))),
        }
    }

    /// A number.
    pub(crate) fn number(&self, field: &str) -> Result<Option<f64>, Refusal> {
        self.value(field)
            .map(|value| value.as_f64().ok_or_else(|| self.wrong(field, "must be a number")))
            .transpose()
    }

    /// True or false.
    pub(crate) fn boolean(&self, field: &str) -> Result<Option<bool>, Refusal> {
        self.value(field)
            .map(|value| value.as_bool().ok_or_else(|| self.wrong(field, "must be true or false")))
            .transpose()
    }

    /// A text that may be cleared: null and blank are none.
    pub(crate) fn clearable(&self, field: &str) -> Result<Option<String>, Refusal> {
        Ok(self.text(field)?.filter(|text| !text.trim().is_empty()).map(str::to_owned))
    }

    /// An id.
    pub(crate) fn id(&self, field: &str) -> Result<Option<Id>, Refusal> {
        self.text(field)?.filter(|text| !text.is_empty()).map(Id::parse).transpose()
    }

    /// An object.
    pub(crate) fn object(&self, field: &str) -> Result<Option<&'a Map<String, Value>>, Refusal> {
        self.value(field)
            .map(|value| value.as_object().ok_or_else(|| self.wrong(field, "must be an object")))
            .transpose()
    }

    /// A list.
    pub(crate) fn list(&self, field: &str) -> Result<Option<&'a Vec<Value>>, Refusal> {
        self.value(field)
            .map(|value| value.as_array().ok_or_else(|| self.wrong(field, "must be a list")))
            .transpose()
    }

    /// One of a few words.
    pub(crate) fn word(&self, field: &str, words: &[&str]) -> Result<Option<&'a str>, Refusal> {
        match self.text(field)? {
            Some(word) if !words.contains(&word) => {
                Err(self.wrong(field, &format!("must be one of {}", words.join(", "))))
            }
            word => Ok(word),
        }
    }

    /// The refusal of a field.
    pub(crate) fn wrong(&self, field: &str, problem: &str) -> Refusal {
        Refusal::field(&format!("{}.{field}", self.at), problem)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn wrong_fields_are_named() {
        let body = json!({"item": {"reward_xp": -1, "reward_amount": 1.5, "notes": null, "n": 500.0}});
        let item = Fields::wrapped(&body, "item").unwrap();
        assert_eq!(item.count("reward_xp", 9).unwrap_err().message(), "item.reward_xp: must not be negative");
        assert_eq!(item.count("reward_amount", 9).unwrap_err().status(), 422);
        assert_eq!(item.count("n", 500).unwrap(), Some(500));
        assert_eq!(item.count("n", 499).unwrap_err().message(), "item.n: must be at most 499");
        for huge in ["1e300", "-1e300", "9223372036854775808", "9223372036854775807"] {
            let body = json!({"item": {"n": serde_json::from_str::<Value>(huge).unwrap()}});
            assert!(Fields::wrapped(&body, "item").unwrap().count("n", 1 << 50).is_err(), "{huge}");
        }
        assert!(item.has("notes") && item.value("notes").is_none());
        assert_eq!(Fields::wrapped(&body, "quest").unwrap_err().status(), 422);
        assert!(Fields::wrapped(&json!({"item": []}), "item").is_err());
    }
}

//! One JSON object, read one level deep: each field is decoded when it is asked for, so that a field of a wrong
//! type, or nested too deeply, costs that field and nothing else. The order of the fields is the server's.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The fields of an object, in the server's order. A field that is null counts as absent.
#[derive(Debug, Default)]
pub(in crate::ouro) struct Fields<'a>(Vec<(String, &'a RawValue)>);

impl<'a> Fields<'a> {
    /// Reads an object; none if it is anything else.
    pub(in crate::ouro) fn read(raw: &'a RawValue) -> Option<Self> {
        raw.get().starts_with('{').then(|| serde_json::from_str(raw.get()).ok()).flatten()
    }

    /// A field that is there and not null. Of two with one name the last wins, as in most readers.
    pub(in crate::ouro) fn get(&self, name: &str) -> Option<&'a RawValue> {
        let (_, raw) = self.0.iter().rfind(|(key, _)| key == name)?;
        (raw.get() != "null").then_some(*raw)
    }

    /// All fields that are not null.
    pub(in crate::ouro) fn iter(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.0.iter().filter(|(_, raw)| raw.get() != "null").map(|(key, raw)| (key.as_str(), *raw))
    }

    /// All fields, nulls too.
    pub(in crate::ouro) fn all(&self) -> impl Iterator<Item = (&str, &'a RawValue)> {
        self.0.iter().map(|(key, raw)| (key.as_str(), *raw))
    }

    /// A field that is an object.
    pub(in crate::ouro) fn object(&self, name: &str) -> Option<Fields<'a>> {
        Fields::read(self.get(name)?)
    }

    /// A field that is an array.
    pub(in crate::ouro) fn list(&self, name: &str) -> Option<Vec<&'a RawValue>> {
        as_list(self.get(name)?)
    }

    /// A field that is a string.
    pub(in crate::ouro) fn text(&self, name: &str) -> Option<String> {
        as_text(self.get(name)?)
    }

    /// A string with something in it.
    pub(in crate::ouro) fn filled(&self, name: &str) -> Option<String> {
        self.text(name).filter(|text| !text.trim().is_empty())
    }

    /// A word of an enumeration: a string, or a bare number or boolean as it is written.
    pub(in crate::ouro) fn word(&self, name: &str) -> Option<String> {
        as_word(self.get(name)?)
    }

    /// A whole number: as such, with a fraction of zero, or as digits in a string.
    pub(in crate::ouro) fn int(&self, name: &str) -> Option<i64> {
        as_int(self.get(name)?)
    }

    /// A number, or one in a string.
    pub(in crate::ouro) fn number(&self, name: &str) -> Option<f64> {
        let raw = self.get(name)?;
        let text = as_text(raw).unwrap_or_else(|| raw.get().to_owned());
        text.trim().parse::<f64>().ok().filter(|number| number.is_finite())
    }

    /// Anything that is true in the widest sense.
    pub(in crate::ouro) fn truth(&self, name: &str) -> Option<bool> {
        self.get(name).map(is_truthy)
    }

    /// An id.
    pub(in crate::ouro) fn id<T: std::str::FromStr>(&self, name: &str) -> Option<T> {
        self.text(name)?.parse().ok()
    }
}

/// An array's elements.
pub(in crate::ouro) fn as_list(raw: &RawValue) -> Option<Vec<&RawValue>> {
    raw.get().starts_with('[').then(|| serde_json::from_str(raw.get()).ok()).flatten()
}

/// A string. Half a surrogate pair in it, which JSON can spell but text cannot hold, becomes a replacement mark.
pub(in crate::ouro) fn as_text(raw: &RawValue) -> Option<String> {
    if !raw.get().starts_with('"') {
        return None;
    }
    serde_json::from_str(raw.get())
        .ok()
        .or_else(|| serde_json::from_str(raw.get()).ok().map(|Lossy(text)| text))
}

/// A string that is read as bytes, which lets broken surrogates through.
struct Lossy(String);

impl<'de> Deserialize<'de> for Lossy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Lossy;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Lossy, E> {
                Ok(Lossy(String::from_utf8_lossy(bytes).into_owned()))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

/// A string, or a bare number or boolean as it is written.
pub(in crate::ouro) fn as_word(raw: &RawValue) -> Option<String> {
    match raw.get().as_bytes().first()? {
        b'"' => as_text(raw),
        b'{' | b'[' | b'n' => None,
        _ => Some(raw.get().to_owned()),
    }
}

/// A whole number; beyond 64 bits it is cut to the largest.
pub(in crate::ouro) fn as_int(raw: &RawValue) -> Option<i64> {
    let word = as_word(raw)?;
    let word = word.trim();
    if let Ok(int) = word.parse::<i64>() {
        return Some(int);
    }
    let number = word.parse::<f64>().ok().filter(|number| number.is_finite() && number.fract() == 0.0)?;
    // `as` cuts to the range of the type.
    Some(number as i64)
}

/// False, zero, empty and null are not true; everything else is.
pub(in crate::ouro) fn is_truthy(raw: &RawValue) -> bool {
    match raw.get() {
        "null" | "false" | "\"\"" => false,
        text if text.starts_with('{') => Fields::read(raw).is_none_or(|fields| !fields.0.is_empty()),
        text if text.starts_with('[') => as_list(raw).is_none_or(|list| !list.is_empty()),
        text => text.parse::<f64>() != Ok(0.0),
    }
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
        let mut fields = Vec::with_capacity(32);
        while let Some(entry) = map.next_entry::<String, &'de RawValue>()? {
            fields.push(entry);
        }
        Ok(Fields(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(json: &str) -> Fields<'_> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_wrong_type_costs_one_field_only() {
        let fields =
            fields(r#"{"a": 1, "b": "2", "c": [1], "d": null, "e": 3.0, "f": 1.5, "g": true, "h": 1e30}"#);
        assert_eq!(fields.int("a"), Some(1));
        assert_eq!(fields.int("b"), Some(2));
        assert_eq!(fields.int("c"), None);
        assert_eq!(fields.int("d"), None);
        assert_eq!(fields.int("e"), Some(3));
        assert_eq!(fields.int("f"), None);
        assert_eq!(fields.int("h"), Some(i64::MAX));
        assert_eq!(fields.word("a").as_deref(), Some("1"));
        assert_eq!(fields.text("a"), None);
        assert_eq!(fields.truth("g"), Some(true));
        assert_eq!(fields.truth("d"), None);
        assert_eq!(fields.iter().count(), 7);
    }

    #[test]
    fn half_a_surrogate_does_not_hide_a_text() {
        let fields = fields(r#"{"a": "run \ud800 7", "b": "\ud83d\ude00"}"#);
        let text = fields.text("a").unwrap();
        assert!(text.starts_with("run \u{FFFD}") && text.ends_with(" 7"), "{text}");
        assert_eq!(fields.text("b").as_deref(), Some("\u{1F600}"));
    }

    #[test]
    fn deep_nesting_is_passed_over() {
        let deep = format!(r#"{{"deep": {}{}, "id": "x"}}"#, "[".repeat(100_000), "]".repeat(100_000));
        let fields = fields(&deep);
        assert_eq!(fields.text("id").as_deref(), Some("x"));
        assert!(fields.get("deep").is_some());
    }

    #[test]
    fn truth_is_taken_in_the_widest_sense() {
        for (json, truth) in [
            (r#"{"v": ""}"#, false),
            (r#"{"v": 0}"#, false),
            (r#"{"v": {}}"#, false),
            (r#"{"v": []}"#, false),
            (r#"{"v": false}"#, false),
            (r#"{"v": "no"}"#, true),
            (r#"{"v": {"message": ""}}"#, true),
            (r#"{"v": -1}"#, true),
        ] {
            assert_eq!(fields(json).truth("v"), Some(truth), "{json}");
        }
    }
}

//! Single values of the file: each reader says what it wanted when it got something else.
//!
//! Nothing here knows a key's name; the sections in `file` do.

use std::ops::RangeInclusive;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use crate::domain::{FeeRate, Money, hundredths};
use crate::term::signals::CELL;

/// A value that is not what its key takes; the text says what it takes.
pub(super) type Wanted<T> = Result<T, String>;

/// A value with its place in the file.
pub(super) type Value<'t> = Spanned<DeValue<'t>>;

/// A table of the document.
pub(super) fn table<'v, 't>(value: &'v Value<'t>) -> Wanted<&'v DeTable<'t>> {
    value
        .get_ref()
        .as_table()
        .ok_or_else(|| "a section: a line with its name in [brackets], and its keys below".to_owned())
}

/// A string, empty or not.
pub(super) fn text<'v>(value: &'v Value<'_>) -> Wanted<&'v str> {
    value.get_ref().as_str().ok_or_else(|| "a text in quotes".to_owned())
}

/// A whole number within bounds.
pub(super) fn whole(value: &Value<'_>, bounds: RangeInclusive<i64>) -> Wanted<i64> {
    let wanted = || format!("a whole number from {} to {}", bounds.start(), bounds.end());
    let number = value.get_ref().as_integer().ok_or_else(wanted)?;
    let number = i64::from_str_radix(number.as_str(), number.radix()).map_err(|_| wanted())?;
    if bounds.contains(&number) { Ok(number) } else { Err(wanted()) }
}

/// Whole seconds.
pub(super) fn seconds(value: &Value<'_>, bounds: RangeInclusive<i64>) -> Wanted<Duration> {
    Ok(Duration::from_secs(whole(value, bounds)?.unsigned_abs()))
}

/// Whole milliseconds.
pub(super) fn milliseconds(value: &Value<'_>, bounds: RangeInclusive<i64>) -> Wanted<Duration> {
    Ok(Duration::from_millis(whole(value, bounds)?.unsigned_abs()))
}

/// A sum in sats.
pub(super) fn sats(value: &Value<'_>) -> Wanted<Money> {
    const ALL_THERE_ARE: i64 = 2_100_000_000_000_000;
    whole(value, 0..=ALL_THERE_ARE).map(Money::sats).map_err(|_| "a whole number of sats".to_owned())
}

/// A sum in dollars, `20` or `20.50`.
pub(super) fn dollars(value: &Value<'_>) -> Wanted<Money> {
    let wanted = || "dollars, like 20 or 20.50".to_owned();
    let cents = number_text(value).and_then(hundredths).ok_or_else(wanted)?;
    Ok(Money::cents(cents))
}

/// A fee in per cent, `10` or `2.5`.
pub(super) fn fee(value: &Value<'_>) -> Wanted<FeeRate> {
    number_text(value).and_then(fee_rate).ok_or_else(|| "per cent from 0 to 100, like 10 or 2.5".to_owned())
}

/// Per cent as written, `10` or `2.5`, to a rate. `None`: no number of at most two decimals from 0 to 100.
#[must_use]
pub fn fee_rate(percent: &str) -> Option<FeeRate> {
    hundredths(percent).and_then(|points| u32::try_from(points).ok()).and_then(FeeRate::from_basis_points)
}

/// Pixels of a cell, `"10x20"`; none for `"auto"`.
pub(super) fn cell(value: &Value<'_>) -> Wanted<Option<(u16, u16)>> {
    let wanted = || {
        let (least, most) = (CELL.start(), CELL.end());
        format!("\"auto\", or pixels across and down like \"10x20\", each from {least} to {most}")
    };
    let given = value.get_ref().as_str().ok_or_else(wanted)?;
    if given == "auto" {
        return Ok(None);
    }
    let (across, down) = given.split_once('x').ok_or_else(wanted)?;
    let pixels = |text: &str| text.trim().parse().ok().filter(|pixels| CELL.contains(pixels));
    pixels(across).zip(pixels(down)).map(Some).ok_or_else(wanted)
}

/// One of a few words.
pub(super) fn word<T: Copy>(value: &Value<'_>, words: &[(&str, T)]) -> Wanted<T> {
    let names: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
    let wanted =
        || format!("one of {}", names.iter().map(|n| format!("\"{n}\"")).collect::<Vec<_>>().join(", "));
    let given = value.get_ref().as_str().ok_or_else(wanted)?;
    if let Some((_, meant)) = words.iter().find(|(name, _)| *name == given) {
        return Ok(*meant);
    }
    match crate::app::nearest::nearest(given, &names) {
        Some(name) => Err(format!("{}; did you mean \"{name}\"?", wanted())),
        None => Err(wanted()),
    }
}

/// A list of texts; one text stands for a list of one, an empty one for an empty list.
pub(super) fn one_or_more(value: &Value<'_>, wanted: &str) -> Wanted<Vec<String>> {
    match value.get_ref() {
        DeValue::String(one) if one.is_empty() => Ok(Vec::new()),
        DeValue::String(one) => Ok(vec![one.to_string()]),
        DeValue::Array(list) => texts(list, wanted),
        _ => Err(wanted.to_owned()),
    }
}

/// A list of texts, none of them empty.
pub(super) fn list(value: &Value<'_>, wanted: &str) -> Wanted<Vec<String>> {
    value.get_ref().as_array().map_or_else(|| Err(wanted.to_owned()), |list| texts(list, wanted))
}

fn texts(list: &DeArray<'_>, wanted: &str) -> Wanted<Vec<String>> {
    let text = |value: &Value<'_>| match value.get_ref().as_str() {
        Some(text) if !text.is_empty() => Ok(text.to_owned()),
        _ => Err(wanted.to_owned()),
    };
    list.iter().map(text).collect()
}

/// The digits of a decimal number as written; nothing for other notations (hexadecimal) and other values.
fn number_text<'v>(value: &'v Value<'_>) -> Option<&'v str> {
    match value.get_ref() {
        DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str()),
        DeValue::Float(number) => Some(number.as_str()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fee_is_at_most_all_of_it() {
        assert_eq!(fee_rate("2.5").map(FeeRate::basis_points), Some(250));
        assert_eq!(fee_rate("100").map(FeeRate::basis_points), Some(10_000));
        assert_eq!(fee_rate("100.01"), None);
    }
}

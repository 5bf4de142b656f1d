//! What changed from one entry to another: words of texts ([`text`]), rows and columns of data ([`table`]), facts.
//!
//! Bounded, however long and hostile the two are: what lies beyond the bounds is left out, and that is told.

pub mod table;
pub mod text;

use crate::domain::{AssetId, EntryBody, SafeText};

/// A fact that the two tell differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Its group and name: `data · row count`.
    pub name: String,
    /// What it was; none: it was not there.
    pub before: Option<SafeText>,
    /// What it is; none: it is not there any more.
    pub after: Option<SafeText>,
}

/// The facts that the backend computed, where they differ.
#[must_use]
pub fn facts(before: &EntryBody, after: &EntryBody) -> Vec<Fact> {
    type Signal = (SafeText, SafeText, SafeText);
    let value = |of: &EntryBody, signal: &Signal| {
        let found = of.signals.iter().find(|other| (&other.0, &other.1) == (&signal.0, &signal.1));
        found.map(|found| found.2.clone())
    };
    let gone = before.signals.iter().filter(|signal| value(after, signal).is_none());
    let all = after.signals.iter().chain(gone);
    all.filter_map(|signal| {
        let (before, after) = (value(before, signal), value(after, signal));
        let name = [signal.0.as_str(), signal.1.as_str()].map(|part| part.replace('_', " "));
        let name = name.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
        (before != after).then_some(Fact { name, before, after })
    })
    .collect()
}

/// What was submitted under a key, where it is another asset than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swap {
    /// The key.
    pub key: SafeText,
    /// What it was called, or its id.
    pub before: Option<SafeText>,
    /// What it is called, or its id.
    pub after: Option<SafeText>,
    /// The same asset as before.
    pub same: bool,
    /// Both, if there are both.
    pub both: Option<(AssetId, AssetId)>,
}

/// The submitted assets, key by key.
#[must_use]
pub fn assets(before: &EntryBody, after: &EntryBody) -> Vec<Swap> {
    let slot = |of: &EntryBody, key: &SafeText| of.assets.iter().find(|slot| slot.key == *key).cloned();
    let gone = before.assets.iter().filter(|old| slot(after, &old.key).is_none());
    let keys = after.assets.iter().chain(gone).map(|slot| slot.key.clone());
    keys.map(|key| {
        let (before, after) = (slot(before, &key), slot(after, &key));
        let both = before.as_ref().zip(after.as_ref()).map(|(before, after)| (before.asset, after.asset));
        let same = before.as_ref().map(|slot| slot.asset) == after.as_ref().map(|slot| slot.asset);
        let called = |slot: crate::domain::AssetSlot| {
            slot.name.unwrap_or_else(|| SafeText::line(&slot.asset.to_string()))
        };
        Swap { key, before: before.map(called), after: after.map(called), same, both }
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::testing::{body, entry};
    use crate::domain::AssetSlot;

    fn with(signals: &[(&str, &str)], asset: u8) -> EntryBody {
        let signal =
            |(name, value): &(&str, &str)| ("data".into(), SafeText::line(name), SafeText::line(value));
        EntryBody {
            signals: signals.iter().map(signal).collect(),
            assets: vec![AssetSlot {
                key: "data".into(),
                asset: AssetId::from_bytes([asset; 16]),
                asset_type: "file".into(),
                name: Some(SafeText::line(&format!("run{asset}.csv"))),
            }],
            ..body(&entry(1, 11, 1), "")
        }
    }

    #[test]
    fn facts_that_differ_are_told_with_both_values() {
        let (before, after) =
            (with(&[("row_count", "80"), ("links", "1")], 1), with(&[("row_count", "88"), ("x", "2")], 1));
        let told: Vec<_> = facts(&before, &after)
            .into_iter()
            .map(|fact| format!("{}: {:?} {:?}", fact.name, fact.before, fact.after))
            .collect();
        let expected = [
            r#"data · row count: Some("80") Some("88")"#,
            r#"data · x: None Some("2")"#,
            r#"data · links: Some("1") None"#,
        ];
        assert_eq!(told, expected);
        assert_eq!(facts(&after, &after), []);
    }

    #[test]
    fn the_same_asset_once_more_is_told() {
        let swap = assets(&with(&[], 1), &with(&[], 2)).remove(0);
        assert_eq!((swap.same, swap.before.unwrap().as_str()), (false, "run1.csv"));
        assert!(assets(&with(&[], 1), &with(&[], 1))[0].same);
    }
}

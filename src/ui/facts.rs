//! Facts the backend computed about a submission, as people say them: `88 rows` instead of `row_count 88`.

use crate::domain::SafeText;

use super::cells;

/// A fact to be shown: words that are dim, then what is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fact {
    /// The name; empty where the value says it all.
    pub(super) name: String,
    /// The value.
    pub(super) value: String,
}

/// The facts of one group, the name of the thing first. What repeats it is left out: a file's ending stands in its
/// name, and what kind of asset it is stands with the assets.
pub(super) fn of_group(group: &[(SafeText, SafeText, SafeText)]) -> Vec<Fact> {
    let title = group.iter().find(|(_, name, _)| name.as_str() == "name").map(|(_, _, value)| value.as_str());
    let repeats = |name: &str, value: &str| match name {
        "name" => true,
        "asset_type" => title.is_some(),
        "extension" => title.is_some_and(|title| title.ends_with(value)),
        _ => false,
    };
    let first = title.map(|title| Fact { name: String::new(), value: title.to_owned() });
    let others = group.iter().filter(|(_, name, value)| !repeats(name.as_str(), value.as_str()));
    first.into_iter().chain(others.map(|(_, name, value)| fact(name.as_str(), value.as_str()))).collect()
}

/// A longer value stands by itself.
const LONG: usize = 48;

/// What the name of a score between 0 and 1 ends with.
const SCORES: [&str; 10] = [
    "score",
    "confidence",
    "similarity",
    "quality",
    "ratio",
    "share",
    "fraction",
    "probability",
    "coverage",
    "completeness",
];

/// The facts of one group by their kind.
#[derive(Debug, Default)]
pub(super) struct Kinds {
    /// Counts, measures, single words and short lists.
    pub(super) facts: Vec<Fact>,
    /// What is true or not.
    pub(super) flags: Vec<(String, bool)>,
    /// Scores from 0 to 1.
    pub(super) scores: Vec<(String, f64)>,
    /// Groups within, by their names.
    pub(super) groups: Vec<(String, Vec<Fact>)>,
    /// Longer texts and lists.
    pub(super) texts: Vec<(String, String)>,
}

impl Kinds {
    /// Tells the kinds of a group apart.
    pub(super) fn of_group(group: &[(SafeText, SafeText, SafeText)]) -> Self {
        let mut kinds = Self::default();
        let is_plain = |name: &str, value: &str| match kind(name, value) {
            Kind::Fact => !name.contains('.'),
            _ => false,
        };
        let plain: Vec<_> = group
            .iter()
            .filter(|(_, name, value)| is_plain(name.as_str(), value.as_str()))
            .cloned()
            .collect();
        kinds.facts = of_group(&plain);
        for (_, name, value) in group {
            let (name, value) = (name.as_str(), value.as_str());
            match kind(name, value) {
                Kind::Flag(is_true) => kinds.flags.push((spoken(name), is_true)),
                Kind::Score(score) => kinds.scores.push((spoken(name), score)),
                Kind::Text => kinds.texts.push((spoken(name), value.to_owned())),
                Kind::Fact => {
                    let Some((within, last)) = name.rsplit_once('.') else { continue };
                    let within = spoken(within);
                    match kinds.groups.iter_mut().find(|(known, _)| *known == within) {
                        Some((_, facts)) => facts.push(fact(last, value)),
                        None => kinds.groups.push((within, vec![fact(last, value)])),
                    }
                }
            }
        }
        kinds
    }
}

enum Kind {
    Fact,
    Flag(bool),
    Score(f64),
    Text,
}

fn kind(name: &str, value: &str) -> Kind {
    match value {
        "true" => return Kind::Flag(true),
        "false" => return Kind::Flag(false),
        _ if value.len() > LONG && name != "name" => return Kind::Text,
        _ => {}
    }
    let is_score = SCORES.iter().any(|word| name.ends_with(word));
    match value.parse::<f64>().ok().filter(|number| is_score && (0.0..=1.0).contains(number)) {
        Some(score) => Kind::Score(score),
        None => Kind::Fact,
    }
}

/// `cell.is_sorted` as words: `cell sorted`.
fn spoken(name: &str) -> String {
    let words = name.split('.').map(|part| {
        let part = part.strip_prefix("is_").or_else(|| part.strip_prefix("has_")).unwrap_or(part);
        spaced(part)
    });
    words.collect::<Vec<_>>().join(" ")
}

fn fact(name: &str, value: &str) -> Fact {
    let only = |value: String| Fact { name: String::new(), value };
    let number = value.parse::<u64>().ok();
    match (name, number) {
        ("" | "mime_type", _) => only(value.to_owned()),
        ("size_bytes", Some(bytes)) => only(size(bytes)),
        (_, Some(number)) => match counted(name) {
            Some(things) => only(of(number, &things)),
            None => Fact { name: spaced(name), value: cells::count(number) },
        },
        _ => Fact { name: spaced(name), value: value.to_owned() },
    }
}

/// What a count counts: `row_count` and `rows` count rows.
fn counted(name: &str) -> Option<String> {
    match name.strip_suffix("_count") {
        Some(thing) => Some(format!("{}s", spaced(thing))),
        None => (name.ends_with('s') && !name.ends_with("ss") && !name.contains('.')).then(|| spaced(name)),
    }
}

/// `88 rows`, `1 row`.
fn of(number: u64, things: &str) -> String {
    let things = if number == 1 { things.strip_suffix('s').unwrap_or(things) } else { things };
    format!("{} {things}", cells::count(number))
}

fn spaced(name: &str) -> String {
    name.replace('_', " ")
}

/// `380 bytes`, `1.0 kB`, `12 MB`.
pub(super) fn size(bytes: u64) -> String {
    let (step, unit) = match bytes {
        0..1_000 => return of(bytes, "bytes"),
        1_000..1_000_000 => (1_000, "kB"),
        1_000_000..1_000_000_000 => (1_000_000, "MB"),
        _ => (1_000_000_000, "GB"),
    };
    let whole = bytes / step;
    if whole >= 10 {
        return format!("{} {unit}", cells::count(whole));
    }
    format!("{whole}.{} {unit}", bytes % step * 10 / step)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(facts: &[(&str, &str)]) -> String {
        let rows: Vec<(SafeText, SafeText, SafeText)> = facts
            .iter()
            .map(|(name, value)| ("data".into(), SafeText::line(name), SafeText::line(value)))
            .collect();
        let words = of_group(&rows).into_iter().map(|fact| format!("{} {}", fact.name, fact.value));
        words.map(|words| words.trim().to_owned()).collect::<Vec<_>>().join(" · ")
    }

    #[test]
    fn facts_read_as_people_say_them() {
        let file = [
            ("asset_type", "file"),
            ("extension", "csv"),
            ("mime_type", "text/csv"),
            ("name", "run7.csv"),
            ("size_bytes", "1047"),
        ];
        assert_eq!(shown(&file), "run7.csv · text/csv · 1.0 kB");
        assert_eq!(shown(&[("row_count", "88"), ("missing_cells", "1")]), "88 rows · 1 missing cell");
        assert_eq!(shown(&[("words", "1"), ("links", "0")]), "1 word · 0 links");
        assert_eq!(
            shown(&[("cell.a", "1.50"), ("ok", "true"), ("", "fine")]),
            "cell.a 1.50 · ok true · fine"
        );
        assert_eq!(
            shown(&[("extension", "csv"), ("bytes_read", "1200")]),
            "extension csv · bytes read 1,200"
        );
    }

    #[test]
    fn sizes_have_two_digits_and_never_round_up_to_the_next_unit() {
        let sizes = [0, 1, 999, 1_000, 9_999, 12_345, 999_999, 1_200_000, 3_000_000_000];
        let words =
            ["0 bytes", "1 byte", "999 bytes", "1.0 kB", "9.9 kB", "12 kB", "999 kB", "1.2 MB", "3.0 GB"];
        assert_eq!(sizes.map(size), words.map(str::to_owned));
    }
}

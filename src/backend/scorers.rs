//! The built-in eval routes: deterministic scorers that make scored quests believable without a service to run.
//!
//! They answer as a route would: `{"score", "categories"}`, or `{"error"}`. The same submission gets the same score.

use rusqlite::Connection;
use serde_json::{Map, Value, json};

use super::acts::evaluate::Input;
use super::error::Refusal;
use super::meters;
use super::store::assets;
use super::store::entries::Entry;

/// A built-in route.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scorer {
    /// Its name, in `Ready::routes` too.
    pub(crate) name: &'static str,
    /// What it says of itself.
    pub(crate) about: &'static str,
    /// The categories it scores.
    categories: &'static [&'static str],
    /// Its verdict only informs, a person decides.
    advisory: bool,
}

impl Scorer {
    /// Whether its verdict decides by itself.
    pub(crate) const fn decides(&self) -> bool {
        !self.advisory
    }
}

/// All of them.
pub(crate) const SCORERS: &[Scorer] = &[
    Scorer {
        name: "structure-check",
        about: "Compares a structure with its reference: symmetry, cell volume, bond lengths. Informs only.",
        categories: &["symmetry", "volume", "bonds"],
        advisory: true,
    },
    Scorer {
        name: "table-audit",
        about: "Audits tabular data: units, missing cells, outliers. Informs only.",
        categories: &["units", "completeness", "outliers"],
        advisory: true,
    },
    Scorer {
        name: "auto-grader",
        about: "Grades a submission and decides by the item's pass band.",
        categories: &["method", "result"],
        advisory: false,
    },
];

/// The answer of a built-in route to an entry.
pub(crate) fn answer(db: &Connection, name: &str, entry: &Entry, inputs: &[Input]) -> Result<Value, Refusal> {
    if meters::is_meter(name) {
        return meters::answer(db, name, inputs);
    }
    let Some(scorer) = SCORERS.iter().find(|scorer| scorer.name == name) else {
        return Ok(json!({"error": {"message": format!("There is no built-in route {name}")}}));
    };
    let mut seed = fnv(scorer.name.as_bytes(), 0xcbf2_9ce4_8422_2325);
    match entry.asset {
        Some(asset) => {
            let Some(asset) = assets::get(db, asset)? else {
                return Ok(json!({"error": {"message": "The submitted asset was deleted"}}));
            };
            seed = fnv(asset.id.bytes(), seed);
        }
        None => seed = fnv(entry.description.as_deref().unwrap_or_default().as_bytes(), seed),
    }
    Ok(graded(scorer, seed))
}

/// What a scorer says to a number: most submissions are good, some are not, few cannot be read.
pub(crate) fn graded(scorer: &Scorer, seed: u64) -> Value {
    if seed.is_multiple_of(41) {
        return json!({"error": {"message": "The submission could not be read"}});
    }
    let mut categories = Map::new();
    let mut sum = 0.0;
    for (place, category) in scorer.categories.iter().enumerate() {
        let part = fnv(&[u8::try_from(place).unwrap_or(0)], seed) % 1_000;
        // The root pushes most of it above a half.
        let score = (f64::from(u32::try_from(part).unwrap_or(0)) / 999.0).sqrt();
        let score = (score * 100.0).round() / 100.0;
        sum += score;
        categories.insert((*category).to_owned(), json!(score));
    }
    let mean = sum / scorer.categories.len() as f64;
    let mut answer = json!({"score": (mean * 100.0).round() / 100.0, "categories": categories});
    if scorer.advisory {
        answer["advisory"] = json!(true);
    }
    answer
}

/// The scorer of that name.
pub(crate) fn scorer(name: &str) -> Option<&'static Scorer> {
    SCORERS.iter().find(|scorer| scorer.name == name)
}

fn fnv(bytes: &[u8], seed: u64) -> u64 {
    let mixed =
        bytes.iter().fold(seed, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    mixed ^ (mixed >> 29)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_repeat_and_spread_over_the_band() {
        let scorer = scorer("structure-check").unwrap();
        let of = |seed: u64| graded(scorer, fnv(&seed.to_be_bytes(), 1))["score"].as_f64();
        assert_eq!(of(7), of(7));
        let many: Vec<f64> = (0..500).filter_map(of).collect();
        assert!(many.iter().all(|score| (0.0..=1.0).contains(score)));
        let passing = many.iter().filter(|score| **score >= 0.7).count();
        assert!((50..450).contains(&passing), "{passing} of {} pass 0.7", many.len());
    }
}

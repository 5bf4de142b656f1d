//! The categories of the evaluation.

use super::page::Stamp;
use super::paper::Paper;
use super::section::{Section, Sight};
use crate::domain::SafeText;
use crate::ui::cells;

pub(super) const SECTION: Section = Section { name: "evaluation", stamp, write };

fn stamp(sight: &Sight<'_>) -> Option<Stamp> {
    (!sight.body.categories.is_empty()).then(Stamp::new)
}

fn write(sight: &Sight<'_>, paper: &mut Paper<'_>) {
    paper.title("evaluation");
    let scores: Vec<_> = sight.body.categories.iter().map(|(name, value)| (name, score(value))).collect();
    paper.pairs(scores.iter().map(|(name, value)| (name.as_str(), value.as_str())));
}

/// A number as scores are written everywhere, so that they can be compared; else as it came.
fn score(value: &SafeText) -> String {
    let number = value.as_str().parse::<f64>().ok().filter(|number| number.is_finite());
    number.filter(|_| value.as_str().contains('.')).map_or_else(|| value.as_str().to_owned(), cells::score)
}

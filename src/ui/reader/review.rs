//! A decision that was made on the entry earlier.

use ratatui::text::Line;

use super::page::Stamp;
use super::paper::Paper;
use super::section::{Section, Sight};
use crate::domain::EvalStatus;

pub(super) const SECTION: Section = Section { name: "review", stamp, write };

/// Who made it. Nobody may be named: then an evaluation did, if there was one, or the server does not say.
fn by(sight: &Sight<'_>) -> Option<String> {
    let review = sight.body.review.as_ref()?;
    if let Some(reviewer) = review.reviewer {
        return Some(format!("by {}", sight.state.name_of(reviewer)));
    }
    let row = sight.state.desk.queue.row(sight.body.id);
    let evaluated = row.is_some_and(|row| matches!(row.eval, EvalStatus::Passed | EvalStatus::Failed));
    evaluated.then(|| "by the evaluation, as nobody is named".to_owned())
}

fn stamp(sight: &Sight<'_>) -> Option<Stamp> {
    sight.body.review.as_ref().map(|_| Stamp::new().with(by(sight)))
}

fn write(sight: &Sight<'_>, paper: &mut Paper<'_>) {
    let Some(review) = &sight.body.review else { return };
    let by = by(sight).unwrap_or_default();
    paper.title("reviewed before");
    let day: String = review.at.map(|at| at.to_string().chars().take(10).collect()).unwrap_or_default();
    let words = [review.status.word(), &by, if day.is_empty() { "" } else { "on" }, &day];
    let text = words.iter().filter(|word| !word.is_empty()).copied().collect::<Vec<_>>().join(" ");
    paper.wrapped(&Line::styled(text, paper.look().theme.warn), 2);
    if !review.note.is_empty() {
        paper.markdown(&review.note, "");
    }
}

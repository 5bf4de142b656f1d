//! A decision that was made on the entry earlier.

use ratatui::text::Line;

use super::page::Stamp;
use super::paper::Paper;
use super::section::{Section, Sight};
use crate::domain::SafeText;

pub(super) const SECTION: Section = Section { name: "review", stamp, write };

fn reviewer<'s>(sight: &Sight<'s>) -> Option<&'s SafeText> {
    let by = sight.body.review.as_ref()?.reviewer?;
    sight.state.desk.people.get(&by).map(|person| &person.username)
}

fn stamp(sight: &Sight<'_>) -> Option<Stamp> {
    sight.body.review.as_ref().map(|_| Stamp::new().with(reviewer(sight)))
}

fn write(sight: &Sight<'_>, paper: &mut Paper<'_>) {
    let Some(review) = &sight.body.review else { return };
    let reviewer = reviewer(sight);
    paper.title("reviewed before");
    let day: String = review.at.map(|at| at.to_string().chars().take(10).collect()).unwrap_or_default();
    let by = reviewer.map_or("by the evaluation", |_| "by");
    let who = reviewer.map_or("", SafeText::as_str);
    let words = [review.status.word(), by, who, if day.is_empty() { "" } else { "on" }, &day];
    let text = words.iter().filter(|word| !word.is_empty()).copied().collect::<Vec<_>>().join(" ");
    paper.wrapped(&Line::styled(text, paper.look().theme.warn), 2);
    if !review.note.is_empty() {
        paper.markdown(&review.note, "");
    }
}

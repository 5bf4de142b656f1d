//! The evaluation: the score on its scale against the band it must fall in, its place among the others, what became
//! of the run, the categories as bars.

use ratatui::text::{Line, Span};

use super::page::Stamp;
use super::paper::{NAMES, Paper};
use super::section::{Section, Sight};
use crate::domain::background::Place;
use crate::domain::{EntryRow, LeaderboardOrder, SafeText};
use crate::ui::{cells, eval, gauge};

pub(super) const SECTION: Section = Section { name: "evaluation", stamp, write };

/// Columns of a category's bar.
const BAR: usize = 20;

/// The row of the entry, if there is something about its evaluation that its header does not say.
fn row(sight: &Sight<'_>) -> Option<EntryRow> {
    sight.state.desk.queue.row(sight.body.id).filter(|row| row.score.is_some())
}

fn place(sight: &Sight<'_>) -> Option<(Place, bool)> {
    let behind = sight.state.judging.behind(sight.body.id)?;
    Some((behind.place?, behind.whole))
}

fn stamp(sight: &Sight<'_>) -> Option<Stamp> {
    let row = row(sight);
    (row.is_some() || !sight.body.categories.is_empty()).then(|| {
        let row = row.map(|row| (row.score.map(f64::to_bits), row.eval));
        Stamp::new().with(row).with(sight.state.judging.told)
    })
}

fn write(sight: &Sight<'_>, paper: &mut Paper<'_>) {
    paper.title("evaluation");
    if let Some(row) = row(sight) {
        score(sight, &row, paper);
    }
    if let Some((place, whole)) = place(sight) {
        let line = Line::styled(place_words(place, whole), paper.look().theme.text);
        paper.wrapped(&line, 2);
    }
    categories(&sight.body.categories, paper);
}

/// The score on its scale, and how far it lies from what passes: the score itself stands in the header.
fn score(sight: &Sight<'_>, row: &EntryRow, paper: &mut Paper<'_>) {
    let look = paper.look();
    let rule = sight.item.and_then(|item| item.eval);
    let (Some(score), Some(rule)) = (row.score, rule) else {
        return paper.wrapped(&Line::from(eval::line(row, rule.as_ref(), look)), 2);
    };
    let scale = gauge::against_band(score, rule.band, paper.width(), look);
    if !scale.is_empty() {
        paper.line(Line::from(scale));
    }
    let band = eval::band(rule.band, look).unwrap_or_else(|| "every score".to_owned());
    let words = match gauge::distance(score, rule.band) {
        Some(distance) => format!("{} is {distance} what passes, {band}", cells::score(score)),
        None => format!("{} lies in what passes, {band}", cells::score(score)),
    };
    paper.wrapped(&Line::styled(words, look.theme.text), 2);
}

/// `if accepted: place 3 of 41, the highest first; 2 above it are accepted`. Where not all is known it says so.
fn place_words(place: Place, whole: bool) -> String {
    let order = match place.order {
        LeaderboardOrder::HighestFirst => "the highest first",
        LeaderboardOrder::LowestFirst => "the lowest first",
    };
    let count = |number: u32| cells::count(u64::from(number));
    let known = if whole { "" } else { " known here so far" };
    let above = match (place.rank, place.accepted_above) {
        (1, _) => String::new(),
        (_, 0) => "; none above it is accepted".to_owned(),
        (_, 1) => "; 1 above it is accepted".to_owned(),
        (_, more) => format!("; {} above it are accepted", count(more)),
    };
    format!("if accepted: place {} of {}{known}, {order}{above}", count(place.rank), count(place.of))
}

fn number(value: &SafeText) -> Option<f64> {
    value.as_str().parse::<f64>().ok().filter(|number| number.is_finite())
}

/// Names, values, and a bar where a value is a number that is not below zero; to 1, or to the largest.
fn categories(categories: &[(SafeText, SafeText)], paper: &mut Paper<'_>) {
    let look = paper.look();
    let names = categories.iter().map(|(name, _)| cells::width(name.as_str())).max().unwrap_or(0).min(NAMES);
    let values: Vec<String> = categories.iter().map(|(_, value)| shown(value)).collect();
    let widest = values.iter().map(|value| cells::width(value)).max().unwrap_or(0);
    let most = categories.iter().filter_map(|(_, value)| number(value)).fold(1.0, f64::max);
    let room = paper.width().saturating_sub(names + widest + 4).min(BAR);
    for ((name, value), text) in categories.iter().zip(values) {
        let mut line = paper.named(name.as_str(), names, look.theme.dim);
        let number = number(value).filter(|number| *number >= 0.0);
        if let Some(number) = number.filter(|_| room >= 4 && !look.plain) {
            line.push(Span::styled(format!("{text:<widest$}  "), look.theme.text));
            line.push(Span::styled(gauge::bar(number, most, room, look), look.theme.dim));
        } else {
            line.push(Span::styled(text, look.theme.text));
        }
        paper.wrapped(&Line::from(line), names + 2);
    }
}

/// A number as scores are written everywhere, so that they can be compared; else as it came.
fn shown(value: &SafeText) -> String {
    number(value)
        .filter(|_| value.as_str().contains('.'))
        .map_or_else(|| value.as_str().to_owned(), cells::score)
}

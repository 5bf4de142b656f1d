//! A number on a scale: a score against the band it must fall in, and bars. Told by signs, never by colour alone; a
//! screen reader gets the words without them.

use ratatui::text::Span;

use crate::domain::{PassBand, Standing};

use super::cells;
use super::theme::Look;

/// Columns of a scale at the most, without its ends.
const LONGEST: usize = 40;

/// The scale from one end to the other: from 0 to 1, or further where the score or the band lies outside.
#[must_use]
fn ends(score: f64, band: PassBand) -> (f64, f64) {
    let all = [Some(score), band.min, band.max, Some(0.0), Some(1.0)];
    let all = all.into_iter().flatten().filter(|end| end.is_finite());
    all.fold((0.0, 0.0), |(low, high), end| (low.min(end), high.max(end)))
}

/// `0.00 ────────┃───────════════ 1.00`: the score on its scale, the band doubled. Nothing where there is no room.
#[must_use]
pub fn against_band(score: f64, band: PassBand, columns: usize, look: &Look) -> Vec<Span<'static>> {
    let (low, high) = ends(score, band);
    let (from, to) = (cells::score(low), cells::score(high));
    let room = columns.saturating_sub(cells::width(&from) + cells::width(&to) + 2).min(LONGEST);
    if look.plain || room < 8 || !score.is_finite() {
        return Vec::new();
    }
    let place = |value: f64| steps((value - low) / (high - low), room - 1);
    let at = place(score).min(room - 1);
    let inside = place(band.min.unwrap_or(low))..=place(band.max.unwrap_or(high));
    let good = band.standing(score) == Standing::Inside;
    let [outside, within, here] = if look.ascii { ["-", "=", "#"] } else { ["─", "═", "█"] };
    let mut spans = vec![Span::styled(format!("{from} "), look.theme.dim)];
    for column in 0..room {
        let (sign, style) = match (column == at, inside.contains(&column)) {
            (true, _) if good => (here, look.theme.good),
            (true, _) => (here, look.theme.bad),
            (false, true) => (within, look.theme.strong),
            (false, false) => (outside, look.theme.dim),
        };
        push(&mut spans, sign, style);
    }
    spans.push(Span::styled(format!(" {to}"), look.theme.dim));
    spans
}

/// Puts a sign behind others of its style.
fn push(spans: &mut Vec<Span<'static>>, sign: &str, style: ratatui::style::Style) {
    match spans.last_mut() {
        Some(last) if last.style == style => last.content.to_mut().push_str(sign),
        _ => spans.push(Span::styled(sign.to_owned(), style)),
    }
}

/// How far a score lies from its band: `0.38 below`; nothing inside, and nothing for what is no number.
#[must_use]
pub fn distance(score: f64, band: PassBand) -> Option<String> {
    if !score.is_finite() {
        return None;
    }
    match (band.min, band.max) {
        (Some(min), _) if score < min => Some(format!("{} below", cells::score(min - score))),
        (_, Some(max)) if score > max => Some(format!("{} above", cells::score(score - max))),
        _ => None,
    }
}

/// The share of so many columns, to the nearest.
fn steps(share: f64, columns: usize) -> usize {
    (1..=columns).take_while(|step| *step as f64 - 0.5 <= share * columns as f64).count()
}

/// A bar of so many columns, filled by a share of `most`.
#[must_use]
pub fn bar(value: f64, most: f64, columns: usize, look: &Look) -> String {
    let share = if most > 0.0 { (value / most).clamp(0.0, 1.0) } else { 0.0 };
    // A little of something is not nothing.
    let least = usize::from(share > 0.0);
    let full = steps(share, columns).clamp(least.min(columns), columns);
    look.marks.full.repeat(full) + &look.marks.empty.repeat(columns - full)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::ThemeName;
    use proptest::prelude::*;

    fn drawn(score: f64, min: Option<f64>, max: Option<f64>, look: &Look) -> String {
        let spans = against_band(score, PassBand { min, max }, 30, look);
        spans.iter().map(|span| span.content.as_ref()).collect()
    }

    #[test]
    fn the_band_is_doubled_and_the_score_stands_out() {
        let look = Look::default();
        assert_eq!(drawn(0.42, Some(0.8), Some(1.0), &look), "0.00 ────────█──────═════ 1.00");
        assert_eq!(drawn(0.9, Some(0.8), None, &look), "0.00 ───────────────══█══ 1.00");
        assert_eq!(drawn(12.0, None, Some(6.0), &look), "0.00 ═══════════────────█ 12.0");
        assert_eq!(drawn(f64::NAN, None, Some(6.0), &look), "");
        let ascii = Look::new(ThemeName::Mono, false, false, false);
        assert_eq!(drawn(0.42, Some(0.8), Some(1.0), &ascii), "0.00 --------#------===== 1.00");
        assert_eq!(drawn(0.42, Some(0.8), Some(1.0), &Look::new(ThemeName::Mono, false, false, true)), "");
    }

    #[test]
    fn the_distance_to_the_band_is_told() {
        let band = PassBand { min: Some(0.8), max: Some(0.9) };
        assert_eq!(distance(0.42, band).as_deref(), Some("0.38 below"));
        assert_eq!(distance(1.0, band).as_deref(), Some("0.10 above"));
        assert_eq!((distance(0.8, band), distance(f64::NAN, band)), (None, None));
    }

    #[test]
    fn bars_are_full_empty_or_between() {
        let look = Look::default();
        assert_eq!(bar(0.5, 1.0, 4, &look), "▓▓░░");
        assert_eq!(bar(0.001, 1.0, 4, &look), "▓░░░");
        assert_eq!((bar(0.0, 1.0, 4, &look), bar(7.0, 1.0, 2, &look)), ("░░░░".to_owned(), "▓▓".to_owned()));
        assert_eq!(bar(1.0, 0.0, 2, &look), "░░");
    }

    proptest! {
        #[test]
        fn a_gauge_never_takes_more_than_its_room(
            score in any::<f64>(), min in any::<Option<f64>>(), max in any::<Option<f64>>(), columns in 0usize..200,
        ) {
            let spans = against_band(score, PassBand { min, max }, columns, &Look::default());
            let text: String = spans.iter().map(|span| span.content.as_ref()).collect();
            prop_assert!(cells::width(&text) <= columns);
            prop_assert_eq!(cells::width(&bar(score, 1.0, columns, &Look::default())), columns);
        }
    }
}

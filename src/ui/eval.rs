//! A score against its band, in words and marks: the same in the list, the header and the page.

use ratatui::text::Span;

use crate::domain::{EntryRow, EvalRule, EvalStatus, EvalTrigger, PassBand, Standing};

use super::cells;
use super::theme::Look;

/// What became of an evaluation, as far as it can be told from an entry and its item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Inside the band, or the server says so.
    Good,
    /// Outside the band, or the server says so.
    Bad,
    /// Neither is known.
    Open,
}

/// The verdict: the server's word goes before our own comparison.
#[must_use]
pub fn verdict(row: &EntryRow, rule: Option<&EvalRule>) -> Verdict {
    match (&row.eval, row.score) {
        (EvalStatus::Passed, _) => Verdict::Good,
        (EvalStatus::Failed, _) => Verdict::Bad,
        (EvalStatus::None | EvalStatus::Other(_), Some(score)) => {
            match rule.map(|rule| rule.band.standing(score)) {
                Some(Standing::Inside) => Verdict::Good,
                Some(Standing::Outside) => Verdict::Bad,
                None => Verdict::Open,
            }
        }
        _ => Verdict::Open,
    }
}

/// What stands in the list's column: the score, else a word for what became of the run.
#[must_use]
pub fn short(row: &EntryRow, look: &Look) -> String {
    match (row.score, &row.eval) {
        (Some(score), _) => cells::score(score),
        (None, EvalStatus::None) => look.marks.none.to_owned(),
        (None, status) => status.word().to_owned(),
    }
}

/// The verdict as a word, for a screen reader.
#[must_use]
pub const fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Good => " pass",
        Verdict::Bad => " fail",
        Verdict::Open => "",
    }
}

/// The mark beside it; where only a mark is shown, it also tells that a run is outstanding or came to nothing.
#[must_use]
pub fn mark(row: &EntryRow, verdict: Verdict, look: &Look) -> Span<'static> {
    match (verdict, &row.eval) {
        (Verdict::Good, _) => Span::styled(look.marks.good, look.theme.good),
        (Verdict::Bad, _) => Span::styled(look.marks.bad, look.theme.bad),
        (Verdict::Open, EvalStatus::Running) => Span::styled(look.marks.ellipsis, look.theme.dim),
        (Verdict::Open, EvalStatus::Errored) => Span::styled(look.marks.warn, look.theme.warn),
        (Verdict::Open, _) => Span::raw(" "),
    }
}

/// `eval 0.42 ✗ fail (0.80–1.00)`, or why there is no score. The verdict goes before the band, which is what is
/// cut first.
#[must_use]
pub fn line(row: &EntryRow, rule: Option<&EvalRule>, look: &Look) -> Vec<Span<'static>> {
    let theme = look.theme;
    let mut spans = vec![Span::styled("eval ", theme.dim)];
    let Some(score) = row.score else {
        spans.push(Span::styled(without_score(&row.eval, rule), theme.text));
        return spans;
    };
    spans.push(Span::styled(cells::score(score), theme.strong));
    match verdict(row, rule) {
        Verdict::Good => {
            spans.push(Span::styled(format!(" {}pass", said(look.marks.good, look)), theme.good));
        }
        Verdict::Bad => spans.push(Span::styled(format!(" {}fail", said(look.marks.bad, look)), theme.bad)),
        Verdict::Open => {}
    }
    if let Some(band) = rule.and_then(|rule| band(rule.band, look)) {
        spans.push(Span::styled(format!(" ({band})"), theme.dim));
    }
    spans
}

/// A mark in front of a word, except for a screen reader, which the word is enough for.
fn said(mark: &str, look: &Look) -> String {
    if look.plain { String::new() } else { format!("{mark} ") }
}

fn without_score(status: &EvalStatus, rule: Option<&EvalRule>) -> String {
    let words = match (status, rule.map(|rule| rule.trigger)) {
        (EvalStatus::None, None) => "none: the item is not scored",
        (EvalStatus::None | EvalStatus::Pending, Some(EvalTrigger::Owner)) => {
            "not started: the owner starts it"
        }
        (EvalStatus::None | EvalStatus::Pending, _) => "not started yet",
        (EvalStatus::Running, _) => "running",
        (EvalStatus::Passed, _) => "passed, without a score",
        (EvalStatus::Failed, _) => "failed, without a score",
        (EvalStatus::Errored, _) => "errored: there is no score",
        (EvalStatus::Skipped, _) => "skipped",
        (EvalStatus::Other(word), _) => return word.to_string(),
    };
    words.to_owned()
}

/// `0.80–1.00`, `≥ 0.80`, `≤ 1.00`; nothing for a band without bounds.
#[must_use]
pub fn band(band: PassBand, look: &Look) -> Option<String> {
    let (above, below) = if look.ascii { (">=", "<=") } else { ("≥", "≤") };
    match (band.min, band.max) {
        (Some(min), Some(max)) => {
            let to = if look.plain { " to " } else { look.marks.to };
            Some(format!("{}{to}{}", cells::score(min), cells::score(max)))
        }
        (Some(min), None) => Some(format!("{above} {}", cells::score(min))),
        (None, Some(max)) => Some(format!("{below} {}", cells::score(max))),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{EntryId, QuestId, Timestamp, UserId, Version};

    fn row(score: Option<f64>, eval: EvalStatus) -> EntryRow {
        EntryRow {
            id: EntryId::from_bytes([1; 16]),
            quest: QuestId::from_bytes([1; 16]),
            item: None,
            contributor: UserId::from_bytes([1; 16]),
            created_at: Timestamp::from_millis(0),
            version: Version { updated_at: Timestamp::from_millis(0) },
            score,
            eval,
        }
    }

    fn text(row: &EntryRow, rule: Option<EvalRule>) -> String {
        line(row, rule.as_ref(), &Look::default()).iter().map(|span| span.content.as_ref()).collect()
    }

    #[test]
    fn a_score_stands_beside_its_band_with_mark_and_word() {
        let rule = |min, max| {
            Some(EvalRule { band: PassBand { min, max }, trigger: EvalTrigger::Submit, route: None })
        };
        let both = rule(Some(0.8), Some(1.0));
        assert_eq!(text(&row(Some(0.42), EvalStatus::Failed), both), "eval 0.42 ✗ fail (0.80–1.00)");
        assert_eq!(text(&row(Some(0.91), EvalStatus::None), both), "eval 0.91 ✓ pass (0.80–1.00)");
        assert_eq!(
            text(&row(Some(3.0), EvalStatus::None), rule(Some(2.0), None)),
            "eval 3.00 ✓ pass (≥ 2.00)"
        );
        assert_eq!(text(&row(Some(3.0), EvalStatus::None), None), "eval 3.00");
        assert_eq!(text(&row(None, EvalStatus::None), None), "eval none: the item is not scored");
        assert_eq!(text(&row(None, EvalStatus::Errored), both), "eval errored: there is no score");
    }

    #[test]
    fn the_servers_word_goes_before_our_comparison() {
        let rule = EvalRule {
            band: PassBand { min: Some(0.8), max: None },
            trigger: EvalTrigger::Submit,
            route: None,
        };
        assert_eq!(verdict(&row(Some(0.1), EvalStatus::Passed), Some(&rule)), Verdict::Good);
        assert_eq!(verdict(&row(Some(0.1), EvalStatus::None), Some(&rule)), Verdict::Bad);
        assert_eq!(verdict(&row(Some(0.1), EvalStatus::Running), Some(&rule)), Verdict::Open);
        assert_eq!(verdict(&row(None, EvalStatus::None), None), Verdict::Open);
    }
}

//! Facts the backend computed, by group and kind: what counts and measures in one line, what is true or not with its
//! mark, scores as bars, groups within by their names, texts below. No shape of them is promised, so kinds are told by
//! names and values.

use ratatui::text::{Line, Span};

use super::page::Stamp;
use super::paper::{NAMES, Paper};
use super::section::{Section, Sight};
use crate::domain::SafeText;
use crate::ui::facts::{Fact, Kinds};
use crate::ui::{cells, gauge};

pub(super) const SECTION: Section = Section { name: "signals", stamp, write };

/// Columns of a score's bar.
const BAR: usize = 20;

fn stamp(sight: &Sight<'_>) -> Option<Stamp> {
    (!sight.body.signals.is_empty()).then(Stamp::new)
}

fn write(sight: &Sight<'_>, paper: &mut Paper<'_>) {
    paper.title("signals");
    let groups: Vec<_> = sight.body.signals.chunk_by(|one, next| one.0 == next.0).collect();
    let widths =
        groups.iter().filter_map(|group| group.first()).map(|(group, _, _)| cells::width(group.as_str()));
    let names = widths.max().unwrap_or(0).min(NAMES);
    for group in groups {
        write_group(group, names, paper);
    }
}

fn write_group(group: &[(SafeText, SafeText, SafeText)], names: usize, paper: &mut Paper<'_>) {
    let Some((title, _, _)) = group.first() else { return };
    let look = paper.look();
    let kinds = Kinds::of_group(group);
    // The group's name stands before its first line, whatever that is.
    let mut name = Some(title.as_str());
    let mut begin = |paper: &Paper<'_>| {
        let name = name.take();
        paper.named(name.unwrap_or_default(), names, look.theme.strong)
    };
    if !kinds.facts.is_empty() {
        let mut line = begin(paper);
        facts_line(&kinds.facts, paper, &mut line);
        paper.wrapped(&Line::from(line), names + 2);
    }
    if !kinds.flags.is_empty() {
        let mut line = begin(paper);
        for (at, (name, is_true)) in kinds.flags.iter().enumerate() {
            if at > 0 {
                line.push(Span::raw("  "));
            }
            line.extend(flag(name, *is_true, paper));
        }
        paper.wrapped(&Line::from(line), names + 2);
    }
    let widest = kinds.scores.iter().map(|(name, _)| cells::width(name)).max().unwrap_or(0).min(NAMES);
    for (name, score) in &kinds.scores {
        let mut line = begin(paper);
        line.extend(paper.named(name, widest, look.theme.dim));
        line.push(Span::styled(cells::score(*score), look.theme.text));
        let room = paper.width().saturating_sub(names + widest + 10).min(BAR);
        if room >= 4 && !look.plain {
            line.push(Span::styled(format!("  {}", gauge::bar(*score, 1.0, room, look)), look.theme.dim));
        }
        paper.wrapped(&Line::from(line), names + 2);
    }
    for (name, facts) in &kinds.groups {
        let mut line = begin(paper);
        line.push(Span::styled(format!("{name}: "), look.theme.dim));
        facts_line(facts, paper, &mut line);
        paper.wrapped(&Line::from(line), names + 4);
    }
    for (name, text) in &kinds.texts {
        let mut line = begin(paper);
        if !name.is_empty() {
            line.push(Span::styled(format!("{name}: "), look.theme.dim));
        }
        line.push(Span::styled(text.clone(), look.theme.text));
        paper.wrapped(&Line::from(line), names + 4);
    }
}

/// `88 rows · 6 columns · unit K`.
fn facts_line(facts: &[Fact], paper: &Paper<'_>, line: &mut Vec<Span<'static>>) {
    let look = paper.look();
    for (position, Fact { name, value }) in facts.iter().enumerate() {
        if position > 0 {
            line.push(Span::styled(format!("\u{a0}{} ", look.marks.dot), look.theme.dim));
        }
        if !name.is_empty() {
            line.push(Span::styled(format!("{name} "), look.theme.dim));
        }
        // A number stays with what it counts.
        let counts = name.is_empty() && value.starts_with(|sign: char| sign.is_ascii_digit());
        let value = if counts { value.replace(' ', "\u{a0}") } else { value.clone() };
        line.push(Span::styled(value, look.theme.text));
    }
}

/// `✓ parsed`; for a screen reader `parsed yes`.
fn flag(name: &str, is_true: bool, paper: &Paper<'_>) -> [Span<'static>; 2] {
    let look = paper.look();
    let name = name.replace(' ', "\u{a0}");
    if look.plain {
        let word = if is_true { "yes" } else { "no" };
        return [Span::styled(format!("{name}\u{a0}"), look.theme.dim), Span::styled(word, look.theme.text)];
    }
    // True is not always good: the mark says what it is, the colour nothing.
    let mark = if is_true { look.marks.good } else { look.marks.bad };
    [
        Span::styled(format!("{mark}\u{a0}"), look.theme.strong),
        Span::styled(name, if is_true { look.theme.text } else { look.theme.dim }),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::theme::{Look, ThemeName};

    const SIGNALS: [(&str, &str, &str); 15] = [
        ("data", "name", "run7.csv"),
        ("data", "row_count", "88"),
        ("data", "missing_cells", "1"),
        ("data", "offset", "-3"),
        ("data", "is_sorted", "true"),
        ("data", "has_units", "false"),
        ("data", "quality_score", "0.42"),
        ("data", "overlap.score", "0.90"),
        ("data", "columns", "sample, T, unit"),
        ("data", "cell.a", "1.50"),
        ("data", "cell.b", "2.25"),
        ("data", "parts.1.n", "1"),
        (
            "data",
            "summary",
            "Two runs, heating and cooling, of which the second was broken off at 700 K by hand.",
        ),
        ("note", "", "fine"),
        ("ok", "", "true"),
    ];

    fn shown(look: &Look) -> String {
        let signals: Vec<_> = SIGNALS
            .map(|(group, name, value)| (group.into(), name.into(), SafeText::line(value)))
            .into_iter()
            .collect();
        let mut paper = Paper::new(60, look);
        for group in signals.chunk_by(|one: &(SafeText, SafeText, SafeText), next| one.0 == next.0) {
            write_group(group, 4, &mut paper);
        }
        let lines = paper.finish();
        lines.iter().map(|line| line.to_string().replace('\u{a0}', " ")).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn each_kind_has_its_form() {
        insta::assert_snapshot!(shown(&Look::default()));
    }

    #[test]
    fn a_screen_reader_gets_words() {
        insta::assert_snapshot!(shown(&Look::new(ThemeName::Dark, false, false, true)));
    }
}

//! Facts the backend computed, one group a line: `data  run7.csv · 88 rows`.

use ratatui::text::{Line, Span};

use super::page::Stamp;
use super::paper::{NAMES, Paper};
use super::section::{Section, Sight};
use crate::ui::cells;
use crate::ui::facts::{self, Fact};

pub(super) const SECTION: Section = Section { name: "signals", stamp, write };

fn stamp(sight: &Sight<'_>) -> Option<Stamp> {
    (!sight.body.signals.is_empty()).then(Stamp::new)
}

fn write(sight: &Sight<'_>, paper: &mut Paper<'_>) {
    paper.title("signals");
    let look = paper.look();
    let groups: Vec<_> = sight.body.signals.chunk_by(|one, next| one.0 == next.0).collect();
    let widths =
        groups.iter().filter_map(|group| group.first()).map(|(group, _, _)| cells::width(group.as_str()));
    let names = widths.max().unwrap_or(0).min(NAMES);
    for group in groups {
        let Some((title, _, _)) = group.first() else { continue };
        let mut spans = paper.named(title.as_str(), names, look.theme.strong);
        for (position, Fact { name, value }) in facts::of_group(group).into_iter().enumerate() {
            if position > 0 {
                let dot = format!("\u{a0}{} ", look.marks.dot);
                spans.push(Span::styled(dot, look.theme.dim));
            }
            if !name.is_empty() {
                spans.push(Span::styled(format!("{name} "), look.theme.dim));
            }
            // A number stays with what it counts.
            let counts = name.is_empty() && value.starts_with(|sign: char| sign.is_ascii_digit());
            let value = if counts { value.replace(' ', "\u{a0}") } else { value };
            spans.push(Span::styled(value, look.theme.text));
        }
        paper.wrapped(&Line::from(spans), names + 2);
    }
}

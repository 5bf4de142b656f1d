//! The contributor's last decided entries in the quest, with the reviews they got.

use ratatui::text::{Line, Span};

use super::page::Stamp;
use super::paper::Paper;
use super::section::{Section, Sight};
use crate::domain::background::Past;
use crate::domain::{EntryStatus, SafeText};

pub(super) const SECTION: Section = Section { name: "history", stamp, write };

/// Characters of a review that are shown here.
const EXCERPT: usize = 200;

fn last<'s>(sight: &Sight<'s>) -> &'s [Past] {
    sight.state.judging.behind(sight.body.id).map_or(&[], |behind| &behind.record.last)
}

fn stamp(sight: &Sight<'_>) -> Option<Stamp> {
    let last = last(sight);
    let name = |past: &Past| past.reviewer.map(|user| sight.state.name_of(user));
    let item =
        |past: &Past| past.item.and_then(|item| sight.state.desk.item(item)).map(|item| item.updated_at);
    let stamp = Stamp::new().with(sight.state.judging.told);
    (!last.is_empty()).then(|| last.iter().fold(stamp, |stamp, past| stamp.with(name(past)).with(item(past))))
}

fn write(sight: &Sight<'_>, paper: &mut Paper<'_>) {
    let look = paper.look();
    paper.title("their last entries here");
    for past in last(sight) {
        let (mark, style) = match past.status {
            EntryStatus::Accepted => (look.marks.good, look.theme.good),
            _ => (look.marks.rejected, look.theme.bad),
        };
        let mut line = Vec::new();
        if !look.plain {
            line.push(Span::styled(format!("{mark} "), style));
        }
        line.push(Span::styled(past.status.word().to_owned(), style));
        let item = past.item.and_then(|item| sight.state.desk.item(item));
        if let Some(item) = item {
            line.push(Span::styled(format!(" #{} {}", item.number, item.title), look.theme.text));
        }
        line.push(Span::styled(decided_words(sight, past), look.theme.dim));
        let note = excerpt(&past.note);
        if !note.is_empty() {
            line.push(Span::styled(format!(": {note}"), look.theme.text));
        }
        paper.wrapped(&Line::from(line), 2);
    }
}

/// ` on 2026-11-20 by ana`.
fn decided_words(sight: &Sight<'_>, past: &Past) -> String {
    let day = past.at.map(|at| format!(" on {}", at.to_string().chars().take(10).collect::<String>()));
    let by = past.reviewer.map(|user| format!(" by {}", sight.state.name_of(user)));
    day.unwrap_or_default() + &by.unwrap_or_default()
}

/// The beginning of a review, in one line.
fn excerpt(note: &SafeText) -> String {
    let line = note.as_str().split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

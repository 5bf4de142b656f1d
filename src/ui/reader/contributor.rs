//! The contributor: what became of their other entries in the quest, and how entries like this one were decided.

use ratatui::text::{Line, Span};

use super::page::Stamp;
use super::paper::Paper;
use super::section::{Section, Sight};
use crate::app::command::Command;
use crate::app::context::keys_text;
use crate::app::judging::precedent::Precedent;
use crate::domain::background::{Alike, Background, Likeness, Record};
use crate::domain::{EntryStatus, UserId};
use crate::ui::cells;
use crate::ui::people::Who;

pub(super) const SECTION: Section = Section { name: "contributor", stamp, write };

/// Duplicates that are listed.
const DUPLICATES: usize = 4;

/// Names that are told behind a precedent.
const NAMED: usize = 3;

fn behind<'s>(sight: &Sight<'s>) -> Option<&'s Background> {
    sight.state.judging.behind(sight.body.id)
}

fn stamp(sight: &Sight<'_>) -> Option<Stamp> {
    let behind = behind(sight)?;
    let people = &sight.state.desk.people;
    let named = named(behind).map(|user| people.get(&user).map(|person| &person.username));
    let who = sight.state.desk.queue.row(sight.body.id)?.contributor;
    let stamp = named.fold(Stamp::new().with(sight.state.judging.told), Stamp::with);
    Some(stamp.with(people.get(&who).map(|person| (&person.username, person.is_agent))))
}

/// Everybody whose name is told.
fn named(behind: &Background) -> impl Iterator<Item = UserId> {
    behind.alike.iter().flat_map(|alike| [Some(alike.contributor), alike.past.reviewer]).flatten()
}

fn write(sight: &Sight<'_>, paper: &mut Paper<'_>) {
    let (Some(behind), Some(row)) = (behind(sight), sight.state.desk.queue.row(sight.body.id)) else {
        return;
    };
    let look = paper.look();
    paper.title("contributor");
    let who = Who::of(sight.state, row.contributor);
    let kind = match (look.plain, who.agent) {
        (true, _) => "",
        (false, true) => ", an agent",
        (false, false) => ", a person",
    };
    let line = Line::from(vec![
        Span::styled(who.fitted(40, look), look.theme.strong),
        Span::styled(kind, look.theme.dim),
        Span::styled(
            format!(" {} {}", look.marks.dot, record_words(&behind.record, behind.whole)),
            look.theme.text,
        ),
    ]);
    paper.wrapped(&line, 2);
    alike(sight, behind, paper);
}

/// `in this quest 12 accepted, 5 rejected (71 % accepted), 1 more pending`.
fn record_words(record: &Record, whole: bool) -> String {
    let count = |number: u32| cells::count(u64::from(number));
    let so_far = if whole { "" } else { ", as far as is known here" };
    let pending = match record.pending {
        0 => String::new(),
        more => format!(", {} more pending", count(more)),
    };
    match record.accept_rate() {
        None => format!("nothing decided in this quest{pending}{so_far}"),
        Some(rate) => format!(
            "in this quest {} accepted, {} rejected ({rate}\u{a0}% accepted){pending}{so_far}",
            count(record.accepted),
            count(record.rejected)
        ),
    }
}

fn alike(sight: &Sight<'_>, behind: &Background, paper: &mut Paper<'_>) {
    let look = paper.look();
    if let Some(precedent) = Precedent::of(&behind.alike, sight.body.item) {
        let by = by_words(sight, &precedent);
        let line = format!("{}{by}", precedent.words(behind.more_alike));
        paper.wrapped(&Line::styled(line, look.theme.text), 2);
    }
    let duplicates: Vec<_> = behind.alike.iter().filter(|alike| alike.how.is_duplicate()).collect();
    for duplicate in duplicates.iter().take(DUPLICATES) {
        let words = format!("{} {}", look.marks.warn, duplicate_words(sight, duplicate));
        paper.wrapped(&Line::styled(words, look.theme.warn), 2);
    }
    if behind.alike.is_empty() {
        return;
    }
    let more = match duplicates.len().saturating_sub(DUPLICATES) {
        0 => String::new(),
        more => format!("{more} more duplicates; "),
    };
    let key = keys_text(sight.state, Command::Alike);
    paper.wrapped(&Line::styled(format!("{more}{key} compares them with this one"), look.theme.dim), 2);
}

/// `, by ana and li`.
fn by_words(sight: &Sight<'_>, precedent: &Precedent) -> String {
    let name = |by: &Option<UserId>| match by {
        Some(user) => sight.state.name_of(*user).to_string(),
        // An evaluation, or whom the server does not name.
        None => "somebody unnamed".to_owned(),
    };
    let mut names: Vec<_> = precedent.by.iter().take(NAMED).map(name).collect();
    if precedent.by.len() > NAMED {
        names.push("others".to_owned());
    }
    match names.pop() {
        None => String::new(),
        Some(last) if names.is_empty() => format!(", by {last}"),
        Some(last) => format!(", by {} and {last}", names.join(", ")),
    }
}

/// `the same file as an entry of li, rejected: units`.
fn duplicate_words(sight: &Sight<'_>, duplicate: &Alike) -> String {
    let how = match duplicate.how {
        Likeness::Asset => "the same asset as".to_owned(),
        Likeness::Text => "the same text as".to_owned(),
        Likeness::Overlap(hundredths) => format!("about {hundredths} % of the text of"),
    };
    let own =
        sight.state.desk.queue.row(sight.body.id).is_some_and(|row| row.contributor == duplicate.contributor);
    let whose = if own {
        "another entry of theirs".to_owned()
    } else {
        format!("an entry of {}", sight.state.name_of(duplicate.contributor))
    };
    let state = match &duplicate.past.status {
        EntryStatus::Submitted => "pending".to_owned(),
        status => status.word().to_owned(),
    };
    format!("{how} {whose}, {state}")
}

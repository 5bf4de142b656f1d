//! What panes say when there is nothing to list: why, and what to do about it. Never an empty box.

use ratatui::style::Style;
use ratatui::text::Line;

use crate::app::State;
use crate::app::command::Command;
use crate::app::context::key_text;
use crate::app::next;
use crate::app::queue::Scope;
use crate::domain::SafeText;
use crate::sync::Link;

use super::cells::Pen;
use super::theme::Look;
use super::wrap::{Breaking, wrap};

/// Paragraphs with a blank line between them, one column in.
fn say(paragraphs: &[(String, Style)], pen: &mut Pen<'_>) {
    let width = usize::from(pen.area().width.saturating_sub(2));
    let mut lines: Vec<Line<'static>> = Vec::new();
    for (text, style) in paragraphs {
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        let breaking = Breaking { width, hanging: 0, exact: false };
        wrap(&Line::styled(text.clone(), *style), breaking, 100, &mut lines);
    }
    for (y, line) in (0..pen.area().height).zip(&lines) {
        pen.line(1, y, line);
    }
}

/// The pending list.
pub(super) fn pending(state: &State, look: &Look, pen: &mut Pen<'_>) {
    let theme = look.theme;
    let (first, then) = pending_words(state);
    let style = match &state.shell.link {
        Link::SignedOut { .. } | Link::Offline { .. } => theme.warn,
        _ => theme.strong,
    };
    say(&[(first, style), (then, theme.dim)], pen);
}

fn pending_words(state: &State) -> (String, String) {
    let desk = &state.desk;
    if let Some(filter) = desk.filter() {
        let all = desk.queue.len_of(desk.queue.scope());
        return (
            format!("Nothing matches {}", filter.text()),
            format!("{all} pending entries are left out by the filter. Esc clears it, / changes it."),
        );
    }
    let freshness = next::freshness(state);
    let again = key_text(state, Command::Refresh);
    match &state.shell.link {
        Link::SignedOut { why } => (
            format!("Signed out: {why}"),
            format!(
                "Leave with {} and give it a new key: with questdesk login, or in OURO_API_KEY or token_command if \
                 the key comes from there. Decisions made here wait. questdesk demo needs no key.",
                key_text(state, Command::Quit)
            ),
        ),
        Link::Offline { why, .. } if freshness.age.is_none() => (
            "Offline, and nothing is cached yet.".to_owned(),
            format!("{}. It is tried again by itself; {again} tries now.", capital(why.as_str())),
        ),
        Link::Slow { why, .. } if freshness.age.is_none() && desk.quests.is_empty() => (
            "The server does not answer as it should, and nothing is cached yet.".to_owned(),
            format!(
                "{}. It is tried again by itself. If it stays so, questdesk doctor tells what to mend.",
                capital(why.as_str())
            ),
        ),
        Link::Connecting if freshness.age.is_none() => {
            ("Connecting".to_owned(), "What is cached is shown as soon as it is read.".to_owned())
        }
        _ if desk.quests.is_empty() && state.shell.trouble.is_some() => trouble_words(state),
        _ if desk.quests.is_empty() && freshness.age.is_none() && state.shell.account.is_none() => {
            ("Reading".to_owned(), "What waits for you is being looked for.".to_owned())
        }
        _ if desk.quests.is_empty() => (
            "No quest here that you may review.".to_owned(),
            "Shown are quests of your own and of teams in which you are admin. --org and --team choose others; \
             questdesk doctor tells more."
                .to_owned(),
        ),
        _ => (scope_words(state).to_owned(), format!("Last looked: {}. {again} looks again now.", looked(state))),
    }
}

/// What could not be read, where nothing else is there to be shown.
fn trouble_words(state: &State) -> (String, String) {
    let words = state.shell.trouble.as_ref().map(SafeText::as_str).unwrap_or_default();
    (
        capital(words),
        format!(
            "--org, --team and --quest choose what is read; questdesk doctor tells which there are. {} tries again.",
            key_text(state, Command::Refresh)
        ),
    )
}

/// The words as a sentence begins.
fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

const fn scope_words(state: &State) -> &'static str {
    match state.desk.queue.scope() {
        Scope::All => "Queue empty: nothing waits for you.",
        Scope::Quest(_) => "Nothing waits for you in this quest. Esc shows all quests.",
        Scope::Item(_) => "Nothing waits for you on this item. Esc shows the whole quest.",
    }
}

fn looked(state: &State) -> String {
    let freshness = next::freshness(state);
    match freshness.age {
        None => "not yet".to_owned(),
        Some(_) if freshness.live => "just now".to_owned(),
        Some(_) => freshness.words.to_string(),
    }
}

/// The items pane.
pub(super) fn items(state: &State, look: &Look, pen: &mut Pen<'_>) {
    let words = match state.desk.items_quest() {
        None => "Items of the chosen quest stand here.",
        Some(_) => "No items: entries go to the quest itself.",
    };
    say(&[(words.to_owned(), look.theme.dim)], pen);
}

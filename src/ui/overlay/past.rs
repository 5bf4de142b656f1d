//! An entry that left the queue: what became of it, what can still be done, and what the cache has of it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::State;
use crate::app::decide::stage_word;
use crate::app::overlay::past::Past;
use crate::app::reader::Body;
use crate::domain::{EntryBody, SafeText, age_text};

use super::super::reader::paper::Paper;
use super::super::theme::Look;
use super::pager;

/// Draws it.
pub(super) fn draw(past: &Past, look: &Look, screen: Rect, buffer: &mut Buffer) -> (u16, u16) {
    let keys: &[(&str, &str)] = if past.is_rejected() {
        &[("j", "scroll"), ("a", "accept instead"), ("Esc", "close")]
    } else {
        &[("j", "scroll"), ("Esc", "close")]
    };
    pager::draw(&past.pager, (&["No longer in the queue"], keys), look, screen, buffer)
}

/// The lines of the page.
#[must_use]
pub fn lines(state: &State, past: &Past, width: u16) -> Vec<Line<'static>> {
    let theme = state.look.theme;
    let mut paper = Paper::new(width, &state.look);
    paper.wrapped(&Line::styled(past.known.label.to_string(), theme.strong), 2);
    if let Some(quest) = state.desk.quest(past.known.quest) {
        paper.wrapped(&Line::styled(quest.name.to_string(), theme.dim), 2);
    }
    paper.wrapped(&Line::styled(became(state, past).to_string(), theme.text), 2);
    if let Some(words) = state.instead_words(past) {
        paper.wrapped(&Line::styled(words.to_string(), theme.warn), 2);
    }
    paper.line(Line::default());
    match &past.body {
        Body::Ready(body) => text(body, &mut paper),
        Body::Missing => {
            paper.wrapped(&Line::styled("Its text is not kept here.", theme.dim), 0);
        }
        Body::Nothing | Body::Loading => paper.wrapped(&Line::styled("reading its text", theme.dim), 0),
    }
    paper.finish()
}

/// What became of it: as the server said last, else as the decision knows.
fn became(state: &State, past: &Past) -> SafeText {
    if let Body::Ready(body) = &past.body
        && let Some(review) = &body.review
    {
        let who = state.reviewer_name(review);
        let when = review.at.map_or(String::new(), |at| format!(", {} ago", age_text(state.now.since(at))));
        return SafeText::line(&format!(
            "{} by {who}{}",
            review.status.word(),
            when.replace(", now ago", ", just now")
        ));
    }
    if state.asides.get(past.known.entry).is_some() {
        return "put aside, undecided".into();
    }
    past.decision.as_ref().map_or_else(
        || "what became of it is not known".into(),
        |decision| SafeText::line(&format!("your decision: {}", stage_word(decision, false, state.now))),
    )
}

fn text(body: &EntryBody, paper: &mut Paper<'_>) {
    if let Some(review) = body.review.as_ref().filter(|review| !review.note.is_empty()) {
        paper.title("review");
        paper.markdown(&review.note, "");
        paper.line(Line::default());
    }
    if !body.assets.is_empty() {
        let look = paper.look();
        paper.title("assets");
        for slot in &body.assets {
            let name = slot.name.clone().unwrap_or_else(|| slot.asset_type.clone());
            let line = Line::from(vec![
                Span::styled(format!("{}  ", slot.key), look.theme.strong),
                Span::styled(name.to_string(), look.theme.text),
            ]);
            paper.wrapped(&line, 2);
        }
        paper.line(Line::default());
    }
    paper.title("description");
    paper.markdown(&body.description, "It says nothing.");
}

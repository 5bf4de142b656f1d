//! The comments at an entry, and the log of its evaluation, as pages.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::app::State;
use crate::app::command::Command;
use crate::app::context::key_text;
use crate::app::overlay::talk::{RunLog, Talk};
use crate::domain::decision::{Act, Decision, Stage, Subject};
use crate::domain::{AssetId, Comment, Run, SafeText, Timestamp};
use crate::sync::Talk as Read;

use super::super::people::Who;
use super::super::reader::paper::Paper;
use super::super::theme::Look;
use super::pager;

/// Characters of a comment that are quoted above its answers.
const QUOTED: usize = 60;

/// Draws the comments.
pub(super) fn draw(talk: &Talk, look: &Look, screen: Rect, buffer: &mut Buffer) -> (u16, u16) {
    let keys: &[(&str, &str)] = &[
        ("c", "comment on it"),
        ("d", "write to the quest"),
        ("R", "read again"),
        ("j", "scroll"),
        ("Esc", "close"),
    ];
    pager::draw(&talk.pager, (&["Comments"], keys), look, screen, buffer)
}

/// The lines of the comments.
#[must_use]
pub fn lines(state: &State, talk: &Talk, width: u16) -> Vec<Line<'static>> {
    let mut paper = Paper::new(width, &state.look);
    let dim = state.look.theme.dim;
    let mut own = own(state, talk);
    for (about, label) in state.talked_about(&talk.entry) {
        paper.title(label.as_str());
        match state.discussion.talk(about) {
            None => paper.wrapped(&Line::styled("reading the comments", dim), 0),
            Some(Read::Closed) => {
                let words =
                    "Not open to you: its contributor keeps it closed until it is accepted, or it is gone.";
                paper.wrapped(&Line::styled(words, dim), 0);
            }
            Some(Read::Failed(why)) => {
                let words = format!("The comments could not be read ({why}); R tries again.");
                paper.wrapped(&Line::styled(words, state.look.theme.warn), 0);
            }
            Some(Read::Read(thread)) if thread.comments.is_empty() && !is_on(own, about) => {
                paper.wrapped(&Line::styled("No comments yet.", dim), 0);
            }
            Some(Read::Read(thread)) => {
                for comment in &thread.comments {
                    one(state, comment, None, &mut paper);
                    for answer in &comment.answers {
                        one(state, answer, Some(comment), &mut paper);
                    }
                }
                if thread.cut {
                    paper.wrapped(
                        &Line::styled(
                            "Not all was read, or it may be shortened; the site shows all of it.",
                            dim,
                        ),
                        0,
                    );
                }
            }
        }
        // Ours stands where it will: behind those that are there.
        if is_on(own, about)
            && let Some(decision) = own.take()
        {
            on_its_way(state, decision, &mut paper);
        }
        paper.line(Line::default());
    }
    if let Some(decision) = own {
        paper.title("yours");
        on_its_way(state, decision, &mut paper);
    }
    paper.finish()
}

/// `2026-11-20 08:14`
fn moment(at: Timestamp) -> String {
    at.to_string().chars().take(16).map(|sign| if sign == 'T' { ' ' } else { sign }).collect()
}

/// A comment under its author's name; an answer says first to what.
fn one(state: &State, comment: &Comment, answers: Option<&Comment>, paper: &mut Paper<'_>) {
    let look = paper.look();
    let who = Who::of(state, comment.author).fitted(40, look);
    let head = Line::from(vec![
        Span::styled(who, look.theme.strong),
        Span::styled(format!(" {} {} UTC", look.marks.dot, moment(comment.created_at)), look.theme.dim),
    ]);
    paper.wrapped(&head, 2);
    if let Some(above) = answers {
        let name = state.name_of(above.author);
        let words = format!("  > {name}: {}", quoted(&above.text));
        paper.wrapped(&Line::styled(words, look.theme.dim), 4);
    }
    paper.markdown(&comment.text, "(without words)");
}

fn quoted(text: &SafeText) -> String {
    let line = text.as_str().split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(QUOTED) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// A comment of ours that is on its way, or was not sent.
fn own<'s>(state: &'s State, talk: &Talk) -> Option<&'s Decision> {
    state.decisions.on(Subject::Comment(talk.entry.id))
}

fn is_on(own: Option<&Decision>, asset: AssetId) -> bool {
    matches!(own.map(|own| &own.act), Some(Act::Comment { about, .. }) if *about == asset)
}

/// Our comment, with where it is in its life beside our name.
fn on_its_way(state: &State, decision: &Decision, paper: &mut Paper<'_>) {
    let Act::Comment { text, .. } = &decision.act else { return };
    let look = paper.look();
    let me = state.shell.account.as_ref().map_or("you".to_owned(), |me| me.username.to_string());
    let failed = matches!(decision.stage, Stage::Refused { .. } | Stage::Conflict(_));
    let style = if failed { look.theme.bad } else { look.theme.busy };
    let word =
        if state.decisions.is_recording(decision.id) { "recording".into() } else { stage(state, decision) };
    let head = Line::from(vec![
        Span::styled(me, look.theme.strong),
        Span::styled(format!(" {} ", look.marks.dot), look.theme.dim),
        Span::styled(word.to_string(), style),
    ]);
    paper.wrapped(&head, 2);
    paper.markdown(text, "");
}

/// Where a comment is in its life; no seconds, so that time does not make the page stale.
fn stage(state: &State, decision: &Decision) -> SafeText {
    match &decision.stage {
        Stage::Held { until: Some(_) } => {
            SafeText::line(&format!("held: {} takes it back", key_text(state, Command::Undo)))
        }
        Stage::Held { until: None } => "waits for a word from you".into(),
        Stage::Queued => "waits to be sent".into(),
        Stage::Sending => "is being sent".into(),
        Stage::Unknown { .. } => "no clear answer came: it is looked for".into(),
        Stage::Refused { words } => SafeText::line(&format!("refused: {words}; the text is kept as a draft")),
        Stage::Confirmed(_) => "sent".into(),
        Stage::Conflict(_) | Stage::Undone => "not sent: the text is kept as a draft".into(),
    }
}

/// Draws a run's log.
pub(super) fn draw_run(log: &RunLog, look: &Look, screen: Rect, buffer: &mut Buffer) -> (u16, u16) {
    pager::draw(&log.pager, (&["Evaluation run"], &[("j", "scroll"), ("Esc", "close")]), look, screen, buffer)
}

/// The lines of a run's log.
#[must_use]
pub fn run_lines(state: &State, log: &RunLog, width: u16) -> Vec<Line<'static>> {
    let mut paper = Paper::new(width, &state.look);
    let theme = state.look.theme;
    match (state.discussion.run(log.action), state.discussion.run_failed(log.action)) {
        (Some(run), _) => run_page(run, &mut paper),
        (None, Some(why)) => {
            paper.wrapped(&Line::styled(format!("The run could not be read: {why}"), theme.warn), 0);
        }
        (None, None) => paper.wrapped(&Line::styled("reading the run", theme.dim), 0),
    }
    paper.finish()
}

fn run_page(run: &Run, paper: &mut Paper<'_>) {
    let look = paper.look();
    let at = |at: Option<Timestamp>| at.map_or("unknown".to_owned(), |at| format!("{} UTC", moment(at)));
    let route = run.route.as_ref().map_or("unnamed".to_owned(), ToString::to_string);
    let facts = [
        ("route", route),
        ("state", run.status.to_string()),
        ("began", at(run.started_at)),
        ("ended", if run.is_over() { at(run.finished_at) } else { "not yet".to_owned() }),
    ];
    paper.pairs(facts.iter().map(|(name, value)| (*name, value.as_str())));
    if let Some(error) = &run.error {
        paper.line(Line::default());
        paper.title("error");
        paper.wrapped(&Line::styled(error.to_string(), look.theme.bad), 0);
    }
    paper.line(Line::default());
    paper.title("log");
    if run.log.is_empty() {
        paper.wrapped(&Line::styled("The run wrote nothing down.", look.theme.dim), 0);
    }
    if run.cut {
        paper.wrapped(&Line::styled("Only the end is shown.", look.theme.dim), 0);
    }
    for line in &run.log {
        let style = if line.level.as_str() == "error" { look.theme.bad } else { look.theme.text };
        let at = line.at.map_or(String::new(), |at| format!("{} ", moment(at)));
        let spans = vec![
            Span::styled(format!("{at}{}  ", line.level), look.theme.dim),
            Span::styled(line.message.to_string(), style),
        ];
        paper.wrapped(&Line::from(spans), 2);
    }
}

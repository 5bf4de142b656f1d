//! The Log view: a row a decision, and beside it (or in its place, where there is no room) all that is known of one.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::app::State;
use crate::app::decide::{act_word, amounts, clash_words, stage_word};
use crate::domain::decision::{Clash, Decision, Settled, Stage};
use crate::domain::journal::{State as Became, server_words};
use crate::domain::{Cost, Timestamp, age_text};

use super::cells::{self, Pen};
use super::frame::{self, Framed};
use super::theme::Look;
use super::wrap::{Breaking, wrap};

/// From here on the detail stands beside the list.
const SIDE_BY_SIDE: u16 = 100;

/// Columns of an age, and of what a decision came to.
const AGE: u16 = 4;
const WORD: u16 = 16;

/// Lines of a detail at the most, however long the note.
const LONGEST: usize = 2_000;

/// What is on the screen, and how much of it fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    list: Option<Rect>,
    detail: Option<Rect>,
    /// Rows of the list.
    pub rows: usize,
    /// Lines of the detail.
    pub detail_rows: usize,
    /// Columns that the detail is wrapped for.
    pub columns: usize,
}

/// Lays the view out.
#[must_use]
pub fn parts(state: &State) -> Parts {
    let middle = Rect { x: 0, y: 1, width: state.width, height: state.height.saturating_sub(2) };
    let wide = state.width >= SIDE_BY_SIDE && !state.settings.plain;
    let (list, detail) = if wide {
        let left = (u32::from(middle.width) * 57 / 100) as u16;
        let right = Rect { x: left, width: middle.width - left, ..middle };
        (Some(Rect { width: left, ..middle }), Some(right))
    } else if state.log.detail {
        (None, Some(middle))
    } else {
        (Some(middle), None)
    };
    let inside = |area: Option<Rect>| area.map_or(Rect::ZERO, |area| inner(area, state.settings.plain));
    // What is not on the screen is laid out as if it were: its text must not jump when it comes.
    let text = inside(detail.or(Some(middle)));
    Parts {
        list,
        detail,
        rows: inside(list.or(Some(middle))).height.into(),
        detail_rows: text.height.into(),
        columns: usize::from(text.width.saturating_sub(2)).min(state.settings.text_width.into()),
    }
}

fn inner(area: Rect, plain: bool) -> Rect {
    if plain {
        let heading = area.height.min(1);
        return Rect { y: area.y + heading, height: area.height - heading, ..area };
    }
    Rect {
        x: area.x + area.width.min(1),
        y: area.y + area.height.min(1),
        width: area.width.saturating_sub(2),
        height: area.height.saturating_sub(2),
    }
}

/// Draws the view; returns where the cursor is.
pub(super) fn draw(state: &State, look: &Look, buffer: &mut Buffer) -> Option<(u16, u16)> {
    let parts = parts(state);
    let mut cursor = None;
    if let Some(area) = parts.list {
        cursor = list(state, look, area, buffer);
    }
    if let Some(area) = parts.detail {
        let place = detail(state, look, area, &parts, buffer);
        if state.log.detail {
            cursor = Some(place);
        }
    }
    cursor
}

fn list(state: &State, look: &Look, area: Rect, buffer: &mut Buffer) -> Option<(u16, u16)> {
    let log = &state.log;
    let here = cells::count(log.rows().len() as u64);
    let more = if log.has_older() { format!("{here} of {}", cells::count(log.total)) } else { here };
    let filter = log.filter().map(|filter| format!("/ {}", filter.text()));
    let count = format!("Log {more}");
    let mut titles = vec![count.as_str()];
    titles.extend(filter.as_deref());
    titles.push("newest first");
    let framed = Framed { titles: &titles, focused: !log.detail, joined: false, open_below: false };
    frame::draw(buffer, area, &framed, look);
    let inner = inner(area, look.plain);
    let mut pen = Pen::new(buffer, inner, look.marks.ellipsis);
    if log.rows().is_empty() {
        pen.left(1, 0, inner.width.saturating_sub(2), empty(state), look.theme.dim);
        return Some((inner.x, inner.y));
    }
    let mut place = None;
    for (y, (at, decision)) in (0..inner.height).zip(log.rows().iter().enumerate().skip(log.top())) {
        let under = at == log.cursor();
        if under {
            place = Some((inner.x, inner.y + y));
            let style = if log.detail { look.theme.dim } else { look.theme.accent };
            pen.left(0, y, 1, look.marks.cursor, style);
        }
        row(state, decision, under, look, &mut pen, y);
    }
    place
}

/// Why there is no row.
fn empty(state: &State) -> &'static str {
    match (state.log.loading || state.log.has_older(), state.log.filter()) {
        (true, _) => "reading the journal",
        (false, Some(_)) => "no decision matches; Esc takes the filter off",
        (false, None) => "nothing has been decided yet",
    }
}

/// `3h ✓ accepted  accept #3 Curie temps · bot-7     500 sat`
fn row(state: &State, decision: &Decision, under: bool, look: &Look, pen: &mut Pen<'_>, y: u16) {
    let theme = look.theme;
    let width = pen.area().width;
    pen.right(2, y, AGE, &age_text(state.now.since(decision.changed_at)), theme.dim);
    let (mark, style) = mark(decision, look);
    if !look.plain {
        pen.left(7, y, 1, mark, style);
    }
    let word = became(state, decision);
    let pays = if decision.cost == Cost::default() { String::new() } else { payment(decision) };
    let pays_wide = (cells::width(&pays) as u16).min(width / 4);
    let word_wide = WORD.min(width / 3);
    pen.left(9, y, word_wide, &word, style);
    let label = 9 + word_wide + 1;
    let room = width.saturating_sub(label + pays_wide + 2);
    let text = format!("{} {}", act_word(&decision.act), decision.label);
    let text_style = if under { theme.strong } else { theme.text };
    pen.left(label, y, room, &text, text_style);
    pen.right(width.saturating_sub(pays_wide + 1), y, pays_wide, &pays, theme.text);
}

/// What it has come to, in a word or two.
fn became(state: &State, decision: &Decision) -> String {
    match &decision.stage {
        Stage::Confirmed(Settled::Agreed { with }) => match with {
            Some(user) => format!("agreed with {}", state.name_of(*user)),
            None => "agreed".to_owned(),
        },
        _ => stage_word(decision, state.decisions.is_recording(decision.id), state.now).to_string(),
    }
}

/// What it paid, or would have.
fn payment(decision: &Decision) -> String {
    match (decision.cost.gross, decision.cost.xp) {
        (Some(gross), 0) => gross.to_string(),
        (Some(gross), xp) => format!("{gross} + {xp} xp"),
        (None, xp) => format!("{xp} xp"),
    }
}

fn mark(decision: &Decision, look: &Look) -> (&'static str, Style) {
    let (marks, theme) = (look.marks, look.theme);
    match Became::of(&decision.stage) {
        Became::Held => (marks.dot, theme.warn),
        Became::Sending => (marks.ellipsis, theme.busy),
        Became::Unknown => (marks.unknown, theme.warn),
        Became::Done | Became::Agreed => (marks.good, theme.good),
        Became::Refused | Became::Conflict => (marks.warn, theme.bad),
        Became::Undone => (" ", theme.dim),
    }
}

fn detail(state: &State, look: &Look, area: Rect, parts: &Parts, buffer: &mut Buffer) -> (u16, u16) {
    let lines = detail_lines(state, parts.columns);
    let below = lines.len().saturating_sub(state.log.scroll + parts.detail_rows);
    let more = if below > 0 { format!("{below} more lines") } else { String::new() };
    let titles = ["Decision", more.as_str()];
    let titles = if more.is_empty() { &titles[..1] } else { &titles[..] };
    frame::draw(
        buffer,
        area,
        &Framed { titles, focused: state.log.detail, joined: false, open_below: false },
        look,
    );
    let inner = inner(area, look.plain);
    let mut pen = Pen::new(buffer, inner, look.marks.ellipsis);
    for (y, line) in (0..inner.height).zip(lines.iter().skip(state.log.scroll)) {
        let line = styled(line, look);
        pen.line(1, y, &line);
    }
    (inner.x, inner.y)
}

/// The names at the left of the detail are dim.
fn styled(line: &Line<'static>, look: &Look) -> Line<'static> {
    let mut line = line.clone();
    if let [name, _, ..] = line.spans.as_mut_slice() {
        name.style = look.theme.dim;
    }
    line
}

/// Everything that is known of the decision that is shown, wrapped.
#[must_use]
pub fn detail_lines(state: &State, columns: usize) -> Vec<Line<'static>> {
    let Some(decision) = state.log.shown() else { return Vec::new() };
    let mut lines = Vec::new();
    let mut say = |name: &str, text: &str| {
        let mut name = name;
        for paragraph in text.lines() {
            let line = Line::from(vec![Span::raw(format!("{name:<9}")), Span::raw(paragraph.to_owned())]);
            wrap(&line, Breaking { width: columns.max(1), hanging: 9, exact: false }, LONGEST, &mut lines);
            name = "";
        }
    };
    say("what", &format!("{} {}", act_word(&decision.act), decision.label));
    say("state", &became(state, decision));
    if let Some(quest) = state.desk.quest(decision.quest) {
        say("quest", quest.name.as_str());
    }
    say("made", &when(decision.made_at, state.now));
    say("changed", &when(decision.changed_at, state.now));
    say("by", &decided_by(state, decision));
    say("pays", &pays(decision));
    say("attempts", &decision.attempts.to_string());
    if let Some(note) = decision.act.note() {
        say("note", note.as_str());
    }
    let theirs = match &decision.stage {
        Stage::Conflict(clash) if !matches!(clash, Clash::Decided(_)) => Some(clash_words(clash)),
        over => server_words(over).filter(|words| !words.is_empty()).map(|words| words.to_string()),
    };
    if let Some(words) = theirs {
        let name = if matches!(decision.stage, Stage::Conflict(_)) { "theirs" } else { "server" };
        say(name, &words);
    }
    let trail = state.log.trail(decision.id);
    if !trail.is_empty() {
        say("", " ");
    }
    for (number, step) in trail.iter().enumerate() {
        let words = if step.words.is_empty() { String::new() } else { format!(": {}", step.words) };
        say(if number == 0 { "trail" } else { "" }, &format!("{}  {}{words}", clock(step.at), step.to));
    }
    lines
}

/// Who decided in the end.
fn decided_by(state: &State, decision: &Decision) -> String {
    match &decision.stage {
        Stage::Confirmed(Settled::Ours) => {
            state.shell.account.as_ref().map_or_else(|| "you".to_owned(), |own| own.username.to_string())
        }
        Stage::Confirmed(Settled::Agreed { with: Some(user) }) => {
            format!("{}, the same as you", state.name_of(*user))
        }
        Stage::Confirmed(Settled::Agreed { with: None }) => "somebody else, the same as you".to_owned(),
        Stage::Conflict(Clash::Decided(review)) => {
            format!("{}: {}", state.reviewer_name(review), review.status.word())
        }
        _ => "nobody yet".to_owned(),
    }
}

/// `500 sat (450 net, fee 50)`, and whether it is paid. Of runs, what the server said that they cost.
fn pays(decision: &Decision) -> String {
    let runs = decision.act.runs();
    if decision.cost == Cost::default() {
        return if runs > 0 { "nothing that the server told" } else { "nothing" }.to_owned();
    }
    if decision.may_have_spent() {
        return format!("{}, if it ran", payment(decision));
    }
    let paid = match Became::of(&decision.stage) {
        Became::Done => "",
        Became::Held | Became::Sending | Became::Unknown => ", once it is done",
        Became::Agreed | Became::Refused | Became::Conflict | Became::Undone => ", not paid by this",
    };
    let sum = if runs > 0 { payment(decision) } else { amounts(&decision.cost) };
    format!("{sum}{paid}")
}

/// `2026-11-23 10:42:07 UTC, 3h ago`
fn when(at: Timestamp, now: Timestamp) -> String {
    let age = age_text(now.since(at));
    let ago = if age == "now" { "just now".to_owned() } else { format!("{age} ago") };
    format!("{} UTC, {ago}", clock(at))
}

/// `2026-11-23 10:42:07`
fn clock(at: Timestamp) -> String {
    at.to_string().chars().take(19).map(|c| if c == 'T' { ' ' } else { c }).collect()
}

//! The line on top: who and where, how fresh everything is, what is pending, held, on its way and unknown, and what
//! this session has agreed to pay. When there is no room, what matters least goes first.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;

use crate::app::State;
use crate::app::bulk::progress::running;
use crate::app::command::Command;
use crate::app::context::key_text;
use crate::app::decide::bare;
use crate::app::next;
use crate::domain::{Currency, Money, age_text};
use crate::sync::Link;

use super::cells::{self, Pen};
use super::theme::Look;

/// Before parts below this go, the counts are told in short.
const SHORT_BEFORE: u8 = 5;

/// A part of the line. The higher its number, the sooner it goes.
struct Part {
    goes: u8,
    pieces: Vec<Span<'static>>,
}

impl Part {
    fn new(goes: u8, text: impl Into<String>, style: Style) -> Self {
        Self { goes, pieces: vec![Span::styled(text.into(), style)] }
    }

    fn width(&self) -> usize {
        self.pieces.iter().map(|piece| cells::width(&piece.content)).sum()
    }
}

/// Draws the line.
pub(super) fn draw(state: &State, look: &Look, area: Rect, buffer: &mut Buffer) {
    let mut left = left(state, look);
    let mut right = right(state, look, false);
    let room = usize::from(area.width.saturating_sub(2));
    let mut short = false;
    while width(&left) + width(&right) + 2 > room {
        let goes = left.iter().chain(&right).map(|part| part.goes).max().unwrap_or(0);
        if goes < SHORT_BEFORE && !short {
            short = true;
            right = self::right(state, look, short);
            right.retain(|part| part.goes <= goes);
            continue;
        }
        if goes == 0 {
            break;
        }
        left.retain(|part| part.goes < goes);
        right.retain(|part| part.goes < goes);
    }
    let mut pen = Pen::new(buffer, area, look.marks.ellipsis);
    let mut x = 1;
    for part in &left {
        x += pen.pieces(x, 0, area.width.saturating_sub(x + 1), &part.pieces) + 2;
    }
    let mut x = x.max(area.width.saturating_sub(width(&right) as u16 + 1));
    for part in &right {
        x += pen.pieces(x, 0, area.width.saturating_sub(x + 1), &part.pieces) + 2;
    }
}

/// Columns of some parts with two blanks between them.
fn width(parts: &[Part]) -> usize {
    parts.iter().map(|part| part.width() + 2).sum::<usize>().saturating_sub(2)
}

fn left(state: &State, look: &Look) -> Vec<Part> {
    let theme = look.theme;
    let mut parts = vec![Part::new(9, "questdesk", theme.strong)];
    if let Some(account) = &state.shell.account {
        parts.push(Part::new(4, format!("@{}", account.username), theme.text));
    }
    if !state.settings.place.is_empty() {
        parts.push(Part::new(7, state.settings.place.to_string(), theme.dim));
    }
    if state.settings.read_only {
        parts.push(Part::new(2, "read-only", theme.warn));
    }
    if !state.shell.sends {
        parts.push(Part::new(3, "another desk sends", theme.dim));
    }
    if state.shell.broken {
        parts.push(Part::new(1, "can't save", theme.bad));
    }
    parts.extend(link(state, look));
    parts
}

/// The truth about the connection: a mark and a word, how old what is shown is, and why it is no fresher.
fn link(state: &State, look: &Look) -> Vec<Part> {
    let theme = look.theme;
    let freshness = next::freshness(state);
    // Where there is no quest, nothing can be old.
    let nothing = state.desk.quests.is_empty() && state.shell.account.is_some();
    let (word, style, why) = match &state.shell.link {
        Link::Live if freshness.live || nothing => ("live".to_owned(), theme.good, None),
        Link::Live => (freshness.words.to_string(), theme.good, None),
        Link::Connecting => ("connecting".to_owned(), theme.busy, None),
        Link::Slow { why, .. } => ("slow".to_owned(), theme.warn, Some(why)),
        Link::Offline { since, why, .. } => {
            (format!("offline {}", age_text(state.now.since(*since))), theme.bad, Some(why))
        }
        Link::SignedOut { why } => ("signed out".to_owned(), theme.bad, Some(why)),
    };
    let mut parts = vec![Part::new(0, format!("{} {word}", look.marks.link), style)];
    if let Some(why) = why {
        parts.push(Part::new(5, cells::fit(why.as_str(), 40, look.marks.ellipsis).into_owned(), style));
        parts.push(Part::new(6, freshness.words.to_string(), theme.dim));
    }
    parts
}

fn right(state: &State, look: &Look, short: bool) -> Vec<Part> {
    let mut parts = vec![counts(state, look, short)];
    parts.extend(bulk(state, look, short));
    parts.extend(envelope(state, look));
    parts.extend(others(state, look));
    let (used, limit) = state.shell.budget;
    if limit > 0 {
        let style = if used * 10 >= limit * 9 { look.theme.warn } else { look.theme.dim };
        parts.push(Part::new(8, format!("{used}/{limit} req/min"), style));
    }
    parts
}

/// `214 pending · 3 held 4s · 0 sending · 2 unknown`: while a decision is open, how many are held and on their way is
/// always said, so that the line stays calm; else only what there is. In short: only what there is.
fn counts(state: &State, look: &Look, short: bool) -> Part {
    let theme = look.theme;
    let tally = state.decisions.tally();
    let left = state.decisions.next_end().map(|until| until.since(state.now).as_millis().div_ceil(1_000));
    let seconds = left.map_or_else(String::new, |left| format!(" {left}s"));
    let waiting = if short { " waiting" } else { " waiting for you" };
    let way = if state.shell.is_cut_off() || state.shell.sending.paused { " queued" } else { " sending" };
    let calm = !short && tally.open() > 0;
    let kinds = [
        (if short { 0 } else { tally.recording }, " recording".to_owned(), theme.dim, false),
        (tally.held, format!(" held{seconds}"), theme.warn, calm),
        (tally.waiting, waiting.to_owned(), theme.warn, false),
        (tally.sending, way.to_owned(), theme.busy, calm),
        (tally.unknown, " unknown".to_owned(), theme.bad, false),
    ];
    let mut said = Vec::with_capacity(6);
    let pending = state.desk.pending();
    // Before anything was read, none pending would be a guess.
    let known = pending > 0 || state.shell.link == Link::Live;
    if known && !(short && tally.open() > tally.recording) {
        said.push((format!("{} pending", cells::count(pending as u64)), theme.text));
    }
    let aside = state.desk.queue.aside_len();
    if aside > 0 && !short {
        said.push((format!("{} aside", cells::count(aside as u64)), theme.dim));
    }
    said.extend(kinds.into_iter().filter(|&(count, _, _, always)| count > 0 || always).map(
        |(n, what, style, _)| {
            (format!("{}{what}", cells::count(n.into())), if n == 0 { theme.dim } else { style })
        },
    ));
    let mut pieces = Vec::with_capacity(said.len() * 2);
    for (text, style) in said {
        if !pieces.is_empty() {
            pieces.push(Span::styled(format!(" {} ", look.marks.dot), theme.dim));
        }
        pieces.push(Span::styled(text, style));
    }
    Part { goes: 0, pieces }
}

fn paused(state: &State) -> String {
    format!("paused: {} goes on", key_text(state, Command::Pause))
}

/// `136: 90 done · 1 refused · 22/s · 4s left`: the bulk that is being sent; or that sending is paused.
fn bulk(state: &State, look: &Look, short: bool) -> Option<Part> {
    let Some(running) = running(state) else {
        return state.shell.sending.paused.then(|| Part::new(1, paused(state), look.theme.warn));
    };
    let mut said =
        vec![format!("{}: {} done", cells::count(running.all as u64), cells::count(running.done as u64))];
    if running.refused > 0 || !short {
        said.push(format!("{} refused", cells::count(running.refused as u64)));
    }
    match running.per_minute {
        _ if running.paused => said.push(paused(state)),
        0 => {}
        _ if short => {}
        per_minute @ ..120 => said.push(format!("{per_minute}/min")),
        per_minute => said.push(format!("{}/s", per_minute / 60)),
    }
    said.extend(running.seconds_left().map(|left| format!("{left}s left")));
    let style = if running.paused { look.theme.warn } else { look.theme.busy };
    Some(Part::new(1, said.join(&format!(" {} ", look.marks.dot)), style))
}

/// `ravi active, 14 in 10 min`: who else is reviewing, the busiest by name; and which lane this desk keeps to.
fn others(state: &State, look: &Look) -> Vec<Part> {
    let mut parts = Vec::new();
    if let Some((lane, of)) = state.settings.lane {
        parts.push(Part::new(2, format!("lane {lane}/{of}"), look.theme.text));
    }
    let active = state.reviewers.active(state.now);
    if let Some(busiest) = active.first() {
        let name = state.name_of(busiest.reviewer);
        let more = if active.len() > 1 { format!(" +{}", active.len() - 1) } else { String::new() };
        let words = format!("{name}{more} active, {} in 10 min", busiest.reviews);
        parts.push(Part::new(6, words, look.theme.dim));
    }
    parts
}

/// `₿ 1,500 of 70,000`: what is committed of what was agreed on; or what was paid without an agreement.
fn envelope(state: &State, look: &Look) -> Vec<Part> {
    let envelope = &state.decisions.envelope;
    let mut parts = Vec::new();
    for currency in envelope.currencies() {
        let Some(agreed) = envelope.agreed(currency) else { continue };
        let committed = state.decisions.committed(currency);
        let nearly = committed.amount.saturating_mul(10) >= agreed.amount.saturating_mul(9);
        let style = if nearly { look.theme.warn } else { look.theme.text };
        let (sign, unit) = signs(currency, look);
        let text = format!("{sign}{} of {}{unit}", bare(committed), bare(agreed));
        parts.push(Part {
            goes: 3,
            pieces: vec![Span::styled(text, style), Span::styled(bar(committed, agreed, look), style)],
        });
    }
    if parts.is_empty() {
        for currency in [Currency::Btc, Currency::Usd] {
            let paid = state.decisions.paid(currency);
            if paid.amount > 0 {
                let (sign, unit) = signs(currency, look);
                parts.push(Part::new(3, format!("{sign}{}{unit} paid", bare(paid)), look.theme.text));
            }
        }
    }
    parts
}

/// How much of what was agreed on is committed, in four cells; for a screen reader nothing, the numbers say it.
fn bar(committed: Money, agreed: Money, look: &Look) -> String {
    const CELLS: i128 = 4;
    if look.plain {
        return String::new();
    }
    let full = i128::from(committed.amount.max(0)) * CELLS / i128::from(agreed.amount.max(1));
    let full = usize::try_from(full.min(CELLS)).unwrap_or(0);
    format!(" {}{}", look.marks.full.repeat(full), look.marks.empty.repeat(CELLS as usize - full))
}

/// What stands before and after amounts in a currency.
const fn signs(currency: Currency, look: &Look) -> (&'static str, &'static str) {
    match currency {
        Currency::Btc if look.ascii => ("", " sat"),
        Currency::Btc => ("₿ ", ""),
        Currency::Usd | Currency::Other(_) => ("", ""),
    }
}

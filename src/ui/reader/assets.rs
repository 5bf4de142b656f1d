//! What was submitted under which key: what the item asks for and whether it is that, what is known of the asset, and
//! the first lines of what is in it; and what was asked for and is missing.

use std::borrow::Cow;

use ratatui::text::{Line, Span};

use super::asset_facts;
use super::page::Stamp;
use super::paper::{NAMES, Paper};
use super::section::{Section, Sight};
use crate::app::command::Command;
use crate::app::context;
use crate::domain::{Asset, AssetSlot, AssetView, Check, Inside, Outcome, Preview, Shown, SubmissionKey};
use crate::ui::preview::{self, Setting};
use crate::ui::theme::Look;

pub(super) const SECTION: Section = Section { name: "assets", stamp, write };

/// Lines of what is in one asset: enough to judge most, few enough to come to the next.
const PREVIEW: usize = 16;

fn keys<'s>(sight: &Sight<'s>) -> Cow<'s, [SubmissionKey]> {
    let Some(item) = sight.item else { return Cow::Borrowed(&[]) };
    let routes = &sight.state.desk.reader.routes;
    item.asked_for(item.inputs.as_ref().and_then(|inputs| routes.inputs(inputs.route)))
}

fn stamp(sight: &Sight<'_>) -> Option<Stamp> {
    let assets = &sight.body.assets;
    let anything = !assets.is_empty() || missing(assets, &keys(sight)).next().is_some();
    let link = std::mem::discriminant(&sight.state.shell.link);
    let (assets, routes) = (&sight.state.desk.reader.assets, &sight.state.desk.reader.routes);
    let opened = sight.body.assets.iter().filter(|slot| assets.is_opened(slot.asset)).count();
    anything.then(|| Stamp::new().with(assets.told).with(routes.told).with(opened).with(link))
}

fn write(sight: &Sight<'_>, paper: &mut Paper<'_>) {
    paper.title("assets");
    let keys = keys(sight);
    let open = context::keys_text(sight.state, Command::Assets);
    for (at, slot) in sight.body.assets.iter().enumerate() {
        if at > 0 {
            paper.line(Line::default());
        }
        paper.place(slot.key.as_str());
        // What is submitted is this asset; what is found in it, and when, makes no change of the entry.
        paper.part(&format!("{} {}", slot.key, slot.asset));
        paper.beside(|paper| one(sight, at, slot, (&keys, open.as_str()), paper));
    }
    lacking(&sight.body.assets, &keys, paper);
}

fn one(
    sight: &Sight<'_>,
    at: usize,
    slot: &AssetSlot,
    (keys, open): (&[SubmissionKey], &str),
    paper: &mut Paper<'_>,
) {
    let key = keys.iter().find(|key| key.key == slot.key);
    let view = sight.state.desk.reader.assets.view(slot.asset).map(AsRef::as_ref);
    let checks = key.zip(view).map(|(key, view)| checks(sight, slot, key, view));
    declared(slot, key, checks.unwrap_or_default(), paper);
    paper.wrapped(&asset_facts::line(slot, view, paper.look()), 2);
    match view {
        Some(AssetView { shown: Shown::Closed, .. }) => closed(sight, slot, paper),
        Some(AssetView { shown: Shown::OnDemand, .. }) => {
            let words = asset_facts::picture(sight.state, slot);
            paper.wrapped(&Line::styled(words.to_string(), paper.look().theme.dim), 0);
        }
        Some(AssetView { shown: Shown::PutAway, .. }) => {
            let words = format!("Put away to make room for the others: {open} opens it.");
            paper.wrapped(&Line::styled(words, paper.look().theme.dim), 0);
        }
        Some(view) => inside(view, at + 1, open, paper),
        None => {
            let words = asset_facts::waiting(sight.state);
            paper.wrapped(&Line::styled(words.to_string(), paper.look().theme.dim), 0);
        }
    }
}

/// Whether this is what was asked for, as far as anybody can tell: of what is closed, by its signals.
fn checks(sight: &Sight<'_>, slot: &AssetSlot, key: &SubmissionKey, view: &AssetView) -> Vec<Check> {
    match (&view.asset, &view.shown) {
        (Some(asset), shown) => key.checks(asset, shown),
        (None, shown) => key.checks(&Asset::of_signals(slot, &sight.body.signals), shown),
    }
}

/// The key, what the item calls it and asks for, and whether this is that.
fn declared(slot: &AssetSlot, key: Option<&SubmissionKey>, checks: Vec<Check>, paper: &mut Paper<'_>) {
    let look = paper.look();
    let mut spans = vec![Span::styled(slot.key.to_string(), look.theme.strong)];
    let Some(key) = key else {
        paper.wrapped(&Line::from(spans), 2);
        return;
    };
    let label = key.label.as_ref().filter(|label| !label.as_str().eq_ignore_ascii_case(slot.key.as_str()));
    if let Some(label) = label {
        spans.push(Span::styled(format!("  ({label})"), look.theme.dim));
    }
    let asks = key.asks();
    if checks.is_empty() {
        if !asks.is_empty() {
            spans.push(Span::styled(format!("  asked for: {asks}"), look.theme.dim));
        }
        paper.wrapped(&Line::from(spans), 2);
        return;
    }
    spans.push(Span::styled("  asked for: ", look.theme.dim));
    for (at, check) in checks.iter().enumerate() {
        let comma = if at > 0 { ", " } else { "" };
        spans.push(Span::styled(format!("{comma}{}", check.asks), look.theme.dim));
        spans.push(outcome(&check.outcome, look));
    }
    if !key.required {
        spans.push(Span::styled(", optional", look.theme.dim));
    }
    paper.wrapped(&Line::from(spans), 2);
    for Check { asks, outcome } in checks {
        let (mark, word) = match &outcome {
            Outcome::Met => continue,
            Outcome::NotMet(_) => (look.marks.bad, "not met:"),
            Outcome::Unknown(_) => (look.marks.unknown, "not known:"),
        };
        let mark = if look.plain { word } else { mark };
        let line = match outcome {
            Outcome::NotMet(words) => Line::styled(format!("{mark} {words}"), look.theme.bad),
            Outcome::Unknown(why) => {
                Line::styled(format!("{mark} {asks} can't be told: {why}"), look.theme.dim)
            }
            Outcome::Met => continue,
        };
        paper.wrapped(&line, 2);
    }
}

/// The mark of one check, in words for a screen reader.
fn outcome(outcome: &Outcome, look: &Look) -> Span<'static> {
    let (mark, word, style) = match outcome {
        Outcome::Met => (look.marks.good, "(met)", look.theme.good),
        Outcome::NotMet(_) => (look.marks.bad, "(not met)", look.theme.bad),
        Outcome::Unknown(_) => (look.marks.unknown, "(not known)", look.theme.dim),
    };
    Span::styled(format!(" {}", if look.plain { word } else { mark }), style)
}

/// What can't be seen is judged by what the server computed of it.
fn closed(sight: &Sight<'_>, slot: &AssetSlot, paper: &mut Paper<'_>) {
    let look = paper.look();
    for line in asset_facts::closed(sight.body, sight.item, slot, look) {
        paper.wrapped(&line, 0);
    }
}

/// The first lines of what is in it.
fn inside(view: &AssetView, number: usize, open: &str, paper: &mut Paper<'_>) {
    let look = paper.look();
    // A post's links are links of the page: they are numbered with the others.
    if let Shown::Preview(Preview { inside: Inside::Post(text), .. }) = &view.shown {
        let first = paper.len();
        paper.markdown_within(text, "It is empty.", PREVIEW);
        if paper.len() - first >= PREVIEW {
            paper.line(Line::styled(format!("{open} opens all of it"), look.theme.dim));
        }
        return;
    }
    let is_picture = matches!(view.shown, Shown::Preview(Preview { inside: Inside::Picture(_), .. }));
    let setting =
        |limit| Setting { width: paper.width(), limit, rows: PREVIEW, column: 0, wide: true, number, look };
    // A line more takes no more room than the words that say that there is one.
    let mut lines = preview::lines(&view.shown, setting(PREVIEW + 2));
    let more = lines.len() > PREVIEW + 1 || (is_picture && lines.len() >= PREVIEW);
    if more {
        lines = preview::lines(&view.shown, setting(PREVIEW));
    }
    for line in lines {
        paper.line(line);
    }
    if more {
        let what = if is_picture { "shows it larger" } else { "opens all of it" };
        paper.line(Line::styled(format!("{open} {what}"), look.theme.dim));
    }
}

fn missing<'k>(assets: &[AssetSlot], keys: &'k [SubmissionKey]) -> impl Iterator<Item = &'k SubmissionKey> {
    keys.iter().filter(|key| key.required && !assets.iter().any(|asset| asset.key == key.key))
}

fn lacking(assets: &[AssetSlot], keys: &[SubmissionKey], paper: &mut Paper<'_>) {
    let look = paper.look();
    for key in missing(assets, keys) {
        let name = crate::ui::cells::fit(key.key.as_str(), NAMES, look.marks.ellipsis).into_owned();
        let text = format!("{} {name} ({}) is missing", look.marks.warn, key.asks());
        paper.wrapped(&Line::styled(text, look.theme.warn), 2);
    }
}

#[cfg(test)]
#[path = "assets_tests.rs"]
mod tests;

//! What is known of an asset without looking into it: name, type, size, whose it is, who can see it.

use ratatui::text::{Line, Span};

use crate::app::State;
use crate::app::reader::assets::Pictures;
use crate::domain::{AssetSlot, AssetView, EntryBody, Item, SafeText, Shown};
use crate::sync::Link;
use crate::ui::theme::Look;
use crate::ui::{facts, preview};

/// `run7.csv · file, csv · 1.8 kB · maria · private`.
#[must_use]
pub fn line(slot: &AssetSlot, view: Option<&AssetView>, look: &Look) -> Line<'static> {
    let asset = view.and_then(|view| view.asset.as_ref());
    let name = asset.map(|asset| &asset.name).filter(|name| !name.is_empty()).or(slot.name.as_ref());
    let mut spans = vec![match name {
        Some(name) => Span::styled(name.to_string(), look.theme.text),
        None => Span::styled(slot.asset.to_string(), look.theme.dim),
    }];
    let kind = asset.map_or(&slot.asset_type, |asset| &asset.kind);
    let mut parts = vec![kind.to_string()];
    if let Some(asset) = asset {
        // The ending stands in the name already.
        let stands = |ending: &SafeText| {
            name.is_some_and(|name| name.as_str().to_lowercase().ends_with(&format!(".{ending}")))
        };
        let ending = asset.extension.as_ref().filter(|ending| !stands(ending));
        parts.extend(ending.map(|ending| format!(".{ending}")));
        parts.extend(asset.mime.as_ref().map(ToString::to_string));
        parts.extend(asset.size.map(facts::size));
        parts.extend(asset.owner.as_ref().map(ToString::to_string));
        parts.push(asset.access.word().to_owned());
    }
    if view.is_some_and(|view| view.old) {
        parts.push("kept from earlier".to_owned());
    }
    parts.retain(|part| !part.is_empty());
    for part in parts {
        spans.push(Span::styled(format!("\u{a0}{} ", look.marks.dot), look.theme.dim));
        spans.push(Span::styled(part, look.theme.dim));
    }
    Line::from(spans)
}

/// What is said of an asset that we may not see: that it opens with the acceptance, if its item pays, and what the
/// server computed of it at submission.
#[must_use]
pub fn closed(body: &EntryBody, item: Option<&Item>, slot: &AssetSlot, look: &Look) -> Vec<Line<'static>> {
    let pays = item.is_some_and(|item| item.reward.money.is_some());
    let words: SafeText = if pays {
        "Private: it opens with the acceptance. Until then, judge by its signals.".into()
    } else {
        preview::words(&Shown::Closed, look)
    };
    let mut lines = vec![Line::styled(words.to_string(), look.theme.dim)];
    let signals: Vec<_> = body.signals.iter().filter(|(group, ..)| *group == slot.key).cloned().collect();
    if !signals.is_empty() {
        let mut spans = Vec::new();
        for (at, fact) in facts::of_group(&signals).into_iter().enumerate() {
            if at > 0 {
                spans.push(Span::styled(format!("\u{a0}{} ", look.marks.dot), look.theme.dim));
            }
            if !fact.name.is_empty() {
                spans.push(Span::styled(format!("{} ", fact.name), look.theme.dim));
            }
            spans.push(Span::styled(fact.value, look.theme.text));
        }
        lines.push(Line::from(spans));
    }
    lines
}

/// What is said of a picture that was not fetched, and why it was not.
#[must_use]
pub fn picture(state: &State, slot: &AssetSlot) -> SafeText {
    match state.settings.pictures {
        Pictures::Never => {
            "A picture: none is fetched (--no-images, or `images` in the configuration). It can be saved."
                .into()
        }
        _ if state.desk.reader.assets.is_opened(slot.asset) => waiting(state),
        Pictures::Shown | Pictures::WhenOpened => "A picture: it is fetched when you open it.".into(),
    }
}

/// What is said of an asset of which nothing is known yet.
#[must_use]
pub fn waiting(state: &State) -> SafeText {
    match state.shell.link {
        Link::Offline { .. } => "Offline, and it was not kept from earlier.".into(),
        Link::SignedOut { .. } => "Signed out, and it was not kept from earlier.".into(),
        Link::Connecting | Link::Live | Link::Slow { .. } => "looking into it".into(),
    }
}

//! What was submitted under which key: what the item asks for and whether it is that, what is known of the asset, and
//! the first lines of what is in it; and what was asked for and is missing.

use ratatui::text::{Line, Span};

use super::asset_facts;
use super::page::Stamp;
use super::paper::{NAMES, Paper};
use super::section::{Section, Sight};
use crate::app::command::Command;
use crate::app::context;
use crate::domain::{AssetSlot, AssetView, Fit, Inside, Preview, Shown, SubmissionKey};
use crate::ui::preview::{self, Setting};

pub(super) const SECTION: Section = Section { name: "assets", stamp, write };

/// Lines of what is in one asset: enough to judge most, few enough to come to the next.
const PREVIEW: usize = 16;

fn keys<'s>(sight: &Sight<'s>) -> &'s [SubmissionKey] {
    sight.item.map_or(&[], |item| &item.keys)
}

fn stamp(sight: &Sight<'_>) -> Option<Stamp> {
    let assets = &sight.body.assets;
    let anything = !assets.is_empty() || missing(assets, keys(sight)).next().is_some();
    let link = std::mem::discriminant(&sight.state.shell.link);
    anything.then(|| Stamp::new().with(sight.state.desk.reader.assets.told).with(link))
}

fn write(sight: &Sight<'_>, paper: &mut Paper<'_>) {
    paper.title("assets");
    let open = context::keys_text(sight.state, Command::Assets);
    for (at, slot) in sight.body.assets.iter().enumerate() {
        if at > 0 {
            paper.line(Line::default());
        }
        let key = keys(sight).iter().find(|key| key.key == slot.key);
        let view = sight.state.desk.reader.assets.view(slot.asset).map(AsRef::as_ref);
        declared(slot, key, view, paper);
        paper.wrapped(&asset_facts::line(slot, view, paper.look()), 2);
        match view {
            Some(AssetView { shown: Shown::Closed, .. }) => closed(sight, slot, paper),
            Some(view) => inside(view, at + 1, open.as_str(), paper),
            None => {
                let words = asset_facts::waiting(sight.state);
                paper.wrapped(&Line::styled(words.to_string(), paper.look().theme.dim), 0);
            }
        }
    }
    lacking(&sight.body.assets, keys(sight), paper);
}

/// The key, what the item calls it and asks for, and whether this is that.
fn declared(slot: &AssetSlot, key: Option<&SubmissionKey>, view: Option<&AssetView>, paper: &mut Paper<'_>) {
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
    if !asks.is_empty() {
        spans.push(Span::styled(format!("  asked for: {asks}"), look.theme.dim));
    }
    let fit = view.and_then(|view| view.asset.as_ref()).map(|asset| key.fit(asset));
    if fit == Some(Fit::Fits) {
        let mark = if look.plain { "(as asked)" } else { look.marks.good };
        spans.push(Span::styled(format!(" {mark}"), look.theme.good));
    }
    paper.wrapped(&Line::from(spans), 2);
    if let Some(Fit::Misfit(words)) = fit {
        for words in words {
            paper.wrapped(&Line::styled(format!("{} {words}", look.marks.bad), look.theme.bad), 2);
        }
    }
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
    let setting = Setting { width: paper.width(), limit: PREVIEW, rows: PREVIEW, column: 0, number, look };
    let lines = preview::lines(&view.shown, setting);
    let full = lines.len() >= PREVIEW;
    for line in lines {
        paper.line(line);
    }
    if full {
        paper.line(Line::styled(format!("{open} opens all of it"), look.theme.dim));
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
mod tests {
    use super::*;
    use crate::ui::theme::Look;

    #[test]
    fn what_an_item_asked_for_and_did_not_get_is_said() {
        let look = Look::default();
        let mut paper = Paper::new(40, &look);
        let key = SubmissionKey {
            key: "data".into(),
            required: true,
            asset_type: "dataset".into(),
            ..SubmissionKey::default()
        };
        lacking(&[], &[key], &mut paper);
        let lines = paper.finish();
        assert_eq!(lines.last().map(ToString::to_string).as_deref(), Some("! data (dataset) is missing"));
    }
}

//! What was submitted under which key, with what the item calls the key; and what it asked for and is missing.

use ratatui::text::{Line, Span};

use super::page::Stamp;
use super::paper::{NAMES, Paper};
use super::section::{Section, Sight};
use crate::domain::{AssetSlot, SubmissionKey};
use crate::ui::cells;

pub(super) const SECTION: Section = Section { name: "assets", stamp, write };

fn keys<'s>(sight: &Sight<'s>) -> &'s [SubmissionKey] {
    sight.item.map_or(&[], |item| &item.keys)
}

fn stamp(sight: &Sight<'_>) -> Option<Stamp> {
    let assets = &sight.body.assets;
    (!assets.is_empty() || missing(assets, keys(sight)).next().is_some()).then(Stamp::new)
}

fn write(sight: &Sight<'_>, paper: &mut Paper<'_>) {
    list(&sight.body.assets, keys(sight), paper);
}

fn missing<'k>(assets: &[AssetSlot], keys: &'k [SubmissionKey]) -> impl Iterator<Item = &'k SubmissionKey> {
    keys.iter().filter(|key| key.required && !assets.iter().any(|asset| asset.key == key.key))
}

fn list(assets: &[AssetSlot], keys: &[SubmissionKey], paper: &mut Paper<'_>) {
    paper.title("assets");
    let look = paper.look();
    let names = assets.iter().map(|asset| cells::width(asset.key.as_str())).max().unwrap_or(0).min(NAMES);
    for asset in assets {
        let mut spans = paper.named(asset.key.as_str(), names, look.theme.strong);
        spans.push(Span::styled(format!("{}  ", asset.asset_type), look.theme.dim));
        match &asset.name {
            Some(name) => spans.push(Span::styled(name.to_string(), look.theme.text)),
            None => spans.push(Span::styled(asset.asset.to_string(), look.theme.dim)),
        }
        let label = keys.iter().find(|key| key.key == asset.key).and_then(|key| key.label.as_ref());
        let label = label.filter(|label| !label.as_str().eq_ignore_ascii_case(asset.key.as_str()));
        if let Some(label) = label {
            spans.push(Span::styled(format!("  ({label})"), look.theme.dim));
        }
        paper.wrapped(&Line::from(spans), names + 2);
    }
    for key in missing(assets, keys) {
        let text = format!("{} {} ({}) is missing", look.marks.warn, key.key, key.asset_type);
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
        list(&[], &[key], &mut paper);
        let lines = paper.finish();
        assert_eq!(lines.last().map(ToString::to_string).as_deref(), Some("! data (dataset) is missing"));
    }
}

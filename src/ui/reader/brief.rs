//! The item's brief, while it is asked for.

use super::page::Stamp;
use super::paper::Paper;
use super::section::{Section, Sight};

pub(super) const SECTION: Section = Section { name: "brief", stamp, write };

fn stamp(sight: &Sight<'_>) -> Option<Stamp> {
    let reader = &sight.state.desk.reader;
    let item = sight.body.item.filter(|item| reader.brief && reader.brief_of(*item).is_some())?;
    Some(Stamp::new().with(item).with(reader.briefs_told))
}

fn write(sight: &Sight<'_>, paper: &mut Paper<'_>) {
    paper.title("the item's brief");
    if let Some(brief) = sight.body.item.and_then(|item| sight.state.desk.reader.brief_of(item)) {
        paper.markdown(brief, "This item has no brief.");
    }
}

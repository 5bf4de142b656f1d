//! The item's brief, while it is asked for: beside the entry, or in its place.

use ratatui::text::Line;

use super::page::Stamp;
use super::paper::Paper;
use super::section::{Section, Sight};

pub(super) const SECTION: Section = Section { name: "brief", stamp, write };

#[expect(clippy::unnecessary_wraps, reason = "the form of every section's stamp")]
fn stamp(sight: &Sight<'_>) -> Option<Stamp> {
    let reader = &sight.state.desk.reader;
    Some(Stamp::new().with(sight.body.item).with(reader.briefs_told))
}

fn write(sight: &Sight<'_>, paper: &mut Paper<'_>) {
    paper.title("the item's brief");
    let dim = |words: &'static str| Line::styled(words, paper.look().theme.dim);
    let words = match sight.body.item.map(|item| sight.state.desk.reader.brief_of(item)) {
        Some(Some(brief)) => return paper.markdown(brief, "This item has no brief."),
        Some(None) => dim("reading it"),
        None => dim("This entry was made without an item: there is no brief."),
    };
    paper.wrapped(&words, 0);
}

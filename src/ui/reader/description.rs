//! What the contributor wrote.

use super::page::Stamp;
use super::paper::Paper;
use super::section::{Section, Sight};

pub(super) const SECTION: Section = Section { name: "description", stamp, write };

#[expect(clippy::unnecessary_wraps, reason = "the form of every section's stamp")]
fn stamp(_: &Sight<'_>) -> Option<Stamp> {
    Some(Stamp::new())
}

fn write(sight: &Sight<'_>, paper: &mut Paper<'_>) {
    paper.title("description");
    paper.markdown(&sight.body.description, "No description was written.");
}

//! Where the links of the page really lead, by their numbers.

use ratatui::text::{Line, Span};

use super::page::Stamp;
use super::paper::Paper;
use super::section::{Section, Sight};
use crate::domain::{AssetId, Target};
use crate::ui::markdown::MAX_LINKS;

pub(super) const SECTION: Section = Section { name: "links", stamp, write };

#[expect(clippy::unnecessary_wraps, reason = "the form of every section's stamp")]
fn stamp(_: &Sight<'_>) -> Option<Stamp> {
    Some(Stamp::new())
}

fn write(sight: &Sight<'_>, paper: &mut Paper<'_>) {
    let links = paper.links().to_vec();
    if links.is_empty() {
        return;
    }
    let theme = paper.look().theme;
    let title = if paper.look().plain { "links" } else { "links, opened by number and o" };
    paper.title(title);
    let columns = links.len().to_string().len();
    for (number, link) in (1..).zip(&links) {
        let mut line = vec![Span::styled(format!("{number:>columns$}  "), theme.strong)];
        if link.image {
            line.push(Span::styled("image  ", theme.dim));
        }
        match &link.target {
            Target::Web { address, .. } => line.push(Span::styled(address.to_string(), theme.text)),
            Target::Asset { kind, id } => {
                line.push(Span::styled(format!("{kind}  "), theme.dim));
                line.push(Span::styled(name_of(sight, *id).unwrap_or_else(|| id.to_string()), theme.text));
            }
            Target::Other(address) => {
                line.push(Span::styled(address.to_string(), theme.text));
                line.push(Span::styled("  never opened: not of the web", theme.dim));
            }
        }
        if let Some(doubt) = link.target.doubt() {
            let words = format!("  {} {}", paper.look().marks.warn, doubt.words());
            line.push(Span::styled(words, theme.warn));
        }
        paper.wrapped(&Line::from(line), columns + 2);
    }
    if links.len() >= MAX_LINKS {
        paper.wrapped(&Line::styled("Links after these have no numbers.", theme.warn), 0);
    }
}

/// What an asset is called, if it is one of those submitted, or of those that the server found in the text.
fn name_of(sight: &Sight<'_>, id: AssetId) -> Option<String> {
    if let Some(asset) = sight.body.assets.iter().find(|asset| asset.asset == id) {
        let name = asset.name.as_ref().map_or_else(|| id.to_string(), ToString::to_string);
        return Some(format!("{name}  (submitted as {})", asset.key));
    }
    let embed = sight.body.embeds.iter().find(|embed| embed.id == id)?;
    (!embed.name.is_empty()).then(|| format!("{}  {id}", embed.name))
}

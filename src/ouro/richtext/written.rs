//! The server's own markdown, with Ouro's two extensions made readable: a fenced `assetComponent` block becomes a
//! card, and a mention `{@maria}` becomes `@maria`. Code blocks are left as they are.

use super::{Names, asset_card};
use crate::ouro::wire::Fields;

/// The markdown as a reader should see it.
pub(super) fn tidied(text: &str, names: &Names) -> String {
    if !text.contains("{@") && !text.contains("assetComponent") {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut lines = text.split_inclusive('\n');
    while let Some(line) = lines.next() {
        let Some((mark, info)) = fence(line) else {
            mentions(line, &mut out);
            continue;
        };
        // The body without its closing fence, and all of it as it was written.
        let (mut body, mut block) = (String::new(), String::from(line));
        for line in lines.by_ref() {
            block.push_str(line);
            if closes(line, mark) {
                break;
            }
            body.push_str(line);
        }
        if let Some(card) = component(info, &body, names) {
            // A card is a paragraph of its own.
            for _ in 0..2usize.saturating_sub(out.len() - out.trim_end_matches('\n').len()) {
                if !out.is_empty() {
                    out.push('\n');
                }
            }
            out.push_str(&card);
            out.push_str("\n\n");
        } else {
            out.push_str(&block);
        }
    }
    out
}

/// The fence that a line opens, and what is written behind it.
fn fence(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    let mark = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let length = line.chars().take_while(|&c| c == mark).count();
    let (fence, info) = line.split_at(length);
    (length >= 3 && !info.contains('`')).then(|| (fence, info.trim()))
}

/// Whether a line closes a fence.
fn closes(line: &str, mark: &str) -> bool {
    let line = line.trim();
    line.len() >= mark.len()
        && line.starts_with(mark)
        && line.trim_matches(|c| mark.starts_with(c)).is_empty()
}

fn component(info: &str, body: &str, names: &Names) -> Option<String> {
    if info != "assetComponent" {
        return None;
    }
    let fields: Fields<'_> = serde_json::from_str(body).ok()?;
    let own = fields.object("attrs").unwrap_or(fields);
    Some(asset_card(own.text("id").as_deref(), own.text("assetType").as_deref(), names))
}

/// Copies a line with its mentions as people write them.
fn mentions(line: &str, out: &mut String) {
    let mut rest = line;
    while let Some(start) = rest.find("{@") {
        let name_on = &rest[start + 2..];
        let length = name_on.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        if length == 0 || !name_on[length..].starts_with('}') {
            out.push_str(&rest[..start + 2]);
            rest = name_on;
            continue;
        }
        let (before, after) = (&rest[..start], &name_on[length + 1..]);
        let quoted = before.ends_with('`') && after.starts_with('`');
        out.push_str(if quoted { &before[..before.len() - 1] } else { before });
        out.push('@');
        out.push_str(&name_on[..length]);
        rest = if quoted { &after[1..] } else { after };
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mentions_lose_their_braces_outside_of_code() {
        let text = "see `{@maria}`'s and {@li_2}, not {@ x} or {@\n```sh\necho {@x}\n```\n{@omar}";
        let shown = "see @maria's and @li_2, not {@ x} or {@\n```sh\necho {@x}\n```\n@omar";
        assert_eq!(tidied(text, &Names::default()), shown);
    }

    #[test]
    fn a_component_without_an_end_or_an_id_is_no_trap() {
        let none = Names::default();
        assert_eq!(tidied("```assetComponent\n{}\n```\nx", &none), "> *(an asset that is not there)*\n\nx");
        assert_eq!(tidied("```assetComponent\n{}", &none), "> *(an asset that is not there)*\n\n");
        assert_eq!(tidied("```assetComponent\n{", &none), "```assetComponent\n{");
        assert_eq!(tidied("```assetComponent", &none), "```assetComponent");
    }
}

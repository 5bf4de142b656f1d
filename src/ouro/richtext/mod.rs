//! Rich text in all its forms (contract, 4.9), to markdown.
//!
//! The document (`json`) is what the site shows, and so what a reviewer has to judge: it is written out as markdown here.
//! `text` may be no more than its bare words, without tables and without where a link leads: it stands in where there is
//! no document, or none that can be laid out. All of it is hostile: size and depth are bounded, and only [`SafeText`]
//! leaves this module.

mod bare;
#[cfg(test)]
mod fuzz;
mod inline;
mod tiptap;
mod written;

use std::fmt::Write as _;

use serde_json::value::RawValue;

use super::wire::{Fields, as_list, as_text};
use crate::domain::{Access, AssetId, Embed, SafeText, TextLimit};

/// Documents larger than this are not written out; their `text` hardly ever is empty.
const DOCUMENT_LIMIT: usize = 2 << 20;

/// Rich text inside the text of a rich text is unwrapped so many times: records were damaged that way.
const WRAPPINGS: usize = 3;

/// Room for the words that say how much was left out.
const LEFT_OUT: usize = 256;

/// Stands before the words of a document that cannot be written out.
const WORDS_ALONE: &str = "**(Its document is too large or nested too deeply to be laid out: these are its words \
                           alone. The quest's page on the web shows it whole.)**";

/// Stands where a document cannot be written out, and no words were found in it.
const UNSHOWN: &str = "(This text cannot be shown here: its document is too large or nested too deeply. \
                       The quest's page on the web shows it.)";

/// An asset that the server resolved for us.
#[derive(Default)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) kind: String,
    /// Whose it is.
    owner: String,
    /// Who may see it, and for what: `private`, `for sale · pay-to-unlock 500 sats`.
    access: String,
    /// Its page on the web.
    url: String,
}

impl Named {
    fn read(fields: &Fields<'_>) -> Self {
        let text = |name| fields.text(name).unwrap_or_default();
        let owner =
            fields.object("user").and_then(|user| user.filled("username").or_else(|| user.filled("name")));
        let mut access = Access::from_word(fields.text("visibility").as_deref()).word().to_owned();
        let paid = text("monetization");
        if !paid.is_empty() && paid != "none" {
            let price = fields.word("price_sats").map(|sats| format!(" {sats} sats"));
            let price = price.or_else(|| fields.word("price_usd").map(|dollars| format!(" ${dollars}")));
            let _ = write!(access, " · {paid}{}", price.unwrap_or_default());
        }
        Self {
            name: text("name"),
            kind: text("asset_type"),
            owner: owner.unwrap_or_default(),
            access,
            url: text("url"),
        }
    }
}

/// Assets that a text may embed, by id.
#[derive(Default)]
pub(super) struct Names(Vec<(AssetId, Named)>);

impl Names {
    /// What is known of an asset.
    pub(super) fn get(&self, id: AssetId) -> Option<&Named> {
        self.0.iter().find(|(known, _)| *known == id).map(|(_, named)| named)
    }

    pub(super) fn add(&mut self, fields: &Fields<'_>) {
        if let Some(id) = fields.id("id") {
            self.0.push((id, Named::read(fields)));
        }
    }

    /// All of them, as a reader needs them.
    pub(super) fn embeds(&self) -> Vec<Embed> {
        let embed = |(id, named): &(AssetId, Named)| Embed {
            id: *id,
            asset_type: SafeText::line(&named.kind),
            name: SafeText::line(&named.name),
            url: (!named.url.is_empty()).then(|| SafeText::line_within(&named.url, TextLimit(2_048))),
        };
        self.0.iter().map(embed).collect()
    }
}

/// The assets that an entry or item brings along, resolved with our rights.
pub(super) fn names(fields: &Fields<'_>) -> Names {
    let mut names = Names::default();
    if let Some(asset) = fields.object("asset") {
        names.add(&asset);
    }
    let embedded = fields.get("embedded_assets").and_then(as_list).unwrap_or_default();
    for asset in embedded.into_iter().filter_map(Fields::read).take(1_000) {
        names.add(&asset);
    }
    names
}

/// Rich text as markdown; empty if there is none.
pub(super) fn markdown(raw: &RawValue, names: &Names) -> SafeText {
    bounded(&source(raw, names, WRAPPINGS))
}

/// The same by its `text`, if it has one: what somebody wrote is known again by its words, however its document is set.
pub(super) fn as_written(raw: &RawValue, names: &Names) -> SafeText {
    match Fields::read(raw).and_then(|fields| fields.filled("text")) {
        Some(text) => bounded(&from_text(&text, names, WRAPPINGS)),
        None => markdown(raw, names),
    }
}

fn bounded(source: &str) -> SafeText {
    let text = source.trim_end();
    if text.len() <= TextLimit::BODY.0 {
        return SafeText::block(text);
    }
    // What is left out is said, with how much it is.
    let mut end = TextLimit::BODY.0 - LEFT_OUT;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let (all, shown) = (text.len() / 1_000, end / 1_000);
    SafeText::block(&format!(
        "{}\n\n**(The text goes on: {shown} of its {all} kB are shown.)**",
        &text[..end]
    ))
}

fn source(raw: &RawValue, names: &Names, wrappings: usize) -> String {
    if let Some(text) = as_text(raw) {
        return from_text(&text, names, wrappings);
    }
    let Some(fields) = Fields::read(raw) else { return String::new() };
    if fields.text("type").as_deref() == Some("doc") {
        return document(raw, names);
    }
    let json = fields.get("json");
    let laid_out = json.and_then(|json| laid_out(json, names)).filter(|text| !text.trim().is_empty());
    if let Some(laid_out) = laid_out {
        return laid_out;
    }
    if let Some(text) = fields.filled("text") {
        return from_text(&text, names, wrappings);
    }
    match json {
        None => String::new(),
        Some(json) => match as_text(json) {
            None => document(json, names),
            Some(inner) if wrappings > 0 => from_text(&inner, names, wrappings),
            Some(_) => String::new(),
        },
    }
}

/// A text: markdown, or damaged: rich text, rarely even a whole item, as JSON inside a text.
fn from_text(text: &str, names: &Names, wrappings: usize) -> String {
    if wrappings > 0
        && text.trim_start().starts_with('{')
        && let Ok(raw) = serde_json::from_str::<&RawValue>(text.trim())
        && let Some(fields) = Fields::read(raw)
    {
        let is_doc = fields.text("type").as_deref() == Some("doc");
        if is_doc || fields.get("json").is_some() || fields.get("text").is_some() {
            return source(raw, names, wrappings - 1);
        }
        if let Some(description) = fields.get("description") {
            return source(description, names, wrappings - 1);
        }
    }
    written::tidied(text, names)
}

fn document(raw: &RawValue, names: &Names) -> String {
    if let Some(laid_out) = laid_out(raw, names) {
        return laid_out;
    }
    let words = bare::words(raw.get(), TextLimit::BODY.0 + 1);
    if words.is_empty() { UNSHOWN.to_owned() } else { format!("{WORDS_ALONE}\n\n{words}") }
}

/// A document as markdown. None if it is too large, or nested more than 128 levels deep: that is refused by its reader.
fn laid_out(raw: &RawValue, names: &Names) -> Option<String> {
    let doc = (raw.get().len() <= DOCUMENT_LIMIT).then(|| serde_json::from_str(raw.get()).ok())??;
    Some(tiptap::markdown(&doc, names))
}

/// An embedded asset as a link: `[its name](dataset:0193b2aa-…)`.
fn asset_link(id: Option<&str>, kind: Option<&str>, names: &Names) -> String {
    let Some(id) = id.and_then(|id| id.parse::<AssetId>().ok()) else {
        return "*(an asset that is not there)*".to_owned();
    };
    let known = names.get(id);
    let kind = kind
        .or_else(|| known.map(|known| known.kind.as_str()))
        .filter(|kind| is_word(kind))
        .unwrap_or("asset");
    let name = known.map(|known| known.name.trim()).filter(|name| !name.is_empty()).unwrap_or(kind);
    let mut link = String::from("[");
    inline::escape_label(&mut link, &name.replace(['\n', '\r'], " "));
    let _ = write!(link, "]({kind}:{id})");
    link
}

/// An embedded asset that stands by itself, as a card: its name, and what, whose and how open it is.
fn asset_card(id: Option<&str>, kind: Option<&str>, names: &Names) -> String {
    let link = asset_link(id, kind, names);
    let Some(id) = id.and_then(|id| id.parse::<AssetId>().ok()) else { return format!("> {link}") };
    // The server names what we may see: the others are gone, or closed to us.
    let Some(known) = names.get(id) else { return format!("> {link}\\\n> gone, or not open to you") };
    let kind = kind.filter(|kind| is_word(kind)).unwrap_or(&known.kind);
    let owner = if known.owner.is_empty() { String::new() } else { format!("by {}", known.owner) };
    let facts: Vec<&str> =
        [kind, &owner, &known.access].into_iter().filter(|fact| !fact.trim().is_empty()).collect();
    let mut card = format!("> {link}\\\n> ");
    inline::escape_into(&mut card, &facts.join(" · ").replace(['\n', '\r'], " "));
    card
}

fn is_word(kind: &str) -> bool {
    !kind.is_empty()
        && kind.len() <= 32
        && kind.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0193b2aa-8888-7000-8000-000000000002";

    fn shown(json: &str) -> String {
        let raw: &RawValue = serde_json::from_str(json).unwrap();
        let known = format!(
            r#"{{"embedded_assets": [{{"id": "{ID}", "name": "Raw [7]", "asset_type": "dataset", "visibility": "monetized",
                "monetization": "pay-to-unlock", "price_sats": 500, "user": {{"user_id": "{ID}", "username": "maria_k"}}}}]}}"#
        );
        let fields: Fields<'_> = serde_json::from_str(&known).unwrap();
        markdown(raw, &names(&fields)).as_str().to_owned()
    }

    #[test]
    fn every_form_of_rich_text_is_read() {
        let doc = r#"{"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "from the document"}]}]}"#;
        for (json, text) in [
            (r#""plain\ntext""#.to_owned(), "plain\ntext"),
            (r#"{"text": "marked **up**\n"}"#.to_owned(), "marked **up**"),
            (format!(r#"{{"text": "the text", "json": {doc}}}"#), "from the document"),
            (r#"{"text": "the text", "json": {"type": "doc", "content": []}}"#.to_owned(), "the text"),
            (r#"{"text": "the text", "json": 7}"#.to_owned(), "the text"),
            (format!(r#"{{"text": " \n", "json": {doc}}}"#), "from the document"),
            (
                format!(r#"{{"text": null, "json": {}}}"#, serde_json::to_string(doc).unwrap()),
                "from the document",
            ),
            (doc.to_owned(), "from the document"),
            (r#"{"text": "{\"json\": null, \"text\": \"damaged\"}"}"#.to_owned(), "damaged"),
            (
                r#"{"text": "{\"description\": {\"text\": \"a whole item\"}, \"status\": 1}"}"#.to_owned(),
                "a whole item",
            ),
            (r#"{"text": "{not json}"}"#.to_owned(), "{not json}"),
            ("null".to_owned(), ""),
            ("{}".to_owned(), ""),
            ("[1, 2]".to_owned(), ""),
            ("7".to_owned(), ""),
        ] {
            assert_eq!(shown(&json), text, "{json}");
        }
    }

    #[test]
    fn an_embedded_asset_is_a_card_or_in_a_line_a_link() {
        let doc = format!(
            r#"{{"type": "doc", "content": [{{"type": "assetComponent", "attrs": {{"id": "{ID}", "assetType": "dataset"}}}}]}}"#
        );
        let card = format!(
            "> [Raw &#91;7\\]](dataset:{ID})\\\n> dataset · by maria_k · for sale · pay-to-unlock 500 sats"
        );
        assert_eq!(shown(&doc), card);
        let inline = format!(
            r#"{{"type": "doc", "content": [{{"type": "paragraph", "content": [{{"type": "text", "text": "in "}},
                {{"type": "assetComponent", "attrs": {{"id": "{ID}"}}}}]}}]}}"#
        );
        assert_eq!(shown(&inline), format!("in [Raw &#91;7\\]](dataset:{ID})"));
        let text =
            format!("See\n```assetComponent\n{{\"id\": \"{ID}\", \"assetType\": \"dataset\"}}\n```\nend");
        assert_eq!(shown(&serde_json::to_string(&text).unwrap()), format!("See\n\n{card}\n\nend"));
    }

    #[test]
    fn where_a_link_leads_is_told_by_the_document_and_not_by_its_words() {
        let doc = r#"{"text": "https://bank.example", "json": {"type": "doc", "content": [{"type": "paragraph", "content": [
            {"type": "text", "text": "https://bank.example", "marks": [{"type": "link", "attrs": {"href": "https://evil.example"}}]}]}]}}"#;
        assert_eq!(shown(doc), "[https://bank.example](https://evil.example)");
    }

    #[test]
    fn a_text_that_is_cut_says_so() {
        let text = shown(&serde_json::to_string(&"word ".repeat(2_000_000)).unwrap());
        assert!(text.len() <= TextLimit::BODY.0);
        assert!(
            text.ends_with("**(The text goes on: 1048 of its 9999 kB are shown.)**"),
            "{}",
            &text[text.len() - 80..]
        );
    }

    #[test]
    fn what_is_too_deep_or_too_large_is_said_and_never_a_stall() {
        let deep = format!(
            r#"{{"type": "doc", "content": [{}{}]}}"#,
            r#"{"type": "blockquote", "content": ["#.repeat(5_000),
            "]}".repeat(5_000)
        );
        assert!(shown(&deep).starts_with("(This text cannot be shown here"));
        let words = deep.replace("[]", r#"[{"type": "text", "text": "the _end_"}]"#);
        assert!(shown(&words).ends_with("shows it whole.)**\n\nthe \\_end\\_"), "{}", shown(&words));
        let large =
            format!(r#"{{"text": "", "json": {{"type": "doc", "x": "{}"}}}}"#, "x".repeat(DOCUMENT_LIMIT));
        assert!(shown(&large).starts_with("(This text cannot be shown here"));
    }
}

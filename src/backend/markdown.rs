//! Markdown to the platform's rich text: a `TipTap` document beside its text (contract, 3.11 and 4.9).
//!
//! What it is given is hostile: nesting is cut at a depth that every JSON reader survives, and HTML stays text.

use pulldown_cmark::{BlockQuoteKind, CodeBlockKind, Event, Options, Parser, Tag, TagEnd, TextMergeStream};
use serde_json::{Map, Value, json};

use super::error::Refusal;

/// Blocks within blocks; what nests deeper is laid flat.
const DEEPEST: usize = 40;

/// Depth of JSON that is taken from a client: readers give up at 128, and the text is embedded in an answer.
const DEEPEST_JSON: usize = 100;

/// Reads rich text in any of the forms that clients send: markdown, `{json, text}`, a bare document, null.
pub(crate) fn rich(given: &Value) -> Result<Option<Value>, Refusal> {
    match given {
        Value::Null => Ok(None),
        Value::String(markdown) => Ok(Some(from_markdown(markdown))),
        Value::Object(map) if map.get("type").and_then(Value::as_str) == Some("doc") => {
            check_depth(given)?;
            Ok(Some(json!({"json": given, "text": plain_text(given)})))
        }
        Value::Object(map) => {
            check_depth(given)?;
            let document = map.get("json").filter(|json| json.is_object());
            let text = map.get("text").and_then(Value::as_str);
            Ok(Some(match (document, text) {
                (Some(document), Some(text)) => json!({"json": document, "text": text}),
                (Some(document), None) => json!({"json": document, "text": plain_text(document)}),
                (None, text) => from_markdown(text.unwrap_or_default()),
            }))
        }
        _ => Err(Refusal::field("rich text", "must be markdown or an object with json and text")),
    }
}

/// Markdown as rich text: the document, and the text ending in one line break.
pub(crate) fn from_markdown(markdown: &str) -> Value {
    let text = markdown.trim_end();
    json!({"json": document(text), "text": if text.is_empty() { String::new() } else { format!("{text}\n") }})
}

/// The text of a rich text.
pub(crate) fn text_of(rich: &Value) -> &str {
    rich.get("text").and_then(Value::as_str).unwrap_or_default()
}

fn check_depth(value: &Value) -> Result<(), Refusal> {
    let mut level: Vec<&Value> = vec![value];
    for _ in 0..DEEPEST_JSON {
        let mut next = Vec::new();
        for value in level {
            match value {
                Value::Array(values) => next.extend(values),
                Value::Object(map) => next.extend(map.values()),
                _ => {}
            }
        }
        if next.is_empty() {
            return Ok(());
        }
        level = next;
    }
    Err(Refusal::field("rich text", "is nested too deep"))
}

/// All text of a document, a line per block. Depth is checked before.
fn plain_text(node: &Value) -> String {
    let mut text = String::new();
    gather(node, &mut text);
    text
}

fn gather(node: &Value, text: &mut String) {
    if let Some(words) = node.get("text").and_then(Value::as_str) {
        text.push_str(words);
    }
    for child in node.get("content").and_then(Value::as_array).into_iter().flatten() {
        gather(child, text);
    }
    let kind = node.get("type").and_then(Value::as_str);
    if matches!(kind, Some("paragraph" | "heading" | "codeBlock" | "tableRow")) {
        text.push('\n');
    }
}

/// A node under construction.
struct Frame {
    kind: &'static str,
    attrs: Map<String, Value>,
    content: Vec<Value>,
    // The last child is a paragraph that we opened for loose text, and more text may join it.
    loose: bool,
}

struct Builder {
    frames: Vec<Frame>,
    // Openings that were not followed because they nest too deep; their closings are skipped alike.
    too_deep: usize,
    marks: Vec<Value>,
    in_head: bool,
    // The alternative text of the image we are in, with its address.
    image: Option<(String, String)>,
}

/// The `TipTap` document of a markdown text.
pub(crate) fn document(markdown: &str) -> Value {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM;
    let mut builder = Builder {
        frames: vec![frame("doc", Map::new())],
        too_deep: 0,
        marks: Vec::new(),
        in_head: false,
        image: None,
    };
    for event in TextMergeStream::new(Parser::new_ext(markdown, options)) {
        builder.take(event);
    }
    while builder.frames.len() > 1 {
        builder.close();
    }
    let content = builder.frames.pop().map(|frame| frame.content).unwrap_or_default();
    json!({"type": "doc", "content": content})
}

fn frame(kind: &'static str, attrs: Map<String, Value>) -> Frame {
    Frame { kind, attrs, content: Vec::new(), loose: false }
}

fn attrs<const N: usize>(pairs: [(&str, Value); N]) -> Map<String, Value> {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

impl Builder {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.text(&text),
            Event::Code(text) => self.code(&text),
            Event::Html(text) | Event::InlineHtml(text) => self.words(&text),
            Event::InlineMath(text) | Event::DisplayMath(text) => self.words(&text),
            Event::FootnoteReference(name) => self.words(&name),
            Event::SoftBreak => self.words(" "),
            Event::HardBreak => self.inline(json!({"type": "hardBreak"})),
            Event::Rule => self.block(json!({"type": "horizontalRule"})),
            Event::TaskListMarker(checked) => self.mark_task(checked),
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph => self.open("paragraph", Map::new()),
            Tag::Heading { level, .. } => self.open("heading", attrs([("level", json!(level as u8))])),
            Tag::BlockQuote(None) => self.open("blockquote", Map::new()),
            Tag::BlockQuote(Some(kind)) => self.open("callout", attrs([("kind", json!(callout(kind)))])),
            Tag::CodeBlock(CodeBlockKind::Fenced(info)) => {
                let language = info.split_whitespace().next().map(str::to_owned);
                self.open("codeBlock", attrs([("language", json!(language))]));
            }
            Tag::CodeBlock(CodeBlockKind::Indented) => {
                self.open("codeBlock", attrs([("language", Value::Null)]));
            }
            Tag::List(Some(first)) => self.open("orderedList", attrs([("start", json!(first))])),
            Tag::List(None) => self.open("bulletList", Map::new()),
            Tag::Item => self.open("listItem", Map::new()),
            Tag::Table(_) => self.open("table", Map::new()),
            Tag::TableHead => {
                self.in_head = true;
                self.open("tableRow", Map::new());
            }
            Tag::TableRow => self.open("tableRow", Map::new()),
            Tag::TableCell => {
                let cell = attrs([("colspan", json!(1)), ("rowspan", json!(1)), ("colwidth", Value::Null)]);
                self.open(if self.in_head { "tableHeader" } else { "tableCell" }, cell);
            }
            Tag::Emphasis => self.marks.push(json!({"type": "italic"})),
            Tag::Strong => self.marks.push(json!({"type": "bold"})),
            Tag::Strikethrough => self.marks.push(json!({"type": "strike"})),
            Tag::Link { dest_url, .. } => {
                self.marks.push(json!({"type": "link", "attrs": {"href": &*dest_url}}));
            }
            Tag::Image { dest_url, .. } => self.image = Some((dest_url.to_string(), String::new())),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph
            | TagEnd::Heading(_)
            | TagEnd::BlockQuote(_)
            | TagEnd::CodeBlock
            | TagEnd::List(_)
            | TagEnd::Item
            | TagEnd::Table
            | TagEnd::TableRow
            | TagEnd::TableCell => self.close(),
            TagEnd::TableHead => {
                self.in_head = false;
                self.close();
            }
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link => {
                self.marks.pop();
            }
            TagEnd::Image => {
                if let Some((source, alternative)) = self.image.take() {
                    self.inline(json!({"type": "image", "attrs": {"src": source, "alt": alternative}}));
                }
            }
            _ => {}
        }
    }

    fn open(&mut self, kind: &'static str, attrs: Map<String, Value>) {
        if self.frames.len() >= DEEPEST {
            self.too_deep += 1;
        } else {
            self.frames.push(frame(kind, attrs));
        }
    }

    fn close(&mut self) {
        if self.too_deep > 0 {
            self.too_deep -= 1;
            if let Some(parent) = self.frames.last_mut() {
                parent.loose = false;
            }
            return;
        }
        let Some(done) = self.frames.pop() else { return };
        let node = finished(done);
        self.block(node);
    }

    fn block(&mut self, node: Value) {
        if let Some(parent) = self.frames.last_mut() {
            parent.content.push(node);
            parent.loose = false;
        }
    }

    /// Puts an inline node where it belongs: blocks that only hold blocks get a paragraph for it.
    fn inline(&mut self, node: Value) {
        let Some(parent) = self.frames.last_mut() else { return };
        if matches!(parent.kind, "paragraph" | "heading" | "codeBlock") {
            parent.content.push(node);
        } else if parent.loose
            && let Some(paragraph) = parent.content.last_mut()
            && let Some(content) = paragraph.get_mut("content").and_then(Value::as_array_mut)
        {
            content.push(node);
        } else {
            parent.content.push(json!({"type": "paragraph", "content": [node]}));
            parent.loose = true;
        }
    }

    /// Text with the marks that are on. Empty text nodes are not allowed in a document.
    fn words(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if let Some((_, alternative)) = &mut self.image {
            alternative.push_str(text);
            return;
        }
        let mut node = json!({"type": "text", "text": text});
        if !self.marks.is_empty() {
            node["marks"] = Value::Array(self.marks.clone());
        }
        self.inline(node);
    }

    /// Text in which `{@name}` is a mention.
    fn text(&mut self, text: &str) {
        if self.frames.last().is_some_and(|frame| frame.kind == "codeBlock") {
            return self.inline(json!({"type": "text", "text": text}));
        }
        let mut rest = text;
        while let Some((before, name, after)) = next_mention(rest) {
            self.words(before);
            self.inline(json!({"type": "mention", "attrs": {"id": name, "label": name}}));
            rest = after;
        }
        self.words(rest);
    }

    fn code(&mut self, text: &str) {
        if let Some(("", name, "")) = next_mention(text) {
            return self.inline(json!({"type": "mention", "attrs": {"id": name, "label": name}}));
        }
        self.marks.push(json!({"type": "code"}));
        self.words(text);
        self.marks.pop();
    }

    fn mark_task(&mut self, checked: bool) {
        if let Some(item) = self.frames.last_mut().filter(|frame| frame.kind == "listItem") {
            item.kind = "taskItem";
            item.attrs.insert("checked".to_owned(), json!(checked));
        }
        let above = self.frames.len().checked_sub(2);
        if let Some(list) = above.and_then(|above| self.frames.get_mut(above)) {
            if matches!(list.kind, "bulletList" | "orderedList") {
                list.kind = "taskList";
                list.attrs.clear();
            }
        }
    }
}

/// A frame as the node it makes. A fenced block `assetComponent` with an object in it is an embedded asset.
fn finished(mut done: Frame) -> Value {
    if done.kind == "codeBlock" {
        let code: String = done.content.iter().filter_map(|node| node["text"].as_str()).collect();
        if done.attrs.get("language").and_then(Value::as_str) == Some("assetComponent")
            && let Ok(Value::Object(attrs)) = serde_json::from_str(&code)
        {
            return json!({"type": "assetComponent", "attrs": attrs});
        }
        let code = code.strip_suffix('\n').unwrap_or(&code);
        done.content = if code.is_empty() { Vec::new() } else { vec![json!({"type": "text", "text": code})] };
    }
    if matches!(done.kind, "tableHeader" | "tableCell" | "listItem" | "taskItem") && done.content.is_empty() {
        done.content.push(json!({"type": "paragraph"}));
    }
    if done.kind == "taskList" {
        // A list is one kind: items without a box among tasks are tasks not done.
        for item in &mut done.content {
            if item["type"] == "listItem" {
                item["type"] = json!("taskItem");
                item["attrs"] = json!({"checked": false});
            }
        }
    }
    let mut node = json!({"type": done.kind});
    if !done.attrs.is_empty() {
        node["attrs"] = Value::Object(done.attrs);
    }
    if !done.content.is_empty() {
        node["content"] = Value::Array(done.content);
    }
    node
}

fn callout(kind: BlockQuoteKind) -> &'static str {
    match kind {
        BlockQuoteKind::Note => "note",
        BlockQuoteKind::Tip => "tip",
        BlockQuoteKind::Important => "important",
        BlockQuoteKind::Warning => "warning",
        BlockQuoteKind::Caution => "caution",
    }
}

/// The next `{@name}` in a text: what is before, the name, what is after.
fn next_mention(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(found) = text[from..].find("{@") {
        let start = from + found;
        let rest = &text[start + 2..];
        let length =
            rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(byte)).count();
        if length > 0 && rest[length..].starts_with('}') {
            return Some((&text[..start], &rest[..length], &rest[length + 1..]));
        }
        from = start + 2;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn content(markdown: &str) -> Value {
        document(markdown)["content"].clone()
    }

    #[test]
    fn paragraphs_marks_and_links() {
        assert_eq!(
            content("Write **the** [data](dataset:1)"),
            json!([{"type": "paragraph", "content": [
                {"type": "text", "text": "Write "},
                {"type": "text", "text": "the", "marks": [{"type": "bold"}]},
                {"type": "text", "text": " "},
                {"type": "text", "text": "data", "marks": [{"type": "link", "attrs": {"href": "dataset:1"}}]},
            ]}])
        );
    }

    #[test]
    fn tight_lists_tasks_and_tables_hold_paragraphs() {
        let list = content("- a\n- b **c**\n");
        assert_eq!(list[0]["content"][1]["content"][0]["type"], "paragraph");
        assert_eq!(list[0]["content"][1]["content"][0]["content"].as_array().unwrap().len(), 2);
        let tasks = content("- [x] a\n- [ ] b\n- c\n");
        assert_eq!(tasks[0]["type"], "taskList");
        assert_eq!(tasks[0]["content"][0]["attrs"]["checked"], json!(true));
        assert_eq!(tasks[0]["content"][2]["type"], "taskItem");
        let table = content("|a|b|\n|-|-|\n|1||\n");
        assert_eq!(table[0]["content"][0]["content"][0]["type"], "tableHeader");
        assert_eq!(table[0]["content"][1]["content"][1]["content"], json!([{"type": "paragraph"}]));
    }

    #[test]
    fn code_callouts_mentions_and_embedded_assets() {
        assert_eq!(
            content("```rust\nlet a = 1;\n```"),
            json!([{"type": "codeBlock", "attrs": {"language": "rust"}, "content": [{"type": "text", "text": "let a = 1;"}]}])
        );
        assert_eq!(content("> [!WARNING]\n> hot")[0]["attrs"]["kind"], "warning");
        assert_eq!(content("ask {@li_2} or `{@omar}`")[0]["content"][1]["attrs"]["label"], "li_2");
        assert_eq!(content("ask {@li_2} or `{@omar}`")[0]["content"][3]["attrs"]["label"], "omar");
        let embedded = content("```assetComponent\n{\"id\": \"x\", \"assetType\": \"file\"}\n```");
        assert_eq!(embedded[0]["attrs"]["id"], "x");
    }

    #[test]
    fn every_form_of_rich_text_ends_with_json_and_text() {
        for given in [
            json!("a *b*"),
            json!({"text": "a"}),
            json!({"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "a"}]}]}),
            json!({"json": {"type": "doc"}, "text": "a"}),
        ] {
            let rich = rich(&given).unwrap().unwrap();
            assert!(rich["json"].is_object() && text_of(&rich).starts_with('a'), "{rich}");
        }
        assert_eq!(rich(&Value::Null).unwrap(), None);
        assert!(rich(&json!(7)).is_err());
    }

    #[test]
    fn deep_nesting_neither_overflows_nor_makes_unreadable_json() {
        let text = document(&">".repeat(20_000)).to_string();
        assert!(serde_json::from_str::<Value>(&text).is_ok());
        let text = document(&format!("{}x", "> ".repeat(2_000))).to_string();
        assert!(text.contains('x'));
        let mut deep = json!({"type": "text", "text": "x"});
        for _ in 0..120 {
            deep = json!({"type": "blockquote", "content": [deep]});
        }
        assert!(rich(&json!({"type": "doc", "content": [deep]})).is_err());
    }

    proptest! {
        #[test]
        fn any_text_makes_a_document_without_empty_text_nodes(markdown in "[ -~\n>*`|#\\[\\]{}@é-]{0,200}") {
            let document = document(&markdown).to_string();
            prop_assert!(!document.contains(r#""text":"""#));
        }
    }
}

//! Building the document: markdown events in, `TipTap` nodes out.

use pulldown_cmark::{BlockQuoteKind, CodeBlockKind, Event, Options, Parser, Tag, TagEnd, TextMergeStream};
use serde_json::{Map, Value, json};

use super::formulas::{Formulas, Part};

/// Blocks within blocks; what nests deeper is laid flat.
const DEEPEST: usize = 40;

/// Parts of a text that are read. Each becomes a node of a hundred bytes and more: a table of a megabyte would make
/// fifty.
const MOST_EVENTS: usize = 200_000;

/// Longest address of a link, in bytes.
const LONGEST_LINK: usize = 2_048;

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
    // For each mark that was begun and not ended: whether it turned one of `marks` on.
    nested: Vec<bool>,
    in_head: bool,
    // The alternative text of the image we are in, with its address.
    image: Option<(String, String)>,
    formulas: Formulas,
}

/// The `TipTap` document of a markdown text; of a text with too many parts, what its first ones make.
pub(crate) fn document(markdown: &str) -> Value {
    built(markdown).0
}

/// The same, or none if the text has too many parts.
pub(crate) fn whole_document(markdown: &str) -> Option<Value> {
    let (document, is_whole) = built(markdown);
    is_whole.then_some(document)
}

fn built(markdown: &str) -> (Value, bool) {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM;
    let (markdown, formulas) = Formulas::of(markdown, options);
    let mut builder = Builder {
        frames: vec![frame("doc", Map::new())],
        too_deep: 0,
        marks: Vec::new(),
        nested: Vec::new(),
        in_head: false,
        image: None,
        formulas,
    };
    let mut is_whole = true;
    for (number, event) in TextMergeStream::new(Parser::new_ext(&markdown, options)).enumerate() {
        if number >= MOST_EVENTS {
            is_whole = false;
            break;
        }
        builder.take(event);
    }
    while builder.frames.len() > 1 {
        builder.close();
    }
    let content = builder.frames.pop().map(|frame| frame.content).unwrap_or_default();
    (json!({"type": "doc", "content": content}), is_whole)
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
            // What we do not render stays as it was written: HTML above all.
            Event::Html(text)
            | Event::InlineHtml(text)
            | Event::InlineMath(text)
            | Event::DisplayMath(text)
            | Event::FootnoteReference(text) => {
                let text = self.formulas.restored(&text).into_owned();
                self.words(&text);
            }
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
            Tag::Emphasis => self.mark(json!({"type": "italic"})),
            Tag::Strong => self.mark(json!({"type": "bold"})),
            Tag::Strikethrough => self.mark(json!({"type": "strike"})),
            // An address that nobody could follow would only be repeated with every word of the link.
            Tag::Link { dest_url, .. } if dest_url.len() > LONGEST_LINK => self.nested.push(false),
            Tag::Link { dest_url, .. } => {
                let href = self.formulas.restored(&dest_url).into_owned();
                self.mark(json!({"type": "link", "attrs": {"href": href}}));
            }
            Tag::Image { dest_url, .. } => {
                self.image = Some((self.formulas.restored(&dest_url).into_owned(), String::new()));
            }
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
            TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link => self.unmark(),
            TagEnd::Image => {
                if let Some((source, alternative)) = self.image.take() {
                    self.inline(json!({"type": "image", "attrs": {"src": source, "alt": alternative}}));
                }
            }
            _ => {}
        }
    }

    /// Turns a mark on until its end; one that is on already adds nothing, however deep emphasis is nested.
    fn mark(&mut self, mark: Value) {
        let is_new = !self.marks.iter().any(|on| on["type"] == mark["type"]);
        self.nested.push(is_new);
        if is_new {
            self.marks.push(mark);
        }
    }

    fn unmark(&mut self) {
        if self.nested.pop() == Some(true) {
            self.marks.pop();
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

    /// Text with its formulas.
    fn text(&mut self, text: &str) {
        let frame = self.frames.last().map(|frame| frame.kind);
        if frame == Some("codeBlock") {
            let text = self.formulas.restored(text).into_owned();
            return self.inline(json!({"type": "text", "text": text}));
        }
        if self.image.is_some() {
            let text = self.formulas.restored(text).into_owned();
            return self.words(&text);
        }
        let formulas = std::mem::take(&mut self.formulas);
        for part in formulas.parts(text) {
            match part {
                Part::Text(text) => self.mentioning(text),
                Part::Formula(formula) => {
                    let attrs = json!({"latex": formula.latex, "displayMode": formula.display});
                    self.inline(json!({"type": "mathematics", "attrs": attrs}));
                }
            }
        }
        self.formulas = formulas;
    }

    /// Text in which `{@name}` is a mention.
    fn mentioning(&mut self, text: &str) {
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
        if let Some(list) = above.and_then(|above| self.frames.get_mut(above))
            && matches!(list.kind, "bulletList" | "orderedList")
        {
            list.kind = "taskList";
            list.attrs.clear();
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

//! A `TipTap` document, written out as markdown. Unknown nodes show their children; nothing is ever dropped silently
//! but marks that a terminal cannot show.

use std::fmt::Write as _;

use serde_json::Value;

use super::{Names, asset_card, asset_link};

/// Deeper nodes show as an ellipsis.
const DEPTH: usize = 64;

/// At most so many columns of a table.
const COLUMNS: usize = 64;

/// The document as markdown.
pub(super) fn markdown(doc: &Value, names: &Names) -> String {
    Writer { names }.blocks(children(doc), 0)
}

struct Writer<'n> {
    names: &'n Names,
}

impl Writer<'_> {
    /// Blocks, a blank line between them.
    fn blocks(&self, nodes: &[Value], depth: usize) -> String {
        self.spaced_blocks(nodes, depth, "\n\n")
    }

    /// Blocks with a blank line between them, and `before_list` before a list that follows something. Inline nodes in
    /// a row count as one paragraph.
    fn spaced_blocks(&self, nodes: &[Value], depth: usize, before_list: &str) -> String {
        if depth > DEPTH {
            return "…".to_owned();
        }
        let mut out = String::new();
        let mut rest = nodes;
        while let Some(first) = rest.first() {
            let inline = rest.iter().take_while(|node| is_inline(node)).count();
            let part =
                if inline > 0 { self.inline(&rest[..inline], depth) } else { self.block(first, depth) };
            rest = &rest[inline.max(1)..];
            if part.trim().is_empty() {
                continue;
            }
            if !out.is_empty() {
                out.push_str(if kind(first).ends_with("List") { before_list } else { "\n\n" });
            }
            out.push_str(&part);
        }
        out
    }

    fn block(&self, node: &Value, depth: usize) -> String {
        let nodes = children(node);
        match kind(node) {
            "paragraph" => guarded_start(self.inline(nodes, depth + 1)),
            "heading" => {
                let level = attr(node, "level").and_then(Value::as_u64).unwrap_or(1).clamp(1, 6) as usize;
                format!("{} {}", "#".repeat(level), self.inline(nodes, depth + 1).replace('\n', " "))
            }
            "codeBlock" => code_block(attr_text(node, "language").unwrap_or_default(), &plain(nodes, 0)),
            "blockquote" => indented(&self.blocks(nodes, depth + 1), "> ", "> "),
            "callout" => {
                let kind = attr_text(node, "kind").unwrap_or("note").to_ascii_uppercase();
                let known = ["NOTE", "TIP", "IMPORTANT", "WARNING", "CAUTION"].contains(&kind.as_str());
                let title: String = kind.chars().take(20).filter(char::is_ascii_alphabetic).collect();
                let title = if known { format!("[!{title}]\n") } else { format!("**{title}**\n\n") };
                indented(&format!("{title}{}", self.blocks(nodes, depth + 1)), "> ", "> ")
            }
            "bulletList" | "orderedList" | "taskList" => self.list(node, depth),
            "table" => self.table(nodes, depth),
            "horizontalRule" => "---".to_owned(),
            "assetComponent" => asset_card(attr_text(node, "id"), attr_text(node, "assetType"), self.names),
            "mathematics" => display_math(attr_text(node, "latex").unwrap_or_default()),
            // A word that is not known shows what is in it.
            _ => self.blocks(nodes, depth + 1),
        }
    }

    fn list(&self, node: &Value, depth: usize) -> String {
        // Markdown has no longer numbers.
        let start = attr(node, "start").and_then(Value::as_u64).unwrap_or(1).min(99_999_999);
        let mut out = String::new();
        for (number, item) in (start..).zip(children(node)) {
            let marker = match kind(node) {
                "orderedList" => format!("{number}. "),
                "taskList" => match attr(item, "checked").and_then(Value::as_bool) {
                    Some(true) => "- [x] ".to_owned(),
                    _ => "- [ ] ".to_owned(),
                },
                _ => "- ".to_owned(),
            };
            let indent = " ".repeat(if marker.starts_with('-') { 2 } else { marker.len() });
            // Lists stay tight: one line break between items, and before a list inside.
            let body = self.spaced_blocks(children(item), depth + 2, "\n");
            if !out.is_empty() {
                out.push('\n');
            }
            out.push_str(&indented(&body, &marker, &indent));
        }
        out
    }

    /// A table of the GFM kind; the first row is its head.
    fn table(&self, rows: &[Value], depth: usize) -> String {
        let mut out = String::new();
        for (place, row) in rows.iter().enumerate() {
            let cells = children(row).iter().take(COLUMNS);
            let cells: Vec<String> = cells.map(|cell| self.cell(cell, depth)).collect();
            let _ = writeln!(out, "| {} |", cells.join(" | "));
            if place == 0 {
                let _ = writeln!(out, "|{}", " --- |".repeat(cells.len().max(1)));
            }
        }
        out.trim_end().to_owned()
    }

    fn cell(&self, cell: &Value, depth: usize) -> String {
        self.blocks(children(cell), depth + 2)
            .replace('|', "\\|")
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    }

    fn inline(&self, nodes: &[Value], depth: usize) -> String {
        let mut out = String::new();
        if depth > DEPTH {
            out.push('…');
            return out;
        }
        for node in nodes {
            match kind(node) {
                "text" => marked(node, &mut out),
                "mention" => {
                    let name = ["label", "username", "id"].iter().find_map(|name| attr_text(node, name));
                    out.push('@');
                    escape_into(&mut out, name.unwrap_or("somebody").trim_start_matches('@'));
                }
                "hardBreak" => out.push('\n'),
                "image" => {
                    out.push_str("![");
                    escape_into(&mut out, attr_text(node, "alt").unwrap_or("image"));
                    let _ = write!(out, "]({})", target(attr_text(node, "src").unwrap_or_default()));
                }
                "mathematics" => {
                    let latex = attr_text(node, "latex").unwrap_or_default();
                    if is_displayed(node) {
                        out.push_str(&display_math(latex));
                    } else {
                        inline_math(latex, &mut out);
                    }
                }
                "assetComponent" => {
                    out.push_str(&asset_link(
                        attr_text(node, "id"),
                        attr_text(node, "assetType"),
                        self.names,
                    ));
                }
                _ => out.push_str(&self.inline(children(node), depth + 1)),
            }
        }
        out
    }
}

fn kind(node: &Value) -> &str {
    node.get("type").and_then(Value::as_str).unwrap_or_default()
}

fn children(node: &Value) -> &[Value] {
    node.get("content").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn attr<'v>(node: &'v Value, name: &str) -> Option<&'v Value> {
    node.get("attrs")?.get(name)
}

fn attr_text<'v>(node: &'v Value, name: &str) -> Option<&'v str> {
    attr(node, name)?.as_str().filter(|text| !text.is_empty())
}

fn is_inline(node: &Value) -> bool {
    matches!(kind(node), "text" | "mention" | "hardBreak" | "image" | "mathematics")
}

/// The bare text below nodes: what a code block holds.
fn plain(nodes: &[Value], depth: usize) -> String {
    if depth > DEPTH {
        return String::new();
    }
    let mut out = String::new();
    for node in nodes {
        match node.get("text").and_then(Value::as_str) {
            Some(text) => out.push_str(text),
            None if kind(node) == "hardBreak" => out.push('\n'),
            None => out.push_str(&plain(children(node), depth + 1)),
        }
    }
    out
}

/// A text with its marks. Spaces at its ends stay outside, where markdown wants them.
fn marked(node: &Value, out: &mut String) {
    let text = node.get("text").and_then(Value::as_str).unwrap_or_default();
    let marks = node.get("marks").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let has = |name: &str| marks.iter().any(|mark| kind(mark) == name);
    let core = text.trim();
    if marks.is_empty() || core.is_empty() {
        escape_into(out, text);
        return;
    }
    let start = text.len() - text.trim_start().len();
    out.push_str(&text[..start]);
    let link = marks.iter().find(|mark| kind(mark) == "link").and_then(|mark| attr_text(mark, "href"));
    let signs: Vec<&str> = [("bold", "**"), ("italic", "*"), ("strike", "~~")]
        .iter()
        .filter(|(name, _)| has(name))
        .map(|(_, sign)| *sign)
        .collect();
    if link.is_some() {
        out.push('[');
    }
    out.push_str(&signs.concat());
    if has("code") {
        code_span(core, out);
    } else {
        escape_into(out, core);
    }
    out.extend(signs.iter().rev().copied());
    if let Some(href) = link {
        let _ = write!(out, "]({})", target(href));
    }
    out.push_str(&text[start + core.len()..]);
}

/// A link's target; one with spaces or brackets goes into angle brackets.
fn target(href: &str) -> String {
    let clean: String = href.chars().filter(|c| !c.is_control() && !matches!(c, '<' | '>')).collect();
    if clean.contains([' ', '(', ')']) { format!("<{clean}>") } else { clean }
}

fn longest_run(text: &str, of: char) -> usize {
    text.split(|c| c != of).map(str::len).max().unwrap_or(0)
}

fn code_span(text: &str, out: &mut String) {
    let fence = "`".repeat(longest_run(text, '`') + 1);
    let space = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    let _ = write!(out, "{fence}{space}{}{space}{fence}", text.replace('\n', " "));
}

/// A formula as Ouro's markdown has it; one that would end too early is code.
fn inline_math(latex: &str, out: &mut String) {
    if latex.contains("\\)") || latex.contains('\n') || latex.trim().is_empty() {
        code_span(latex, out);
    } else {
        let _ = write!(out, "\\({latex}\\)");
    }
}

fn display_math(latex: &str) -> String {
    let lines: Vec<&str> = latex.lines().filter(|line| !line.trim().is_empty()).collect();
    if latex.contains("\\]") { code_block("math", latex) } else { format!("\\[\n{}\n\\]", lines.join("\n")) }
}

/// Whether a formula stands on a line of its own: true, or the word.
fn is_displayed(node: &Value) -> bool {
    let mode = attr(node, "displayMode");
    mode.and_then(Value::as_bool).unwrap_or_else(|| mode.and_then(Value::as_str) == Some("true"))
}

fn code_block(language: &str, text: &str) -> String {
    let fence = "`".repeat((longest_run(text, '`') + 1).max(3));
    let language: String =
        language.chars().take_while(|c| c.is_ascii_alphanumeric() || "+-_#".contains(*c)).collect();
    format!("{fence}{language}\n{}\n{fence}", text.trim_end_matches('\n'))
}

/// Puts `first` before the first line and `rest` before the others; empty lines get no spaces.
fn indented(text: &str, first: &str, rest: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for (place, line) in text.split('\n').enumerate() {
        if place > 0 {
            out.push('\n');
        }
        let prefix = if place == 0 { first } else { rest };
        out.push_str(if line.is_empty() { prefix.trim_end() } else { prefix });
        out.push_str(line);
    }
    out
}

/// Writes text so that markdown takes none of it for marks. An underscore inside a word is no mark.
pub(super) fn escape_into(out: &mut String, text: &str) {
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let inside = before.is_alphanumeric() && rest.peek().is_some_and(|next| next.is_alphanumeric());
        if matches!(c, '\\' | '*' | '`' | '[' | ']' | '<') || (c == '_' && !inside) {
            out.push('\\');
        }
        out.push(c);
        before = c;
    }
}

/// A paragraph that begins like a heading, a quote or a list is none.
fn guarded_start(paragraph: String) -> String {
    let digits = paragraph.bytes().take_while(u8::is_ascii_digit).count();
    let numbered = (1..10).contains(&digits) && paragraph[digits..].starts_with(['.', ')']);
    if numbered {
        return format!("{}\\{}", &paragraph[..digits], &paragraph[digits..]);
    }
    if paragraph.starts_with(['#', '>', '-', '+', '=', '~', '|']) {
        format!("\\{paragraph}")
    } else {
        paragraph
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shown(content: &Value) -> String {
        markdown(&json!({ "type": "doc", "content": content }), &Names::default())
    }

    fn text(words: &str) -> Value {
        json!({ "type": "text", "text": words })
    }

    fn paragraph(words: &str) -> Value {
        json!({ "type": "paragraph", "content": [text(words)] })
    }

    #[test]
    fn blocks_are_written_as_markdown() {
        let content = json!([
            { "type": "heading", "attrs": { "level": 2 }, "content": [text("Run 7")] },
            paragraph("# not a heading, 2*3 and snake_case"),
            { "type": "paragraph" },
            { "type": "blockquote", "content": [paragraph("a"), paragraph("b")] },
            { "type": "callout", "attrs": { "kind": "warning" }, "content": [paragraph("hot")] },
            { "type": "codeBlock", "attrs": { "language": "sh" }, "content": [text("echo ```\n")] },
            { "type": "horizontalRule" },
            { "type": "mystery", "content": [paragraph("still shown")] },
        ]);
        let wanted = "## Run 7\n\n\\# not a heading, 2\\*3 and snake_case\n\n> a\n>\n> b\n\n> [!WARNING]\n> hot\n\n\
                      ````sh\necho ```\n````\n\n---\n\nstill shown";
        assert_eq!(shown(&content), wanted);
    }

    #[test]
    fn lists_nest_and_tables_have_a_head() {
        let item = |nodes: Value| json!({ "type": "listItem", "content": nodes });
        let code = json!({ "type": "codeBlock", "content": [text("a\n\n- b")] });
        let inner = json!({ "type": "bulletList", "content": [item(json!([paragraph("deep"), code]))] });
        let content = json!([
            { "type": "orderedList", "attrs": { "start": 9 }, "content": [item(json!([paragraph("nine"), inner])), item(json!([paragraph("ten")]))] },
            { "type": "taskList", "content": [{ "type": "taskItem", "attrs": { "checked": true }, "content": [paragraph("done")] }] },
            { "type": "table", "content": [
                { "type": "tableRow", "content": [{ "type": "tableHeader", "content": [paragraph("K")] }, { "type": "tableHeader", "content": [paragraph("a|b")] }] },
                { "type": "tableRow", "content": [{ "type": "tableCell", "content": [paragraph("300")] }, { "type": "tableCell" }] },
            ] },
        ]);
        let wanted = "9. nine\n   - deep\n\n     ```\n     a\n\n     - b\n     ```\n10. ten\n\n- [x] done\n\n| K | a\\|b |\n| --- | --- |\n| 300 |  |";
        assert_eq!(shown(&content), wanted);
    }

    #[test]
    fn inline_nodes_keep_their_marks() {
        let nodes = json!([
            { "type": "text", "text": "bold ", "marks": [{ "type": "bold" }] },
            { "type": "text", "text": "a`b", "marks": [{ "type": "code" }] },
            { "type": "hardBreak" },
            { "type": "text", "text": "raw", "marks": [{ "type": "link", "attrs": { "href": "dataset:0193 (x)" } }, { "type": "italic" }] },
            { "type": "text", "text": " and ", "marks": [{ "type": "highlight" }] },
            { "type": "mention", "attrs": { "id": "7", "label": "maria" } },
            { "type": "mathematics", "attrs": { "latex": "T_c", "displayMode": "false" } },
            { "type": "image", "attrs": { "src": "https://example.org/a.png" } },
        ]);
        let wanted = "**bold** ``a`b``\n[*raw*](<dataset:0193 (x)>) and @maria\\(T_c\\)![image](https://example.org/a.png)";
        assert_eq!(shown(&json!([{ "type": "paragraph", "content": nodes }])), wanted);
    }

    #[test]
    fn nonsense_is_nothing() {
        for doc in [
            json!(null),
            json!([]),
            json!({ "content": 7 }),
            json!({ "content": [null, 1, "x", { "type": 3 }] }),
        ] {
            assert_eq!(markdown(&doc, &Names::default()), "");
        }
    }
}

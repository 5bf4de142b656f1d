//! A `TipTap` document, written out as markdown. Unknown nodes show their children; nothing is ever dropped silently
//! but marks that a terminal cannot show.

use std::fmt::Write as _;

use serde_json::Value;

use super::inline::{Words, code_span, escape_label, link_of, target};
use super::{Names, asset_card, asset_link};

/// Deeper nodes show as an ellipsis.
const DEPTH: usize = 64;

/// At most so many columns of a table.
const COLUMNS: usize = 64;

/// Ends a line within a paragraph.
const BREAK: &str = "\\\n";

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
            let part = if inline > 0 {
                self.inline(&rest[..inline], BREAK, depth)
            } else {
                self.block(first, depth)
            };
            rest = &rest[inline.max(1)..];
            if part.trim().is_empty() {
                continue;
            }
            if !out.is_empty() {
                // A numbered list that begins otherwise would go on the paragraph.
                let begins = attr(first, "start").and_then(Value::as_u64).is_none_or(|start| start == 1);
                out.push_str(if kind(first).ends_with("List") && begins { before_list } else { "\n\n" });
            }
            out.push_str(&part);
        }
        out
    }

    fn block(&self, node: &Value, depth: usize) -> String {
        let nodes = children(node);
        match kind(node) {
            "paragraph" => self.inline(nodes, BREAK, depth + 1),
            "heading" => {
                let level = attr(node, "level").and_then(Value::as_u64).unwrap_or(1).clamp(1, 6) as usize;
                let words = self.inline(nodes, " ", depth + 1).replace('\n', " ");
                // Such signs at its end would be taken for a part of the heading's mark.
                let words = words.trim_end();
                let end = words.trim_end_matches('#').len();
                let guard = if end < words.len() { "\\" } else { "" };
                format!("{} {}{guard}{}", "#".repeat(level), &words[..end], &words[end..])
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
            // A word that is not known shows what is in it, or else where it leads.
            _ if nodes.is_empty() => stranger(node),
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

    /// A table of the GFM kind; the first row is its head. A cell over several columns or rows leaves empty cells beside
    /// and below it, so that every other one stays in its column.
    fn table(&self, rows: &[Value], depth: usize) -> String {
        let mut taken: Vec<usize> = Vec::new();
        let rows: Vec<Vec<String>> = rows.iter().map(|row| self.row(row, &mut taken, depth)).collect();
        let widest = rows.iter().map(Vec::len).max().unwrap_or(0);
        let columns = widest.clamp(1, COLUMNS);
        let mut out = String::new();
        for (place, mut cells) in rows.into_iter().enumerate() {
            if place == 0 {
                // What has no column in the head would not be shown at all.
                cells.resize(columns, String::new());
            }
            cells.truncate(columns);
            let _ = writeln!(out, "| {} |", cells.join(" | "));
            if place == 0 {
                let _ = writeln!(out, "|{}", " --- |".repeat(columns));
            }
        }
        out.truncate(out.trim_end().len());
        if widest > columns {
            let _ = write!(out, "\n\n*(only {columns} columns of the table are shown)*");
        }
        out
    }

    /// The cells of a row. `taken`: for each column, in how many rows more a cell from above reaches into it.
    fn row(&self, row: &Value, taken: &mut Vec<usize>, depth: usize) -> Vec<String> {
        let span = |cell: &Value, name: &str| {
            let span = attr(cell, name).and_then(Value::as_u64).unwrap_or(1);
            usize::try_from(span).unwrap_or(1).max(1)
        };
        let mut cells: Vec<String> = Vec::new();
        let skip_taken = |cells: &mut Vec<String>, taken: &mut Vec<usize>| {
            while let Some(rows) = taken.get_mut(cells.len()).filter(|rows| **rows > 0) {
                *rows -= 1;
                cells.push(String::new());
            }
        };
        for cell in children(row) {
            skip_taken(&mut cells, taken);
            if cells.len() > COLUMNS {
                break;
            }
            let (columns, rows) = (span(cell, "colspan").min(COLUMNS), span(cell, "rowspan"));
            let (first, behind) = (cells.len(), cells.len() + columns);
            cells.push(self.cell(cell, depth));
            cells.resize(behind, String::new());
            taken.resize(taken.len().max(behind), 0);
            taken[first..behind].fill(rows - 1);
        }
        skip_taken(&mut cells, taken);
        cells
    }

    /// What is in a cell, on one line.
    fn cell(&self, cell: &Value, depth: usize) -> String {
        self.flat(children(cell), depth + 2).replace('|', "\\|")
    }

    /// Blocks on one line, as cells of tables need them.
    fn flat(&self, nodes: &[Value], depth: usize) -> String {
        if depth > DEPTH {
            return "…".to_owned();
        }
        let mut parts: Vec<String> = Vec::new();
        let mut rest = nodes;
        while let Some(first) = rest.first() {
            let inline = rest.iter().take_while(|node| is_inline(node)).count();
            let part = match kind(first) {
                _ if inline > 0 => self.inline(&rest[..inline], " ", depth),
                "paragraph" | "heading" => self.inline(children(first), " ", depth + 1),
                "codeBlock" => {
                    let mut code = String::new();
                    code_span(plain(children(first), 0).trim(), &mut code);
                    code
                }
                "bulletList" | "orderedList" | "taskList" => {
                    self.list(first, depth).lines().map(str::trim).collect::<Vec<_>>().join("; ")
                }
                "assetComponent" => {
                    asset_link(attr_text(first, "id"), attr_text(first, "assetType"), self.names)
                }
                _ if children(first).is_empty() => stranger(first),
                _ => self.flat(children(first), depth + 1),
            };
            rest = &rest[inline.max(1)..];
            parts.push(part.split_whitespace().collect::<Vec<_>>().join(" "));
        }
        parts.retain(|part| !part.is_empty());
        parts.join("; ")
    }

    /// Inline nodes; `breaks` stands where a line is told to end.
    fn inline(&self, nodes: &[Value], breaks: &str, depth: usize) -> String {
        let mut words = Words::default();
        self.inline_into(nodes, breaks, depth, &mut words);
        words.done()
    }

    fn inline_into(&self, nodes: &[Value], breaks: &str, depth: usize, words: &mut Words) {
        if depth > DEPTH {
            return words.raw("…");
        }
        for node in nodes {
            match kind(node) {
                "text" => words.text(node),
                "mention" => {
                    let name = ["label", "username", "id"].iter().find_map(|name| attr_text(node, name));
                    words.plain(&format!("@{}", name.unwrap_or("somebody").trim_start_matches('@')));
                }
                "hardBreak" => words.line_break(breaks),
                "image" => words.raw(&image(node)),
                "mathematics" => {
                    let latex = attr_text(node, "latex").unwrap_or_default();
                    words.raw(&if is_displayed(node) { display_math(latex) } else { inline_math(latex) });
                }
                "assetComponent" => {
                    words.raw(&asset_link(attr_text(node, "id"), attr_text(node, "assetType"), self.names));
                }
                _ if children(node).is_empty() => words.raw(&stranger(node)),
                _ => self.inline_into(children(node), breaks, depth + 1, words),
            }
        }
    }
}

/// An image by its alternative text, in a link if it is one.
fn image(node: &Value) -> String {
    let mut out = String::from("![");
    escape_label(&mut out, &attr_text(node, "alt").unwrap_or("image").replace('\n', " "));
    let _ = write!(out, "]({})", target(attr_text(node, "src").unwrap_or_default()));
    match link_of(node) {
        Some(href) => format!("[{out}]({})", target(href)),
        None => out,
    }
}

/// What is known of a node of an unknown kind that has nothing in it: where it leads, if it says so.
fn stranger(node: &Value) -> String {
    let address = ["src", "href", "url"].iter().find_map(|name| attr_text(node, name));
    let Some(address) = address.filter(|_| !kind(node).is_empty()) else { return String::new() };
    let mut out = String::from("[");
    escape_label(&mut out, &kind(node).chars().take(40).collect::<String>().replace('\n', " "));
    let _ = write!(out, "]({})", target(address));
    out
}

pub(super) fn kind(node: &Value) -> &str {
    node.get("type").and_then(Value::as_str).unwrap_or_default()
}

fn children(node: &Value) -> &[Value] {
    node.get("content").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn attr<'v>(node: &'v Value, name: &str) -> Option<&'v Value> {
    node.get("attrs")?.get(name)
}

pub(super) fn attr_text<'v>(node: &'v Value, name: &str) -> Option<&'v str> {
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

pub(super) fn longest_run(text: &str, of: char) -> usize {
    text.split(|c| c != of).map(str::len).max().unwrap_or(0)
}

/// A formula as Ouro's markdown has it; one that would end too early is code.
fn inline_math(latex: &str) -> String {
    let latex = latex.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut out = String::new();
    if latex.contains("\\)") {
        code_span(&latex, &mut out);
    } else if !latex.is_empty() {
        let _ = write!(out, "\\({latex}\\)");
    }
    out
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
        let wanted = "**bold** ``a`b``\\\n[*raw*](<dataset:0193 (x)>) and @maria\\(T_c\\)![image](https://example.org/a.png)";
        assert_eq!(shown(&json!([{ "type": "paragraph", "content": nodes }])), wanted);
    }

    #[test]
    fn every_cell_stays_in_its_column() {
        let cell = |content: Value, columns: u64, rows: u64| json!({ "type": "tableCell", "attrs": { "colspan": columns, "rowspan": rows }, "content": content });
        let row = |cells: Value| json!({ "type": "tableRow", "content": cells });
        let one = |words: &str| cell(json!([paragraph(words)]), 1, 1);
        let item = |words: &str| json!({ "type": "listItem", "content": [paragraph(words)] });
        let list = json!({ "type": "bulletList", "content": [item("l1"), item("l2")] });
        let code = json!({ "type": "codeBlock", "content": [text("a\nb")] });
        let broken =
            json!({ "type": "paragraph", "content": [text("1"), { "type": "hardBreak" }, text("2")] });
        let table = json!([{ "type": "table", "content": [
            row(json!([cell(json!([paragraph("wide")]), 2, 1), one("c")])),
            row(json!([cell(json!([paragraph("high")]), 1, 2), one("b1"), one("c1")])),
            row(json!([cell(json!([list]), 1, 1), cell(json!([paragraph("x"), code]), 1, 1)])),
            row(json!([cell(json!([broken]), 1, 1), one("b3"), one("c3"), one("beyond the head")])),
        ] }]);
        let wanted = concat!(
            "| wide |  | c |  |\n| --- | --- | --- | --- |\n| high | b1 | c1 |\n|  | - l1; - l2 | x; `a b` |\n",
            "| 1 2 | b3 | c3 | beyond the head |"
        );
        assert_eq!(shown(&table), wanted);
        let huge = json!([{ "type": "table", "content": [
            row(json!([cell(json!([paragraph("a")]), u64::MAX, u64::MAX), one("b")])), row(json!([])), row(json!([one("c")])),
        ] }]);
        assert!(shown(&huge).ends_with("*(only 64 columns of the table are shown)*"));
    }

    #[test]
    fn a_list_that_begins_otherwise_is_one_within_another() {
        let item = |nodes: Value| json!({ "type": "listItem", "content": nodes });
        let inner = json!({ "type": "orderedList", "attrs": { "start": 3 }, "content": [item(json!([paragraph("three")]))] });
        let list = json!([{ "type": "bulletList", "content": [item(json!([paragraph("one"), inner]))] }]);
        assert_eq!(shown(&list), "- one\n\n  3. three");
    }

    #[test]
    fn a_broken_line_stays_one_and_begins_nothing() {
        let nodes = json!([text("one"), { "type": "hardBreak" }, text("- two"), { "type": "hardBreak" }, text("3. three\nmore")]);
        assert_eq!(
            shown(&json!([{ "type": "paragraph", "content": nodes }])),
            "one\\\n\\- two\\\n3\\. three more"
        );
        let ends = json!([text("one"), { "type": "hardBreak" }, { "type": "hardBreak" }]);
        let content = json!([{ "type": "paragraph", "content": ends }, paragraph("two")]);
        assert_eq!(shown(&content), "one\n\ntwo");
        assert_eq!(
            shown(
                &json!([{ "type": "heading", "content": [text("Is C#"), { "type": "hardBreak" }, text("fine #")] }])
            ),
            "# Is C# fine \\#"
        );
    }

    #[test]
    fn a_stranger_shows_its_words_or_where_it_leads() {
        let content = json!([
            { "type": "youtube", "attrs": { "src": "https://y.example/7" } },
            { "type": "details", "content": [{ "type": "summary", "content": [text("Sum")] }, paragraph("Rest")] },
            { "type": "paragraph", "content": [{ "type": "odd", "content": [text("in it")] }, { "type": "chip" }] },
        ]);
        assert_eq!(shown(&content), "[youtube](https://y.example/7)\n\nSum\n\nRest\n\nin it");
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

//! Markdown to the platform's rich text: a `TipTap` document beside its text (contract, 3.11 and 4.9).
//!
//! What it is given is hostile: nesting is cut at a depth that every JSON reader survives, and HTML stays text.

mod formulas;
pub(crate) mod html;
mod tree;

use serde_json::{Value, json};

use super::error::Refusal;

pub(crate) use tree::{document, whole_document};

/// Depth of JSON that is taken from a client: readers give up at 128, and the text is embedded in an answer.
const DEEPEST_JSON: usize = 100;

/// Reads rich text in any of the forms that clients send: markdown, `{json, text}`, a bare document, null.
pub(crate) fn rich(given: &Value) -> Result<Option<Value>, Refusal> {
    match given {
        Value::Null => Ok(None),
        Value::String(markdown) => {
            let document = whole_document(markdown.trim_end()).ok_or_else(|| {
                Refusal::field("rich text", "has more than 200,000 parts: attach it as a file instead")
            })?;
            Ok(Some(json!({"json": document, "text": ended(markdown)})))
        }
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
    json!({"json": document(markdown.trim_end()), "text": ended(markdown)})
}

/// The text, ending in one line break.
fn ended(markdown: &str) -> String {
    let text = markdown.trim_end();
    if text.is_empty() { String::new() } else { format!("{text}\n") }
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
    let attr = |name: &str| node.pointer(&format!("/attrs/{name}")).and_then(Value::as_str);
    match kind {
        Some("mention") => {
            text.push('@');
            text.push_str(attr("label").or_else(|| attr("username")).unwrap_or_default());
        }
        Some("mathematics") => text.push_str(attr("latex").unwrap_or_default()),
        Some("hardBreak") => text.push('\n'),
        _ => {}
    }
    if matches!(kind, Some("paragraph" | "heading" | "codeBlock" | "tableRow")) {
        text.push('\n');
    }
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
    fn formulas_are_nodes_and_code_and_what_is_escaped_stay() {
        let math = |latex: &str, display: bool| json!({"type": "mathematics", "attrs": {"latex": latex, "displayMode": display}});
        assert_eq!(
            content("At \\(a_b *c* d_e\\), `\\(x\\)`, \\\\(no\\\\).\n\n\\[\nx\n\\]"),
            json!([
                {"type": "paragraph", "content": [
                    {"type": "text", "text": "At "}, math("a_b *c* d_e", false), {"type": "text", "text": ", "},
                    {"type": "text", "text": "\\(x\\)", "marks": [{"type": "code"}]}, {"type": "text", "text": ", \\(no\\)."},
                ]},
                {"type": "paragraph", "content": [math("x", true)]},
            ])
        );
        assert_eq!(content("![\\(a\\)](u)")[0]["content"][0]["attrs"]["alt"], "\\(a\\)");
        assert_eq!(plain_text(&document("a {@maria} \\(x\\)")), "a @maria x\n");
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

    #[test]
    fn nested_emphasis_and_endless_links_do_not_multiply() {
        let deep = "*a **b ".repeat(2_000) + &"** *".repeat(2_000);
        assert!(document(&deep).to_string().len() < 40 * deep.len());
        let link = format!("[{}](https://example.org/{})", "a *b* ".repeat(1_000), "x".repeat(100_000));
        assert!(document(&link).to_string().len() < 10 * link.len());
        let twice = content("***a* b**");
        assert_eq!(twice[0]["content"][1]["marks"], json!([{"type": "bold"}]));
    }

    proptest! {
        #[test]
        fn any_text_makes_a_document_without_empty_text_nodes(markdown in "[ -~\n>*`|#\\[\\]{}@é-]{0,200}") {
            let document = document(&markdown).to_string();
            prop_assert!(!document.contains(r#""text":"""#));
        }
    }
}

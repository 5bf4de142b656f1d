//! A document as HTML, for downloads. Everything that was written is text: no markup of an author's gets through.

use std::fmt::Write as _;

use serde_json::Value;

/// The document as a page of its own.
pub(crate) fn page(title: &str, document: &Value) -> String {
    let mut html = String::from("<!doctype html>\n<html><head><meta charset=\"utf-8\"><title>");
    escape(title, &mut html);
    html.push_str("</title></head><body>\n");
    node(document, &mut html);
    html.push_str("</body></html>\n");
    html
}

fn text<'a>(node: &'a Value, field: &str) -> &'a str {
    node.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn attr<'a>(node: &'a Value, field: &str) -> &'a str {
    node.get("attrs").map_or("", |attrs| text(attrs, field))
}

fn escape(words: &str, html: &mut String) {
    for c in words.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            c => html.push(c),
        }
    }
}

/// Addresses that a reader may follow; a script is none.
fn is_safe(address: &str) -> bool {
    let scheme = address.split_once(':').map(|(scheme, _)| scheme.trim().to_ascii_lowercase());
    scheme.is_none_or(|scheme| {
        let known =
            ["http", "https", "mailto", "post", "file", "dataset", "route", "service", "quest", "asset"];
        known.contains(&scheme.as_str())
    })
}

fn children(of: &Value, html: &mut String) {
    for child in of.get("content").and_then(Value::as_array).into_iter().flatten() {
        node(child, html);
    }
}

fn around(tag: &str, of: &Value, html: &mut String) {
    write!(html, "<{tag}>").ok();
    children(of, html);
    writeln!(html, "</{tag}>").ok();
}

/// Documents are nested at most so deep as JSON is taken, so this ends.
fn node(of: &Value, html: &mut String) {
    match text(of, "type") {
        "text" => words(of, html),
        "paragraph" => around("p", of, html),
        "heading" => {
            let level = of.get("attrs").and_then(|attrs| attrs.get("level")).and_then(Value::as_u64);
            around(
                ["h1", "h2", "h3", "h4", "h5", "h6"][level.unwrap_or(1).clamp(1, 6) as usize - 1],
                of,
                html,
            );
        }
        "blockquote" | "callout" => around("blockquote", of, html),
        "bulletList" | "taskList" => around("ul", of, html),
        "orderedList" => around("ol", of, html),
        "listItem" | "taskItem" => around("li", of, html),
        "table" => around("table", of, html),
        "tableRow" => around("tr", of, html),
        "tableHeader" => around("th", of, html),
        "tableCell" => around("td", of, html),
        "codeBlock" => {
            html.push_str("<pre><code>");
            children(of, html);
            html.push_str("</code></pre>\n");
        }
        "horizontalRule" => html.push_str("<hr>\n"),
        "hardBreak" => html.push_str("<br>\n"),
        "mention" => {
            html.push('@');
            escape(attr(of, "label"), html);
        }
        "mathematics" => {
            html.push_str("<code>");
            escape(attr(of, "latex"), html);
            html.push_str("</code>");
        }
        "image" if is_safe(attr(of, "src")) => {
            html.push_str("<img src=\"");
            escape(attr(of, "src"), html);
            html.push_str("\" alt=\"");
            escape(attr(of, "alt"), html);
            html.push_str("\">");
        }
        "assetComponent" => {
            html.push_str("<p>[");
            escape(attr(of, "assetType"), html);
            html.push(' ');
            escape(attr(of, "id"), html);
            html.push_str("]</p>\n");
        }
        _ => children(of, html),
    }
}

fn words(of: &Value, html: &mut String) {
    let mut closing = Vec::new();
    for mark in of.get("marks").and_then(Value::as_array).into_iter().flatten() {
        let tag = match text(mark, "type") {
            "bold" => "strong",
            "italic" => "em",
            "strike" => "s",
            "code" => "code",
            "link" if is_safe(attr(mark, "href")) => {
                html.push_str("<a href=\"");
                escape(attr(mark, "href"), html);
                html.push_str("\">");
                closing.push("</a>".to_owned());
                continue;
            }
            _ => continue,
        };
        write!(html, "<{tag}>").ok();
        closing.push(format!("</{tag}>"));
    }
    escape(text(of, "text"), html);
    closing.iter().rev().for_each(|tag| html.push_str(tag));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::markdown::document;

    #[test]
    fn structure_is_kept_and_markup_of_authors_is_text() {
        let html = page(
            "A <b>",
            &document("# One\n\n- **two** [x](https://example.org/?a=1&b=2)\n\n<script>alert(1)</script>"),
        );
        for part in [
            "<h1>One</h1>",
            "<li>",
            "<strong>two</strong>",
            "href=\"https://example.org/?a=1&amp;b=2\"",
            "&lt;script&gt;",
            "A &lt;b&gt;",
        ] {
            assert!(html.contains(part), "{part} in {html}");
        }
        let html = page("x", &document("[x](javascript:alert(1)) ![y](data:text/html,z)"));
        assert!(!html.contains("javascript") && !html.contains("data:"), "{html}");
    }
}

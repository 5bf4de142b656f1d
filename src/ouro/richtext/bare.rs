//! The words of a document that cannot be laid out, because it is nested too deeply or too large: found by reading
//! along its JSON text once, without a tree and without recursion.

use super::inline::escape_into;

/// Nodes that begin on a line of their own.
const BLOCKS: [&str; 12] = [
    "paragraph",
    "heading",
    "codeBlock",
    "blockquote",
    "callout",
    "listItem",
    "taskItem",
    "tableRow",
    "tableCell",
    "tableHeader",
    "horizontalRule",
    "hardBreak",
];

/// The words as markdown, in about so many bytes at the most.
pub(super) fn words(json: &str, limit: usize) -> String {
    let mut out = String::new();
    let mut rest = json;
    while out.len() < limit
        && let Some((token, after)) = next_text(rest)
    {
        rest = after;
        // What no colon follows is a value, whose key was of no interest.
        let Some(value) = after.trim_start().strip_prefix(':').map(str::trim_start) else { continue };
        if !matches!(token, "\"text\"" | "\"type\"") || !value.starts_with('"') {
            continue;
        }
        let Some((value, after)) = next_text(value) else { break };
        rest = after;
        let Ok(value) = serde_json::from_str::<String>(value) else { continue };
        if token == "\"text\"" {
            escape_into(&mut out, &value);
        } else if BLOCKS.contains(&value.as_str()) && !out.is_empty() && !out.ends_with("\n\n") {
            out.push_str("\n\n");
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// The next text of the JSON with its quotes, and what follows it.
fn next_text(json: &str) -> Option<(&str, &str)> {
    let begin = json.find('"')?;
    let bytes = json.as_bytes();
    let mut end = begin + 1;
    loop {
        match bytes.get(end)? {
            b'"' => return Some((json.get(begin..=end)?, json.get(end + 1..)?)),
            b'\\' => end += 2,
            _ => end += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_at_any_depth() {
        let node = |words: &str| {
            format!(r#"{{"type": "paragraph", "content": [{{"type": "text", "text": "{words}"}}]}}"#)
        };
        let deep = format!(
            r#"{{"type": "doc", "content": [{}{}, {}{}]}}"#,
            r#"{"type": "blockquote", "content": ["#.repeat(10_000),
            node("first *\\\"one\\\"*\\u00e9"),
            node("second"),
            "]}".repeat(10_000)
        );
        assert_eq!(words(&deep, 1_000), "first \\*\"one\"\\*é\n\nsecond");
    }

    #[test]
    fn what_is_no_json_ends_it() {
        for (json, found) in [
            ("", ""),
            ("\"text\"", ""),
            ("\"text\":\"", ""),
            ("\"text\":\"a\\", ""),
            ("{\"text\":7,\"text\":\"b\"}", "b"),
            ("{\"type\":\"text\",\"text\":\"c\"}", "c"),
        ] {
            assert_eq!(words(json, 100), found, "{json}");
        }
        assert!(words(&r#"{"text":"word "},"#.repeat(100_000), 1_000).len() < 1_100);
    }
}

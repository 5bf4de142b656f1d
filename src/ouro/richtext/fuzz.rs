//! Random documents to text: whatever they are, it ends, it is bounded, and nothing unprintable is left. The seeds are
//! in `tests/hostile/documents`; `PROPTEST_CASES` makes a run as long as wanted.

use proptest::prelude::*;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

use super::{Names, markdown};
use crate::domain::{SafeText, TextLimit};
use crate::ui::markdown::{Output, render};
use crate::ui::theme::{Look, ThemeName};

const SEEDS: [&str; 4] = [
    include_str!("../../../tests/hostile/documents/01-every-node.json"),
    include_str!("../../../tests/hostile/documents/02-wrapped.json"),
    include_str!("../../../tests/hostile/documents/03-numbers.json"),
    include_str!("../../../tests/hostile/documents/04-markdown.json"),
];

const NODES: [&str; 22] = [
    "paragraph",
    "heading",
    "codeBlock",
    "blockquote",
    "callout",
    "bulletList",
    "orderedList",
    "listItem",
    "taskList",
    "taskItem",
    "table",
    "tableRow",
    "tableHeader",
    "tableCell",
    "image",
    "horizontalRule",
    "hardBreak",
    "assetComponent",
    "mention",
    "mathematics",
    "text",
    "mystery",
];

/// Pieces that mean something to one of the readers on the way.
fn words() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,24}",
        "\\PC{0,8}",
        any::<String>().prop_map(|text| text.chars().take(12).collect()),
        proptest::sample::select(vec![
            "\u{1b}[2J",
            "\u{9b}31m",
            "&#27;",
            "\u{202e}",
            "\n\n",
            "\n> ",
            "\n- ",
            "\n1. ",
            "\n```\n",
            "| a |\n|-|\n",
            "\\(",
            "\\)",
            "\\[",
            "\\]",
            "\\frac{",
            "^{",
            "$",
            "[x](",
            "](",
            "![",
            "<https://",
            "https://a.b/",
            "{@x}",
            "\u{E0C0}",
            "\u{E0C1}1",
            "[^1]",
            "\n[^1]: ",
            "\n[a]: b",
            "***",
            "~~",
            "`",
            "\\",
        ])
        .prop_map(str::to_owned),
    ]
}

fn attributes() -> impl Strategy<Value = Value> {
    (words(), words(), any::<u64>(), any::<bool>()).prop_map(|(one, other, number, flag)| {
        json!({
            "level": number, "start": number, "checked": flag, "language": one, "kind": other, "src": one, "alt": other,
            "id": if flag { "0193b2aa-8888-7000-8000-000000000002" } else { "x" }, "assetType": other, "label": one,
            "latex": format!("{one}{other}"), "displayMode": flag, "href": one,
        })
    })
}

fn node() -> impl Strategy<Value = Value> {
    let leaf =
        (proptest::sample::select(&NODES[..]), words(), attributes()).prop_map(|(kind, text, attrs)| {
            let marks = json!([{ "type": "link", "attrs": attrs }, { "type": "bold" }, { "type": "code" }]);
            json!({ "type": kind, "text": text, "attrs": attrs, "marks": marks })
        });
    leaf.prop_recursive(6, 48, 6, |inner| {
        let content = proptest::collection::vec(inner, 0..6);
        (proptest::sample::select(&NODES[..]), attributes(), content)
            .prop_map(|(kind, attrs, content)| json!({ "type": kind, "attrs": attrs, "content": content }))
    })
}

/// What must hold of every document.
fn check(raw: &RawValue) {
    let text = markdown(raw, &Names::default());
    assert_eq!(SafeText::block(text.as_str()), text, "nothing is left to make safe");
    assert!(text.as_str().len() <= TextLimit::BODY.0);
    for look in [Look::default(), Look::new(ThemeName::Dark, false, false, true)] {
        let (mut lines, mut parts, mut led) = (Vec::new(), Vec::new(), Vec::new());
        let mut output = Output { lines: &mut lines, parts: &mut parts, links: &mut led, limit: 20_000 };
        render(&text, 40, &look, &mut output);
        for line in &lines {
            let shown = line.to_string();
            let safe = SafeText::line_within(&shown, TextLimit(usize::MAX / 2));
            assert_eq!(safe.as_str(), shown, "what is drawn is safe");
        }
    }
}

#[test]
fn the_seeds_hold() {
    for seed in SEEDS {
        check(serde_json::from_str(seed.trim()).unwrap());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn random_documents_become_safe_text(content in proptest::collection::vec(node(), 0..8)) {
        check(&to_raw_value(&json!({ "type": "doc", "content": content })).unwrap());
    }

    #[test]
    fn random_markdown_becomes_safe_text(parts in proptest::collection::vec(words(), 0..60)) {
        check(&to_raw_value(&json!({ "text": parts.concat() })).unwrap());
    }
}

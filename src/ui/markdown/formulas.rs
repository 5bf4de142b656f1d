//! Ouro's formulas in markdown, which its parser doesn't know: found, and made code that can be read.

use std::fmt::Write as _;
use std::ops::Range;

use pulldown_cmark::{Event, Parser, Tag};

use super::latex;
use super::prepare::{code_span, options};

/// Ouro's formulas, `\(…\)` and `\[…\]`, as code and blocks of code; private signs of ours taken out.
pub(super) fn with_formulas(text: &str, ascii: bool) -> String {
    let is_ours = |sign: char| ('\u{E0C0}'..='\u{E0CF}').contains(&sign);
    let text = if text.contains(is_ours) { text.replace(is_ours, "") } else { text.to_owned() };
    if !text.contains("\\(") && !text.contains("\\[") {
        return text;
    }
    let code: Vec<Range<usize>> = Parser::new_ext(&text, options())
        .into_offset_iter()
        .filter(|(event, _)| {
            matches!(
                event,
                Event::Code(_)
                    | Event::Start(Tag::CodeBlock(_))
                    | Event::InlineMath(_)
                    | Event::DisplayMath(_)
            )
        })
        .map(|(_, range)| range)
        .collect();
    let mut out = String::with_capacity(text.len());
    let (mut at, mut nth) = (0, 0);
    while let Some(found) = text[at..].find('\\').map(|found| at + found) {
        out.push_str(&text[at..found]);
        while code.get(nth).is_some_and(|range| range.end <= found) {
            nth += 1;
        }
        let inside = code.get(nth).is_some_and(|range| range.contains(&found));
        let rest = &text[found..];
        let formula = if inside { None } else { formula(rest) };
        let Some((length, latex, display)) = formula else {
            // An escaped sign stays escaped.
            let second = rest[1..].chars().next().map_or(0, char::len_utf8);
            out.push_str(&rest[..=second]);
            at = found + 1 + second;
            continue;
        };
        let before = text[..found].rsplit('\n').next().unwrap_or_default();
        let after = text[found + length..].trim_start_matches(' ');
        let alone =
            before.trim_matches([' ', '>']).is_empty() && (after.is_empty() || after.starts_with('\n'));
        if display && alone {
            display_block(latex, before, ascii, &mut out);
        } else {
            out.push_str(&code_span(&latex::readable(latex, ascii)));
        }
        at = found + length;
    }
    out.push_str(&text[at..]);
    out
}

/// A formula that begins here: its length, what is in it, whether it stands by itself.
fn formula(text: &str) -> Option<(usize, &str, bool)> {
    /// Longer ones are shown as they are.
    const LONGEST: usize = 8_192;
    let (end, display) = match text.get(..2)? {
        "\\(" => ("\\)", false),
        "\\[" => ("\\]", true),
        _ => return None,
    };
    let mut limit = text.len().min(LONGEST);
    while !text.is_char_boundary(limit) {
        limit -= 1;
    }
    let length = text[2..limit].find(end)?;
    let latex = &text[2..2 + length];
    // A blank line ends every paragraph, and with it what was no formula.
    (!latex.contains("\n\n")).then_some((length + 4, latex, display))
}

/// A formula on lines of its own, as a block of code: one line for each of its own.
fn display_block(latex: &str, prefix: &str, ascii: bool, out: &mut String) {
    let latex = latex.replace("\n>", "\n");
    let _ = writeln!(out, "```math");
    for line in latex::lines(&latex) {
        let line = latex::readable(line, ascii);
        if !line.is_empty() {
            let _ = writeln!(out, "{prefix}{}", line.replace("```", "` ` `"));
        }
    }
    let _ = write!(out, "{prefix}```");
}

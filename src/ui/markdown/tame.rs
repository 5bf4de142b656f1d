//! Markdown that nests deeper than people read, told from its lines before anything parses it.

use std::borrow::Cow;

/// Quotations and lists nested deeper than this are shown as they were written: every level costs a prefix on every
/// line, so that a line of ten thousand `>` would make a hundred million of them.
pub(super) const MAX_DEPTH: usize = 12;

/// Takes the nesting out of lines that nest deeper than people read, by escaping the marker that goes too far.
pub(super) fn tame(text: &str) -> Cow<'_, str> {
    if text.lines().all(|line| too_deep(line).is_none()) {
        return Cow::Borrowed(text);
    }
    let mut tamed = String::with_capacity(text.len() + 64);
    for line in text.split_inclusive('\n') {
        match too_deep(line).and_then(|at| line.split_at_checked(at)) {
            // Blanks before a marker could make it the next level all the same: they go.
            Some((head, tail)) => {
                tamed.push_str(head.trim_end());
                tamed.push_str(" \\");
                tamed.push_str(tail);
            }
            None => tamed.push_str(line),
        }
    }
    Cow::Owned(tamed)
}

/// Where the marker stands that opens one level too many, or the text that is indented too far.
fn too_deep(line: &str) -> Option<usize> {
    let (mut depth, mut blanks) = (0, 0);
    let mut signs = line.char_indices().peekable();
    while let Some((at, sign)) = signs.next() {
        match sign {
            ' ' => {
                blanks += 1;
                // Two blanks carry a level of a list.
                if blanks > MAX_DEPTH * 8 {
                    let rest = line.get(at..).unwrap_or_default();
                    return Some(at + (rest.len() - rest.trim_start_matches(' ').len()));
                }
                continue;
            }
            '>' | '-' | '+' | '*' | ':' => depth += 1,
            '0'..='9' => {
                while signs.peek().is_some_and(|(_, next)| next.is_ascii_digit()) {
                    signs.next();
                }
                if !signs.peek().is_some_and(|(_, next)| matches!(next, '.' | ')')) {
                    return None;
                }
                signs.next();
                depth += 1;
            }
            _ => return None,
        }
        let opens = sign == '>' || signs.peek().is_none_or(|(_, next)| *next == ' ' || *next == '\n');
        if !opens {
            return None;
        }
        if depth > MAX_DEPTH {
            return Some(at);
        }
    }
    None
}

//! How bytes begin that nothing else is known to do with: sixteen or eight a line, with the letters among them.

use std::fmt::Write as _;

use ratatui::text::{Line, Span};

use super::Setting;
use crate::domain::Head;

pub(super) fn write(head: &Head, setting: Setting<'_>, lines: &mut Vec<Line<'static>>) {
    let look = setting.look;
    let guess = head.guess.as_ref().map_or("binary data", |guess| guess.as_str());
    let words =
        if head.bytes.is_empty() { "It is empty.".to_owned() } else { format!("{guess}; it begins with") };
    lines.push(Line::styled(words, look.theme.dim));
    let each = if setting.width >= 74 { 16 } else { 8 };
    let room = setting.limit.saturating_sub(lines.len());
    for (row, bytes) in head.bytes.chunks(each).take(room).enumerate() {
        let mut hex = String::with_capacity(each * 3);
        for byte in bytes {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{byte:02x} ");
        }
        let letter = |byte: &u8| if (b' '..=b'~').contains(byte) { char::from(*byte) } else { '.' };
        let letters: String = bytes.iter().map(letter).collect();
        lines.push(Line::from(vec![
            Span::styled(format!("{:04x}  ", row * each), look.theme.dim),
            Span::styled(format!("{hex:<width$} ", width = each * 3), look.theme.text),
            Span::styled(letters, look.theme.code),
        ]));
    }
}

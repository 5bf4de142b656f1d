//! What a control sequence from the keyboard means. Pure.
//!
//! Sources: ECMA-48 5.4 for the form, xterm's "ctlseqs" for the keys, the kitty keyboard protocol for `CSI u`.
//! Whatever is not a key here is a terminal's reply or noise, and stays silent: it must never become a key.

use crate::app::key::{Key, KeyCode, LAST_FUNCTION_KEY};

/// What a complete sequence stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A key press.
    Key(Key),
    /// The text that follows is pasted.
    PasteBegins,
    /// Three more bytes belong to it: a mouse report in the oldest form.
    MouseFollows,
    /// Nothing the desk listens to.
    Nothing,
}

/// The meaning of `CSI parameters final`.
pub(super) fn meaning(parameters: &[u8], last: u8) -> Meaning {
    match (parameters, last) {
        (b"200", b'~') => Meaning::PasteBegins,
        (b"", b'M') => Meaning::MouseFollows,
        _ => key(parameters, last).map_or(Meaning::Nothing, Meaning::Key),
    }
}

/// The key of `SS3 final`: arrows and keypad in application mode.
pub(super) fn key_after_ss3(last: u8) -> Option<Key> {
    let code = match last {
        b'M' => KeyCode::Enter,
        b'I' => KeyCode::Tab,
        b' ' => KeyCode::Char(' '),
        b'j'..=b'y' => KeyCode::Char(char::from(last - b'j' + b'*')),
        b'X' => KeyCode::Char('='),
        _ => lettered(last)?,
    };
    Some(Key::plain(code))
}

/// The key of `CSI [ letter`: F1 to F5 on the Linux console.
pub(super) fn key_of_linux_console(last: u8) -> Option<Key> {
    matches!(last, b'A'..=b'E').then(|| Key::plain(KeyCode::F(last - b'A' + 1)))
}

fn key(parameters: &[u8], last: u8) -> Option<Key> {
    if parameters.iter().any(|byte| !matches!(byte, b'0'..=b'9' | b';' | b':')) {
        return None;
    }
    let numbers = Numbers::read(parameters);
    match last {
        b'Z' => with_modifiers(KeyCode::BackTab, numbers.modifiers()),
        b'~' if numbers.first == 27 => {
            let character = char::from_u32(numbers.third)?;
            with_modifiers(KeyCode::Char(character), numbers.modifiers())
        }
        b'~' => with_modifiers(numbered(numbers.first)?, numbers.modifiers()),
        b'u' => unicode_key(&numbers),
        // With parameters it is the answer to a question about the cursor, which another program may have asked.
        b'R' if !parameters.is_empty() => None,
        _ if numbers.first <= 1 => with_modifiers(lettered(last)?, numbers.modifiers()),
        _ => None,
    }
}

/// Keys known by a letter, the same after `CSI` and `SS3`.
fn lettered(last: u8) -> Option<KeyCode> {
    Some(match last {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'P'..=b'S' => KeyCode::F(last - b'P' + 1),
        _ => return None,
    })
}

/// Keys known by a number before `~`.
fn numbered(number: u32) -> Option<KeyCode> {
    Some(match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11..=15 => KeyCode::F(number as u8 - 10),
        17..=21 => KeyCode::F(number as u8 - 11),
        23..=26 => KeyCode::F(number as u8 - 12),
        28 | 29 => KeyCode::F(number as u8 - 13),
        31..=34 => KeyCode::F(number as u8 - 14),
        _ => return None,
    })
}

/// `CSI code u` of the kitty keyboard protocol. The desk never turns it on, but a program before it may have.
fn unicode_key(numbers: &Numbers) -> Option<Key> {
    let code = match numbers.first {
        57_344..=63_743 => functional(numbers.first)?,
        other => {
            let shifted = numbers.first_shifted.filter(|_| numbers.shift());
            KeyCode::Char(char::from_u32(shifted.unwrap_or(other))?)
        }
    };
    with_modifiers(code, numbers.modifiers())
}

/// Keys to which the kitty protocol gives numbers in the private use area.
fn functional(number: u32) -> Option<KeyCode> {
    Some(match number {
        57_376..=57_387 => KeyCode::F((number - 57_376) as u8 + 13),
        57_399..=57_408 => KeyCode::Char(char::from(b'0' + (number - 57_399) as u8)),
        57_409 => KeyCode::Char('.'),
        57_410 => KeyCode::Char('/'),
        57_411 => KeyCode::Char('*'),
        57_412 => KeyCode::Char('-'),
        57_413 => KeyCode::Char('+'),
        57_414 => KeyCode::Enter,
        57_415 => KeyCode::Char('='),
        57_417 => KeyCode::Left,
        57_418 => KeyCode::Right,
        57_419 => KeyCode::Up,
        57_420 => KeyCode::Down,
        57_421 => KeyCode::PageUp,
        57_422 => KeyCode::PageDown,
        57_423 => KeyCode::Home,
        57_424 => KeyCode::End,
        57_425 => KeyCode::Insert,
        57_426 => KeyCode::Delete,
        _ => return None,
    })
}

/// Modifiers of a press; `None` of them if it was a release, or with a key that is not ours (Super, Hyper, Meta).
#[derive(Clone, Copy)]
struct Modifiers {
    shift: bool,
    alt: bool,
    ctrl: bool,
}

fn with_modifiers(code: KeyCode, modifiers: Option<Modifiers>) -> Option<Key> {
    let Modifiers { shift, alt, ctrl } = modifiers?;
    let key = Key::normalised(code, ctrl, alt, shift);
    match key.code {
        KeyCode::Char(character) if character.is_control() => None,
        KeyCode::F(number) if number > LAST_FUNCTION_KEY => None,
        _ => Some(key),
    }
}

/// The numbers of a sequence, as far as keys use them: `first:shifted ; modifiers:event ; third`.
struct Numbers {
    first: u32,
    first_shifted: Option<u32>,
    modifier_bits: u32,
    event: u32,
    third: u32,
}

impl Numbers {
    fn read(parameters: &[u8]) -> Self {
        let mut groups = parameters.split(|byte| *byte == b';');
        let mut first = groups.next().unwrap_or_default().split(|byte| *byte == b':');
        let mut second = groups.next().unwrap_or_default().split(|byte| *byte == b':');
        let third = groups.next().unwrap_or_default();
        Self {
            first: first.next().map_or(0, number),
            first_shifted: first.next().map(number).filter(|number| *number > 0),
            modifier_bits: second.next().map_or(0, number).saturating_sub(1),
            event: second.next().map_or(1, number),
            third: number(third),
        }
    }

    fn shift(&self) -> bool {
        self.modifier_bits & 1 != 0
    }

    fn modifiers(&self) -> Option<Modifiers> {
        const RELEASE: u32 = 3;
        const NOT_OURS: u32 = 8 | 16 | 32;
        if self.event == RELEASE || self.modifier_bits & NOT_OURS != 0 {
            return None;
        }
        Some(Modifiers {
            shift: self.shift(),
            alt: self.modifier_bits & 2 != 0,
            ctrl: self.modifier_bits & 4 != 0,
        })
    }
}

/// A decimal number; what overflows or is no digit counts as none.
fn number(digits: &[u8]) -> u32 {
    digits
        .iter()
        .try_fold(0_u32, |sum, byte| {
            let digit = byte.checked_sub(b'0').filter(|digit| *digit <= 9)?;
            sum.checked_mul(10)?.checked_add(u32::from(digit))
        })
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(sequence: &str) -> Meaning {
        let (parameters, last) = sequence.split_at(sequence.len() - 1);
        meaning(parameters.as_bytes(), last.as_bytes()[0])
    }

    #[test]
    fn keys_have_the_sequences_terminals_send() {
        let table = [
            ("A", "Up"),
            ("1;5A", "Ctrl-Up"),
            ("1;2B", "Down"),
            ("1;3C", "Alt-Right"),
            ("H", "Home"),
            ("F", "End"),
            ("1~", "Home"),
            ("4~", "End"),
            ("5~", "PgUp"),
            ("6;5~", "Ctrl-PgDn"),
            ("3~", "Delete"),
            ("11~", "F1"),
            ("15~", "F5"),
            ("17~", "F6"),
            ("21~", "F10"),
            ("24~", "F12"),
            ("25~", "F13"),
            ("28~", "F15"),
            ("34~", "F20"),
            ("P", "F1"),
            ("1;2S", "F4"),
            ("R", "F3"),
            ("Z", "Shift-Tab"),
            ("97u", "a"),
            ("97;2u", "A"),
            ("97:65;2u", "A"),
            ("49:33;2u", "!"),
            ("97;5u", "Ctrl-a"),
            ("97;3:1u", "Alt-a"),
            ("97;1:2u", "a"),
            ("13u", "Enter"),
            ("27u", "Esc"),
            ("9;2u", "Shift-Tab"),
            ("127u", "Backspace"),
            ("57419u", "Up"),
            ("27;5;105~", "Tab"),
            ("27;2;65~", "A"),
        ];
        for (sequence, key) in table {
            assert_eq!(read(sequence), Meaning::Key(key.parse().unwrap()), "CSI {sequence}");
        }
    }

    #[test]
    fn replies_releases_and_noise_mean_nothing() {
        let table = [
            "?1;2c",
            ">0;276;0c",
            "12;40R",
            "1;1R",
            "0n",
            "I",
            "O",
            "<0;10;10M",
            "<0;10;10m",
            "?2026;2$y",
            "8;24;80t",
            "97;1:3u",
            "97;9u",
            "57441u",
            "201~",
            "999~",
            "99999999999999~",
            "1;99999999999A;;;",
            "128u",
            "1114112u",
        ];
        for sequence in table {
            assert_eq!(read(sequence), Meaning::Nothing, "CSI {sequence}");
        }
        assert_eq!(read("M"), Meaning::MouseFollows);
        assert_eq!(read("200~"), Meaning::PasteBegins);
    }

    #[test]
    fn the_keypad_types_what_is_printed_on_it() {
        for (last, key) in
            [(b'A', "Up"), (b'P', "F1"), (b'M', "Enter"), (b'k', "+"), (b'p', "0"), (b'y', "9")]
        {
            assert_eq!(key_after_ss3(last), Some(key.parse().unwrap()));
        }
        assert_eq!(key_after_ss3(b'z'), None);
        assert_eq!(key_of_linux_console(b'B'), Some(Key::plain(KeyCode::F(2))));
        assert_eq!(key_of_linux_console(b'Z'), None);
    }
}

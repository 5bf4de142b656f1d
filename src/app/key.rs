//! [`Key`]: one key press, normalised once, and the one human way to write it.
//!
//! A key is what the user means by it, not how the terminal sent it: `Shift` with `a` is `A`, `Ctrl-i` is `Tab`,
//! `Ctrl-m` is `Enter`, letters under `Ctrl` are lower case. There is no shift flag and no release, so two keys are
//! the same press exactly if they are equal.

use std::fmt;
use std::str::FromStr;

/// The highest function key there is a name for.
pub const LAST_FUNCTION_KEY: u8 = 24;

/// Which key, without `Ctrl` and `Alt`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyCode {
    /// A printable character; capitals stand for themselves.
    Char(char),
    /// Return.
    Enter,
    /// Escape.
    Esc,
    /// Tab, and `Ctrl-i`.
    Tab,
    /// Shift-Tab.
    BackTab,
    /// Backspace, and `Ctrl-h`.
    Backspace,
    /// Delete.
    Delete,
    /// Insert.
    Insert,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// A function key, 1 to [`LAST_FUNCTION_KEY`].
    F(u8),
}

/// Names in the order they are tried; the first for a code is the one that is shown.
const NAMES: &[(&str, KeyCode)] = &[
    ("Space", KeyCode::Char(' ')),
    ("Enter", KeyCode::Enter),
    ("Esc", KeyCode::Esc),
    ("Tab", KeyCode::Tab),
    ("Shift-Tab", KeyCode::BackTab),
    ("Backspace", KeyCode::Backspace),
    ("Delete", KeyCode::Delete),
    ("Insert", KeyCode::Insert),
    ("Up", KeyCode::Up),
    ("Down", KeyCode::Down),
    ("Left", KeyCode::Left),
    ("Right", KeyCode::Right),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
    ("PgUp", KeyCode::PageUp),
    ("PgDn", KeyCode::PageDown),
    ("Return", KeyCode::Enter),
    ("Escape", KeyCode::Esc),
    ("BackTab", KeyCode::BackTab),
    ("Del", KeyCode::Delete),
    ("Ins", KeyCode::Insert),
    ("PageUp", KeyCode::PageUp),
    ("PageDown", KeyCode::PageDown),
];

/// One key press.
///
/// Made by [`Key::normalised`] or read from text, so that every press has one value only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Which key.
    pub code: KeyCode,
    /// With `Ctrl` held.
    pub ctrl: bool,
    /// With `Alt` held (or `Esc` typed right before it: terminals send the same).
    pub alt: bool,
}

impl Key {
    /// A key without `Ctrl` and `Alt`.
    #[must_use]
    pub const fn plain(code: KeyCode) -> Self {
        Self { code, ctrl: false, alt: false }
    }

    /// A printable character.
    #[must_use]
    pub const fn char(character: char) -> Self {
        Self::plain(KeyCode::Char(character))
    }

    /// `Ctrl` with a character, normalised.
    #[must_use]
    pub fn ctrl(character: char) -> Self {
        Self::normalised(KeyCode::Char(character), true, false, false)
    }

    /// `Alt` with a character, normalised.
    #[must_use]
    pub fn alt(character: char) -> Self {
        Self::normalised(KeyCode::Char(character), false, true, false)
    }

    /// The one value for a press, whatever way the terminal or a person spells it.
    #[must_use]
    pub fn normalised(code: KeyCode, ctrl: bool, alt: bool, shift: bool) -> Self {
        let (code, ctrl) = match code {
            KeyCode::Char(character) => {
                let character = if shift && !ctrl { one_upper(character) } else { character };
                normalised_char(character, ctrl)
            }
            KeyCode::Tab if shift => (KeyCode::BackTab, ctrl),
            other => (other, ctrl),
        };
        Self { code, ctrl, alt }
    }

    /// The character this key types into a text field, if it types one.
    #[must_use]
    pub const fn typed(self) -> Option<char> {
        match self {
            Self { code: KeyCode::Char(character), ctrl: false, alt: false } => Some(character),
            _ => None,
        }
    }
}

/// Control characters are keys with `Ctrl`, and some keys with `Ctrl` are keys of their own: a terminal sends the
/// same byte for both.
fn normalised_char(character: char, ctrl: bool) -> (KeyCode, bool) {
    match (character, ctrl) {
        ('\t', _) | ('i' | 'I', true) => (KeyCode::Tab, false),
        ('\r', _) | ('m' | 'M', true) => (KeyCode::Enter, false),
        ('\u{1b}', _) | ('[', true) => (KeyCode::Esc, false),
        ('\u{7f}' | '\u{8}', _) | ('h' | 'H' | '?', true) => (KeyCode::Backspace, false),
        ('\0', _) | ('@', true) => (KeyCode::Char(' '), true),
        ('\u{1}'..='\u{1a}', _) => (KeyCode::Char(char::from(b'a' + (character as u8) - 1)), true),
        ('\u{1c}'..='\u{1f}', _) => (KeyCode::Char(char::from((character as u8) + 0x40)), true),
        ('/', true) => (KeyCode::Char('_'), true),
        (_, true) => (KeyCode::Char(one_lower(character)), true),
        (_, false) => (KeyCode::Char(character), false),
    }
}

/// The capital of a letter, if it is one character.
fn one_upper(character: char) -> char {
    let mut upper = character.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(one), None) => one,
        _ => character,
    }
}

/// The small letter of a capital, if it is one character.
fn one_lower(character: char) -> char {
    let mut lower = character.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) => one,
        _ => character,
    }
}

/// As people write it: `a`, `A`, `Space`, `Shift-Tab`, `PgDn`, `Ctrl-l`, `Alt-x`, `F5`.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        if self.ctrl {
            text.push_str("Ctrl-");
        }
        if self.alt {
            text.push_str("Alt-");
        }
        match (NAMES.iter().find(|(_, code)| *code == self.code), self.code) {
            (Some((name, _)), _) => text.push_str(name),
            (None, KeyCode::Char(character)) => text.push(character),
            (None, KeyCode::F(number)) => return f.pad(&format!("{text}F{number}")),
            (None, _) => {}
        }
        f.pad(&text)
    }
}

/// Why a text is not a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// No key has this name.
    #[error(
        "there is no key {0:?}: keys are written a, A, 5, /, Space, Enter, Esc, Tab, Shift-Tab, Up, Down, PgUp, PgDn, Home, End, F5, Ctrl-l or Alt-x"
    )]
    Unknown(String),
    /// `Shift-` stands before something that has no capital.
    #[error("{0:?}: Shift- goes with Tab and with letters only; write a capital as A, a sign as itself")]
    Shift(String),
}

impl FromStr for Key {
    type Err = KeyError;

    /// Reads what [`Key`]'s `Display` writes, and its usual variants (`Control+L`, `escape`, `PageUp`).
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (mut ctrl, mut alt, mut shift) = (false, false, false);
        let mut rest = text;
        while let Some((modifier, after)) = modifier_before(rest) {
            let flag = match modifier {
                Modifier::Ctrl => &mut ctrl,
                Modifier::Alt => &mut alt,
                Modifier::Shift => &mut shift,
            };
            if *flag {
                return Err(KeyError::Unknown(text.to_owned()));
            }
            *flag = true;
            rest = after;
        }
        let code = code_named(rest).ok_or_else(|| KeyError::Unknown(text.to_owned()))?;
        if shift && !takes_shift(code) {
            return Err(KeyError::Shift(text.to_owned()));
        }
        Ok(Self::normalised(code, ctrl, alt, shift))
    }
}

/// What stands before a key's name.
#[derive(Clone, Copy)]
enum Modifier {
    Ctrl,
    Alt,
    Shift,
}

/// Splits one modifier off, if something follows it.
fn modifier_before(text: &str) -> Option<(Modifier, &str)> {
    const SPELLINGS: &[(&str, Modifier)] = &[
        ("ctrl", Modifier::Ctrl),
        ("control", Modifier::Ctrl),
        ("alt", Modifier::Alt),
        ("meta", Modifier::Alt),
        ("shift", Modifier::Shift),
    ];
    SPELLINGS.iter().find_map(|&(name, modifier)| {
        let (head, after) = text.split_at_checked(name.len())?;
        let after = after.strip_prefix(['-', '+'])?;
        (head.eq_ignore_ascii_case(name) && !after.is_empty()).then_some((modifier, after))
    })
}

/// The key of a name or of a single character.
fn code_named(name: &str) -> Option<KeyCode> {
    let mut characters = name.chars();
    if let (Some(one), None) = (characters.next(), characters.next()) {
        return (!one.is_control()).then_some(KeyCode::Char(one));
    }
    if let Some((_, code)) = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
        return Some(*code);
    }
    let number = name.strip_prefix(['F', 'f'])?;
    let all_digits = !number.starts_with('0') && number.bytes().all(|byte| byte.is_ascii_digit());
    let number = number.parse::<u8>().ok().filter(|_| all_digits)?;
    (1..=LAST_FUNCTION_KEY).contains(&number).then_some(KeyCode::F(number))
}

/// Whether shift makes another key of it.
fn takes_shift(code: KeyCode) -> bool {
    match code {
        KeyCode::Char(character) => character.is_alphabetic(),
        KeyCode::Tab | KeyCode::BackTab => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_are_written_one_way_and_read_in_several() {
        let table = [
            ("a", Key::char('a'), "a"),
            ("A", Key::char('A'), "A"),
            ("Shift-a", Key::char('A'), "A"),
            ("Space", Key::char(' '), "Space"),
            (" ", Key::char(' '), "Space"),
            ("-", Key::char('-'), "-"),
            ("Ctrl--", Key::ctrl('-'), "Ctrl--"),
            ("escape", Key::plain(KeyCode::Esc), "Esc"),
            ("Shift-Tab", Key::plain(KeyCode::BackTab), "Shift-Tab"),
            ("PageDown", Key::plain(KeyCode::PageDown), "PgDn"),
            ("Ctrl-L", Key::ctrl('l'), "Ctrl-l"),
            ("control+l", Key::ctrl('l'), "Ctrl-l"),
            ("Ctrl-i", Key::plain(KeyCode::Tab), "Tab"),
            ("Ctrl-m", Key::plain(KeyCode::Enter), "Enter"),
            ("Alt-x", Key::alt('x'), "Alt-x"),
            ("Alt-X", Key::alt('X'), "Alt-X"),
            ("F5", Key::plain(KeyCode::F(5)), "F5"),
            ("é", Key::char('é'), "é"),
        ];
        for (written, key, shown) in table {
            assert_eq!(written.parse(), Ok(key), "{written}");
            assert_eq!(key.to_string(), shown);
        }
        assert_eq!("Alt-Ctrl-x".parse::<Key>().unwrap().to_string(), "Ctrl-Alt-x");
    }

    #[test]
    fn what_is_no_key_is_refused_with_examples() {
        for text in
            ["", "Foo", "Ctrl-", "F0", "F25", "F05", "F+5", "ab", "Ctrl-Ctrl-a", "\u{1b}", "Ctrl-Up-Down"]
        {
            let error = text.parse::<Key>().unwrap_err();
            assert!(error.to_string().contains("Shift-Tab"), "{text}: {error}");
        }
        assert!(matches!("Shift-Up".parse::<Key>(), Err(KeyError::Shift(_))));
        assert!(matches!("Shift-5".parse::<Key>(), Err(KeyError::Shift(_))));
    }

    #[test]
    fn only_plain_characters_are_typed() {
        assert_eq!(Key::char('x').typed(), Some('x'));
        assert_eq!(Key::ctrl('x').typed(), None);
        assert_eq!(Key::alt('x').typed(), None);
        assert_eq!(Key::plain(KeyCode::Enter).typed(), None);
    }

    fn any_code() -> impl Strategy<Value = KeyCode> {
        prop_oneof![
            any::<char>().prop_map(KeyCode::Char),
            (0x20_u8..0x7f).prop_map(|byte| KeyCode::Char(char::from(byte))),
            (1..=LAST_FUNCTION_KEY).prop_map(KeyCode::F),
            proptest::sample::select(NAMES).prop_map(|(_, code)| code),
        ]
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(code in any_code(), ctrl: bool, alt: bool, shift: bool) {
            let key = Key::normalised(code, ctrl, alt, shift);
            if let KeyCode::Char(character) = key.code {
                prop_assume!(!character.is_control());
            }
            prop_assert_eq!(key.to_string().parse::<Key>(), Ok(key));
        }

        #[test]
        fn normalising_twice_changes_nothing(code in any_code(), ctrl: bool, alt: bool, shift: bool) {
            let key = Key::normalised(code, ctrl, alt, shift);
            prop_assert_eq!(Key::normalised(key.code, key.ctrl, key.alt, false), key);
        }

        #[test]
        fn reading_never_panics(text in ".{0,12}") {
            let _ = text.parse::<Key>();
        }
    }
}

//! [`SafeText`]: foreign text made harmless, once, at the edge.
//!
//! Contributors write names, descriptions and file names; servers write error messages. None of it may move the
//! cursor, colour the screen, set a title or hide itself. What is left after `SafeText` is printable: no control
//! characters, no bidirectional overrides, no zero-width marks, no towers of combining marks.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};
use unicode_segmentation::UnicodeSegmentation;

/// Stands where a control character stood, so that a reviewer sees that there was something.
const DROPPED: char = '\u{FFFD}';

/// Combining marks allowed on one character; more of them reach into the rows above and below.
const MARKS_PER_CHARACTER: u32 = 4;

/// Characters that may make up one sign. Real ones take a handful; some scripts let a sign go on without an end, and
/// whoever draws, measures or cuts it has to look at all of it.
const CHARACTERS_PER_SIGN: usize = 16;

/// How much of a foreign text is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextLimit(pub usize);

impl TextLimit {
    /// Names, titles, messages: 512 bytes.
    pub const NAME: Self = Self(512);
    /// Descriptions and notes: 1 MiB. What is beyond is left out, and said so where it is shown.
    pub const BODY: Self = Self(1 << 20);
}

/// Text that can be drawn, printed, logged or linked without doing anything to the terminal.
///
/// Cheap to clone. Made from foreign text by [`SafeText::line`] or [`SafeText::block`] only.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
#[serde(transparent)]
pub struct SafeText(Arc<str>);

impl SafeText {
    /// One line: line breaks and tabs become spaces, at most [`TextLimit::NAME`].
    #[must_use]
    pub fn line(foreign: &str) -> Self {
        Self::made(foreign, TextLimit::NAME, false)
    }

    /// Many lines: line breaks stay, a tab becomes four spaces, at most [`TextLimit::BODY`].
    #[must_use]
    pub fn block(foreign: &str) -> Self {
        Self::made(foreign, TextLimit::BODY, true)
    }

    /// One line with a limit of its own.
    #[must_use]
    pub fn line_within(foreign: &str, limit: TextLimit) -> Self {
        Self::made(foreign, limit, false)
    }

    fn made(foreign: &str, limit: TextLimit, many_lines: bool) -> Self {
        if is_plain(foreign) && foreign.len() <= limit.0 {
            return Self(Arc::from(foreign));
        }
        let mut text = String::with_capacity(foreign.len().min(limit.0));
        let mut marks = 0;
        let mut rest = foreign.chars().peekable();
        while let Some(character) = rest.next() {
            if text.len() + 4 > limit.0 {
                break;
            }
            match character {
                '\r' if rest.peek() == Some(&'\n') => {}
                '\n' | '\r' if many_lines => text.push('\n'),
                '\t' if many_lines => text.push_str("    "),
                '\n' | '\r' | '\t' => text.push(' '),
                c if is_invisible(c) => {}
                c if c.is_control() || is_no_character(c) => text.push(DROPPED),
                // A blank that passes for a letter.
                '\u{2800}' => text.push(' '),
                c if is_combining(c) => {
                    marks += 1;
                    if marks <= MARKS_PER_CHARACTER {
                        text.push(c);
                    }
                    continue;
                }
                c => text.push(c),
            }
            marks = 0;
        }
        Self(Arc::from(with_short_signs(text, limit)))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing is there.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Breaks up signs that go on and on.
fn with_short_signs(text: String, limit: TextLimit) -> String {
    let longest = CHARACTERS_PER_SIGN * 4;
    let is_long = |sign: &str| sign.len() > longest || sign.chars().count() > CHARACTERS_PER_SIGN;
    if text.is_ascii() || !text.graphemes(true).any(is_long) {
        return text;
    }
    let mut broken = String::with_capacity(text.len() + 16);
    for sign in text.graphemes(true) {
        for (nth, character) in sign.chars().enumerate() {
            if nth > 0 && nth % (CHARACTERS_PER_SIGN - 1) == 0 {
                broken.push(DROPPED);
            }
            broken.push(character);
        }
    }
    let mut end = broken.len().min(limit.0);
    while !broken.is_char_boundary(end) {
        end -= 1;
    }
    broken.truncate(end);
    broken
}

/// Code points that are no characters and never will be.
const fn is_no_character(c: char) -> bool {
    matches!(c, '\u{FDD0}'..='\u{FDEF}') || (c as u32) & 0xFFFE == 0xFFFE
}

/// Printable ASCII only: the common case, without a copy per character.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

/// Characters that show nothing but change what is seen: bidirectional controls, zero-width marks, variation
/// selectors (whose width terminals disagree on), soft hyphens, language tags, interlinear and filler marks.
const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
        | '\u{13430}'..='\u{1343F}' | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Marks that take no cell of their own and sit on the character before them.
fn is_combining(c: char) -> bool {
    c > '\u{02FF}' && unicode_width::UnicodeWidthChar::width(c) == Some(0)
}

impl fmt::Display for SafeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for SafeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl AsRef<str> for SafeText {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// From our own words. Foreign text goes through [`SafeText::line`] or [`SafeText::block`].
impl From<&'static str> for SafeText {
    fn from(ours: &'static str) -> Self {
        Self::block(ours)
    }
}

/// Text that was kept in a file or database may have been changed there: it goes through the edge again.
impl<'de> Deserialize<'de> for SafeText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::block(&String::deserialize(deserializer)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escape_sequences_lose_their_escape() {
        assert_eq!(SafeText::line("\u{1b}[2Jhi\u{7}\u{9b}31m").as_str(), "\u{FFFD}[2Jhi\u{FFFD}\u{FFFD}31m");
    }

    #[test]
    fn overrides_and_zero_width_marks_vanish() {
        assert_eq!(SafeText::line("a\u{202E}b\u{200B}c\u{FEFF}d\u{E0041}").as_str(), "abcd");
    }

    #[test]
    fn towers_of_marks_are_cut() {
        let tower = format!("e{}x", "\u{0301}".repeat(50));
        assert_eq!(SafeText::line(&tower).as_str(), format!("e{}x", "\u{0301}".repeat(4)));
    }

    #[test]
    fn signs_that_go_on_and_on_are_broken_up() {
        // Consonants of Devanagari, each joined to the next: one sign for the reader of a page, however many.
        let endless = "\u{0915}\u{094D}".repeat(100_000);
        let text = SafeText::block(&endless);
        let longest = text.as_str().graphemes(true).map(|sign| sign.chars().count()).max();
        assert!(longest.is_some_and(|longest| longest <= CHARACTERS_PER_SIGN), "{longest:?}");
        assert_eq!(SafeText::block("नमस्ते").as_str(), "नमस्ते");
    }

    #[test]
    fn what_only_seems_to_be_text_is_shown_or_goes() {
        let text = SafeText::line("a\u{FFFF}b\u{FDD0}c\u{2800}d\u{2066}e\u{1F600}\u{200D}\u{1F600}");
        assert_eq!(text.as_str(), "a\u{FFFD}b\u{FFFD}c de\u{1F600}\u{1F600}");
    }

    #[test]
    fn a_line_has_no_breaks_and_a_block_keeps_them() {
        assert_eq!(SafeText::line("a\r\nb\tc").as_str(), "a b c");
        assert_eq!(SafeText::block("a\r\nb\tc").as_str(), "a\nb    c");
    }

    proptest! {
        #[test]
        fn nothing_unprintable_is_left(foreign in any::<String>()) {
            let text = SafeText::block(&foreign);
            prop_assert!(text.as_str().chars().all(|c| c == '\n' || !(c.is_control() || is_invisible(c))));
            prop_assert_eq!(&SafeText::block(text.as_str()), &text, "making it safe twice changes nothing");
            prop_assert!(!SafeText::line(&foreign).as_str().contains('\n'));
        }

        #[test]
        fn a_limit_is_kept(foreign in "\\PC{0,200}", limit in 4usize..64) {
            prop_assert!(SafeText::line_within(&foreign, TextLimit(limit)).as_str().len() <= limit);
        }
    }
}

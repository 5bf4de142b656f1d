//! Words that changed between two texts.
//!
//! Sentences are compared first, and words only inside of those that were replaced: a text of a megabyte takes no
//! longer than its bounds allow, whatever it holds.

use similar::{Algorithm, DiffOp, capture_diff_slices};

/// Sentences of each text that are compared.
const SENTENCES: usize = 1_500;

/// Words of a replaced run that are compared with each other; more than that is gone and new as a whole.
const WORDS: usize = 400;

/// A sentence is cut after so many bytes, so that one without an end is no exception.
const LONGEST: usize = 400;

/// What became of a piece of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Change {
    /// It stands in both.
    Same,
    /// It stood in the first.
    Gone,
    /// It stands in the second.
    New,
}

/// A run of text with one fate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// What became of it.
    pub change: Change,
    /// The text, with its spaces and line breaks.
    pub text: String,
}

/// What changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TextDiff {
    /// The pieces in order.
    pub pieces: Vec<Piece>,
    /// Whether the end of one of the texts was left out.
    pub cut: bool,
}

impl TextDiff {
    /// From the first text to the second.
    #[must_use]
    pub fn of(before: &str, after: &str) -> Self {
        let (old, old_cut) = sentences(before);
        let (new, new_cut) = sentences(after);
        let mut diff = Self { pieces: Vec::new(), cut: old_cut || new_cut };
        for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
            match op {
                DiffOp::Equal { new_index, len, .. } => {
                    diff.push_all(Change::Same, &new[new_index..new_index + len]);
                }
                DiffOp::Delete { old_index, old_len, .. } => {
                    diff.push_all(Change::Gone, &old[old_index..old_index + old_len]);
                }
                DiffOp::Insert { new_index, new_len, .. } => {
                    diff.push_all(Change::New, &new[new_index..new_index + new_len]);
                }
                DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                    diff.replaced(&old[old_index..old_index + old_len], &new[new_index..new_index + new_len]);
                }
            }
        }
        diff
    }

    /// Whether nothing changed, as far as was looked.
    #[must_use]
    pub fn is_same(&self) -> bool {
        self.pieces.iter().all(|piece| piece.change == Change::Same)
    }

    /// How many words have a fate.
    #[must_use]
    pub fn words(&self, change: Change) -> usize {
        let pieces = self.pieces.iter().filter(|piece| piece.change == change);
        pieces.map(|piece| piece.text.split_whitespace().count()).sum()
    }

    /// Sentences that stand for others: their words are compared, if they are not too many.
    fn replaced(&mut self, old: &[&str], new: &[&str]) {
        let (old, new) = (words(old), words(new));
        if old.len() > WORDS || new.len() > WORDS {
            self.push_all(Change::Gone, &old);
            self.push_all(Change::New, &new);
            return;
        }
        for op in capture_diff_slices(Algorithm::Myers, &old, &new) {
            let (before, after) = (&old[op.old_range()], &new[op.new_range()]);
            if let DiffOp::Equal { .. } = op {
                self.push_all(Change::Same, after);
            } else {
                self.push_all(Change::Gone, before);
                self.push_all(Change::New, after);
            }
        }
    }

    fn push_all(&mut self, change: Change, parts: &[&str]) {
        for part in parts {
            match self.pieces.last_mut() {
                Some(last) if last.change == change => last.text.push_str(part),
                _ => self.pieces.push(Piece { change, text: (*part).to_owned() }),
            }
        }
    }
}

/// A text as sentences, each with the space behind it; and whether some were left out.
fn sentences(text: &str) -> (Vec<&str>, bool) {
    let mut found = Vec::new();
    let mut rest = text;
    while !rest.is_empty() && found.len() < SENTENCES {
        let (sentence, after) = rest.split_at(end_of_sentence(rest));
        found.push(sentence);
        rest = after;
    }
    (found, !rest.is_empty())
}

/// Where the first sentence ends: behind the space that follows a stop, behind a line break, or after so many bytes.
fn end_of_sentence(text: &str) -> usize {
    let mut stopped = false;
    for (at, sign) in text.char_indices() {
        if at >= LONGEST {
            return at;
        }
        match sign {
            '\n' => return at + 1,
            ' ' if stopped => return at + 1,
            _ => stopped = matches!(sign, '.' | '!' | '?' | ';' | ':'),
        }
    }
    text.len()
}

/// Words, each with the space behind it.
fn words<'t>(sentences: &[&'t str]) -> Vec<&'t str> {
    sentences.iter().flat_map(|sentence| sentence.split_inclusive([' ', '\n'])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `[-gone-]{+new+}`, as it is shown.
    fn shown(before: &str, after: &str) -> String {
        let mark = |piece: &Piece| match piece.change {
            Change::Same => piece.text.clone(),
            Change::Gone => format!("[-{}-]", piece.text),
            Change::New => format!("{{+{}+}}", piece.text),
        };
        TextDiff::of(before, after).pieces.iter().map(mark).collect()
    }

    #[test]
    fn words_are_compared_inside_of_sentences_that_changed() {
        assert_eq!(
            shown("We measured 12 samples twice. All agree.", "We measured 13 samples twice. All agree."),
            "We measured [-12 -]{+13 +}samples twice. All agree."
        );
        assert_eq!(
            shown("One.\nTwo.\n", "One.\nTwo and a half.\nThree.\n"),
            "One.\n[-Two.\n-]{+Two and a half.\nThree.\n+}"
        );
        assert_eq!(shown("", "new"), "{+new+}");
        assert_eq!(shown("gone", ""), "[-gone-]");
        assert!(TextDiff::of("same. thing", "same. thing").is_same());
    }

    #[test]
    fn long_texts_are_cut_and_that_is_told() {
        let long = "A sentence of some words. ".repeat(5_000);
        let diff = TextDiff::of(&long, &format!("Another start. {long}"));
        assert!(diff.cut);
        assert_eq!(diff.words(Change::New), 2);
        let other = "x ".repeat(500_000);
        assert!(TextDiff::of(&long, &other).cut, "nothing in common is bounded too");
    }

    fn joined(diff: &TextDiff, without: Change) -> String {
        let kept = diff.pieces.iter().filter(|piece| piece.change != without);
        kept.map(|piece| piece.text.as_str()).collect()
    }

    proptest! {
        #[test]
        fn both_texts_are_in_it(
            before in "([a-c]{1,3}[ .\n]{1,2}){0,60}", after in "([a-c]{1,3}[ .\n]{1,2}){0,60}",
        ) {
            let diff = TextDiff::of(&before, &after);
            prop_assert_eq!(joined(&diff, Change::New), before);
            prop_assert_eq!(joined(&diff, Change::Gone), after);
        }

        #[test]
        fn any_two_texts_can_be_compared(before in any::<String>(), after in any::<String>()) {
            let diff = TextDiff::of(&before, &after);
            prop_assert_eq!(joined(&diff, Change::New), before);
            prop_assert_eq!(joined(&diff, Change::Gone), after);
        }
    }
}

//! Comments on assets: on what was submitted, and on the quest itself.

use super::{AssetId, SafeText, Timestamp, UserId};

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Its id: a comment is an asset too.
    pub id: AssetId,
    /// What it is on: an asset, or a comment that it answers.
    pub parent: AssetId,
    /// Who wrote it.
    pub author: UserId,
    /// When.
    pub created_at: Timestamp,
    /// The text, as markdown.
    pub text: SafeText,
    /// How many answers the server counts under it.
    pub replies: u32,
    /// The answers that were read, oldest first.
    pub answers: Vec<Comment>,
}

/// The comments on one asset.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Thread {
    /// Oldest first, each with its answers.
    pub comments: Vec<Comment>,
    /// There are more, or answers that were not read.
    pub cut: bool,
}

impl Thread {
    /// When somebody wrote the last comment or answer in it.
    #[must_use]
    pub fn last_by(&self, author: UserId) -> Option<Timestamp> {
        self.all().filter(|comment| comment.author == author).map(|comment| comment.created_at).max()
    }

    /// Comments and answers.
    pub fn all(&self) -> impl Iterator<Item = &Comment> {
        self.comments.iter().flat_map(|comment| std::iter::once(comment).chain(&comment.answers))
    }
}

/// Whether two texts say the same, however a server writes markdown: letters and digits alone count.
#[must_use]
pub fn says_the_same(one: &str, other: &str) -> bool {
    let letters = |text: &str| text.chars().filter(|sign| sign.is_alphanumeric()).collect::<String>();
    let (one_letters, other_letters) = (letters(one), letters(other));
    if one_letters.is_empty() {
        return one.trim() == other.trim();
    }
    one_letters == other_letters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_known_again_however_its_marks_were_written() {
        assert!(says_the_same("Which *units*?", "Which **units**?\n"));
        assert!(says_the_same("a_b", "a\\_b\n"));
        assert!(!says_the_same("Which units?", "Which unit?"));
        assert!(says_the_same("???", "???\n") && !says_the_same("???", "!!!"));
    }

    #[test]
    fn the_last_word_may_be_an_answer() {
        let comment = |n: u8, author: u8, at: i64, answers| Comment {
            id: AssetId::from_bytes([n; 16]),
            parent: AssetId::from_bytes([0; 16]),
            author: UserId::from_bytes([author; 16]),
            created_at: Timestamp::from_millis(at),
            text: SafeText::default(),
            replies: 0,
            answers,
        };
        let thread = Thread {
            comments: vec![comment(1, 1, 10, vec![comment(2, 2, 30, vec![])]), comment(3, 1, 20, vec![])],
            cut: false,
        };
        assert_eq!(thread.last_by(UserId::from_bytes([1; 16])), Some(Timestamp::from_millis(20)));
        assert_eq!(thread.last_by(UserId::from_bytes([2; 16])), Some(Timestamp::from_millis(30)));
        assert_eq!(thread.last_by(UserId::from_bytes([3; 16])), None);
    }
}

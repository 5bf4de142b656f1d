//! How alike two texts are, from a print of a hundred bytes: neither text is needed to tell.
//!
//! A text is taken for the set of its pairs of neighbouring words; two texts overlap by the share of pairs that they
//! have in common. The print keeps, of 64 orders of all pairs, the smallest pair in each (MinHash): the share of
//! places in which two prints agree estimates that overlap, to within some six hundredths. The first of these places,
//! three by three, make six bands: texts that overlap by four fifths share a band in 99 of 100 cases, so that a
//! database finds them by equality.
//!
//! The print of a text never changes between versions of the program: it is kept.

use std::fmt;

/// Orders of the pairs.
const LANES: usize = 64;

/// Bands, and lanes in each.
pub const BANDS: usize = 6;
const IN_A_BAND: usize = 3;

/// How much of a text counts: what lies beyond makes no difference.
const BYTES: usize = 256 * 1024;
const WORDS: usize = 8_192;

/// A text of fewer words says too little to be like another.
const FEWEST_WORDS: usize = 3;

/// Entries that overlap by so many hundredths say the same.
pub const SAME: u8 = 80;

/// Entries that overlap by so many hundredths are alike.
pub const ALIKE: u8 = 60;

/// What is kept of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Print {
    /// All words in their order: equal for texts that differ only in case, spaces and punctuation.
    pub words: u64,
    /// The bands.
    pub bands: [u64; BANDS],
    /// The pairs.
    pub shape: Shape,
}

/// The smallest pair in each order, a byte of each.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Shape(pub [u8; LANES]);

impl Print {
    /// The print of a text; `None` if it has too few words. Takes no longer than a few milliseconds, whatever the text.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let (mut all, mut before, mut count) = (FNV, None, 0_usize);
        let mut least = [u32::MAX; LANES];
        for word in Words::of(text).take(WORDS) {
            count += 1;
            all = mix(all ^ word);
            if let Some(before) = before {
                let pair = mix(mix(before).wrapping_add(word));
                for (lane, least) in (1_u64..).zip(&mut least) {
                    // A multiplication by another odd number for each lane; its upper half is well mixed.
                    let place = pair.wrapping_mul(mix(lane) | 1).wrapping_add(mix(!lane)) >> 32;
                    *least = (*least).min(place as u32);
                }
            }
            before = Some(word);
        }
        if count < FEWEST_WORDS {
            return None;
        }
        let band = |lanes: &[u32]| lanes.iter().fold(FNV, |hash, least| mix(hash ^ u64::from(*least)));
        let mut bands = [0; BANDS];
        for (made, lanes) in bands.iter_mut().zip(least.chunks_exact(IN_A_BAND)) {
            *made = band(lanes);
        }
        Some(Self { words: all, bands, shape: Shape(least.map(|least| mix(u64::from(least)) as u8)) })
    }
}

impl Shape {
    /// By how many hundredths two texts overlap, as far as their prints tell.
    #[must_use]
    pub fn overlap(&self, other: &Self) -> u8 {
        let same = self.0.iter().zip(&other.0).filter(|(one, other)| one == other).count();
        (same * 100 / LANES) as u8
    }

    /// From the bytes that were kept; `None` if somebody kept others.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Debug for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shape({:02x}{:02x}…)", self.0[0], self.0[1])
    }
}

const FNV: u64 = 0xcbf2_9ce4_8422_2325;

/// Every bit of the result depends on every bit of the number (the end of splitmix64).
const fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// The words of a text, each as a number. A word is a run of letters and digits, in lower case; where a script sets no
/// spaces between its words, every sign is one.
struct Words<'t> {
    rest: std::str::Chars<'t>,
    /// A sign that stood right behind a word and is one itself.
    held: Option<char>,
    left: usize,
}

impl<'t> Words<'t> {
    fn of(text: &'t str) -> Self {
        Self { rest: text.chars(), held: None, left: BYTES }
    }

    fn sign(&mut self) -> Option<char> {
        let sign = self.held.take().or_else(|| self.rest.next())?;
        self.left = self.left.checked_sub(sign.len_utf8())?;
        Some(sign)
    }
}

impl Iterator for Words<'_> {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        let add = |hash: u64, sign: char| {
            sign.to_lowercase()
                .fold(hash, |hash, sign| (hash ^ u64::from(sign)).wrapping_mul(0x0000_0100_0000_01b3))
        };
        let mut hash = None;
        while let Some(sign) = self.sign() {
            if stands_alone(sign) {
                if hash.is_some() {
                    self.held = Some(sign);
                    break;
                }
                return Some(add(FNV, sign));
            }
            if sign.is_alphanumeric() {
                hash = Some(add(hash.unwrap_or(FNV), sign));
            } else if hash.is_some() {
                break;
            }
        }
        hash
    }
}

/// Chinese and Japanese signs.
const fn stands_alone(sign: char) -> bool {
    matches!(sign, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{20000}'..='\u{3FFFF}')
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::Index;
    use proptest::strategy::ValueTree as _;
    use proptest::test_runner::TestRunner;

    fn print(text: &str) -> Print {
        Print::of(text).unwrap()
    }

    const RUN: &str = "We measured twelve samples twice, heating at two kelvin a minute and cooling at one. The table \
        gives the transition temperature of each with its error; the raw data are attached as a file. Three samples \
        were left out because they had cracked in the furnace, and one because its label was lost on the way. All \
        others agree with the model to within the error of the thermometer, which was calibrated on the same day.";

    #[test]
    fn case_and_punctuation_make_no_difference_and_order_does() {
        assert_eq!(print("Run 7: see the DATA.\n"), print("run 7 — see the data"));
        assert_ne!(print("the data see").words, print("see the data").words);
        assert_eq!(Print::of("run 7"), None);
        assert_eq!(Print::of(" … "), None);
        assert!(Print::of("温度を測った").is_some(), "signs without spaces are words");
    }

    #[test]
    fn a_text_with_a_few_other_words_is_found_and_another_text_is_not() {
        let edited = RUN.replace("twelve", "thirteen").replace("cracked", "broken");
        let (one, other) = (print(RUN), print(&edited));
        assert!(one.shape.overlap(&other.shape) >= SAME, "{}", one.shape.overlap(&other.shape));
        assert!(one.bands.iter().any(|band| other.bands.contains(band)));
        let foreign = print(
            "The band gap was computed with a hybrid functional on a dense mesh, relaxed until forces vanished. \
             Spin orbit coupling shifts it by less than the spread between functionals, so it is not included here.",
        );
        assert!(one.shape.overlap(&foreign.shape) < 20);
    }

    #[test]
    fn a_print_stays_the_same_in_every_version() {
        let made = print("one two three four");
        assert_eq!((made.words, made.bands[0], made.shape.0[0]), PINNED);
    }
    const PINNED: (u64, u64, u8) = (6_148_955_215_039_636_677, 6_819_818_191_695_529_045, 137);

    /// The overlap, counted.
    fn counted(one: &str, other: &str) -> f64 {
        let pairs = |text: &str| {
            let words: Vec<u64> = Words::of(text).collect();
            words.windows(2).map(|pair| (pair[0], pair[1])).collect::<HashSet<_>>()
        };
        let (one, other) = (pairs(one), pairs(other));
        one.intersection(&other).count() as f64 / one.union(&other).count() as f64
    }

    /// The same texts each time: among ever new ones a rare one lies far off by chance.
    #[test]
    fn the_estimate_is_near_the_truth() {
        const TEXTS: u32 = 256;
        let texts = (vec("[a-z]{2,6}", 40..120), vec(any::<Index>(), 0..30));
        let mut runner = TestRunner::deterministic();
        let (mut sum, mut squares) = (0.0, 0.0);
        for _ in 0..TEXTS {
            let (words, edits) = texts.new_tree(&mut runner).unwrap().current();
            let mut edited = words.clone();
            for (number, edit) in edits.iter().enumerate() {
                *edit.get_mut(&mut edited) = format!("other{number}");
            }
            let (one, other) = (words.join(" "), edited.join(" "));
            let told = f64::from(print(&one).shape.overlap(&print(&other).shape)) / 100.0;
            let off = told - counted(&one, &other);
            // Four standard deviations of 64 tries.
            assert!(off.abs() <= 0.26, "{off}: {one} / {other}");
            assert_eq!(print(&one).shape.overlap(&print(&one).shape), 100);
            sum += off;
            squares += off * off;
        }
        // All together it leans to no side, and strays as 64 tries do.
        let (mean, strays) = (sum / f64::from(TEXTS), (squares / f64::from(TEXTS)).sqrt());
        assert!(mean.abs() <= 0.02 && strays <= 1.0 / 16.0, "mean {mean}, strays {strays}");
    }

    proptest! {
        #[test]
        fn what_stands_around_the_words_makes_no_difference(text in any::<String>()) {
            prop_assert_eq!(Print::of(&text), Print::of(&format!("\n* {text} -")));
        }
    }

    #[test]
    fn huge_texts_are_cut_and_not_read_to_the_end() {
        let long = "word ".repeat(2_000_000);
        assert_eq!(print(&long), print(&"word ".repeat(50_000)));
        assert_eq!(Print::of(&"x".repeat(10 << 20)), None, "one word, however long");
    }
}
